"""Reads and writes by kind of process."""

from collections.abc import Iterable, Mapping
from typing import LiteralString

from watchbill.catalogue import Metric
from watchbill.catalogue.postgres_server import disk
from watchbill_exporters.collector import Measured
from watchbill_exporters.postgres_server.collector import PostgresCollector
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table

# Most kinds of process never do most things: a row of zeros is left out until it counts for the first time. A time of
# 0 where the server does not time its reads is no time.
_COMMON: LiteralString = """
SELECT backend_type, object, context, reads, writes, extends, writebacks, hits, evictions, reuses, fsyncs,
       CASE WHEN timed OR read_time > 0 THEN read_time / 1000 END AS read_seconds,
       CASE WHEN timed OR write_time > 0 THEN write_time / 1000 END AS write_seconds,
       CASE WHEN timed OR extend_time > 0 THEN extend_time / 1000 END AS extend_seconds,
       CASE WHEN timed OR fsync_time > 0 THEN fsync_time / 1000 END AS fsync_seconds"""
_UNTIL_17: LiteralString = """,
       reads * op_bytes AS read_bytes, writes * op_bytes AS write_bytes, extends * op_bytes AS extend_bytes"""
_SINCE_18: LiteralString = ", read_bytes, write_bytes, extend_bytes"
_FROM: LiteralString = """
FROM pg_stat_io CROSS JOIN LATERAL current_setting(
  CASE object WHEN 'wal' THEN 'track_wal_io_timing' ELSE 'track_io_timing' END
) AS setting CROSS JOIN LATERAL CAST(setting AS boolean) AS timed
WHERE coalesce(reads, 0) + coalesce(writes, 0) + coalesce(extends, 0) + coalesce(hits, 0) + coalesce(fsyncs, 0)
      + coalesce(evictions, 0) + coalesce(reuses, 0) > 0
ORDER BY 1, 2, 3
"""
_CACHE: LiteralString = "SELECT buffers_used, buffers_unused, buffers_dirty, buffers_pinned, usagecount_avg FROM "
_METRICS: Mapping[str, Metric] = {
    "reads": disk.PG_IO_READS,
    "writes": disk.PG_IO_WRITES,
    "extends": disk.PG_IO_EXTENDS,
    "read_bytes": disk.PG_IO_READ_BYTES,
    "write_bytes": disk.PG_IO_WRITE_BYTES,
    "extend_bytes": disk.PG_IO_EXTEND_BYTES,
    "writebacks": disk.PG_IO_WRITEBACKS,
    "hits": disk.PG_IO_HITS,
    "evictions": disk.PG_IO_EVICTIONS,
    "reuses": disk.PG_IO_REUSES,
    "fsyncs": disk.PG_IO_SYNCS,
    "read_seconds": disk.PG_IO_READ_TIME,
    "write_seconds": disk.PG_IO_WRITE_TIME,
    "extend_seconds": disk.PG_IO_EXTEND_TIME,
    "fsync_seconds": disk.PG_IO_SYNC_TIME,
}
_CACHE_METRICS: Mapping[str, Metric] = {
    "buffers_used": disk.PG_CACHE_USED,
    "buffers_unused": disk.PG_CACHE_UNUSED,
    "buffers_dirty": disk.PG_CACHE_DIRTY,
    "buffers_pinned": disk.PG_CACHE_PINNED,
    "usagecount_avg": disk.PG_CACHE_USAGE,
}
_CACHE_EVERY = 60.0


def _query(server: Server) -> LiteralString | None:
    if server.major < 16:
        return None
    return _COMMON + (_SINCE_18 if server.major >= 18 else _UNTIL_17) + _FROM


def _measure(table: Table, server: Server) -> Iterable[Measured]:
    del server
    return table.measured(_METRICS, table.keys("backend_type", "object", "context"))


def _cache(server: Server) -> LiteralString | None:
    summary = server.relation("pg_buffercache", "pg_buffercache_summary()")
    if summary is None or server.major < 16:
        return None
    return _CACHE + summary


DISK = PostgresCollector(name="io", query=_query, measure=_measure)
CACHE = PostgresCollector(
    name="buffer_cache",
    query=_cache,
    measure=lambda table, _: table.singles(_CACHE_METRICS),
    every=_CACHE_EVERY,
)
