"""Checkpoints and the background writer of a PostgreSQL server.

PostgreSQL 17 moved the checkpoints to a view of their own. Both families of names are exposed on all versions.
"""

from watchbill.catalogue.metric import Counter


def _writer(column: str, meaning: str) -> Counter:
    return Counter(name=f"pg_stat_bgwriter_{column}_total", help=meaning)


def _checkpointer(column: str, meaning: str) -> Counter:
    return Counter(name=f"pg_stat_checkpointer_{column}_total", help=meaning)


PG_WRITER_TIMED = _writer("checkpoints_timed", "Checkpoints begun because their time had come.")
PG_WRITER_REQUESTED = _writer("checkpoints_req", "Checkpoints begun on request, or for the amount of WAL.")
PG_WRITER_WRITE_TIME = _writer("checkpoint_write_time", "Milliseconds that checkpoints spent writing.")
PG_WRITER_SYNC_TIME = _writer("checkpoint_sync_time", "Milliseconds that checkpoints spent syncing.")
PG_WRITER_CHECKPOINT_BUFFERS = _writer("buffers_checkpoint", "Buffers that checkpoints wrote.")
PG_WRITER_CLEAN_BUFFERS = _writer("buffers_clean", "Buffers that the background writer wrote.")
PG_WRITER_HALTS = _writer("maxwritten_clean", "Rounds that the background writer broke off at its limit.")
PG_WRITER_BACKEND_BUFFERS = _writer(
    "buffers_backend", "Buffers that other processes wrote themselves; from PostgreSQL 17 without new blocks."
)
PG_WRITER_BACKEND_SYNCS = _writer("buffers_backend_fsync", "Syncs that other processes had to do themselves.")
PG_WRITER_ALLOCATED = _writer("buffers_alloc", "Buffers allocated.")
PG_WRITER_RESET = _writer("stats_reset", "When these statistics were reset, as Unix time.")

PG_CHECKPOINTER_TIMED = _checkpointer("num_timed", "Checkpoints begun because their time had come.")
PG_CHECKPOINTER_REQUESTED = _checkpointer("num_requested", "Checkpoints begun on request, or for the amount of WAL.")
PG_CHECKPOINTER_DONE = _checkpointer("num_done", "Checkpoints finished; from PostgreSQL 18.")
PG_CHECKPOINTER_RESTARTS_TIMED = _checkpointer(
    "restartpoints_timed", "A standby's checkpoints begun because their time had come; from PostgreSQL 17."
)
PG_CHECKPOINTER_RESTARTS_REQUESTED = _checkpointer(
    "restartpoints_req", "A standby's checkpoints begun on request; from PostgreSQL 17."
)
PG_CHECKPOINTER_RESTARTS_DONE = _checkpointer(
    "restartpoints_done", "A standby's checkpoints finished; from PostgreSQL 17."
)
PG_CHECKPOINTER_WRITE_TIME = _checkpointer("write_time", "Milliseconds that checkpoints spent writing.")
PG_CHECKPOINTER_SYNC_TIME = _checkpointer("sync_time", "Milliseconds that checkpoints spent syncing.")
PG_CHECKPOINTER_BUFFERS = _checkpointer("buffers_written", "Buffers that checkpoints wrote.")
PG_CHECKPOINTER_RESET = _checkpointer("stats_reset", "When these statistics were reset, as Unix time.")
