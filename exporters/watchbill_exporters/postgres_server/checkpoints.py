"""Checkpoints and the background writer, under both families of names."""

from collections.abc import Iterable, Mapping
from typing import LiteralString

from watchbill.catalogue import Metric
from watchbill.catalogue.postgres_server import checkpoints
from watchbill_exporters.collector import Measured
from watchbill_exporters.postgres_server.collector import PostgresCollector
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table

_UNTIL_16: LiteralString = """
SELECT checkpoints_timed AS timed, checkpoints_req AS requested, checkpoint_write_time AS write_time,
       checkpoint_sync_time AS sync_time, buffers_checkpoint, buffers_clean, maxwritten_clean, buffers_backend,
       buffers_backend_fsync, buffers_alloc, extract(epoch FROM stats_reset)::float8 AS writer_reset
FROM pg_stat_bgwriter
"""
_SINCE_17: LiteralString = """
SELECT c.num_timed AS timed, c.num_requested AS requested, c.write_time, c.sync_time,
       c.buffers_written AS buffers_checkpoint, c.restartpoints_timed, c.restartpoints_req, c.restartpoints_done,
       extract(epoch FROM c.stats_reset)::float8 AS checkpointer_reset, w.buffers_clean, w.maxwritten_clean,
       w.buffers_alloc, extract(epoch FROM w.stats_reset)::float8 AS writer_reset, io.buffers_backend,
       io.buffers_backend_fsync"""
_SINCE_18: LiteralString = ", c.num_done"
_FROM_17: LiteralString = """
FROM pg_stat_checkpointer c CROSS JOIN pg_stat_bgwriter w CROSS JOIN (
  SELECT sum(writes) AS buffers_backend, sum(fsyncs) AS buffers_backend_fsync FROM pg_stat_io
  WHERE object = 'relation' AND backend_type NOT IN ('checkpointer', 'background writer')
) AS io
"""
_METRICS: Mapping[str, Metric] = {
    "timed": checkpoints.PG_WRITER_TIMED,
    "requested": checkpoints.PG_WRITER_REQUESTED,
    "write_time": checkpoints.PG_WRITER_WRITE_TIME,
    "sync_time": checkpoints.PG_WRITER_SYNC_TIME,
    "buffers_checkpoint": checkpoints.PG_WRITER_CHECKPOINT_BUFFERS,
    "buffers_clean": checkpoints.PG_WRITER_CLEAN_BUFFERS,
    "maxwritten_clean": checkpoints.PG_WRITER_HALTS,
    "buffers_backend": checkpoints.PG_WRITER_BACKEND_BUFFERS,
    "buffers_backend_fsync": checkpoints.PG_WRITER_BACKEND_SYNCS,
    "buffers_alloc": checkpoints.PG_WRITER_ALLOCATED,
    "writer_reset": checkpoints.PG_WRITER_RESET,
}
_CHECKPOINTER_METRICS: Mapping[str, Metric] = {
    "timed": checkpoints.PG_CHECKPOINTER_TIMED,
    "requested": checkpoints.PG_CHECKPOINTER_REQUESTED,
    "num_done": checkpoints.PG_CHECKPOINTER_DONE,
    "restartpoints_timed": checkpoints.PG_CHECKPOINTER_RESTARTS_TIMED,
    "restartpoints_req": checkpoints.PG_CHECKPOINTER_RESTARTS_REQUESTED,
    "restartpoints_done": checkpoints.PG_CHECKPOINTER_RESTARTS_DONE,
    "write_time": checkpoints.PG_CHECKPOINTER_WRITE_TIME,
    "sync_time": checkpoints.PG_CHECKPOINTER_SYNC_TIME,
    "buffers_checkpoint": checkpoints.PG_CHECKPOINTER_BUFFERS,
    "checkpointer_reset": checkpoints.PG_CHECKPOINTER_RESET,
}


def _query(server: Server) -> LiteralString:
    if server.major <= 16:
        return _UNTIL_16
    return _SINCE_17 + (_SINCE_18 if server.major >= 18 else "") + _FROM_17


def _measure(table: Table, server: Server) -> Iterable[Measured]:
    del server
    yield from table.singles(_METRICS)
    yield from table.singles(_CHECKPOINTER_METRICS)


CHECKPOINTS = PostgresCollector(name="checkpoints", query=_query, measure=_measure)
