"""asyncpg's pools: their own numbers, and what callers wait for, hold and lose."""

from collections import deque
from time import perf_counter
from typing import Any, Protocol
from weakref import ref

from watchbill.catalogue.pool import AGE, BROKEN
from watchbill.database.connections import Everywhere
from watchbill.database.pool import NOTHING, PoolNumbers, PoolPart, PoolSeries, contained
from watchbill.ground import Ground

POOLS: "dict[int, AsyncpgPool]" = {}
"""Those that are counted, by their identity: they take no attributes of ours."""
_HOME = "_watchbill_pool"
# ruff: noqa: SLF001  asyncpg has no public names for what a pool is made of


class PoolOwner(Everywhere, Protocol):
    """What counts a pool."""

    def lost(self, pool: "AsyncpgPool") -> None:
        """Hears that it has been closed, or that nobody has it any more."""
        ...


class AsyncpgPool:
    """One pool's part in the series, from here to `end`. `owner` is who put it in."""

    def __init__(self, ground: Ground, pool: Any, name: str, owner: PoolOwner) -> None:
        self.owner = owner
        self._key = id(pool)
        self._ground = ground
        self.faults = ground.faults
        self._unopened: Any = pool
        self._queue: ref[Any] | None = None
        self._size: int | None = None
        self._waiting: deque[None] = deque()
        self._since: dict[int, float] = {}
        self._aged: set[int] = set()
        POOLS[self._key] = self
        # In each scrape before the numbers are read: a server may have gone without an event.
        ground.readings.add(self, self._forget_size)
        self._part = PoolPart.of(ground, name, self._read)

    @property
    def series(self) -> PoolSeries | None:
        """None where no metrics are kept."""
        return None if self._part is None else self._part.series

    def end(self) -> None:
        """Takes it out."""
        if POOLS.get(self._key) is self:
            del POOLS[self._key]
        self._ground.readings.remove(self)
        if self._part is not None:
            self._part.remove()

    def lost(self) -> None:
        """It has been closed, or nobody has it any more."""
        self.end()
        self.owner.lost(self)

    def waits(self) -> bool:
        """One more caller; whether it has to wait for another to give a connection back."""
        pool = self.pool()
        if pool is None or pool._queue is None or pool._queue.qsize():
            return False
        self._waiting.append(None)
        self._moved()
        return True

    def waited(self, began: float, error: BaseException | None, *, queued: bool, limited: bool) -> None:
        """A caller has got a connection, or none."""
        try:
            if queued:
                self._waiting.pop()
            part = self._part
            if part is not None:
                part.series.wait.observe(perf_counter() - began)
                if limited and isinstance(error, TimeoutError):
                    part.series.timeouts.inc()
                part.moved()
        except Exception as fault:  # noqa: BLE001  never into the application
            self.faults.report("pool", fault)

    def taken(self, holder: Any) -> None:
        """Its connection belongs to a caller from now on."""
        self._since[id(holder)] = perf_counter()

    def released(self, holder: Any) -> None:
        """Its connection is free, or gone."""
        try:
            since, part = self._since.pop(id(holder), None), self._part
            if part is not None:
                if since is not None:
                    part.series.hold.observe(perf_counter() - since)
                part.moved()
        except Exception as fault:  # noqa: BLE001  never into the application
            self.faults.report("pool", fault)

    @contained
    def connected(self, error: Exception | None) -> None:
        """A connection was opened, or could not be."""
        series = self.series
        if series is not None:
            (series.opened if error is None else series.errors).inc()
        self._size = None
        self._moved()

    @contained
    def replaced(self, reason: str) -> None:
        """A caller finds its connection too old, or closed, and opens another."""
        if self.series is not None:
            self.series.recycled[reason].inc()

    def ages(self, holder: Any) -> None:
        """Its connection is about to be closed because of its age or use."""
        self._aged.add(id(holder))

    def stays(self, holder: Any) -> None:
        """Or not."""
        self._aged.discard(id(holder))

    @contained
    def closed(self, holder: Any) -> None:
        """Its connection is gone. A pool that closes, or is closed, loses them all: that is no recycling."""
        pool, series, reason = self.pool(), self.series, AGE if id(holder) in self._aged else BROKEN
        self._aged.discard(id(holder))
        if series is not None and pool is not None and not pool.is_closing():
            series.recycled[reason].inc()
        self._size = None
        self._moved()

    def _moved(self) -> None:
        if self._part is not None:
            self._part.moved()

    def _forget_size(self) -> None:
        self._size = None

    def _read(self) -> PoolNumbers:
        """As the pool says. Between connects and closes its queue alone is asked: the holders may be hundreds."""
        pool = self.pool()
        if pool is None or pool._closed:
            return NOTHING
        most = pool.get_max_size()
        if pool._queue is None:
            return PoolNumbers(0, 0, most, None, 0)
        size = self._size
        if size is None:
            size = self._size = pool.get_size()
        active = min(most - pool._queue.qsize(), size)
        return PoolNumbers(active, size - active, most, None, len(self._waiting))

    def pool(self) -> Any:
        """For as long as somebody else has it: itself it takes no weak reference, its queue does once it is opened."""
        pool = self._unopened
        if pool is None:
            queue = None if self._queue is None else self._queue()
            return None if queue is None else queue.__dict__[_HOME]
        if pool._queue is not None:
            vars(pool._queue)[_HOME] = pool
            self._queue = ref(pool._queue, lambda _: self.lost())
            self._unopened = None
        return pool
