"""Settings of a PostgreSQL server that matter to its operation."""

from watchbill.catalogue.metric import Gauge
from watchbill.catalogue.unit import Unit

_SUFFIXES = {Unit.BYTES: "_bytes", Unit.SECONDS: "_seconds"}
_BYTES, _SECONDS, _FLAG = Unit.BYTES, Unit.SECONDS, Unit.BOOLEAN

SETTINGS: dict[str, Gauge] = {}
"""Metrics by the server's name of the setting: nothing else is read, so that no secret is ever shown."""


def _setting(name: str, meaning: str, unit: Unit = Unit.COUNT) -> Gauge:
    suffix = _SUFFIXES.get(unit, "")
    metric = Gauge(name=f"pg_settings_{name.replace('.', '_')}{suffix}", help=meaning, unit=unit)
    SETTINGS[name] = metric
    return metric


PG_SETTING_ARCHIVE_TIMEOUT = _setting("archive_timeout", "Longest wait before a WAL file is archived.", _SECONDS)
PG_SETTING_AUTOVACUUM = _setting("autovacuum", "1 when the autovacuum daemon runs.", _FLAG)
PG_SETTING_ANALYZE_SCALE = _setting(
    "autovacuum_analyze_scale_factor", "Share of a table that may change before autovacuum analyzes it."
)
PG_SETTING_ANALYZE_THRESHOLD = _setting(
    "autovacuum_analyze_threshold", "Changed rows, on top of that share, before autovacuum analyzes a table."
)
PG_SETTING_FREEZE_MAX_AGE = _setting(
    "autovacuum_freeze_max_age", "Age in transactions at which autovacuum freezes a table, even if it is off."
)
PG_SETTING_AUTOVACUUM_WORKERS = _setting("autovacuum_max_workers", "Autovacuum workers at one time.")
PG_SETTING_MULTIXACT_FREEZE_MAX_AGE = _setting(
    "autovacuum_multixact_freeze_max_age", "Age in multixacts at which autovacuum freezes a table, even if it is off."
)
PG_SETTING_AUTOVACUUM_NAPTIME = _setting(
    "autovacuum_naptime", "Pause between two rounds of autovacuum in one database.", _SECONDS
)
PG_SETTING_AUTOVACUUM_COST_DELAY = _setting(
    "autovacuum_vacuum_cost_delay", "Pause of autovacuum after it has used up its cost limit.", _SECONDS
)
PG_SETTING_AUTOVACUUM_COST_LIMIT = _setting(
    "autovacuum_vacuum_cost_limit", "Cost after which autovacuum pauses; -1 takes vacuum_cost_limit."
)
PG_SETTING_VACUUM_INSERT_SCALE = _setting(
    "autovacuum_vacuum_insert_scale_factor", "Share of a table that may be inserted before autovacuum vacuums it."
)
PG_SETTING_VACUUM_INSERT_THRESHOLD = _setting(
    "autovacuum_vacuum_insert_threshold", "Inserted rows, on top of that share, before autovacuum vacuums a table."
)
PG_SETTING_VACUUM_MAX_THRESHOLD = _setting(
    "autovacuum_vacuum_max_threshold", "Dead rows that always suffice for an autovacuum; from PostgreSQL 18."
)
PG_SETTING_VACUUM_SCALE = _setting(
    "autovacuum_vacuum_scale_factor", "Share of a table that may be dead before autovacuum vacuums it."
)
PG_SETTING_VACUUM_THRESHOLD = _setting(
    "autovacuum_vacuum_threshold", "Dead rows, on top of that share, before autovacuum vacuums a table."
)
PG_SETTING_AUTOVACUUM_MEMORY = _setting(
    "autovacuum_work_mem", "Memory of one autovacuum worker; -1 takes maintenance_work_mem.", _BYTES
)
PG_SETTING_BGWRITER_DELAY = _setting("bgwriter_delay", "Pause between two rounds of the background writer.", _SECONDS)
PG_SETTING_BGWRITER_PAGES = _setting("bgwriter_lru_maxpages", "Blocks the background writer writes in one round.")
PG_SETTING_BGWRITER_MULTIPLIER = _setting(
    "bgwriter_lru_multiplier", "Blocks the background writer prepares, as a multiple of those used of late."
)
PG_SETTING_BLOCK_SIZE = _setting("block_size", "Bytes of one block; named without its unit, as the community has it.")
PG_SETTING_CHECKPOINT_COMPLETION = _setting(
    "checkpoint_completion_target", "Share of the time between checkpoints over which one is spread."
)
PG_SETTING_CHECKPOINT_TIMEOUT = _setting("checkpoint_timeout", "Longest time between two checkpoints.", _SECONDS)
PG_SETTING_CHECKPOINT_WARNING = _setting(
    "checkpoint_warning", "Checkpoints forced by WAL closer together than this are logged.", _SECONDS
)
PG_SETTING_DATA_CHECKSUMS = _setting("data_checksums", "1 when data pages carry checksums.", _FLAG)
PG_SETTING_DEADLOCK_TIMEOUT = _setting(
    "deadlock_timeout", "Wait for a lock after which the server looks for a deadlock.", _SECONDS
)
PG_SETTING_STATISTICS_TARGET = _setting(
    "default_statistics_target", "Detail of the statistics that an analyze collects of each column."
)
PG_SETTING_EFFECTIVE_CACHE = _setting(
    "effective_cache_size", "Size of all caches, the system's included, that the planner assumes.", _BYTES
)
PG_SETTING_IO_CONCURRENCY = _setting("effective_io_concurrency", "Reads that a session asks for at once.")
PG_SETTING_FSYNC = _setting("fsync", "1 when the server forces writes to the disk.", _FLAG)
PG_SETTING_FULL_PAGE_WRITES = _setting(
    "full_page_writes", "1 when the WAL holds whole pages after a checkpoint.", _FLAG
)
PG_SETTING_HASH_MEM = _setting("hash_mem_multiplier", "Memory of a hash table as a multiple of work_mem.")
PG_SETTING_HOT_STANDBY = _setting("hot_standby", "1 when a standby answers queries.", _FLAG)
PG_SETTING_HOT_STANDBY_FEEDBACK = _setting(
    "hot_standby_feedback", "1 when a standby tells its primary which rows its queries need.", _FLAG
)
PG_SETTING_IDLE_TRANSACTION_TIMEOUT = _setting(
    "idle_in_transaction_session_timeout",
    "Idle time after which a session in a transaction is ended; 0 never.",
    _SECONDS,
)
PG_SETTING_IDLE_SESSION_TIMEOUT = _setting(
    "idle_session_timeout", "Idle time after which a session outside a transaction is ended; 0 never.", _SECONDS
)
PG_SETTING_IO_WORKERS = _setting("io_workers", "Processes that read on behalf of sessions; from PostgreSQL 18.")
PG_SETTING_LOG_AUTOVACUUM = _setting(
    "log_autovacuum_min_duration", "Autovacuums that take longer are logged; negative for none.", _SECONDS
)
PG_SETTING_LOG_CHECKPOINTS = _setting("log_checkpoints", "1 when checkpoints are logged.", _FLAG)
PG_SETTING_LOG_LOCK_WAITS = _setting(
    "log_lock_waits", "1 when waits for a lock beyond deadlock_timeout are logged.", _FLAG
)
PG_SETTING_LOG_STATEMENT = _setting(
    "log_min_duration_statement", "Statements that take longer are logged; negative for none.", _SECONDS
)
PG_SETTING_LOG_TEMP_FILES = _setting(
    "log_temp_files", "Temporary files larger than this are logged; negative for none.", _BYTES
)
PG_SETTING_LOGICAL_DECODING_MEMORY = _setting(
    "logical_decoding_work_mem", "Memory of one logical replication stream.", _BYTES
)
PG_SETTING_MAINTENANCE_MEMORY = _setting(
    "maintenance_work_mem", "Memory of one maintenance operation, such as CREATE INDEX.", _BYTES
)
PG_SETTING_OPEN_FILES = _setting("max_files_per_process", "Files one process may hold open.")
PG_SETTING_LOCKS = _setting(
    "max_locks_per_transaction", "Locks for each transaction, on average, in the shared lock table."
)
PG_SETTING_LOGICAL_WORKERS = _setting("max_logical_replication_workers", "Logical replication workers at one time.")
PG_SETTING_PARALLEL_MAINTENANCE = _setting(
    "max_parallel_maintenance_workers", "Parallel workers of one maintenance operation."
)
PG_SETTING_PARALLEL_WORKERS = _setting("max_parallel_workers", "Parallel workers at one time.")
PG_SETTING_PARALLEL_GATHER = _setting("max_parallel_workers_per_gather", "Parallel workers of one part of a query.")
PG_SETTING_PREPARED = _setting("max_prepared_transactions", "Prepared transactions at one time.")
PG_SETTING_SLOTS = _setting("max_replication_slots", "Replication slots the server may have.")
PG_SETTING_SLOT_KEEP = _setting(
    "max_slot_wal_keep_size", "Most WAL that replication slots may hold back; negative for no limit.", _BYTES
)
PG_SETTING_STANDBY_ARCHIVE_DELAY = _setting(
    "max_standby_archive_delay", "Longest a standby delays archived WAL for a query; negative for no limit.", _SECONDS
)
PG_SETTING_STANDBY_STREAMING_DELAY = _setting(
    "max_standby_streaming_delay", "Longest a standby delays streamed WAL for a query; negative for no limit.", _SECONDS
)
PG_SETTING_WAL_SENDERS = _setting("max_wal_senders", "Standbys and backups that stream at one time.")
PG_SETTING_MAX_WAL = _setting("max_wal_size", "WAL after which a checkpoint is forced.", _BYTES)
PG_SETTING_WORKERS = _setting("max_worker_processes", "Background processes at one time.")
PG_SETTING_MIN_WAL = _setting("min_wal_size", "WAL that is kept for reuse.", _BYTES)
PG_SETTING_STATEMENTS = _setting("pg_stat_statements.max", "Statements that pg_stat_statements remembers.")
PG_SETTING_RANDOM_PAGE_COST = _setting("random_page_cost", "Planner's cost of a block read out of order.")
PG_SETTING_RESERVED = _setting(
    "reserved_connections", "Connections kept for roles with pg_use_reserved_connections; from PostgreSQL 16."
)
PG_SETTING_SEGMENT_SIZE = _setting("segment_size", "Size at which a table's file is split.", _BYTES)
PG_SETTING_SEQ_PAGE_COST = _setting("seq_page_cost", "Planner's cost of a block read in order.")
PG_SETTING_VERSION = _setting("server_version_num", "The server's version as a number, such as 150018.")
PG_SETTING_SHARED_BUFFERS = _setting("shared_buffers", "Size of the server's cache.", _BYTES)
PG_SETTING_TLS = _setting("ssl", "1 when the server offers TLS.", _FLAG)
PG_SETTING_STATEMENT_TIMEOUT = _setting(
    "statement_timeout", "Longest a statement may run, for the exporter's role by default; 0 for ever.", _SECONDS
)
PG_SETTING_KEEPALIVE_IDLE = _setting(
    "tcp_keepalives_idle", "Silence after which the server looks whether a client is still there.", _SECONDS
)
PG_SETTING_TEMP_BUFFERS = _setting("temp_buffers", "Cache of one session for temporary tables.", _BYTES)
PG_SETTING_TEMP_FILES = _setting(
    "temp_file_limit", "Most a process may keep in temporary files; negative for no limit.", _BYTES
)
PG_SETTING_TRACK_ACTIVITIES = _setting("track_activities", "1 when the server tells what sessions are doing.", _FLAG)
PG_SETTING_TRACK_COUNTS = _setting("track_counts", "1 when the server counts what happens to tables.", _FLAG)
PG_SETTING_TRACK_IO = _setting("track_io_timing", "1 when the server measures the time of reads and writes.", _FLAG)
PG_SETTING_TRACK_WAL_IO = _setting("track_wal_io_timing", "1 when the server measures the time of WAL writes.", _FLAG)
PG_SETTING_VACUUM_COST_DELAY = _setting(
    "vacuum_cost_delay", "Pause of a vacuum by hand after it has used up its cost limit.", _SECONDS
)
PG_SETTING_VACUUM_COST_LIMIT = _setting("vacuum_cost_limit", "Cost after which a vacuum pauses.")
PG_SETTING_FAILSAFE_AGE = _setting(
    "vacuum_failsafe_age", "Age in transactions at which a vacuum drops all restraint; from PostgreSQL 14."
)
PG_SETTING_FREEZE_MIN_AGE = _setting("vacuum_freeze_min_age", "Age in transactions at which a vacuum freezes a row.")
PG_SETTING_FREEZE_TABLE_AGE = _setting(
    "vacuum_freeze_table_age", "Age in transactions at which a vacuum looks at all of a table."
)
PG_SETTING_WAL_BUFFERS = _setting("wal_buffers", "Memory for WAL that is not written yet.", _BYTES)
PG_SETTING_WAL_KEEP = _setting("wal_keep_size", "WAL that is kept for standbys.", _BYTES)
PG_SETTING_WAL_SEGMENT = _setting("wal_segment_size", "Size of one WAL file.", _BYTES)
PG_SETTING_WAL_SENDER_TIMEOUT = _setting(
    "wal_sender_timeout", "Silence after which a standby is given up; 0 never.", _SECONDS
)
PG_SETTING_WORK_MEMORY = _setting("work_mem", "Memory of one sort or hash table in a query.", _BYTES)
