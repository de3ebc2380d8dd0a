"""What the exporter says about itself."""

import platform
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Literal

from prometheus_client import ProcessCollector

from watchbill import __version__
from watchbill.catalogue.exporter import (
    EXPORTER_CONNECTIONS,
    EXPORTER_DROPPED,
    EXPORTER_PROBES,
    EXPORTER_PROBES_IN_PROGRESS,
    EXPORTER_REFUSED,
    EXPORTER_SLOW_FAILURES,
    EXPORTER_SLOW_IN_PROGRESS,
    EXPORTER_SLOW_READINGS,
    EXPORTER_SLOW_WAITING,
    EXPORTER_TARGETS,
    EXPORTER_TARGETS_DOWN,
    REFUSAL,
)
from watchbill.catalogue.process import BUILD_INFO
from watchbill.exposition import Family, client_families
from watchbill_exporters.collector import Measured, series, single
from watchbill_exporters.fleet import Fleet
from watchbill_exporters.probe import Probe

Refusal = Literal["malformed", "unknown", "unauthorized", "full"]


class OwnState:
    """Counts requests, and reads this process."""

    def __init__(self) -> None:
        self._answered = 0
        self._in_progress = 0
        self._dropped = 0
        self._refused: dict[str, int] = dict.fromkeys(REFUSAL.values, 0)
        self._process = ProcessCollector(registry=None)

    @contextmanager
    def probing(self) -> Generator[None]:
        """Counts one probe, while it runs and once it is answered."""
        self._in_progress += 1
        try:
            yield
            self._answered += 1
        finally:
            self._in_progress -= 1

    def saw(self, probe: Probe) -> None:
        """Adds what a probe left out."""
        self._dropped += probe.dropped

    def refused(self, reason: Refusal) -> None:
        """Counts a request that was not served."""
        self._refused[reason] += 1

    def measured(self, fleet: Fleet) -> Iterator[Measured]:
        """The exporter's own metrics."""
        build = (__version__, "", platform.python_version())
        yield series(BUILD_INFO, [(build, 1.0)])
        yield single(EXPORTER_PROBES, self._answered)
        yield single(EXPORTER_PROBES_IN_PROGRESS, self._in_progress)
        yield series(EXPORTER_REFUSED, [((reason,), count) for reason, count in self._refused.items()])
        yield single(EXPORTER_DROPPED, self._dropped)
        yield from _targets(fleet)
        yield single(EXPORTER_SLOW_READINGS, fleet.slots.readings)
        yield single(EXPORTER_SLOW_FAILURES, fleet.slots.failures)
        yield single(EXPORTER_SLOW_IN_PROGRESS, fleet.slots.taken)
        yield single(EXPORTER_SLOW_WAITING, fleet.slots.waiting)
        yield from fleet.admission.measured()

    def process(self) -> Iterator[Family]:
        """The process, as prometheus-client reads it."""
        return client_families(self._process.collect())


def _targets(fleet: Fleet) -> Iterator[Measured]:
    groups = {"configured": tuple(fleet), "address": tuple(fleet.addresses)}
    yield series(EXPORTER_TARGETS, [((origin,), len(found)) for origin, found in groups.items()])
    down = [((origin,), sum(one.is_down for one in found)) for origin, found in groups.items()]
    yield series(EXPORTER_TARGETS_DOWN, down)
    yield single(EXPORTER_CONNECTIONS, fleet.connections)
