"""Our layers over what asyncpg runs statements with: connections, prepared statements, cursors, transactions."""

from collections.abc import Callable, Sized
from functools import update_wrapper
from typing import Any

from watchbill.database.connections import Connections
from watchbill.database.layers import Make
from watchbill.database.meter import Run

CONNECTIONS = Connections()
_UNKNOWN = -1
_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")

Rows = Callable[[Any], int]


def statement_layers() -> list[tuple[type, str, Make]]:
    """What is put where. asyncpg's own introspection of types and its reset of pooled connections are left out."""
    from asyncpg.connection import Connection
    from asyncpg.cursor import BaseCursor
    from asyncpg.prepared_stmt import PreparedStatement
    from asyncpg.transaction import Transaction

    queries: list[tuple[str, Rows]] = [("fetch", len), ("fetchrow", _one), ("fetchval", _unknown)]
    return [
        (Connection, "execute", _executing),
        *((Connection, name, _querying(rows)) for name, rows in queries),
        (Connection, "executemany", _batching("command")),
        (Connection, "fetchmany", _batching("query")),
        *((Connection, name, _copying(subject, way)) for name, subject, way in _COPIES),
        *((PreparedStatement, name, _running(rows)) for name, rows in queries),
        *((PreparedStatement, name, _running_many) for name in ("executemany", "fetchmany")),
        # A cursor is one statement, however often it is fetched from.
        (BaseCursor, "_bind", _running(_unknown)),
        (BaseCursor, "_bind_exec", _running(_unknown)),
        (Transaction, "start", _starting),
        (Transaction, "_Transaction__commit", _ending("committed")),
        (Transaction, "_Transaction__rollback", _ending("rolled_back")),
    ]


_COPIES = (
    ("copy_from_table", "table_name", "COPY {} TO STDOUT"),
    ("copy_from_query", "query", "COPY ({}) TO STDOUT"),
    ("copy_to_table", "table_name", "COPY {} FROM STDIN"),
    ("copy_records_to_table", "table_name", "COPY {} FROM STDIN"),
)
"""Methods, what they call their first argument, and what they send."""


def _begun(connection: Any, text: Any, many: int = 1) -> Run | None:
    bound = CONNECTIONS.of(connection)
    return None if bound is None else bound.meter.begin(text, many)


async def _measured(run: Run, rows: Rows, call: Any, *args: Any, **options: Any) -> Any:
    try:
        result = await call(*args, **options)
    except BaseException as error:
        run.end(error=error)
        raise
    run.end(rows(result))
    return result


def _one(row: Any) -> int:
    return 0 if row is None else 1


def _unknown(_result: Any) -> int:
    return _UNKNOWN


def _of_status(status: Any) -> int:
    tail = status.rpartition(" ")[2] if isinstance(status, str) else ""
    return int(tail) if tail.isdigit() else _UNKNOWN


def _sets(args: Any) -> int:
    try:
        return len(args) if isinstance(args, Sized) else _UNKNOWN
    except Exception:  # noqa: BLE001  the application's own length of something
        return _UNKNOWN


def _executing(execute: Any) -> Any:
    async def executed(self: Any, query: Any, *args: Any, **options: Any) -> Any:
        if not args and isinstance(query, str) and (query.startswith(_CONTROL) or query == self._reset_query):
            return await execute(self, query, **options)
        run = _begun(self, query)
        if run is None:
            return await execute(self, query, *args, **options)
        return await _measured(run, _of_status, execute, self, query, *args, **options)

    return update_wrapper(executed, execute)


def _querying(rows: Rows) -> Make:
    def layer(fetch: Any) -> Any:
        async def fetched(self: Any, query: Any, *args: Any, **options: Any) -> Any:
            run = _begun(self, query)
            if run is None:
                return await fetch(self, query, *args, **options)
            return await _measured(run, rows, fetch, self, query, *args, **options)

        return update_wrapper(fetched, fetch)

    return layer


def _batching(subject: str) -> Make:
    def layer(call: Any) -> Any:
        async def called(self: Any, *given: Any, **options: Any) -> Any:
            text = given[0] if given else options.get(subject)
            args = given[1] if len(given) > 1 else options.get("args")
            run = _begun(self, text, _sets(args))
            if run is None:
                return await call(self, *given, **options)
            return await _measured(run, _of_batch(args), call, self, *given, **options)

        return update_wrapper(called, call)

    return layer


def _of_batch(args: Any) -> Rows:
    # What is not returned is not told either: a set of parameters stands for a row.
    return lambda result: _sets(args) if result is None else len(result)


def _copying(subject: str, way: str) -> Make:
    def layer(copy: Any) -> Any:
        async def copied(self: Any, *given: Any, **options: Any) -> Any:
            run = _begun(self, way.format(given[0] if given else options.get(subject)))
            if run is None:
                return await copy(self, *given, **options)
            return await _measured(run, _of_status, copy, self, *given, **options)

        return update_wrapper(copied, copy)

    return layer


def _running(rows: Rows) -> Make:
    def layer(call: Any) -> Any:
        async def called(self: Any, *args: Any, **options: Any) -> Any:
            run = _begun(self._connection, self._query or self._state.query)
            if run is None:
                return await call(self, *args, **options)
            return await _measured(run, rows, call, self, *args, **options)

        return update_wrapper(called, call)

    return layer


def _running_many(call: Any) -> Any:
    async def called(self: Any, args: Any, **options: Any) -> Any:
        run = _begun(self._connection, self._query, _sets(args))
        if run is None:
            return await call(self, args, **options)
        return await _measured(run, _of_batch(args), call, self, args, **options)

    return update_wrapper(called, call)


def _starting(start: Any) -> Any:
    async def started(self: Any) -> None:
        bound = CONNECTIONS.of(self._connection)
        if bound is not None and self._connection._top_xact is None:  # noqa: SLF001  it has no public name
            bound.transaction_began()
        await start(self)

    return update_wrapper(started, start)


def _ending(outcome: Any) -> Make:
    def layer(end: Any) -> Any:
        async def ended(self: Any) -> None:
            connection = self._connection
            bound = CONNECTIONS.of(connection)
            # A savepoint is no transaction.
            if bound is None or connection._top_xact is not self:  # noqa: SLF001  it has no public name
                await end(self)
                return
            try:
                await end(self)
            except BaseException:
                bound.transaction_ended("failed")
                raise
            bound.transaction_ended(outcome)

        return update_wrapper(ended, end)

    return layer
