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
        self.parts: dict[PoolPart, None] = {}
        self._stale: dict[PoolPart, None] = {}
        self.begin_process()

    def begin_process(self) -> None:
        """In a child process gauges stand at zero, and its parent's threads hold the lock for ever."""
        self._lock = Lock()
        self._sums = [0, 0, *([0] * len(_LIMITS))]
        for part in list(self.parts):
            part.shown = NOTHING
            self._stale[part] = None

    def refresh(self, part: "PoolPart") -> None:
        """Reads one pool, adds what has changed since to what the others have, and sets the gauges."""
        # Whoever finds the lock taken leaves the work to its holder, who looks again: nobody waits, last numbers win.
        stale, lock = self._stale, self._lock
        stale[part] = None
        while stale and lock.acquire(False):
            try:
                while stale:
                    part = stale.popitem()[0]
                    shown = part.shown
                    part.shown = numbers = part.read()
                    self._move(shown, numbers)
            finally:
                lock.release()

    def add(self, part: "PoolPart") -> None:
        """One more pool of the name."""
        self.parts[part] = None

    def remove(self, part: "PoolPart") -> None:
        """One less, once it has been read a last time."""
        self.parts.pop(part, None)

    def _move(self, before: PoolNumbers, now: PoolNumbers) -> None:
        sums = self._sums
        sums[0] = active = sums[0] + now[0] - before[0]
        sums[1] = idle = sums[1] + now[1] - before[1]
        self._active.set(active)
        self._idle.set(idle)
        if now[2:] != before[2:]:
            self._move_limits(before[2:], now[2:])

    def _move_limits(self, before: tuple[int | None, ...], now: tuple[int | None, ...]) -> None:
        for place, value in enumerate(now):
            total = self._sums[place + 2] = self._sums[place + 2] + (value or 0) - (before[place] or 0)
            child = self._children[place]
            if child is None and value is not None:
                child = self._children[place] = self._limits[place].labels(self._db)
            if child is not None:
                child.set(total)


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
    """One pool's part in the series of its name. `read` is asked often: it must be quick."""

    __slots__ = ("__weakref__", "_ground", "_store", "read", "series", "shown")

    def __init__(self, ground: Ground, emission: Emission, series: PoolSeries, read: Read) -> None:
        self._ground = ground
        self._store = emission.store
        self.series = series
        self.read = read
        self.shown = NOTHING
        series.add(self)
        ground.readings.add(self, self.refresh)
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
                os.register_at_fork(after_in_parent=_show, after_in_child=_begin_process)
            names = _NAMES.get(emission.registry)
            if names is None:
                names = _NAMES[emission.registry] = _Names(emission)
            series = names.series(emission, name)
        return cls(ground, emission, series, read)

    def moved(self) -> None:
        """The pool's numbers are others now: each scrape of this process reads them, other workers' cannot."""
        company = self._store.company
        if company is not None and company.is_shared:
            self.refresh()

    def refresh(self) -> None:
        """Reads the pool's numbers again."""
        try:
            self.series.refresh(self)
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
        self.read = _nothing
        self.series.remove(self)
        self.refresh()


def _nothing() -> PoolNumbers:
    return NOTHING


def _show() -> None:
    """From its first child on, others show this process's numbers too, and may do so before anything happens here."""
    for series in list(_ALL):
        for part in list(series.parts):
            part.moved()


def _begin_process() -> None:
    for series in list(_ALL):
        series.begin_process()
