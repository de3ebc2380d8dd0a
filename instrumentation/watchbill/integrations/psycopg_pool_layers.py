"""Our layers over psycopg_pool's pools, sync and asyncio."""

from functools import update_wrapper
from time import perf_counter
from typing import Any, Protocol

from watchbill.database.layers import Make
from watchbill.integrations.psycopg_pool import PsycopgPool

_LOST = "connections_lost"
_UNKNOWN = 4


class MeetsPools(Protocol):
    """What counts pools that nothing else does."""

    def meet(self, pool: Any) -> PsycopgPool | None:
        """Begins to count a pool. Raises nothing."""
        ...


EVERY_POOL: list[MeetsPools] = []
"""At most one."""


def pool_layers() -> list[tuple[type, str, Make]]:
    """What is put where; nothing where psycopg_pool is not installed."""
    try:
        from psycopg_pool import AsyncConnectionPool, AsyncNullConnectionPool, ConnectionPool, NullConnectionPool
    except ModuleNotFoundError:
        return []
    return [
        (ConnectionPool, "getconn", _getting),
        (AsyncConnectionPool, "getconn", _getting_later),
        (ConnectionPool, "putconn", _putting),
        (AsyncConnectionPool, "putconn", _putting_later),
        (ConnectionPool, "_connect", _connecting),
        (AsyncConnectionPool, "_connect", _connecting_later),
        *((kind, "_add_to_pool", _adding) for kind in (ConnectionPool, NullConnectionPool)),
        *((kind, "_add_to_pool", _adding_later) for kind in (AsyncConnectionPool, AsyncNullConnectionPool)),
        (ConnectionPool, "check", _checking),
        (AsyncConnectionPool, "check", _checking_later),
        (ConnectionPool, "close", _closing),
        (AsyncConnectionPool, "close", _closing_later),
        *((kind, "_open", _opening) for kind in (ConnectionPool, AsyncConnectionPool)),
        *((kind, "_return_connection", _returning) for kind in (ConnectionPool, AsyncConnectionPool)),
        *((kind, "_close_connection", _dropping) for kind in (ConnectionPool, AsyncConnectionPool)),
        *(
            (kind, "_maybe_grow_pool", _queueing)
            for kind in (ConnectionPool, NullConnectionPool, AsyncConnectionPool, AsyncNullConnectionPool)
        ),
    ]


def _counted(pool: Any) -> PsycopgPool | None:
    found = PsycopgPool.of(pool)
    if found is None and EVERY_POOL:
        return EVERY_POOL[0].meet(pool)
    return found


def _getting(get: Any) -> Any:
    def got(self: Any, *args: Any, **options: Any) -> Any:
        counted = _counted(self)
        if counted is None:
            return get(self, *args, **options)
        began = perf_counter()
        try:
            connection = get(self, *args, **options)
        except BaseException as error:
            counted.refused(began, error)
            raise
        counted.owner.seen(connection)
        counted.taken(connection, began)
        return connection

    return update_wrapper(got, get)


def _getting_later(get: Any) -> Any:
    async def got(self: Any, *args: Any, **options: Any) -> Any:
        counted = _counted(self)
        if counted is None:
            return await get(self, *args, **options)
        began = perf_counter()
        try:
            connection = await get(self, *args, **options)
        except BaseException as error:
            counted.refused(began, error)
            raise
        counted.owner.seen(connection)
        counted.taken(connection, began)
        return connection

    return update_wrapper(got, get)


def _is_own(pool: Any, connection: Any) -> bool:
    """Whether it is this pool's, and out: else the pool refuses it."""
    return getattr(connection, "_pool", None) is pool


def _putting(put: Any) -> Any:
    def given(self: Any, conn: Any) -> Any:
        counted = PsycopgPool.of(self)
        if counted is None or not _is_own(self, conn):
            return put(self, conn)
        counted.given_back(conn)
        try:
            return put(self, conn)
        finally:
            # Mostly the connection is back in the pool, which has been told of then.
            if not counted.is_told:
                counted.moved()

    return update_wrapper(given, put)


