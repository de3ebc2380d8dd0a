"""Reads a PostgreSQL server: all that is quick in one flight of queries, the rest each on its own clock."""

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter

import psycopg

from watchbill.catalogue.postgres_server.probe import PG_DATABASE_READ
from watchbill_exporters.collector import Collected, Reading, collected, series
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.postgres_server.collector import PostgresCollector, asked
from watchbill_exporters.postgres_server.fault import fault
from watchbill_exporters.postgres_server.flight import Landing
from watchbill_exporters.postgres_server.other_databases import Findings, OtherDatabases
from watchbill_exporters.postgres_server.reader import Reader
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table, stacked, table

OTHER_DATABASES = "other_databases"
"""The slow collector that asks the quick queries of scope `database` in every database but the main one."""
OTHERS_EVERY = 60.0
LONGEST_STATEMENT = 2.0
"""Seconds that one quick query may take at most; the server itself ends it then."""
LONGEST_SLOW_STATEMENT = 15.0
_STATEMENT_SHARE = 0.5
_LATE = "no answer in time; remedy: look at the server's load, or raise the scrape's timeout"


class PostgresSession:
    """A signed-in connection to the main database."""

    def __init__(self, reader: Reader, collectors: Sequence[PostgresCollector], others: OtherDatabases) -> None:
        self._reader = reader
        self._collectors = collectors
        self._others = others
        self._visited: dict[str, Findings] = {}

    async def read(self, ping: Deadline, whole: Deadline) -> Reading:
        """Two round trips: an empty query with what the server is, then the queries of all quick collectors."""
        longest = min(LONGEST_STATEMENT, whole.remaining * _STATEMENT_SHARE)
        ping_seconds, server = await self._reader.greet(ping, longest)
        questions = asked([one for one in self._collectors if not one.every], server)
        outcomes = [_outcome(one, Landing(), server) for one, _ in questions]

        def landed(number: int, landing: Landing) -> None:
            outcomes[number] = _outcome(questions[number][0], landing, server)

        await self._reader.ask([statement for _, statement in questions], whole, landed)
        return Reading(ping_seconds=ping_seconds, collected=outcomes, intact=self._reader.intact)

    async def read_slowly(self, name: str, deadline: Deadline) -> Collected:
        """One slow collector, in all databases if that is its scope."""
        began = perf_counter()
        longest = min(LONGEST_SLOW_STATEMENT, deadline.remaining * _STATEMENT_SHARE)
        _, server = await self._reader.greet(deadline, longest)
        try:
            if name == OTHER_DATABASES:
                return await self._read_others(server, began, deadline)
            return await self._read_one(next(one for one in self._collectors if one.name == name), server, deadline)
        except psycopg.Error as error:
            return Collected(name=name, seconds=perf_counter() - began, fault=fault(error))

    async def close(self) -> None:
        """Drops the connection at once; a statement that still runs ends at its statement_timeout."""
        await self._reader.close()

    async def _read_one(self, collector: PostgresCollector, server: Server, deadline: Deadline) -> Collected:
        began = perf_counter()
        questions = asked([collector], server)
        if not questions:
            return Collected(name=collector.name, seconds=0.0)
        (landing,) = await self._reader.ask([statement for _, statement in questions], deadline)
        if landing.result is None or collector.scope == "server":
            return _outcome(collector, landing, server)
        findings = await self._visit(collector, deadline)
        tables = [table(landing.result), *findings.tables.get(collector.name, ())]
        outcome = _interpreted(collector, perf_counter() - began, tables, server)
        return outcome if outcome.fault is not None else replace(outcome, fault=findings.fault(collector.name))

    async def _visit(self, collector: PostgresCollector, deadline: Deadline) -> Findings:
        """The other databases' answers; one connection to each asks for all collectors that have the same clock."""
        found = self._visited.pop(collector.name, None)
        if found is None:
            together = [one for one in self._collectors if one.scope == "database" and one.every == collector.every]
            found = await self._others.ask(self._reader, together, deadline)
            self._visited = dict.fromkeys((one.name for one in together if one is not collector), found)
        return found

    async def _read_others(self, server: Server, began: float, deadline: Deadline) -> Collected:
        findings = await self._others.ask(self._reader, self._others.collectors, deadline)
        outcomes = [
            _interpreted(one, 0.0, findings.tables[one.name], server)
            for one in self._others.collectors
            if one.name in findings.tables
        ]
        success = series(PG_DATABASE_READ, [((name,), float(not why)) for name, why in findings.missing.items()])
        faults = [f"{one.name}: {one.fault}" for one in outcomes if one.fault is not None]
        return Collected(
            name=OTHER_DATABASES,
            seconds=perf_counter() - began,
            measured=[success, *(measured for one in outcomes for measured in one.measured)],
            fault="; ".join([*faults, *filter(None, [findings.fault(*(one.name for one in self._others.collectors))])])
            or None,
            dropped=sum(one.dropped for one in outcomes),
        )


def _outcome(collector: PostgresCollector, landing: Landing, server: Server) -> Collected:
    result = landing.result
    if result is None:
        why = fault(landing.error) if landing.error is not None else _LATE
        return Collected(name=collector.name, seconds=landing.seconds, fault=why)
    return collected(collector.name, lambda: landing.seconds, lambda: collector.measure(table(result), server))


def _interpreted(collector: PostgresCollector, seconds: float, tables: Sequence[Table], server: Server) -> Collected:
    return collected(collector.name, lambda: seconds, lambda: collector.measure(stacked(tables), server))
