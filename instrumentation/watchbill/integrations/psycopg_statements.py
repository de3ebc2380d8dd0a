"""Our layers over what psycopg runs statements with: cursors, sync and asyncio, and pipelines."""

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Sized
from contextlib import asynccontextmanager, contextmanager
from functools import update_wrapper
from typing import Any

from watchbill.database.connections import Bound, Connections
from watchbill.database.layers import Make
from watchbill.database.meter import COMPONENT, Run

# ruff: noqa: SLF001  psycopg has no public names for a cursor's connection and its pipeline

CONNECTIONS = Connections()
_UNKNOWN = -1
_IDLE = 0


def statement_layers() -> list[tuple[type, str, Make]]:
    """What is put where."""
    import psycopg

    # Both kinds of pipeline share it; its module has moved.
    base = psycopg.Pipeline.__bases__[0]
    return [
        *((kind, "execute", _executing) for kind in (psycopg.Cursor, psycopg.ServerCursor)),
        *((kind, "execute", _executing_later) for kind in (psycopg.AsyncCursor, psycopg.AsyncServerCursor)),
        (psycopg.Cursor, "executemany", _executing_many),
        (psycopg.AsyncCursor, "executemany", _executing_many_later),
        (psycopg.Cursor, "stream", _streaming),
        (psycopg.AsyncCursor, "stream", _streaming_later),
        (psycopg.Cursor, "copy", _copying),
        (psycopg.AsyncCursor, "copy", _copying_later),
        (base, "_process_results", _processing),
        (psycopg.Pipeline, "__exit__", _leaving),
        (psycopg.AsyncPipeline, "__aexit__", _leaving_later),
    ]


def _begun(cursor: Any, query: Any, many: int = 1) -> Run | None:
    connection = cursor._conn
    bound = CONNECTIONS.of(connection)
    if bound is None:
        return None
    try:
        # Outside of autocommit the first statement begins a transaction.
        if connection.pgconn.transaction_status == _IDLE:
            bound.transaction_began()
        text = query if type(query) is str else _text(query, cursor)
        # The empty one is a pool's way to ask whether anybody is there.
        return bound.meter.begin(text, many) if text else None
    except Exception as error:  # noqa: BLE001  never into the application
        bound.meter.faults.report(COMPONENT, error)
        return None


def _text(query: Any, cursor: Any) -> str:
    if isinstance(query, bytes):
        return query.decode(errors="replace")
    if hasattr(query, "as_string"):
        return str(query.as_string(cursor))
    # A template of Python 3.14 has its values apart.
    return "%s".join(query.strings) if hasattr(query, "strings") else str(query)


def _ended(cursor: Any, run: Run, results: int = 1) -> None:
    """It has returned; in a pipeline its results have yet to come."""
    if cursor._conn._pipeline is None:
        run.end(cursor.rowcount)
        return
    bound = CONNECTIONS.of(cursor._conn)
    if bound is None or results < 1:
        run.end()
        return
    # The last of several results stands for all.
    bound.pending.extend([(cursor, None)] * (results - 1))
    bound.pending.append((cursor, run))


def _executing(execute: Any) -> Any:
    def executed(self: Any, query: Any, *args: Any, **options: Any) -> Any:
        run = _begun(self, query)
        if run is None:
            return execute(self, query, *args, **options)
        try:
            cursor = execute(self, query, *args, **options)
        except BaseException as error:
            run.end(error=error)
            raise
        _ended(self, run)
        return cursor

    return update_wrapper(executed, execute)


def _executing_later(execute: Any) -> Any:
    async def executed(self: Any, query: Any, *args: Any, **options: Any) -> Any:
        run = _begun(self, query)
        if run is None:
            return await execute(self, query, *args, **options)
        try:
            cursor = await execute(self, query, *args, **options)
        except BaseException as error:
            run.end(error=error)
            raise
        _ended(self, run)
        return cursor

    return update_wrapper(executed, execute)


def _sets(parameters: Any) -> int:
    try:
        return len(parameters) if isinstance(parameters, Sized) else _UNKNOWN
    except Exception:  # noqa: BLE001  the application's own length of something
        return _UNKNOWN


def _executing_many(execute: Any) -> Any:
    def executed(self: Any, query: Any, params_seq: Any, *args: Any, **options: Any) -> Any:
        run = _begun(self, query, _sets(params_seq))
        if run is None:
            return execute(self, query, params_seq, *args, **options)
        try:
            execute(self, query, params_seq, *args, **options)
        except BaseException as error:
            run.end(error=error)
            raise
        _ended(self, run, _sets(params_seq))
        return None

    return update_wrapper(executed, execute)