def _putting_later(put: Any) -> Any:
    async def given(self: Any, conn: Any) -> Any:
        counted = PsycopgPool.of(self)
        if counted is None or not _is_own(self, conn):
            return await put(self, conn)
        counted.given_back(conn)
        try:
            return await put(self, conn)
        finally:
            # Mostly the connection is back in the pool, which has been told of then.
            if not counted.is_told:
                counted.moved()

    return update_wrapper(given, put)


def _connecting(connect: Any) -> Any:
    def connected(self: Any, *args: Any, **options: Any) -> Any:
        counted = _counted(self)
        if counted is None:
            return connect(self, *args, **options)
        try:
            connection = connect(self, *args, **options)
        except Exception as error:
            counted.opened(error)
            raise
        counted.opened()
        counted.owner.seen(connection)
        return connection

    return update_wrapper(connected, connect)


def _connecting_later(connect: Any) -> Any:
    async def connected(self: Any, *args: Any, **options: Any) -> Any:
        counted = _counted(self)
        if counted is None:
            return await connect(self, *args, **options)
        try:
            connection = await connect(self, *args, **options)
        except Exception as error:
            counted.opened(error)
            raise
        counted.opened()
        counted.owner.seen(connection)
        return connection

    return update_wrapper(connected, connect)


def _moved(pool: Any) -> None:
    counted = PsycopgPool.of(pool)
    if counted is not None:
        counted.moved()


def _adding(add: Any) -> Any:
    def added(self: Any, conn: Any) -> None:
        add(self, conn)
        _moved(self)

    return update_wrapper(added, add)


def _adding_later(add: Any) -> Any:
    async def added(self: Any, conn: Any) -> None:
        await add(self, conn)
        _moved(self)

    return update_wrapper(added, add)


def _checking(check: Any) -> Any:
    def checked(self: Any) -> None:
        lost = _lost(self)
        try:
            check(self)
        finally:
            _found_lost(self, lost)

    return update_wrapper(checked, check)


def _checking_later(check: Any) -> Any:
    async def checked(self: Any) -> None:
        lost = _lost(self)
        try:
            await check(self)
        finally:
            _found_lost(self, lost)

    return update_wrapper(checked, check)


def _lost(pool: Any) -> int:
    # Read, not popped: the pool's statistics belong to the application.
    return int(pool._stats.get(_LOST, 0))  # noqa: SLF001  it has no public name


def _found_lost(pool: Any, before: int) -> None:
    counted = PsycopgPool.of(pool)
    if counted is not None:
        counted.found_broken(_lost(pool) - before)
        counted.moved()


def _closing(close: Any) -> Any:
    def closed(self: Any, *args: Any, **options: Any) -> None:
        try:
            close(self, *args, **options)
        finally:
            _moved(self)

    return update_wrapper(closed, close)


def _closing_later(close: Any) -> Any:
    async def closed(self: Any, *args: Any, **options: Any) -> None:
        try:
            await close(self, *args, **options)
        finally:
            _moved(self)

    return update_wrapper(closed, close)


def _opening(open_pool: Any) -> Any:
    def opened(self: Any) -> Any:
        _counted(self)
        try:
            return open_pool(self)
        finally:
            _moved(self)

    return update_wrapper(opened, open_pool)


def _returning(give_back: Any) -> Any:
    def given_back(self: Any, conn: Any, *args: Any, **options: Any) -> Any:
        counted = PsycopgPool.of(self)
        if counted is not None and conn.pgconn.transaction_status == _UNKNOWN:
            counted.found_broken()
        elif counted is not None and not hasattr(self, "_close_connection"):
            # psycopg_pool before 3.3 closes one that is too old without asking itself.
            counted.closes(self, conn, only_aged=True)
        return give_back(self, conn, *args, **options)

    return update_wrapper(given_back, give_back)


def _dropping(drop: Any) -> Any:
    def dropped(self: Any, conn: Any) -> Any:
        counted = PsycopgPool.of(self)
        if counted is not None:
            counted.closes(self, conn)
        return drop(self, conn)

    return update_wrapper(dropped, drop)


def _queueing(grow: Any) -> Any:
    def grown(self: Any) -> Any:
        # Called when a caller has been put into the queue.
        found = grow(self)
        _moved(self)
        return found

    return update_wrapper(grown, grow)
