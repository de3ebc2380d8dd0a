"""Write-ahead log of a PostgreSQL server: its files, what is written, what is archived."""

from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.unit import Unit

PG_WAL_SEGMENTS = Gauge(name="pg_wal_segments", help="Files of WAL on disk.")
PG_WAL_SIZE = Gauge(name="pg_wal_size_bytes", help="Bytes of WAL on disk.", unit=Unit.BYTES)
PG_WAL_POSITION = Counter(
    name="pg_wal_position_bytes_total",
    help="Position up to which a primary has written WAL, and a standby applied it.",
    unit=Unit.BYTES,
)
PG_WAL_RECORDS = Counter(name="pg_stat_wal_records_total", help="Records written to the WAL; from PostgreSQL 14.")
PG_WAL_PAGE_IMAGES = Counter(name="pg_stat_wal_fpi_total", help="Whole pages written to the WAL; from PostgreSQL 14.")
PG_WAL_BYTES = Counter(
    name="pg_stat_wal_bytes_total", help="Bytes written to the WAL; from PostgreSQL 14.", unit=Unit.BYTES
)
PG_WAL_BUFFERS_FULL = Counter(
    name="pg_stat_wal_buffers_full_total",
    help="Times that WAL went to disk because its buffers were full; from PostgreSQL 14.",
)
PG_WAL_WRITES = Counter(
    name="pg_stat_wal_write_total", help="Times that buffers of WAL were written; PostgreSQL 14 to 17."
)
PG_WAL_SYNCS = Counter(name="pg_stat_wal_sync_total", help="Times that WAL was synced; PostgreSQL 14 to 17.")
PG_WAL_WRITE_TIME = Counter(
    name="pg_stat_wal_write_time_seconds_total",
    help="Time spent writing WAL, where track_wal_io_timing is on; PostgreSQL 14 to 17.",
    unit=Unit.SECONDS,
)
PG_WAL_SYNC_TIME = Counter(
    name="pg_stat_wal_sync_time_seconds_total",
    help="Time spent syncing WAL, where track_wal_io_timing is on; PostgreSQL 14 to 17.",
    unit=Unit.SECONDS,
)
PG_ARCHIVED = Counter(name="pg_stat_archiver_archived_count", help="Files of WAL archived.", community_name=True)
PG_ARCHIVE_FAILED = Counter(
    name="pg_stat_archiver_failed_count", help="Failed attempts to archive a file of WAL.", community_name=True
)
PG_ARCHIVE_AGE = Gauge(
    name="pg_stat_archiver_last_archive_age",
    help="Seconds since a file of WAL was archived; absent when none ever was.",
    unit=Unit.SECONDS,
    community_name=True,
)
PG_ARCHIVE_FAILURE_AGE = Gauge(
    name="pg_stat_archiver_last_failure_age",
    help="Seconds since archiving failed; absent when it never did.",
    unit=Unit.SECONDS,
    community_name=True,
)
PG_ARCHIVE_FAILING = Gauge(
    name="pg_stat_archiver_failing",
    help="1 when the last attempt to archive failed.",
    unit=Unit.BOOLEAN,
)
