"""What a Redis server keeps on disk."""

from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.unit import Unit

REDIS_LOADING = Gauge(
    name="redis_loading_dump_file", help="1 while the server reads its data from disk.", unit=Unit.BOOLEAN
)
REDIS_ASYNC_LOADING = Gauge(
    name="redis_async_loading",
    help="1 while the server takes over its master's data and still serves its own.",
    unit=Unit.BOOLEAN,
)
REDIS_RDB_CHANGES = Gauge(name="redis_rdb_changes_since_last_save", help="Changes that no snapshot holds.")
REDIS_RDB_IN_PROGRESS = Gauge(
    name="redis_rdb_bgsave_in_progress", help="1 while a snapshot is written.", unit=Unit.BOOLEAN
)
REDIS_RDB_LAST_SAVE = Gauge(
    name="redis_rdb_last_save_timestamp_seconds",
    help="When the last snapshot was written, as Unix time.",
    unit=Unit.TIMESTAMP,
)
REDIS_RDB_LAST_STATUS = Gauge(
    name="redis_rdb_last_bgsave_status",
    help="1 when the last snapshot was written without an error.",
    unit=Unit.BOOLEAN,
)
REDIS_RDB_LAST_SECONDS = Gauge(
    name="redis_rdb_last_bgsave_duration_sec",
    help="How long the last snapshot took; -1 when there was none.",
    unit=Unit.SECONDS,
    community_name=True,
)
REDIS_RDB_CURRENT_SECONDS = Gauge(
    name="redis_rdb_current_bgsave_duration_sec",
    help="How long the snapshot that is written has taken; -1 when none is.",
    unit=Unit.SECONDS,
    community_name=True,
)
REDIS_RDB_SAVES = Counter(name="redis_rdb_saves_total", help="Snapshots written.")
REDIS_RDB_COW = Gauge(
    name="redis_rdb_last_cow_size_bytes", help="Memory copied during the last snapshot.", unit=Unit.BYTES
)
REDIS_RDB_LOADED_KEYS = Gauge(name="redis_rdb_last_load_loaded_keys", help="Keys read at the last load.")
REDIS_RDB_EXPIRED_KEYS = Gauge(
    name="redis_rdb_last_load_expired_keys", help="Keys left out at the last load because their time was up."
)
REDIS_AOF_ENABLED = Gauge(name="redis_aof_enabled", help="1 when the append-only file is on.", unit=Unit.BOOLEAN)
REDIS_AOF_REWRITING = Gauge(
    name="redis_aof_rewrite_in_progress", help="1 while the append-only file is rewritten.", unit=Unit.BOOLEAN
)
REDIS_AOF_SCHEDULED = Gauge(
    name="redis_aof_rewrite_scheduled", help="1 when a rewrite follows the snapshot that is written.", unit=Unit.BOOLEAN
)
REDIS_AOF_LAST_SECONDS = Gauge(
    name="redis_aof_last_rewrite_duration_sec",
    help="How long the last rewrite took; -1 when there was none.",
    unit=Unit.SECONDS,
    community_name=True,
)
REDIS_AOF_CURRENT_SECONDS = Gauge(
    name="redis_aof_current_rewrite_duration_sec",
    help="How long the rewrite that runs has taken; -1 when none does.",
    unit=Unit.SECONDS,
    community_name=True,
)
REDIS_AOF_REWRITE_STATUS = Gauge(
    name="redis_aof_last_bgrewrite_status", help="1 when the last rewrite had no error.", unit=Unit.BOOLEAN
)
REDIS_AOF_WRITE_STATUS = Gauge(
    name="redis_aof_last_write_status",
    help="1 when the last write to the append-only file had no error.",
    unit=Unit.BOOLEAN,
)
REDIS_AOF_COW = Gauge(
    name="redis_aof_last_cow_size_bytes", help="Memory copied during the last rewrite.", unit=Unit.BYTES
)
REDIS_AOF_CURRENT_SIZE = Gauge(
    name="redis_aof_current_size_bytes", help="Size of the append-only file; absent while it is off.", unit=Unit.BYTES
)
REDIS_AOF_BASE_SIZE = Gauge(
    name="redis_aof_base_size_bytes",
    help="Size of the append-only file after its last rewrite; absent while it is off.",
    unit=Unit.BYTES,
)
REDIS_AOF_PENDING_REWRITE = Gauge(
    name="redis_aof_pending_rewrite",
    help="1 when a rewrite waits for a snapshot's end; absent while the file is off.",
    unit=Unit.BOOLEAN,
)
REDIS_AOF_BUFFER = Gauge(
    name="redis_aof_buffer_length",
    help="Bytes that wait to be written to the append-only file; absent while it is off.",
    unit=Unit.BYTES,
    community_name=True,
)
REDIS_AOF_PENDING_FSYNC = Gauge(
    name="redis_aof_pending_bio_fsync", help="Syncs of the append-only file that wait; absent while it is off."
)
REDIS_AOF_DELAYED_FSYNC = Gauge(
    name="redis_aof_delayed_fsync", help="Times a write waited for a sync; absent while the append-only file is off."
)
REDIS_FORK_SECONDS = Gauge(
    name="redis_latest_fork_seconds", help="How long the last fork stopped the server.", unit=Unit.SECONDS
)
REDIS_FORKS = Counter(name="redis_forks_total", help="Forks since the server started.")
REDIS_MODULE_FORKING = Gauge(
    name="redis_module_fork_in_progress", help="1 while a module's forked process runs.", unit=Unit.BOOLEAN
)
REDIS_MODULE_COW = Gauge(
    name="redis_module_fork_last_cow_size",
    help="Memory copied for the last forked process of a module.",
    unit=Unit.BYTES,
    community_name=True,
)
