"""psycopg_pool's pools: their own numbers, and what callers wait for, hold and lose."""

from time import monotonic, perf_counter
from typing import Any
from weakref import finalize, ref

from watchbill.catalogue.pool import AGE, BROKEN
from watchbill.database.connections import Everywhere
from watchbill.database.pool import NOTHING, PoolNumbers, PoolPart, PoolSeries, contained
from watchbill.ground import Ground

# ruff: noqa: SLF001  get_stats() has no idle time in it, and pop_stats() would take it from the application

_IDLE, _UNKNOWN = 0, 4
MARK = "_watchbill_pool"


class PsycopgPool:
    """One pool's part in the series, from here to `end`. `owner` is who put it in."""

    def __init__(self, ground: Ground, pool: Any, name: str, owner: Everywhere) -> None:
        from psycopg_pool import AsyncNullConnectionPool, NullConnectionPool

        self.owner = owner
        self.faults = ground.faults
        self._pool: ref[Any] = ref(pool)
        self._since: dict[int, float] = {}
        self.is_told = True
        self._is_null = isinstance(pool, NullConnectionPool | AsyncNullConnectionPool)
        vars(pool)[MARK] = self
        self._part = PoolPart.of(ground, name, self._read)
        self._ended = None if self._part is None else finalize(pool, self._part.remove)
        if self._ended is not None:
            self._ended.atexit = False

    @staticmethod
    def of(pool: Any) -> "PsycopgPool | None":
        """That in place on a pool."""
        found: PsycopgPool | None = pool.__dict__.get(MARK)
        return found

    @property
    def series(self) -> PoolSeries | None:
        """None where no metrics are kept."""
        return None if self._part is None else self._part.series

    def end(self) -> None:
        """Takes it out."""
        pool = self._pool()
        if pool is not None and self.of(pool) is self:
            del vars(pool)[MARK]
        if self._ended is not None:
            self._ended.detach()
        if self._part is not None:
            self._part.remove()

    def taken(self, connection: Any, began: float) -> None:
        """A caller has got a connection."""
        try:
            now = perf_counter()
            self._since[id(connection)] = now
            part = self._part
            if part is not None:
                part.series.wait.observe(now - began)
                part.moved()
        except Exception as error:  # noqa: BLE001  never into the application
            self.faults.report("pool", error)

    @contained
    def refused(self, began: float, error: BaseException) -> None:
        """A caller has got none."""
        series = self.series
        if series is not None:
            if type(error).__name__ == "PoolTimeout":
                series.timeouts.inc()
            series.wait.observe(perf_counter() - began)
        self.moved()

    def given_back(self, connection: Any) -> None:
        """A caller has no use for it any more."""
        try:
            since = self._since.pop(id(connection), None)
            self.is_told = False
            # Those that were out before us are not known to be.
            if since is not None and self._part is not None:
                self._part.series.hold.observe(perf_counter() - since)
        except Exception as error:  # noqa: BLE001  never into the application
            self.faults.report("pool", error)

    @contained
    def opened(self, error: Exception | None = None) -> None:
        """A connection was opened, or could not be."""
        if self.series is not None:
            (self.series.opened if error is None else self.series.errors).inc()

    @contained
    def found_broken(self, many: int = 1) -> None:
        """Connections that the server has closed."""
        if self.series is not None and many > 0:
            self.series.recycled[BROKEN].inc(many)

    @contained
    def closes(self, pool: Any, connection: Any, *, only_aged: bool = False) -> None:
        """The pool is about to close a connection of its own accord."""
        if self.series is None or pool.closed:
            return
        expires, made = getattr(connection, "_expire_at", None), getattr(connection, "_created_at", 0)
        status = connection.pgconn.transaction_status
        if status == _UNKNOWN:
            self.found_broken()
        elif expires is not None and (expires <= monotonic() or made <= getattr(pool, "_drained_at", -1.0)):
            self.series.recycled[AGE].inc()
        elif not self._is_null and not only_aged:
            # The pool shrinks, or throws away what a caller has left in the middle of something.
            self.series.recycled[AGE if status == _IDLE else BROKEN].inc()

    def moved(self) -> None:
        """The pool's numbers are others now."""
        self.is_told = True
        if self._part is not None:
            self._part.moved()

    def _read(self) -> PoolNumbers:
        pool = self._pool()
        if pool is None:
            return NOTHING
        active = len(self._since)
        if pool.closed:
            return PoolNumbers(active, 0, None, None, 0)
        return PoolNumbers(active, len(pool._pool), pool.max_size or None, None, len(pool._waiting))
