"""The write-ahead log."""

from collections.abc import Mapping
from typing import LiteralString

from watchbill.catalogue import Metric
from watchbill.catalogue.postgres_server import wal
from watchbill_exporters.postgres_server.collector import PostgresCollector, always
from watchbill_exporters.postgres_server.rights import WAL_FOLDER
from watchbill_exporters.postgres_server.server import Server

# History files, and those of the archiver, are no segments.
_FILES: LiteralString = """
SELECT count(*) AS segments, coalesce(sum(size), 0)::float8 AS bytes FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'
"""
_POSITION: LiteralString = """
SELECT (CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_wal_replay_lsn(), pg_last_wal_receive_lsn())
        ELSE pg_current_wal_lsn() END - '0/0')::float8 AS position"""
_SINCE_14: LiteralString = """,
       wal_records, wal_fpi, wal_bytes::float8, wal_buffers_full"""
_UNTIL_17: LiteralString = """, wal_write, wal_sync,
       CASE WHEN timed OR wal_write_time > 0 THEN wal_write_time / 1000 END AS write_seconds,
       CASE WHEN timed OR wal_sync_time > 0 THEN wal_sync_time / 1000 END AS sync_seconds"""
_FROM_14: LiteralString = """
FROM pg_stat_wal CROSS JOIN (SELECT current_setting('track_wal_io_timing')::bool AS timed) AS io"""
_ARCHIVER: LiteralString = """
SELECT archived_count, failed_count,
       extract(epoch FROM clock_timestamp() - last_archived_time)::float8 AS archive_age,
       extract(epoch FROM clock_timestamp() - last_failed_time)::float8 AS failure_age,
       (last_failed_time IS NOT NULL AND last_failed_time > coalesce(last_archived_time, '-infinity')) AS failing
FROM pg_stat_archiver
"""
_FILE_METRICS: Mapping[str, Metric] = {"segments": wal.PG_WAL_SEGMENTS, "bytes": wal.PG_WAL_SIZE}
_METRICS: Mapping[str, Metric] = {
    "position": wal.PG_WAL_POSITION,
    "wal_records": wal.PG_WAL_RECORDS,
    "wal_fpi": wal.PG_WAL_PAGE_IMAGES,
    "wal_bytes": wal.PG_WAL_BYTES,
    "wal_buffers_full": wal.PG_WAL_BUFFERS_FULL,
    "wal_write": wal.PG_WAL_WRITES,
    "wal_sync": wal.PG_WAL_SYNCS,
    "write_seconds": wal.PG_WAL_WRITE_TIME,
    "sync_seconds": wal.PG_WAL_SYNC_TIME,
}
_ARCHIVER_METRICS: Mapping[str, Metric] = {
    "archived_count": wal.PG_ARCHIVED,
    "failed_count": wal.PG_ARCHIVE_FAILED,
    "archive_age": wal.PG_ARCHIVE_AGE,
    "failure_age": wal.PG_ARCHIVE_FAILURE_AGE,
    "failing": wal.PG_ARCHIVE_FAILING,
}


def _query(server: Server) -> LiteralString:
    if server.major < 14:
        return _POSITION
    return _POSITION + _SINCE_14 + (_UNTIL_17 if server.major <= 17 else "") + _FROM_14


def _files(server: Server) -> LiteralString | None:
    return _FILES if WAL_FOLDER in server.held else None


WAL = PostgresCollector(name="wal", query=_query, measure=lambda table, _: table.singles(_METRICS))
WAL_FILES = PostgresCollector(name="wal_files", query=_files, measure=lambda table, _: table.singles(_FILE_METRICS))
ARCHIVER = PostgresCollector(
    name="archiver", query=always(_ARCHIVER), measure=lambda table, _: table.singles(_ARCHIVER_METRICS)
)
