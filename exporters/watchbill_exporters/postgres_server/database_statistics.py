"""Statistics by database."""

from collections.abc import Iterable, Mapping
from typing import LiteralString

from watchbill.catalogue import Metric
from watchbill.catalogue.postgres_server import databases
from watchbill_exporters.collector import Measured
from watchbill_exporters.postgres_server.collector import PostgresCollector
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table

_METRICS: Mapping[str, Metric] = {
    "numbackends": databases.PG_BACKENDS,
    "xact_commit": databases.PG_COMMITS,
    "xact_rollback": databases.PG_ROLLBACKS,
    "blks_hit": databases.PG_BLOCKS_HIT,
    "blks_read": databases.PG_BLOCKS_READ,
    "tup_returned": databases.PG_ROWS_RETURNED,
    "tup_fetched": databases.PG_ROWS_FETCHED,
    "tup_inserted": databases.PG_ROWS_INSERTED,
    "tup_updated": databases.PG_ROWS_UPDATED,
    "tup_deleted": databases.PG_ROWS_DELETED,
    "deadlocks": databases.PG_DEADLOCKS,
    "temp_files": databases.PG_TEMP_FILES,
    "temp_bytes": databases.PG_TEMP_BYTES,
    "read_time": databases.PG_BLOCK_READ_TIME,
    "write_time": databases.PG_BLOCK_WRITE_TIME,
    "checksum_failures": databases.PG_CHECKSUM_FAILURES,
    "checksum_failed_at": databases.PG_CHECKSUM_LAST_FAILURE,
    "reset_at": databases.PG_DATABASE_STATS_RESET,
    "conflicts": databases.PG_CONFLICTS,
    "confl_tablespace": databases.PG_CONFLICTS_TABLESPACE,
    "confl_lock": databases.PG_CONFLICTS_LOCK,
    "confl_snapshot": databases.PG_CONFLICTS_SNAPSHOT,
    "confl_bufferpin": databases.PG_CONFLICTS_BUFFER_PIN,
    "confl_deadlock": databases.PG_CONFLICTS_DEADLOCK,
    "confl_active_logicalslot": databases.PG_CONFLICTS_LOGICAL_SLOT,
    "session_seconds": databases.PG_SESSION_TIME,
    "active_seconds": databases.PG_ACTIVE_TIME,
    "idle_in_transaction_seconds": databases.PG_IDLE_IN_TRANSACTION_TIME,
    "sessions": databases.PG_SESSIONS,
    "sessions_abandoned": databases.PG_SESSIONS_ABANDONED,
    "sessions_fatal": databases.PG_SESSIONS_FATAL,
    "sessions_killed": databases.PG_SESSIONS_KILLED,
    "parallel_workers_to_launch": databases.PG_PARALLEL_WORKERS_PLANNED,
    "parallel_workers_launched": databases.PG_PARALLEL_WORKERS_LAUNCHED,
}
# A time of 0 without track_io_timing is no time, but one that nobody measured.
_COMMON: LiteralString = """
SELECT s.datid::text AS datid, s.datname::text AS datname, s.numbackends, s.xact_commit, s.xact_rollback, s.blks_hit,
       s.blks_read, s.tup_returned, s.tup_fetched, s.tup_inserted, s.tup_updated, s.tup_deleted, s.deadlocks,
       s.temp_files, s.temp_bytes, s.checksum_failures,
       CASE WHEN timed OR s.blk_read_time > 0 THEN s.blk_read_time END AS read_time,
       CASE WHEN timed OR s.blk_write_time > 0 THEN s.blk_write_time END AS write_time,
       extract(epoch FROM s.checksum_last_failure)::float8 AS checksum_failed_at,
       extract(epoch FROM s.stats_reset)::float8 AS reset_at, s.conflicts, d.datconnlimit,
       pg_stat_get_db_conflict_tablespace(s.datid) AS confl_tablespace,
       pg_stat_get_db_conflict_lock(s.datid) AS confl_lock,
       pg_stat_get_db_conflict_snapshot(s.datid) AS confl_snapshot,
       pg_stat_get_db_conflict_bufferpin(s.datid) AS confl_bufferpin,
       pg_stat_get_db_conflict_startup_deadlock(s.datid) AS confl_deadlock"""
_SINCE_14: LiteralString = """,
       s.session_time / 1000 AS session_seconds, s.active_time / 1000 AS active_seconds,
       s.idle_in_transaction_time / 1000 AS idle_in_transaction_seconds,
       s.sessions, s.sessions_abandoned, s.sessions_fatal, s.sessions_killed"""
_SINCE_16: LiteralString = """,
       pg_stat_get_db_conflict_logicalslot(s.datid) AS confl_active_logicalslot"""
_SINCE_18: LiteralString = ", s.parallel_workers_to_launch, s.parallel_workers_launched"
_FROM: LiteralString = """
FROM pg_stat_database s JOIN pg_database d ON d.oid = s.datid
CROSS JOIN (SELECT current_setting('track_io_timing')::bool AS timed) AS io
ORDER BY s.datname <> current_database(), s.datid
"""


def _query(server: Server) -> LiteralString:
    return (
        _COMMON
        + (_SINCE_14 if server.major >= 14 else "")
        + (_SINCE_16 if server.major >= 16 else "")
        + (_SINCE_18 if server.major >= 18 else "")
        + _FROM
    )


def _measure(table: Table, server: Server) -> Iterable[Measured]:
    del server
    yield from table.measured(_METRICS, table.keys("datid", "datname"))
    yield from table.measured({"datconnlimit": databases.PG_DATABASE_CONNECTION_LIMIT}, table.keys("datname"))


DATABASES = PostgresCollector(name="databases", query=_query, measure=_measure)