def _executing_many_later(execute: Any) -> Any:
    async def executed(self: Any, query: Any, params_seq: Any, *args: Any, **options: Any) -> Any:
        run = _begun(self, query, _sets(params_seq))
        if run is None:
            return await execute(self, query, params_seq, *args, **options)
        try:
            await execute(self, query, params_seq, *args, **options)
        except BaseException as error:
            run.end(error=error)
            raise
        _ended(self, run, _sets(params_seq))
        return None

    return update_wrapper(executed, execute)


def _streaming(stream: Any) -> Any:
    def streamed(self: Any, query: Any, *args: Any, **options: Any) -> Iterator[Any]:
        rows = stream(self, query, *args, **options)
        run = _begun(self, query)
        try:
            for row in rows:
                if run is not None:
                    run.end()
                    run = None
                yield row
        except BaseException as error:
            if run is not None:
                run.end(error=error)
                run = None
            raise
        finally:
            rows.close()
            if run is not None:
                run.end(0)

    return update_wrapper(streamed, stream)


def _streaming_later(stream: Any) -> Any:
    async def streamed(self: Any, query: Any, *args: Any, **options: Any) -> AsyncIterator[Any]:
        rows = stream(self, query, *args, **options)
        run = _begun(self, query)
        try:
            async for row in rows:
                if run is not None:
                    run.end()
                    run = None
                yield row
        except BaseException as error:
            if run is not None:
                run.end(error=error)
                run = None
            raise
        finally:
            await rows.aclose()
            if run is not None:
                run.end(0)

    return update_wrapper(streamed, stream)


def _copying(copy: Any) -> Any:
    @contextmanager
    def copied(self: Any, statement: Any, *args: Any, **options: Any) -> Generator[Any]:
        run = _begun(self, statement)
        try:
            with copy(self, statement, *args, **options) as way:
                yield way
        except BaseException as error:
            if run is not None:
                run.end(error=error)
            raise
        if run is not None:
            run.end(self.rowcount)

    return update_wrapper(copied, copy)


def _copying_later(copy: Any) -> Any:
    @asynccontextmanager
    async def copied(self: Any, statement: Any, *args: Any, **options: Any) -> AsyncGenerator[Any]:
        run = _begun(self, statement)
        try:
            async with copy(self, statement, *args, **options) as way:
                yield way
        except BaseException as error:
            if run is not None:
                run.end(error=error)
            raise
        if run is not None:
            run.end(self.rowcount)

    return update_wrapper(copied, copy)


def _processing(process: Any) -> Any:
    def processed(self: Any, queued: Any, results: Any) -> None:
        cursor: Any = queued[0] if queued else None
        bound = None if cursor is None else CONNECTIONS.of(cursor._conn)
        run = None if bound is None else _next(bound, cursor)
        try:
            process(self, queued, results)
        except BaseException as error:
            if run is not None:
                run.end(error=error)
            raise
        if run is not None and cursor is not None:
            run.end(cursor.rowcount)

    return update_wrapper(processed, process)


def _next(bound: Bound, cursor: Any) -> Run | None:
    """What the cursor's next result belongs to."""
    for place, (sent_by, run) in enumerate(bound.pending):
        if sent_by is cursor:
            del bound.pending[place]
            return run
    return None


def _abandoned(pipeline: Any, error: BaseException | None) -> None:
    """What an error has kept from being run has no results."""
    bound = CONNECTIONS.of(pipeline._conn)
    # One inside another leaves all to that.
    if bound is None or pipeline.level:
        return
    while bound.pending:
        _, run = bound.pending.popleft()
        if run is not None:
            run.end(error=error)


def _leaving(leave: Any) -> Any:
    def left(self: Any, kind: Any, error: Any, traceback: Any) -> Any:
        try:
            return leave(self, kind, error, traceback)
        except BaseException as raised:
            error = raised
            raise
        finally:
            _abandoned(self, error)

    return update_wrapper(left, leave)


def _leaving_later(leave: Any) -> Any:
    async def left(self: Any, kind: Any, error: Any, traceback: Any) -> Any:
        try:
            return await leave(self, kind, error, traceback)
        except BaseException as raised:
            error = raised
            raise
        finally:
            _abandoned(self, error)

    return update_wrapper(left, leave)
