"""One connection to one database, asked in flights of statements."""

from collections.abc import Sequence
from typing import LiteralString

import psycopg

from watchbill_exporters.deadline import Deadline
from watchbill_exporters.postgres_server.connection import BoundedConnection
from watchbill_exporters.postgres_server.facts import FACTS, RAW, known_server
from watchbill_exporters.postgres_server.flight import Flight, Landed, Landing, Prepared, Statement, ignored
from watchbill_exporters.postgres_server.refusal import lost, unanswered
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.settings import PostgresSettings
from watchbill_exporters.postgres_server.table import table
from watchbill_exporters.reason import TargetDown

_STEP_MS = 50
_READING_SHARE = 0.9
"""The rest of the time is for telling the server to end what it still does."""
_TIME_LIMIT: LiteralString = "SELECT set_config('statement_timeout', $1, false)"
_RAW_TEXT = Statement("SELECT set_config('client_encoding', 'SQL_ASCII', false)")
"""A database that stores bytes of any encoding must not check whether they are ours: it would refuse the whole row."""
_NOTHING = Statement("")


class Reader:
    """A signed-in connection; one flight at a time. Close it."""

    def __init__(self, connection: BoundedConnection, settings: PostgresSettings) -> None:
        self._connection = connection
        self._settings = settings
        self._prepared = Prepared()
        self._statement_ms = 0
        self._raw = False
        connection.pgconn.enter_pipeline_mode()

    @property
    def intact(self) -> bool:
        """Whether the connection may be used again."""
        return not self._connection.closed

    @property
    def received(self) -> int:
        """Bytes since it last greeted the server; 0 when the connection is closed."""
        return self._connection.received if self.intact else 0

    def allow(self, largest_answer: int) -> None:
        """Lets the server send so many bytes from one greeting to the next, and no more."""
        self._connection.largest_answer = largest_answer

    async def greet(self, ping: Deadline, longest_statement: float) -> tuple[float, Server]:
        """Seconds to an empty query's answer, and what the server is; raises TargetDown by `ping`.

        From then on the server itself ends a statement after the longest's seconds.
        """
        self._connection.renew_allowance()
        wanted = max(_STEP_MS, round(longest_statement * 1000 / _STEP_MS) * _STEP_MS)
        limit = [Statement(_TIME_LIMIT, (str(wanted),))] if wanted != self._statement_ms else []
        async with ping.limit("an empty query"):
            empty, *limited, facts = await self._fly([_NOTHING, *limit, FACTS])
            for landing in (empty, *limited, facts):
                if landing.error is not None:
                    raise unanswered(landing.error)
            self._statement_ms = wanted
            if facts.result is None:
                raise TargetDown("protocol", "the server answered what was not asked")
            server = known_server(table(facts.result), self._settings)
            if server.encoding == RAW and not self._raw:
                await self._fly([_RAW_TEXT])
                self._raw = True
        return empty.seconds, server

    async def ask(
        self, statements: Sequence[Statement], deadline: Deadline, landed: Landed = ignored
    ) -> Sequence[Landing]:
        """What had arrived by the deadline; the connection is closed when that was not everything."""
        flight = Flight(self._connection.pgconn, self._prepared, statements, landed)
        try:
            async with deadline.within(deadline.remaining * _READING_SHARE).limit("reading"):
                await self._wait(flight)
        except TargetDown as down:
            if down.reason != "timeout":
                raise
            # Later answers would be taken for those of the next flight.
            await self._connection.abandon(deadline)
        return flight.landings

    async def close(self) -> None:
        """Drops the connection at once."""
        await self._connection.close()

    async def _fly(self, statements: Sequence[Statement]) -> Sequence[Landing]:
        flight = Flight(self._connection.pgconn, self._prepared, statements, ignored)
        await self._wait(flight)
        return flight.landings

    async def _wait(self, flight: Flight) -> None:
        try:
            await self._connection.wait(flight.course())
        except psycopg.Error as error:
            raise lost(error) from error
