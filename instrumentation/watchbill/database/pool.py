"""The series of connection pools; pools of one name add up."""

import os
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar
from weakref import WeakKeyDictionary, WeakSet

from prometheus_client import Counter, Gauge
from prometheus_client.registry import CollectorRegistry

from watchbill.catalogue.pool import (
    CONNECTION_ERRORS,
    CONNECTION_HOLD,
    CONNECTION_TIMEOUTS,
    CONNECTION_WAIT,
    CONNECTIONS_ACTIVE,
    CONNECTIONS_IDLE,
    CONNECTIONS_MAX,
    CONNECTIONS_OPENED,
    CONNECTIONS_OVERFLOW,
    CONNECTIONS_RECYCLED,
    CONNECTIONS_WAITING,
    DB,
    RECYCLE_REASON,
)
from watchbill.emission import Emission
from watchbill.fault import Faults
from watchbill.ground import Ground
from watchbill.guard import Guard

_LIMITS = (CONNECTIONS_MAX, CONNECTIONS_OVERFLOW, CONNECTIONS_WAITING)
_LOCK = Lock()


class PoolNumbers(NamedTuple):
    """What a pool says of itself now; None is what it does not have."""

    active: int
    idle: int
    maximum: int | None = None
    overflow: int | None = None
    waiting: int | None = None


NOTHING = PoolNumbers(0, 0)
Read = Callable[[], PoolNumbers]


class PoolSeries:
    """The series of one name. Thread-safe, and for finalizers that the garbage collector runs in the middle of it."""

    def __init__(self, emission: Emission, db: str) -> None:
        self.wait = emission.histogram(CONNECTION_WAIT).labels(db)
        self.hold = emission.histogram(CONNECTION_HOLD).labels(db)
        self.timeouts = emission.counter(CONNECTION_TIMEOUTS).labels(db)
        self.errors = emission.counter(CONNECTION_ERRORS).labels(db)
        self.opened = emission.counter(CONNECTIONS_OPENED).labels(db)
        recycled = emission.counter(CONNECTIONS_RECYCLED)
        self.recycled: dict[str, Counter] = {one: recycled.labels(db, one) for one in RECYCLE_REASON.values}
        self._active = emission.gauge(CONNECTIONS_ACTIVE).labels(db)
        self._idle = emission.gauge(CONNECTIONS_IDLE).labels(db)
        self._limits = [emission.gauge(metric) for metric in _LIMITS]
        self._db = db
        self._children: list[Gauge | None] = [None] * len(_LIMITS)
        self._shown: tuple[int | None, ...] = (None,) * len(_LIMITS)
        self._reads: dict[object, Read] = {}
        self._only: Read | None = None
        self.begin_process()

    def begin_process(self) -> None:
        """In a child process gauges stand at zero, and its parent's threads hold the lock for ever."""
        self._lock = Lock()
        self._is_stale = False
        self._shown = (None,) * len(_LIMITS)

    def refresh(self) -> None:
        """Reads the pools and sets the gauges."""
        # Whoever finds the lock taken leaves the work to its holder, who looks again: nobody waits, last numbers win.
        self._is_stale = True
        lock = self._lock
        while self._is_stale and lock.acquire(False):
            try:
                self._is_stale = False
                read = self._only
                numbers = self._total() if read is None else read()
                self._active.set(numbers[0])
                self._idle.set(numbers[1])
                limits = numbers[2:]
                if limits != self._shown:
                    self._show_limits(limits)
            finally:
                lock.release()

    def add(self, part: object, read: Read) -> None:
        """One more pool of the name."""
        self._reads[part] = read
        self._only = read if len(self._reads) == 1 else None

    def remove(self, part: object) -> None:
        """One less."""
        self._reads.pop(part, None)
        self._only = next(iter(self._reads.values())) if len(self._reads) == 1 else None

    def _total(self) -> PoolNumbers:
        found = [read() for read in list(self._reads.values())]
        known = [[value for value in column if value is not None] for column in zip(*found, strict=True)]
        active, idle, *limits = (sum(values) if values else None for values in known or [[]] * len(NOTHING))
        return PoolNumbers(active or 0, idle or 0, *limits)

    def _show_limits(self, limits: tuple[int | None, ...]) -> None:
        for place, value in enumerate(limits):
            child = self._children[place]
            if child is None and value is not None:
                child = self._children[place] = self._limits[place].labels(self._db)
            if child is not None:
                child.set(value or 0)
        self._shown = limits


P = ParamSpec("P")
S = TypeVar("S", bound="Faulty")


class Faulty(Protocol):
    """What has a place to report to."""

    faults: Faults


def contained(hook: "Callable[Concatenate[S, P], None]") -> "Callable[Concatenate[S, P], None]":
    """What goes wrong in a method that a library's call passes through is reported, and stays there."""

    @wraps(hook)
    def kept(self: S, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            hook(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001  never into the application
            self.faults.report("pool", error)

    return kept


class _Names:
    """The series of one registry by name."""

    def __init__(self, emission: Emission) -> None:
        self._guard: Guard = emission.guard(DB, CONNECTIONS_ACTIVE)
        self._series: dict[str, PoolSeries] = {}

    def series(self, emission: Emission, name: str) -> PoolSeries:
        db = self._guard.admit(name, CONNECTIONS_ACTIVE)
        found = self._series.get(db)
        if found is None:
            found = self._series[db] = PoolSeries(emission, db)
            _ALL.add(found)
        return found


_NAMES: "WeakKeyDictionary[CollectorRegistry, _Names]" = WeakKeyDictionary()
_ALL: "WeakSet[PoolSeries]" = WeakSet()
_HOOKED: list[bool] = []


class PoolPart:
    """One pool's part in the series of its name. `read` is asked at every event and every scrape: it must be quick."""

    __slots__ = ("__weakref__", "_ground", "series")

    def __init__(self, ground: Ground, series: PoolSeries, read: Read) -> None:
        self._ground = ground
        self.series = series
        series.add(self, read)
        ground.readings.add(self, series.refresh)
        self.refresh()

    @classmethod
    def of(cls, ground: Ground, name: str, read: Read) -> "PoolPart | None":
        """None where no metrics are kept."""
        emission = ground.emission
        if emission is None:
            return None
        with _LOCK:
            if not _HOOKED:
                _HOOKED.append(True)
                os.register_at_fork(after_in_child=_begin_process)
            names = _NAMES.get(emission.registry)
            if names is None:
                names = _NAMES[emission.registry] = _Names(emission)
            series = names.series(emission, name)
        return cls(ground, series, read)

    def refresh(self) -> None:
        """Reads the numbers of the pools of this name again."""
        try:
            self.series.refresh()
        except Exception as error:  # noqa: BLE001  never into the application
            self._ground.faults.report("pool", error)

    def count_opened(self, *, failed: bool = False) -> None:
        """A connection was opened, or could not be."""
        try:
            (self.series.errors if failed else self.series.opened).inc()
        except Exception as error:  # noqa: BLE001  never into the application
            self._ground.faults.report("pool", error)

    def remove(self) -> None:
        """Takes the pool out: the others of its name remain."""
        self._ground.readings.remove(self)
        self.series.remove(self)
        self.refresh()


def _begin_process() -> None:
    for series in list(_ALL):
        series.begin_process()
