"""The text of a scrape: our encoder beside prometheus-client's, on the same series."""

import time
from collections.abc import Callable, Iterable, Iterator

import httpx
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from rich.console import Console
from rich.table import Table

from tests.benchmarks.exporter_contenders import Contender, address_of, started
from tests.benchmarks.exporter_targets import Targets
from watchbill.catalogue import METRICS, Histogram
from watchbill_exporters.collector import Key, Measured
from watchbill_exporters.encoding import text

_SERIES = 5_000
_ROUNDS = 30


class _Families(Collector):
    """Families as they were parsed, for prometheus-client to write again."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterator[Metric]:
        """All of them."""
        yield from self._families


def show(targets: Targets, console: Console) -> None:
    """Scrapes our PostgreSQL target, and writes about 5 000 series of it with both encoders."""
    contender = Contender("watchbill", "postgres", (), path="/probe?target=tables", ours=True)
    with started(contender, address_of("postgres", targets), targets) as running:
        page = httpx.get(running.url, timeout=60).text
    families = list(_about(text_string_to_metric_families(page), _SERIES))
    measured = list(_measured(families))
    count = sum(len(one.values) for one in measured)
    registry = CollectorRegistry()
    registry.register(_Families(families))
    ours = _fastest(lambda: text([((), measured)], openmetrics=False))
    theirs = _fastest(lambda: generate_latest(registry))
    table = Table(title=f"Writing {count} series: fastest of {_ROUNDS}")
    for name in ("encoder", "ms", "µs per series", "×"):
        table.add_column(name, justify="left" if name == "encoder" else "right")
    for name, seconds in (("watchbill", ours), ("prometheus-client", theirs)):
        table.add_row(name, f"{seconds * 1000:.2f}", f"{seconds / count * 1e6:.2f}", f"{seconds / ours:.1f}")
    console.print(table)


def _about(families: Iterable[Metric], limit: int) -> Iterator[Metric]:
    """Whole families until there are so many series; histograms are left out, which both write in their own order."""
    left = limit
    for family in families:
        plain = family.name in METRICS and not isinstance(METRICS[family.name], Histogram)
        if plain and 0 < len(family.samples) <= left:
            left -= len(family.samples)
            yield family


def _measured(families: Iterable[Metric]) -> Iterator[Measured]:
    """The same series as a collector gives them: metrics of one table share their keys."""
    shared: dict[tuple[Key, ...], tuple[Key, ...]] = {}
    for family in families:
        metric = METRICS[family.name]
        keys = tuple(tuple(one.labels[label.name] for label in metric.labels) for one in family.samples)
        yield Measured(metric, shared.setdefault(keys, keys), [one.value for one in family.samples])


def _fastest(work: Callable[[], object]) -> float:
    found: list[float] = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found)
