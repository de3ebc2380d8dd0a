"""Our layers over asyncpg's Pool and its holders of connections."""

from functools import update_wrapper
from time import perf_counter
from typing import Any, Protocol

from watchbill.catalogue.pool import AGE, BROKEN
from watchbill.database.layers import Make
from watchbill.integrations.asyncpg_pool import POOLS, AsyncpgPool

# ruff: noqa: SLF001  asyncpg has no public names for what a pool is made of


class MeetsPools(Protocol):
    """What counts pools that nothing else does."""

    def meet(self, pool: Any) -> AsyncpgPool | None:
        """Begins to count a pool. Raises nothing."""
        ...


EVERY_POOL: list[MeetsPools] = []
"""At most one."""


def pool_layers() -> list[tuple[type, str, Make]]:
    """What is put where."""
    from asyncpg.pool import Pool, PoolConnectionHolder

    return [
        (Pool, "_acquire", _acquiring),
        (Pool, "close", _closing),
        (Pool, "terminate", _terminating),
        (PoolConnectionHolder, "connect", _connecting),
        (PoolConnectionHolder, "acquire", _taking),
        (PoolConnectionHolder, "release", _releasing),
        (PoolConnectionHolder, "_release", _freeing),
        (PoolConnectionHolder, "_release_on_close", _losing),
        (PoolConnectionHolder, "_deactivate_inactive_connection", _deactivating),
    ]


def _counted(pool: Any) -> AsyncpgPool | None:
    found = POOLS.get(id(pool))
    if found is None and EVERY_POOL and not pool._closed and pool._queue is not None:
        return EVERY_POOL[0].meet(pool)
    return found


def _acquiring(acquire: Any) -> Any:
    async def acquired(self: Any, timeout: Any) -> Any:  # noqa: ASYNC109  asyncpg's signature
        counted = _counted(self)
        if counted is None:
            return await acquire(self, timeout)
        began, queued = perf_counter(), counted.waits()
        try:
            proxy = await acquire(self, timeout)
        except BaseException as error:
            counted.waited(began, error, queued=queued, limited=timeout is not None)
            raise
        counted.waited(began, None, queued=queued, limited=False)
        return proxy

    return update_wrapper(acquired, acquire)


def _closing(close: Any) -> Any:
    async def closed(self: Any) -> None:
        try:
            await close(self)
        finally:
            _after_close(self)

    return update_wrapper(closed, close)


def _terminating(terminate: Any) -> Any:
    def terminated(self: Any) -> None:
        try:
            terminate(self)
        finally:
            _after_close(self)

    return update_wrapper(terminated, terminate)


def _after_close(pool: Any) -> None:
    counted = POOLS.get(id(pool))
    if counted is not None and pool._closed:
        counted.lost()


def _connecting(connect: Any) -> Any:
    async def connected(self: Any) -> None:
        counted = _counted(self._pool)
        if counted is None:
            await connect(self)
            return
        try:
            await connect(self)
        except Exception as error:
            counted.connected(error)
            raise
        counted.connected(None)
        counted.owner.take(self._con)

    return update_wrapper(connected, connect)


def _taking(acquire: Any) -> Any:
    async def acquired(self: Any) -> Any:
        counted = _counted(self._pool)
        if counted is None:
            return await acquire(self)
        connection = self._con
        if connection is not None and connection.is_closed():
            counted.replaced(BROKEN)
        elif connection is not None and self._generation != self._pool._generation:
            counted.replaced(AGE)
        proxy = await acquire(self)
        counted.taken(self)
        return proxy

    return update_wrapper(acquired, acquire)


def _releasing(release: Any) -> Any:
    async def released(self: Any, timeout: Any) -> Any:  # noqa: ASYNC109  asyncpg's signature
        counted, connection = POOLS.get(id(self._pool)), self._con
        if counted is None or connection is None:
            return await release(self, timeout)
        if self._generation != self._pool._generation or connection._protocol.queries_count >= self._max_queries:
            counted.ages(self)
        try:
            return await release(self, timeout)
        finally:
            counted.stays(self)

    return update_wrapper(released, release)


def _freeing(free: Any) -> Any:
    def freed(self: Any) -> None:
        free(self)
        counted = POOLS.get(id(self._pool))
        if counted is not None:
            counted.released(self)

    return update_wrapper(freed, free)


def _losing(lose: Any) -> Any:
    def lost(self: Any) -> None:
        lose(self)
        counted = POOLS.get(id(self._pool))
        if counted is not None:
            counted.closed(self)

    return update_wrapper(lost, lose)


def _deactivating(deactivate: Any) -> Any:
    def deactivated(self: Any) -> None:
        counted = POOLS.get(id(self._pool))
        if counted is None:
            deactivate(self)
            return
        counted.ages(self)
        try:
            deactivate(self)
        finally:
            counted.stays(self)

    return update_wrapper(deactivated, deactivate)
