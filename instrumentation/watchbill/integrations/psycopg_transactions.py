"""Our layers over psycopg's transactions: `commit` and `rollback`, `transaction()`, and those of two phases."""

from functools import update_wrapper
from typing import Any

from watchbill.database.connections import Bound
from watchbill.database.layers import Make
from watchbill.database.meter import Outcome
from watchbill.integrations.psycopg_statements import CONNECTIONS

_IDLE, _IN_ERROR = 0, 3


def transaction_layers() -> list[tuple[type, str, Make]]:
    """What is put where."""
    import psycopg

    ends: list[tuple[str, Outcome]] = [
        ("commit", "committed"),
        ("rollback", "rolled_back"),
        ("tpc_commit", "committed"),
        ("tpc_rollback", "rolled_back"),
    ]
    return [
        *((psycopg.Connection, name, _ending(outcome)) for name, outcome in ends),
        *((psycopg.AsyncConnection, name, _ending_later(outcome)) for name, outcome in ends),
        *((kind, "tpc_begin", _beginning) for kind in (psycopg.Connection, psycopg.AsyncConnection)),
        (psycopg.Transaction, "__enter__", _entering),
        (psycopg.Transaction, "__exit__", _leaving),
        (psycopg.AsyncTransaction, "__aenter__", _entering),
        (psycopg.AsyncTransaction, "__aexit__", _leaving_later),
    ]


def _bound(connection: Any, name: str) -> Bound | None:
    """None where there is nothing to end: one of two phases may have been prepared before."""
    if not name.startswith("tpc_") and connection.pgconn.transaction_status == _IDLE:
        return None
    return CONNECTIONS.of(connection)


def _ending(outcome: Outcome) -> Make:
    def layer(end: Any) -> Any:
        name = end.__name__

        def ended(self: Any, *args: Any, **options: Any) -> Any:
            bound = _bound(self, name)
            if bound is None:
                return end(self, *args, **options)
            aborted = self.pgconn.transaction_status == _IN_ERROR
            try:
                end(self, *args, **options)
            except BaseException:
                bound.transaction_ended("failed")
                raise
            # What has failed inside is rolled back, whatever it is told.
            bound.transaction_ended("rolled_back" if aborted else outcome)
            return None

        return update_wrapper(ended, end)

    return layer


def _ending_later(outcome: Outcome) -> Make:
    def layer(end: Any) -> Any:
        name = end.__name__

        async def ended(self: Any, *args: Any, **options: Any) -> Any:
            bound = _bound(self, name)
            if bound is None:
                return await end(self, *args, **options)
            aborted = self.pgconn.transaction_status == _IN_ERROR
            try:
                await end(self, *args, **options)
            except BaseException:
                bound.transaction_ended("failed")
                raise
            bound.transaction_ended("rolled_back" if aborted else outcome)
            return None

        return update_wrapper(ended, end)

    return layer


def _beginning(begin: Any) -> Any:
    def begun(self: Any, *args: Any, **options: Any) -> Any:
        bound = CONNECTIONS.of(self)
        if bound is not None:
            bound.transaction_began()
        return begin(self, *args, **options)

    return update_wrapper(begun, begin)


def _entering(enter: Any) -> Any:
    def entered(self: Any) -> Any:
        bound = CONNECTIONS.of(self.connection)
        if bound is not None and self.pgconn.transaction_status == _IDLE:
            bound.transaction_began()
        return enter(self)

    return update_wrapper(entered, enter)


def _outer(transaction: Any) -> Bound | None:
    """A savepoint is no transaction."""
    outer = transaction._outer_transaction  # noqa: SLF001  it has no public name
    return CONNECTIONS.of(transaction.connection) if outer else None


def _left(transaction: Any, bound: Bound, error: BaseException | None) -> None:
    if transaction.connection.closed:
        bound.transaction_ended("failed")
    else:
        bound.transaction_ended("rolled_back" if error is not None or transaction.force_rollback else "committed")


def _leaving(leave: Any) -> Any:
    def left(self: Any, kind: Any, error: Any, traceback: Any) -> Any:
        bound = _outer(self)
        if bound is None:
            return leave(self, kind, error, traceback)
        try:
            swallowed = leave(self, kind, error, traceback)
        except BaseException:
            bound.transaction_ended("failed")
            raise
        _left(self, bound, error)
        return swallowed

    return update_wrapper(left, leave)


def _leaving_later(leave: Any) -> Any:
    async def left(self: Any, kind: Any, error: Any, traceback: Any) -> Any:
        bound = _outer(self)
        if bound is None:
            return await leave(self, kind, error, traceback)
        try:
            swallowed = await leave(self, kind, error, traceback)
        except BaseException:
            bound.transaction_ended("failed")
            raise
        _left(self, bound, error)
        return swallowed

    return update_wrapper(left, leave)
