"""Names that the community asks for and that a healthy primary does not always show, or the exporter never does."""

from collections.abc import Mapping

SOMETIMES: Mapping[str, str] = {
    "redis_master_last_io_seconds_ago": "on a replica",
    "redis_master_link_up": "on a replica",
    "redis_master_sync_in_progress": "on a replica",
    "redis_slave_info": "on a replica",
    "redis_slave_repl_offset": "on a replica",
    "redis_aof_current_size_bytes": "while the append-only file is on",
    "redis_cluster_slots_fail": "in cluster mode",
    "redis_cluster_slots_pfail": "in cluster mode",
    "redis_cluster_state": "in cluster mode",
    "redis_sentinel_master_status": "on a Sentinel",
    "pg_stat_replication_pg_current_wal_lsn_bytes": "on a primary with a standby",
    "pg_stat_replication_pg_wal_lsn_diff": "on a primary with a standby",
    "pg_replication_slots_active": "on a server that has slots",
    "pg_bloat_btree_bloat_pct": "for indexes of 1 MiB and more",
    "pg_bloat_btree_real_size": "for indexes of 1 MiB and more",
    "pg_bloat_table_bloat_pct": "for tables of 1 MiB and more",
    "pg_bloat_table_real_size": "for tables of 1 MiB and more",
    "pg_general_index_info_pg_relation_size": "for an index that is invalid",
    "pg_stat_database_blk_read_time": "while track_io_timing is on",
    "pg_stat_database_blk_write_time": "while track_io_timing is on",
    "pg_stat_statements_seconds_total": "with the extension pg_stat_statements",
    "pg_stat_statements_calls_total": "with the extension pg_stat_statements",
    "pg_stat_statements_rows_total": "with the extension pg_stat_statements",
}
"""When a metric is there. The tests bring each of these about."""

_TOTAL = "a name of older exporters, before `_total`; the dashboard's newest revision asks for the newer one"
_OLDER = "a name of older exporters; the newer one is shown"
_OF_EVERY_TABLE = "a name of older exporters, for every table; the newer one has `_blocks_` in place of `_blks_`"
NEVER: Mapping[str, str] = {
    "postgresql_errors_total": "counted from the server's log by another program; no exporter of the server has it",
    "pg_stat_ssl_compression": "PostgreSQL 14 has dropped compression, and builds of 13 have it off",
    "pg_statio_user_tables_heap_blks_hit": _OF_EVERY_TABLE,
    "pg_statio_user_tables_heap_blks_read": _OF_EVERY_TABLE,
    "pg_statio_user_tables_idx_blks_hit": _OF_EVERY_TABLE,
    "pg_statio_user_tables_idx_blks_read": _OF_EVERY_TABLE,
    **{
        f"pg_stat_bgwriter_{column}": _TOTAL
        for column in (
            "buffers_alloc",
            "buffers_backend",
            "buffers_backend_fsync",
            "buffers_checkpoint",
            "buffers_clean",
            "checkpoint_sync_time",
            "checkpoint_write_time",
        )
    },
    "pg_stat_statements_calls": _OLDER,
    "pg_stat_statements_total_time_seconds": _OLDER,
    "pg_database_size": _OLDER,
    "process_cpu_seconds_total": "on the exporter's own page, not on a target's",
    "process_open_fds": "on the exporter's own page, not on a target's",
    "process_resident_memory_bytes": "on the exporter's own page, not on a target's",
    "process_virtual_memory_bytes": "on the exporter's own page, not on a target's",
}
"""Why no scrape of a target has it."""
