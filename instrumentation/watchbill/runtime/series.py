"""The runtime metrics of one registry."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple
from weakref import WeakKeyDictionary

from prometheus_client import CollectorRegistry
from prometheus_client import Counter as ClientCounter

from watchbill.catalogue.metric import Counter
from watchbill.catalogue.runtime import (
    ASYNCIO_TASKS,
    EVENT_LOOP_DELAY,
    EVENT_LOOP_LAG,
    GC_COLLECTED,
    GC_COLLECTIONS,
    GC_PAUSE,
    GC_UNCOLLECTABLE,
    GENERATION,
    THREAD_POOL_BUSY,
    THREAD_POOL_MAX,
    THREAD_POOL_WAITING,
)
from watchbill.emission import Emission
from watchbill.errors import InvalidDeclaration
from watchbill.names import Names
from watchbill.runtime.garbage import GENERATIONS, Collected

_NONE = (Collected(0, 0, 0),) * GENERATIONS


class Usage(NamedTuple):
    """A thread pool: threads in use, threads there may be, calls that wait."""

    busy: float
    limit: float
    waiting: float


class Reading(NamedTuple):
    """How the process is, and what happened since the reading before. `pauses` and `collected` are by generation."""

    lag: float
    tasks: int
    pools: Mapping[str, Usage]
    delays: Sequence[float]
    pauses: Sequence[Sequence[float]]
    collected: Sequence[Collected]


class RuntimeSeries:
    """Takes readings of the process into the metrics of one registry."""

    def __init__(self, emission: Emission, failed: Callable[[Exception], None]) -> None:
        self.failed = failed
        self._lag = emission.gauge(EVENT_LOOP_LAG)
        self._tasks = emission.gauge(ASYNCIO_TASKS)
        self._delay = emission.histogram(EVENT_LOOP_DELAY)
        self._busy = emission.gauge(THREAD_POOL_BUSY)
        self._limit = emission.gauge(THREAD_POOL_MAX)
        self._waiting = emission.gauge(THREAD_POOL_WAITING)
        pause = emission.histogram(GC_PAUSE)
        self._pauses = [pause.labels(generation) for generation in GENERATION.values]
        counters = [_if_free(emission, one) for one in (GC_COLLECTIONS, GC_COLLECTED, GC_UNCOLLECTABLE)]
        self._collected = [
            [counter.labels(generation) if counter is not None else None for counter in counters]
            for generation in GENERATION.values
        ]
        self._before: Sequence[Collected] = _NONE
        self._pools: set[str] = set()

    def take(self, reading: Reading) -> None:
        """Writes a reading down."""
        self._lag.set(reading.lag)
        self._tasks.set(reading.tasks)
        for delay in reading.delays:
            self._delay.observe(delay)
        for child, pauses in zip(self._pauses, reading.pauses, strict=True):
            for pause in pauses:
                child.observe(pause)
        self._take_collected(reading.collected)
        self._take_pools(reading.pools)

    def rest(self) -> None:
        """No reading will follow: what is true of a moment only is taken back."""
        self._lag.set(0)
        self._tasks.set(0)
        self._take_pools({})

    def forked(self) -> None:
        """In a child process: collections are counted from here on."""
        self._before = _NONE

    def _take_collected(self, collected: Sequence[Collected]) -> None:
        if collected == self._before:
            return
        for counters, now, before in zip(self._collected, collected, self._before, strict=True):
            for counter, total, known in zip(counters, now, before, strict=True):
                if counter is not None and total > known:
                    counter.inc(total - known)
        self._before = collected

    def _take_pools(self, pools: Mapping[str, Usage]) -> None:
        for name, usage in pools.items():
            self._busy.labels(name).set(usage.busy)
            self._limit.labels(name).set(usage.limit)
            self._waiting.labels(name).set(usage.waiting)
        for name in self._pools - set(pools):
            for gauge in (self._busy, self._limit, self._waiting):
                gauge.remove(name)
        self._pools = set(pools)


_KNOWN: "WeakKeyDictionary[CollectorRegistry, dict[Names, RuntimeSeries]]" = WeakKeyDictionary()


def runtime_series(emission: Emission, failed: Callable[[Exception], None]) -> RuntimeSeries:
    """The one of this registry under these names; InvalidDeclaration when a name is taken by something else."""
    known = _KNOWN.setdefault(emission.registry, {})
    if emission.names not in known:
        known[emission.names] = RuntimeSeries(emission, failed)
    return known[emission.names]


def _if_free(emission: Emission, metric: Counter) -> ClientCounter | None:
    # A registry may have it from prometheus-client's own collector, with the same meaning.
    with suppress(InvalidDeclaration):
        return emission.counter(metric)
    return None
