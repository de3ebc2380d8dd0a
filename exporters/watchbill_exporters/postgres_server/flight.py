"""Queries that leave in one packet; each is answered, or fails, on its own."""

import socket
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter
from typing import Any, LiteralString

import psycopg
from psycopg import errors, pq, waiting
from psycopg.pq.abc import PGconn, PGresult

_ROWS = frozenset({pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK, pq.ExecStatus.EMPTY_QUERY})
_FAILURES = frozenset({pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.PIPELINE_ABORTED})
_STALE = (errors.FeatureNotSupported, errors.InvalidSqlStatementName)


@dataclass(frozen=True, slots=True)
class Statement:
    """A query and the values of $1, $2 and so on, as text."""

    query: LiteralString
    arguments: tuple[str, ...] = ()


@dataclass(slots=True)
class Landing:
    """What became of one statement: a result or an error, and seconds since the flight left. Neither: no answer yet."""

    result: PGresult | None = None
    error: psycopg.Error | None = None
    seconds: float = 0.0

    @property
    def arrived(self) -> bool:
        """Whether the server has answered."""
        return self.result is not None or self.error is not None


Landed = Callable[[int, Landing], None]


def ignored(number: int, landing: Landing) -> None:
    """For a flight whose answers are looked at when all have come."""
    del number, landing


@dataclass(slots=True)
class Prepared:
    """Names of the statements that a connection has planned, by query: each is planned once."""

    names: dict[str, bytes] = field(default_factory=dict[str, bytes])
    _numbers: Iterator[int] = field(default_factory=count)

    def new_name(self) -> bytes:
        """A name that this connection has never used."""
        return b"watchbill_%d" % next(self._numbers)


@dataclass(slots=True)
class Flight:
    """Statements over one connection in libpq's pipeline mode; a Sync after each keeps one's failure from the others.

    `landings` fills as the answers come, so that a flight that is broken off leaves what had arrived. `landed` is told
    of each, with the statement's place: what it does then costs no time while the server still works on the next.
    """

    pgconn: PGconn
    prepared: Prepared
    statements: Sequence[Statement]
    landed: Landed
    landings: list[Landing] = field(init=False)

    def __post_init__(self) -> None:
        self.landings = [Landing() for _ in self.statements]

    def course(self) -> Generator[Any, Any, None]:
        """Sends and receives, for the `wait` of psycopg's connection; raises psycopg.Error when that is of no use."""
        # Any: psycopg's generators yield and take its own readiness flags.
        began = perf_counter()
        with _one_packet(self.pgconn.socket):
            names = [self._send(statement) for statement in self.statements]
        while self.pgconn.flush():
            if (yield waiting.Wait.RW) & waiting.Ready.R:
                self.pgconn.consume_input()
        for number, (statement, name) in enumerate(zip(self.statements, names, strict=True)):
            results = yield from self._results()
            landing = self.landings[number]
            landing.seconds = perf_counter() - began
            self._land(statement, name, landing, results)
            self.landed(number, landing)

    def _send(self, statement: Statement) -> bytes | None:
        """The name under which the statement is prepared in this flight; None when it has been already."""
        known = self.prepared.names.get(statement.query)
        name = known or self.prepared.new_name()
        if known is None:
            self.pgconn.send_prepare(name, statement.query.encode())
        arguments = [value.encode() for value in statement.arguments]
        self.pgconn.send_query_prepared(name, arguments, result_format=pq.Format.BINARY)
        self.pgconn.pipeline_sync()
        return None if known else name

    def _results(self) -> Generator[Any, Any, list[PGresult]]:
        """All results up to the next Sync."""
        results: list[PGresult] = []
        ended = False
        while True:
            while self.pgconn.is_busy():
                yield waiting.Wait.R
                self.pgconn.consume_input()
            result = self.pgconn.get_result()
            if result is None:
                # One stands after each message's results; two mean that nothing more will come.
                if ended:
                    raise _last_words(results) or psycopg.OperationalError(self.pgconn.get_error_message())
                ended = True
                continue
            ended = False
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                return results
            if result.status not in _ROWS | _FAILURES:
                raise psycopg.OperationalError("the server answered what was not asked")
            results.append(result)

    def _land(self, statement: Statement, name: bytes | None, landing: Landing, results: Sequence[PGresult]) -> None:
        if name is not None and results and results[0].status == pq.ExecStatus.COMMAND_OK:
            self.prepared.names[statement.query] = name
        landing.error = _last_words(results)
        if landing.error is None and results:
            landing.result = results[-1]
        if isinstance(landing.error, _STALE):
            # What it reads has changed, or somebody deallocated it: prepared anew the next time.
            self.prepared.names.pop(statement.query, None)


def _last_words(results: Sequence[PGresult]) -> psycopg.Error | None:
    """What the server said before it hung up."""
    failed = [result for result in results if result.status == pq.ExecStatus.FATAL_ERROR]
    return errors.error_from_result(failed[-1]) if failed else None


@contextmanager
def _one_packet(descriptor: int) -> Generator[None]:
    """Keeps what is sent meanwhile in the kernel, where it knows how: libpq writes after each Sync."""
    if sys.platform != "linux":
        yield
        return
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM, fileno=descriptor)
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        try:
            yield
        finally:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
    finally:
        connection.detach()  # the descriptor stays libpq's
