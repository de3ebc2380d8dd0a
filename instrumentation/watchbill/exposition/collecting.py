"""Collectors whose numbers are not in the store: they are asked at each scrape, and may fail or hang."""

from collections.abc import Iterable
from threading import Event, Lock, Thread
from time import monotonic
from typing import NamedTuple

from prometheus_client import Metric as ClientFamily
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.registry import Collector

from watchbill.fault import Faults

PATIENCE_SECONDS = 0.5
"""How long a collector is waited for before the next one is asked beside it."""


class Collected(NamedTuple):
    """What a collector said; None when it failed or has not answered."""

    name: str
    families: list[ClientFamily] | None
    expected: bool
    """Whether its success is worth a series: a metric, and a collector of ours, fails by accident alone."""


class Collecting:
    """Asks collectors, one after the other as long as they answer; one that hangs is not asked again until it is done.

    Each is asked in a thread of its own, so that there are never more threads than collectors.
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._lock = Lock()
        self._running: dict[Collector, _Reading] = {}

    def ask(self, collectors: Iterable[Collector], deadline: float) -> list[Collected]:
        """What each says until the deadline, which is on the monotonic clock."""
        asked: list[tuple[Collector, _Reading | None]] = []
        for collector in collectors:
            reading = self._reading(collector)
            if reading is not None:
                reading.done.wait(max(0.0, min(PATIENCE_SECONDS, deadline - monotonic())))
            asked.append((collector, reading))
        return [self._outcome(collector, reading, deadline) for collector, reading in asked]

    def _reading(self, collector: Collector) -> "_Reading | None":
        """A new reading, or the one that another scrape waits for; None while one is overdue."""
        with self._lock:
            found = self._running.get(collector)
            if found is not None:
                return None if found.overdue else found
            reading = self._running[collector] = _Reading(collector)
        Thread(target=self._run, args=(reading,), name="watchbill-collector", daemon=True).start()
        return reading

    def _run(self, reading: "_Reading") -> None:
        try:
            reading.families = list(reading.collector.collect())
        except BaseException as error:  # noqa: BLE001  whatever ends a collector must not leave a scrape waiting
            error.add_note(f"The collector {reading.name} failed; its metrics are absent from this scrape.")
            self._faults.report("exposition", error)
        finally:
            with self._lock:
                del self._running[reading.collector]
            reading.done.set()

    def _outcome(self, collector: Collector, reading: "_Reading | None", deadline: float) -> Collected:
        if reading is None:
            return Collected(_name(collector), None, expected=True)
        if not reading.done.wait(max(0.0, deadline - monotonic())) and not reading.overdue:
            reading.overdue = True
            waited = monotonic() - reading.began
            message = f"the collector {reading.name} has not answered in {waited:.1f} s; it is left out until it does"
            self._faults.report("exposition", TimeoutError(message))
        families = reading.families if reading.done.is_set() else None
        return Collected(reading.name, families, expected=_may_fail(collector))


class _Reading:
    """One collector's answer, once it is there."""

    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self.name = _name(collector)
        self.began = monotonic()
        self.done = Event()
        self.overdue = False
        self.families: list[ClientFamily] | None = None


def _may_fail(collector: Collector) -> bool:
    return not isinstance(collector, MetricWrapperBase) and not type(collector).__module__.startswith("watchbill.")


def _name(collector: Collector) -> str:
    """A metric by its name, another collector by its class."""
    return str(collector) if isinstance(collector, MetricWrapperBase) else type(collector).__qualname__
