"""What pg_stat_statements counts: the statements that took most time, without their text."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import LiteralString

from watchbill.catalogue import Metric
from watchbill.catalogue.postgres_server.statements import (
    MOST_STATEMENTS,
    PG_STATEMENT_CALLS,
    PG_STATEMENT_HIT,
    PG_STATEMENT_READ,
    PG_STATEMENT_READ_SECONDS,
    PG_STATEMENT_ROWS,
    PG_STATEMENT_SECONDS,
    PG_STATEMENT_TEMP_WRITTEN,
    PG_STATEMENT_WAL,
    PG_STATEMENT_WRITE_SECONDS,
    PG_STATEMENTS_EVICTED,
    PG_STATEMENTS_KNOWN,
    STATEMENT_LABELS,
)
from watchbill_exporters.collector import Key, Measured
from watchbill_exporters.postgres_server.collector import PostgresCollector
from watchbill_exporters.postgres_server.rights import STATISTICS
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table

EXTENSION = "pg_stat_statements"
KEPT_SECONDS = 600.0
"""A statement keeps its series for so long after it has left the top."""

_LABELS = tuple(label.name for label in STATEMENT_LABELS)
_METRICS: Mapping[str, Metric] = {
    "calls": PG_STATEMENT_CALLS,
    "seconds": PG_STATEMENT_SECONDS,
    "rows_found": PG_STATEMENT_ROWS,
    "read_seconds": PG_STATEMENT_READ_SECONDS,
    "write_seconds": PG_STATEMENT_WRITE_SECONDS,
    "blocks_hit": PG_STATEMENT_HIT,
    "blocks_read": PG_STATEMENT_READ,
    "temp_written": PG_STATEMENT_TEMP_WRITTEN,
    "wal_bytes": PG_STATEMENT_WAL,
}
_OF_EXTENSION: Mapping[str, Metric] = {"known": PG_STATEMENTS_KNOWN, "evictions": PG_STATEMENTS_EVICTED}


# The same statement may stand twice: run by itself, and within a function.
_ENTRIES: LiteralString = """
SELECT userid, dbid, queryid, sum(calls)::int8 AS calls, sum({total}) / 1000 AS seconds, sum(rows)::int8 AS rows_found,
       sum({read}) / 1000 AS read_seconds, sum({write}) / 1000 AS write_seconds,
       sum(shared_blks_hit)::int8 AS blocks_hit, sum(shared_blks_read)::int8 AS blocks_read,
       sum(temp_blks_written)::int8 AS temp_written, {wal} AS wal_bytes
FROM {entries} WHERE queryid IS NOT NULL GROUP BY userid, dbid, queryid
"""
_QUERY: LiteralString = """
WITH ranked AS (
  SELECT *, row_number() OVER (ORDER BY seconds DESC, queryid, userid, dbid) AS place, count(*) OVER () AS known
  FROM ({found}) AS found
)
SELECT coalesce(r.rolname::text, f.userid::text) AS "user", d.datname, f.queryid::text AS queryid,
       f.userid::text AS userid, f.dbid::text AS dbid, f.place <= $1::int AS first, f.known, {evictions} AS evictions,
       f.calls, f.seconds, f.rows_found, f.read_seconds, f.write_seconds, f.blocks_hit, f.blocks_read, f.temp_written,
       f.wal_bytes
FROM ranked f JOIN pg_database d ON d.oid = f.dbid LEFT JOIN pg_roles r ON r.oid = f.userid
WHERE f.place <= $1::int OR (f.userid, f.dbid, f.queryid) IN (
  SELECT k.userid, k.dbid, k.queryid FROM unnest($2::oid[], $3::oid[], $4::int8[]) AS k (userid, dbid, queryid)
)
ORDER BY f.place
"""


def _query(server: Server) -> LiteralString | None:
    """None without the extension, and for a role that would see its own statements alone."""
    entries = server.relation(EXTENSION, "pg_stat_statements(false)")
    if entries is None or STATISTICS not in server.held:
        return None
    # An upgraded server may keep an old version of the extension.
    version = _version(server)
    times: LiteralString = "shared_blk_" if version >= (1, 11) else "blk_"
    found = (
        _ENTRIES.replace("{entries}", entries)
        .replace("{total}", time_column(server))
        .replace("{read}", times + "read_time")
        .replace("{write}", times + "write_time")
        .replace("{wal}", "sum(wal_bytes)::float8" if version >= (1, 8) else "NULL::float8")
    )
    totals = server.relation(EXTENSION, "pg_stat_statements_info") if version >= (1, 9) else None
    evictions: LiteralString = (
        "NULL::int8" if totals is None else "(SELECT dealloc FROM {totals})".replace("{totals}", totals)
    )
    return _QUERY.replace("{found}", found).replace("{evictions}", evictions)


def time_column(server: Server) -> LiteralString:
    """The extension's column with the time spent executing, in milliseconds."""
    return "total_exec_time" if _version(server) >= (1, 8) else "total_time"


def _version(server: Server) -> tuple[int, int]:
    major, _, minor = server.extensions[EXTENSION].version.partition(".")
    return int(major), int(minor or 0)


@dataclass(slots=True)
class _Statements:
    """Remembers who was in the top of late, so that series do not come and go at its edge."""

    clock: Callable[[], float]
    seen: dict[Key, float] = field(default_factory=dict[Key, float])

    def arguments(self, server: Server) -> tuple[str, ...]:
        """How many, and the parts of the keys of those to keep."""
        oldest = self.clock() - KEPT_SECONDS
        kept = sorted((at, key) for key, at in self.seen.items() if at >= oldest)
        self.seen = {key: at for at, key in kept[-(MOST_STATEMENTS - server.settings.statements) :]}
        parts = zip(*self.seen, strict=True) if self.seen else ((), (), ())
        return (str(server.settings.statements), *("{" + ",".join(part) + "}" for part in parts))

    def measure(self, table: Table, server: Server) -> Iterable[Measured]:
        """Counters of each statement, and what is said of the extension."""
        del server
        now = self.clock()
        for key, first in zip(table.keys("userid", "dbid", "queryid"), table.numbers("first"), strict=True):
            if first:
                self.seen[key] = now
        yield from table.measured(_METRICS, table.keys(*_LABELS))
        yield from table.where([row == 0 for row in range(len(table))]).singles(_OF_EXTENSION)


def statements(clock: Callable[[], float] = monotonic) -> PostgresCollector:
    """The top statements of all databases."""
    top = _Statements(clock)
    return PostgresCollector(name="statements", query=_query, arguments=top.arguments, measure=top.measure, every=60.0)
