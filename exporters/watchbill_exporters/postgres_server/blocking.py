"""Sessions that wait for a lock, and those at the head of the queue."""

from collections.abc import Iterable
from typing import LiteralString

from watchbill.catalogue.postgres_server.locks import (
    PG_BLOCKED,
    PG_BLOCKED_LONGEST,
    PG_BLOCKING,
    PG_BLOCKING_IDLE,
)
from watchbill_exporters.collector import Measured
from watchbill_exporters.postgres_server.collector import PostgresCollector
from watchbill_exporters.postgres_server.rights import STATISTICS
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table

_MOST_ASKED = 100

# pg_blocking_pids stops the lock manager for a moment, so that it is asked of some waiting sessions alone, and the
# locks are looked at only if there is one. Process 0 stands for a prepared transaction.
_BLOCKED: LiteralString = """
WITH waiting AS MATERIALIZED (
  SELECT pid, datname, query_start FROM pg_stat_activity WHERE wait_event_type = 'Lock'
), waits AS MATERIALIZED (
"""
_WAITS: LiteralString = """
  SELECT pid, min(waitstart) AS since FROM pg_locks WHERE NOT granted AND EXISTS (SELECT FROM waiting) GROUP BY pid
"""
# Before PostgreSQL 14 nobody knows since when a session waits: since its statement began, at most.
_WAITS_13: LiteralString = "SELECT pid, query_start AS since FROM waiting"
_ROOTS: LiteralString = """
), roots AS (
  SELECT DISTINCT r.pid, CASE WHEN r.pid = 0 THEN r.datname ELSE a.datname END AS datname, a.state
  FROM (SELECT unnest(pg_blocking_pids(pid)) AS pid, datname FROM (SELECT * FROM waiting LIMIT $1::int4) asked) r
  LEFT JOIN pg_stat_activity a ON a.pid = r.pid
  WHERE r.pid NOT IN (SELECT pid FROM waiting)
), by_database AS (
  SELECT b.datname, count(*) AS blocked, max(extract(epoch FROM clock_timestamp() - w.since)) AS longest
  FROM waiting b LEFT JOIN waits w USING (pid) GROUP BY 1
), roots_by_database AS (
  SELECT datname, count(*) AS blocking, count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS blocking_idle
  FROM roots GROUP BY 1
)
SELECT d.datname::text AS datname, coalesce(b.blocked, 0) AS blocked, coalesce(b.longest, 0)::float8 AS longest,
       coalesce(r.blocking, 0) AS blocking, coalesce(r.blocking_idle, 0) AS blocking_idle
FROM pg_database d LEFT JOIN by_database b USING (datname) LEFT JOIN roots_by_database r USING (datname)
WHERE d.datallowconn ORDER BY d.datname <> current_database(), d.oid
"""
_METRICS = {
    "blocked": PG_BLOCKED,
    "longest": PG_BLOCKED_LONGEST,
    "blocking": PG_BLOCKING,
    "blocking_idle": PG_BLOCKING_IDLE,
}


def _query(server: Server) -> LiteralString | None:
    if STATISTICS not in server.held:
        return None
    return _BLOCKED + (_WAITS if server.major >= 14 else _WAITS_13) + _ROOTS


def _measure(table: Table, server: Server) -> Iterable[Measured]:
    del server
    return table.measured(_METRICS, table.keys("datname"))


BLOCKING = PostgresCollector(name="blocking", query=_query, measure=_measure, arguments=lambda _: (str(_MOST_ASKED),))
