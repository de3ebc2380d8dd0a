"""What is exposed: families of samples, whoever measured them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from prometheus_client import Metric as ClientFamily
from prometheus_client.samples import Exemplar

from watchbill.catalogue.metric import Counter, Gauge, Metric

Kind = Literal["counter", "gauge", "histogram", "summary", "unknown"]
_KINDS: dict[str, Kind] = {"counter": "counter", "gauge": "gauge", "histogram": "histogram", "summary": "summary"}


class Sample(NamedTuple):
    """One line: what follows the family's name (`_bucket`), label names and values, and the value."""

    suffix: str
    names: Sequence[str]
    values: Sequence[str]
    value: float
    exemplar: Exemplar | None = None


class Family(NamedTuple):
    """A metric's samples under its full name, `_total` included."""

    name: str
    kind: Kind
    help: str
    samples: Sequence[Sample]

    @classmethod
    def of(cls, metric: Metric, rows: Iterable[tuple[Sequence[str], float]]) -> "Family":
        """A catalogue metric (counter or gauge) with rows of label values, in the order of its labels, and values."""
        names = tuple(label.name for label in metric.labels)
        kind: Kind = "counter" if isinstance(metric, Counter) else "gauge" if isinstance(metric, Gauge) else "unknown"
        return cls(metric.name, kind, metric.help, [Sample("", names, values, value) for values, value in rows])


def client_families(collected: Iterable[ClientFamily]) -> Iterator[Family]:
    """prometheus-client's families, without the `_created` series that nobody asked for."""
    for family in collected:
        kind = _KINDS.get(family.type, "unknown")
        name = family.name + "_total" if kind == "counter" else family.name
        samples = [
            Sample(
                sample.name[len(name) :],
                tuple(sample.labels),
                tuple(sample.labels.values()),
                sample.value,
                sample.exemplar,
            )
            for sample in family.samples
            if not sample.name.endswith("_created")
        ]
        yield Family(name, kind, family.documentation, samples)
