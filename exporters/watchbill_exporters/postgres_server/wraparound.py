"""How far each database is from transaction ID wraparound, and how fast it comes nearer."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import LiteralString

from watchbill.catalogue import Metric
from watchbill.catalogue.postgres_server.wraparound import (
    MOST_OLD_TABLES,
    PG_DATABASE_AGE,
    PG_DATABASE_MULTIXACT_AGE,
    PG_HEADROOM_MULTIXACTS,
    PG_HEADROOM_SECONDS,
    PG_HEADROOM_TRANSACTIONS,
    PG_TABLE_AGE,
    PG_TABLE_MULTIXACT_AGE,
    PG_TRANSACTIONS,
)
from watchbill_exporters.collector import Measured, column, single
from watchbill_exporters.postgres_server.collector import PostgresCollector, always
from watchbill_exporters.postgres_server.largest import largest
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table
from watchbill_exporters.postgres_server.tables import LABELS

# The server stops giving out transaction IDs this far before the oldest one would come round; from PostgreSQL 14 on
# three million, before that one.
_HALF = 2**31 - 1
_RESERVE, _RESERVE_13 = 3_000_000, 1_000_000
_SHORTEST_SECONDS, _LONGEST_SECONDS, _STEP_SECONDS = 60.0, 3_600.0, 60.0

# pg_current_snapshot takes no transaction ID, and works on a standby.
_QUERY: LiteralString = """
SELECT datname, age(datfrozenxid) AS age, mxid_age(datminmxid) AS multixact_age,
       pg_snapshot_xmax(pg_current_snapshot())::text::float8 AS next,
       date_part('epoch', clock_timestamp()) AS at
FROM pg_database WHERE datallowconn ORDER BY oid
"""
_TABLES_QUERY: LiteralString = """
SELECT current_database() AS datname, n.nspname AS schemaname, c.relname,
       greatest(age(c.relfrozenxid), age(t.relfrozenxid)) AS age,
       greatest(mxid_age(c.relminmxid), mxid_age(t.relminmxid)) AS multixact_age
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND c.relfrozenxid <> '0'::xid
ORDER BY 4 DESC, c.oid LIMIT $1::int
"""
_OF_DATABASES: Mapping[str, Metric] = {"age": PG_DATABASE_AGE, "multixact_age": PG_DATABASE_MULTIXACT_AGE}
_OF_TABLES: Mapping[str, Metric] = {"age": PG_TABLE_AGE, "multixact_age": PG_TABLE_MULTIXACT_AGE}


@dataclass(slots=True)
class Pace:
    """Remembers a number that goes up, at most once a minute, for an hour."""

    _marks: deque[tuple[float, float]] = field(default_factory=deque[tuple[float, float]])

    def per_second(self, at: float, number: float) -> float | None:
        """How fast it went up of late; None for want of a minute's readings, and once after it or time went back."""
        if self._marks and (at < self._marks[-1][0] or number < self._marks[-1][1]):
            self._marks.clear()
        while len(self._marks) > 1 and self._marks[1][0] <= at - _LONGEST_SECONDS:
            self._marks.popleft()
        if not self._marks or at - self._marks[-1][0] >= _STEP_SECONDS:
            self._marks.append((at, number))
        first_at, first = self._marks[0]
        return (number - first) / (at - first_at) if at - first_at >= _SHORTEST_SECONDS else None


@dataclass(slots=True)
class _Wraparound:
    pace: Pace = field(default_factory=Pace)

    def measure(self, table: Table, server: Server) -> Iterable[Measured]:
        keys = table.keys("datname")
        yield from table.measured(_OF_DATABASES, keys)
        stop = _HALF - (_RESERVE if server.major >= 14 else _RESERVE_13)
        headroom = [None if age is None else stop - age for age in table.numbers("age")]
        yield column(PG_HEADROOM_TRANSACTIONS, keys, headroom)
        multixacts = [None if age is None else stop - age for age in table.numbers("multixact_age")]
        yield column(PG_HEADROOM_MULTIXACTS, keys, multixacts)
        given_out, at = table.number("next"), table.number("at")
        if given_out is None or at is None:
            return
        yield single(PG_TRANSACTIONS, given_out)
        pace = self.pace.per_second(at, given_out)
        if pace is not None:
            left = [None if one is None else one / pace if pace else inf for one in headroom]
            yield column(PG_HEADROOM_SECONDS, keys, left)


def _tables(table: Table, server: Server) -> Iterable[Measured]:
    del server
    oldest = largest(table, "age", PG_TABLE_AGE.series_limit)
    return oldest.measured(_OF_TABLES, oldest.keys(*LABELS))


def wraparound() -> PostgresCollector:
    """The age of each database."""
    return PostgresCollector(name="wraparound", query=always(_QUERY), measure=_Wraparound().measure)


def old_tables() -> PostgresCollector:
    """The tables that keep each database old."""
    return PostgresCollector(
        name="old_tables",
        query=always(_TABLES_QUERY),
        arguments=lambda _: (str(MOST_OLD_TABLES),),
        measure=_tables,
        scope="database",
        every=60.0,
    )
