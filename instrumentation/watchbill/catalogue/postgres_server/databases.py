"""Databases of a PostgreSQL server."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.unit import Unit

PG_DATABASE = Label(name="datname", help="The database.", bound=50)
PG_DATABASE_ID = Label(name="datid", help="The database's object identifier.", bound=50)
_BY_DATABASE = (PG_DATABASE_ID, PG_DATABASE)
_AT_MOST = PG_DATABASE.limit


def _counter(column: str, meaning: str, unit: Unit = Unit.COUNT) -> Counter:
    name = f"pg_stat_database_{column}"
    return Counter(
        name=name,
        help=meaning,
        unit=unit,
        labels=_BY_DATABASE,
        at_most=_AT_MOST,
        community_name=not name.endswith("_total"),
    )


def _gauge(column: str, meaning: str, unit: Unit = Unit.COUNT) -> Gauge:
    return Gauge(
        name=f"pg_stat_database_{column}",
        help=meaning,
        unit=unit,
        labels=_BY_DATABASE,
        at_most=_AT_MOST,
        community_name=True,
    )


PG_BACKENDS = _gauge("numbackends", "Sessions connected to the database.")
PG_DATABASE_SIZE = Gauge(
    name="pg_database_size_bytes",
    help="Bytes the database takes on disk.",
    unit=Unit.BYTES,
    labels=(PG_DATABASE,),
)
PG_DATABASE_CONNECTION_LIMIT = Gauge(
    name="pg_database_connection_limit",
    help="Connections the database accepts at most; -1 means no limit of its own.",
    labels=(PG_DATABASE,),
)
PG_COMMITS = _counter("xact_commit", "Transactions committed.")
PG_ROLLBACKS = _counter("xact_rollback", "Transactions rolled back.")
PG_BLOCKS_HIT = _counter("blks_hit", "Blocks found in the server's cache.")
PG_BLOCKS_READ = _counter("blks_read", "Blocks read from disk.")
PG_ROWS_RETURNED = _counter("tup_returned", "Live rows that scans read, in tables and in indexes.")
PG_ROWS_FETCHED = _counter("tup_fetched", "Live rows that index scans fetched.")
PG_ROWS_INSERTED = _counter("tup_inserted", "Rows inserted.")
PG_ROWS_UPDATED = _counter("tup_updated", "Rows updated.")
PG_ROWS_DELETED = _counter("tup_deleted", "Rows deleted.")
PG_DEADLOCKS = _counter("deadlocks", "Deadlocks found.")
PG_TEMP_FILES = _counter("temp_files", "Temporary files that queries made.")
PG_TEMP_BYTES = _counter("temp_bytes", "Bytes that queries wrote to temporary files.", Unit.BYTES)
PG_BLOCK_READ_TIME = _counter("blk_read_time", "Milliseconds spent reading blocks; only where track_io_timing is on.")
PG_BLOCK_WRITE_TIME = _counter("blk_write_time", "Milliseconds spent writing blocks; only where track_io_timing is on.")
PG_CHECKSUM_FAILURES = _counter("checksum_failures", "Blocks whose checksum was wrong; only with checksums on.")
PG_CHECKSUM_LAST_FAILURE = _gauge(
    "checksum_last_failure", "When a block's checksum was last found wrong, as Unix time.", Unit.TIMESTAMP
)
PG_SESSION_TIME = _counter(
    "session_time_seconds_total", "Seconds that sessions have lasted; from PostgreSQL 14.", Unit.SECONDS
)
PG_ACTIVE_TIME = _counter(
    "active_time_seconds_total", "Seconds that sessions ran statements; from PostgreSQL 14.", Unit.SECONDS
)
PG_IDLE_IN_TRANSACTION_TIME = _counter(
    "idle_in_transaction_time_seconds_total",
    "Seconds that sessions idled within a transaction; from PostgreSQL 14.",
    Unit.SECONDS,
)
PG_SESSIONS = _counter("sessions", "Sessions begun; from PostgreSQL 14.")
PG_SESSIONS_ABANDONED = _counter("sessions_abandoned", "Sessions whose client vanished; from PostgreSQL 14.")
PG_SESSIONS_FATAL = _counter("sessions_fatal", "Sessions ended by a fatal error; from PostgreSQL 14.")
PG_SESSIONS_KILLED = _counter("sessions_killed", "Sessions that an operator ended; from PostgreSQL 14.")
PG_PARALLEL_WORKERS_PLANNED = _counter(
    "parallel_workers_to_launch", "Parallel workers that queries asked for; from PostgreSQL 18."
)
PG_PARALLEL_WORKERS_LAUNCHED = _counter(
    "parallel_workers_launched", "Parallel workers that queries got; from PostgreSQL 18."
)
PG_DATABASE_STATS_RESET = _counter("stats_reset", "When the database's statistics were reset, as Unix time.")
PG_CONFLICTS = _counter("conflicts", "Queries that a standby ended because they stood in the way of its recovery.")
PG_CONFLICTS_TABLESPACE = _counter(
    "conflicts_confl_tablespace", "Queries that a standby ended because a tablespace was dropped."
)
PG_CONFLICTS_LOCK = _counter("conflicts_confl_lock", "Queries that a standby ended because of a lock.")
PG_CONFLICTS_SNAPSHOT = _counter("conflicts_confl_snapshot", "Queries that a standby ended for an old snapshot.")
PG_CONFLICTS_BUFFER_PIN = _counter("conflicts_confl_bufferpin", "Queries that a standby ended for a pinned buffer.")
PG_CONFLICTS_DEADLOCK = _counter("conflicts_confl_deadlock", "Queries that a standby ended because of a deadlock.")
PG_CONFLICTS_LOGICAL_SLOT = _counter(
    "conflicts_confl_active_logicalslot",
    "Uses of logical slots that a standby ended; from PostgreSQL 16.",
)
