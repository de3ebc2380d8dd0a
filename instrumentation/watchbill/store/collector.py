"""Stored families as a collector of prometheus-client, for whoever reads the registry in the client's own way."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from prometheus_client import Metric as ClientFamily
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar

from watchbill.catalogue.buckets import bound_text
from watchbill.store.schema import Schema
from watchbill.store.store import Store, StoredFamily

_INFINITE = float("inf")
Bucket = tuple[str, float] | tuple[str, float, Exemplar]
Empty = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily


class StoreCollector(Collector):
    """Some families of a store: counters, gauges and histograms, as this process alone has them."""

    def __init__(self, store: Store, schemas: Sequence[Schema]) -> None:
        self.store = store
        self._families = [store.family(schema) for schema in schemas]

    def describe(self) -> Iterator[ClientFamily]:
        """The families without their samples, so that a registry refuses a second owner of a name."""
        for family in self._families:
            yield _empty(family.schema)

    def collect(self) -> Iterator[ClientFamily]:
        """What prometheus-client asks for at a scrape."""
        for family in self._families:
            yield self._filled(family)

    def _filled(self, family: StoredFamily) -> ClientFamily:
        found, width = _empty(family.schema), family.schema.width
        for values, at in list(family.series.items()):
            cells = self.store.cells[at : at + width].tolist()
            if isinstance(found, HistogramMetricFamily):
                exemplars = self.store.exemplars_of(family, at)
                found.add_metric(values, _cumulative(family.schema.bounds, cells[:-1], exemplars), cells[-1])
            else:
                found.add_metric(values, cells[0])
        return found


def _empty(schema: Schema) -> Empty:
    if schema.kind == "counter":
        return CounterMetricFamily(schema.name, schema.help, labels=schema.labels)
    if schema.kind == "histogram":
        return HistogramMetricFamily(schema.name, schema.help, labels=schema.labels)
    return GaugeMetricFamily(schema.name, schema.help, labels=schema.labels)


def _cumulative(bounds: Sequence[float], counts: Sequence[float], exemplars: dict[int, Exemplar]) -> list[Bucket]:
    found: list[Bucket] = []
    for place, (bound, total) in enumerate(zip((*bounds, _INFINITE), accumulate(counts), strict=True)):
        exemplar, text = exemplars.get(place), bound_text(bound)
        found.append((text, total) if exemplar is None else (text, total, exemplar))
    return found
