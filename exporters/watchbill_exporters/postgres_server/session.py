"""Reads a PostgreSQL server, one short query after the other."""

from functools import partial
from time import perf_counter
from typing import LiteralString, cast

import psycopg

from watchbill_exporters.collector import Collected, Reading, collected
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.postgres_server.connection import BoundedConnection
from watchbill_exporters.postgres_server.inventory import COLLECTORS, PostgresCollector, Rows
from watchbill_exporters.postgres_server.refusal import lost
from watchbill_exporters.reason import TargetDown

LOCK_TIMEOUT_MS = 200
LONGEST_STATEMENT_MS = 2000
"""What one collector may take at most; the server itself ends its query then."""
_STEP_MS = 50
_PATIENCE = 0.1
_MOST_ROWS = 10_000

# With search_path the names in our queries are the server's own, whatever a database's owner has made.
_SETTINGS: LiteralString = """
SELECT set_config('search_path', 'pg_catalog', false), set_config('default_transaction_read_only', 'on', false),
       set_config('lock_timeout', %s::text, false), set_config('statement_timeout', %s::text, false)
"""


class PostgresSession:
    """A signed-in connection."""

    def __init__(self, connection: BoundedConnection) -> None:
        self._connection = connection
        self._statement_ms = 0

    async def read(self, ping: Deadline, whole: Deadline) -> Reading:
        """A ping, then each collector."""
        self._connection.renew_allowance()
        async with ping.limit("an empty query"):
            try:
                await self._apply_settings(whole)
                began = perf_counter()
                await self._connection.execute("")
            except psycopg.Error as error:
                raise lost(error) from error
        ping_seconds = perf_counter() - began
        outcomes = [await self._collect(collector, whole) for collector in COLLECTORS]
        return Reading(ping_seconds=ping_seconds, collected=outcomes, intact=not self._connection.closed)

    async def close(self) -> None:
        """Drops the connection at once; a statement that still runs ends at its statement_timeout."""
        await self._connection.close()

    async def _apply_settings(self, whole: Deadline) -> None:
        """Limits on the server's side, sent again only when the scraper's patience has changed."""
        half_ms = round(whole.remaining * 500 / _STEP_MS) * _STEP_MS
        wanted = min(LONGEST_STATEMENT_MS, max(_STEP_MS, half_ms))
        if wanted != self._statement_ms:
            await self._connection.execute(_SETTINGS, (str(LOCK_TIMEOUT_MS), str(wanted)))
            self._statement_ms = wanted

    async def _collect(self, collector: PostgresCollector, whole: Deadline) -> Collected:
        began = perf_counter()
        try:
            async with whole.within(self._statement_ms / 1000 + _PATIENCE).limit(collector.name):
                rows = await self._rows(collector.query)
        except psycopg.Error as error:
            if self._connection.broken:
                raise lost(error) from error
            fault = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            return Collected(name=collector.name, seconds=perf_counter() - began, fault=fault)
        except TargetDown as down:
            # The answer may still come, and would be taken for that of the next query.
            await self._connection.close()
            if down.reason != "timeout":
                raise
            return Collected(name=collector.name, seconds=perf_counter() - began, fault=down.cause)
        return collected(collector.name, lambda: perf_counter() - began, partial(collector.measure, rows))

    async def _rows(self, query: LiteralString) -> Rows:
        cursor = await self._connection.execute(query)
        return cast("Rows", await cursor.fetchmany(_MOST_ROWS))
