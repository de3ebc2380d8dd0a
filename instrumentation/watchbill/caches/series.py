"""The metrics of one cache in one layer."""

from collections.abc import Callable
from typing import NamedTuple
from weakref import WeakKeyDictionary

import prometheus_client as client

from watchbill.caches.quick import quick
from watchbill.catalogue.cache import (
    CACHE,
    CACHE_CALLS_SAVED,
    CACHE_COST_SAVED,
    CACHE_EVICTIONS,
    CACHE_INVALIDATIONS,
    CACHE_ITEMS,
    CACHE_ITEMS_MAX,
    CACHE_LOAD_DURATION,
    CACHE_LOADS,
    CACHE_OPERATION_DURATION,
    CACHE_OPERATIONS,
    CACHE_SIZE,
    CACHE_TTL,
    ERROR,
    HIT,
    LOAD_OUTCOME,
    MISS,
    OK,
    READS,
    STALE,
)
from watchbill.catalogue.metric import Counter, Gauge, Histogram
from watchbill.emission import Emission
from watchbill.ground import Ground
from watchbill.guard import Guard
from watchbill.totals import totals

_METRICS = (CACHE_OPERATIONS, CACHE_OPERATION_DURATION)
_GUARDS: "WeakKeyDictionary[Emission, Guard]" = WeakKeyDictionary()


class _Silence:
    """Stands for a child where no metrics are kept."""

    def inc(self, amount: float = 1) -> None: ...

    def observe(self, amount: float) -> None: ...

    def set(self, value: float) -> None: ...


_SILENCE = _Silence()
_Counter = client.Counter | _Silence
_Histogram = client.Histogram | _Silence
_Gauge = client.Gauge | _Silence


class Operation(NamedTuple):
    """One operation's children, by status."""

    by_status: dict[str, _Counter]
    duration: _Histogram


class CacheSeries:
    """Counts for one cache. `report` contains what goes wrong; the other methods may raise."""

    def __init__(self, ground: Ground, name: str, layer: str, price: float = 0.0, ttl: float | None = None) -> None:
        self._emission = emission = ground.emission
        self._faults = ground.faults
        self._price = price
        self.key = name, layer
        self._labels = (name, layer) if emission is None else (_guard(emission).admit(name, *_METRICS), layer)
        self._operations: dict[str, Operation] = {}
        self._gauges: dict[str, _Gauge] = {}
        self._saved = self._counter(CACHE_CALLS_SAVED)
        self._cost = self._counter(CACHE_COST_SAVED) if price else _SILENCE
        self._invalidations = self._counter(CACHE_INVALIDATIONS)
        self._loads = {outcome: self._counter(CACHE_LOADS, outcome) for outcome in LOAD_OUTCOME.values}
        self._load_duration = self._histogram(CACHE_LOAD_DURATION)
        self._evictions: dict[str, _Counter] = {}
        if ttl:
            self._gauge(CACHE_TTL).set(ttl)

    def report(self, error: BaseException) -> None:
        """An error of the counting's own."""
        self._faults.report("cache", error)

    def operation(self, name: str) -> Operation:
        """The children of an operation, at zero from now on."""
        found = self._operations.get(name)
        if found is None:
            statuses = READS if name.startswith("get") else (OK, ERROR)
            counters = {status: self._counter(CACHE_OPERATIONS, name, status) for status in statuses}
            found = Operation(counters, self._histogram(CACHE_OPERATION_DURATION, name))
            self._operations[name] = found
        return found

    def hit(self, operation: Operation, seconds: float | None = None, count: int = 1) -> None:
        """Reads that found a value; together they took so long."""
        operation.by_status[HIT].inc(count)
        self._saved.inc(count)
        if self._price:
            self._cost.inc(self._price * count)
        if seconds is not None:
            operation.duration.observe(seconds)
        account = totals()
        if account is not None:
            account.cache_hits += count

    def quick_hit(self, operation: Operation) -> Callable[[float], None]:
        """`hit` for one value, which never raises: in a third of the time where the numbers are in a store."""
        children = [operation.by_status[HIT], self._saved, self._cost]
        counted = quick(children[: 3 if self._price else 2], (1.0, 1.0, self._price), operation.duration)

        def hit(seconds: float) -> None:
            try:
                if not counted(seconds):
                    self.hit(operation, seconds)
                    return
                account = totals()
                if account is not None:
                    account.cache_hits += 1
            except Exception as error:  # noqa: BLE001  never into the application
                self.report(error)

        return hit

    def read(self, operation: Operation, status: str, seconds: float | None = None, count: int = 1) -> None:
        """Reads of any status. A stale value was given, so the request's account has it as a hit."""
        if status == HIT:
            self.hit(operation, seconds, count)
            return
        operation.by_status[status].inc(count)
        if seconds is not None:
            operation.duration.observe(seconds)
        account = totals()
        if account is None:
            return
        if status == STALE:
            account.cache_hits += count
        elif status == MISS:
            account.cache_misses += count

    def wrote(self, operation: Operation, seconds: float | None, *, failed: bool = False) -> None:
        """Writes, deletions and the like."""
        operation.by_status[ERROR if failed else OK].inc()
        if seconds is not None:
            operation.duration.observe(seconds)

    def loaded(self, outcome: str, seconds: float | None = None) -> None:
        """A load ended, or was waited for."""
        self._loads[outcome].inc()
        if seconds is not None:
            self._load_duration.observe(seconds)

    def evicts(self, reason: str) -> None:
        """A reason for which values leave by themselves, at zero from now on."""
        if reason not in self._evictions:
            self._evictions[reason] = self._counter(CACHE_EVICTIONS, reason)

    def evicted(self, reason: str, count: int = 1) -> None:
        """Values left by themselves."""
        self.evicts(reason)
        self._evictions[reason].inc(count)

    def invalidated(self, count: int) -> None:
        """Values were deleted on purpose."""
        if count > 0:
            self._invalidations.inc(count)

    def holds(self, items: float | None, most: float | None, size: float | None) -> None:
        """What the cache has now; None takes a gauge away."""
        for metric, value in ((CACHE_ITEMS, items), (CACHE_ITEMS_MAX, most), (CACHE_SIZE, size)):
            if value is not None:
                self._gauge(metric).set(value)
            elif self._gauges.pop(metric.name, None) is not None and self._emission is not None:
                self._emission.gauge(metric).remove(*self._labels)

    def _counter(self, metric: Counter, *labels: str) -> _Counter:
        return _SILENCE if self._emission is None else self._emission.counter(metric).labels(*self._labels, *labels)

    def _histogram(self, metric: Histogram, *labels: str) -> _Histogram:
        return _SILENCE if self._emission is None else self._emission.histogram(metric).labels(*self._labels, *labels)

    def _gauge(self, metric: Gauge) -> _Gauge:
        found = self._gauges.get(metric.name)
        if found is None:
            emission = self._emission
            found = _SILENCE if emission is None else emission.gauge(metric).labels(*self._labels)
            self._gauges[metric.name] = found
        return found


def _guard(emission: Emission) -> Guard:
    # All caches of an Observability share one.
    found = _GUARDS.get(emission)
    if found is None:
        found = _GUARDS[emission] = emission.guard(CACHE, CACHE_OPERATIONS)
    return found
