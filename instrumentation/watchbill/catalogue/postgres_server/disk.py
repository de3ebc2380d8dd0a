"""Reads and writes of a PostgreSQL server by kind of process, from PostgreSQL 16, and its cache."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.postgres_server.sessions import PG_BACKEND_TYPE
from watchbill.catalogue.unit import Unit

PG_IO_OBJECT = Label(name="object", help="What was read or written.", bound=5)
PG_IO_CONTEXT = Label(name="context", help="What it was read or written for.", bound=8)
_BY_PROCESS = (PG_BACKEND_TYPE, PG_IO_OBJECT, PG_IO_CONTEXT)
_AT_MOST = 120


def _counter(column: str, meaning: str, unit: Unit = Unit.COUNT) -> Counter:
    return Counter(name=f"pg_stat_io_{column}_total", help=meaning, unit=unit, labels=_BY_PROCESS, at_most=_AT_MOST)


PG_IO_READS = _counter("reads", "Reads from disk or the system's cache.")
PG_IO_WRITES = _counter("writes", "Writes to the system.")
PG_IO_EXTENDS = _counter("extends", "Extensions of a file.")
PG_IO_READ_BYTES = _counter("read_bytes", "Bytes read.", Unit.BYTES)
PG_IO_WRITE_BYTES = _counter("write_bytes", "Bytes written.", Unit.BYTES)
PG_IO_EXTEND_BYTES = _counter("extend_bytes", "Bytes by which files grew.", Unit.BYTES)
PG_IO_WRITEBACKS = _counter("writebacks", "Blocks that the system was asked to write to disk.")
PG_IO_HITS = _counter("hits", "Blocks found in the server's cache.")
PG_IO_EVICTIONS = _counter("evictions", "Blocks put out of the server's cache to make room.")
PG_IO_REUSES = _counter("reuses", "Buffers of a small ring used again.")
PG_IO_SYNCS = _counter("fsyncs", "Syncs of a file.")
PG_IO_READ_TIME = _counter(
    "read_time_seconds", "Time spent reading; only where the server times its reads.", Unit.SECONDS
)
PG_IO_WRITE_TIME = _counter(
    "write_time_seconds", "Time spent writing; only where the server times its writes.", Unit.SECONDS
)
PG_IO_EXTEND_TIME = _counter(
    "extend_time_seconds", "Time spent extending files; only where the server times it.", Unit.SECONDS
)
PG_IO_SYNC_TIME = _counter("fsync_time_seconds", "Time spent syncing; only where the server times it.", Unit.SECONDS)

PG_CACHE_USED = Gauge(name="pg_buffercache_summary_buffers_used", help="Buffers of the cache in use.")
PG_CACHE_UNUSED = Gauge(name="pg_buffercache_summary_buffers_unused", help="Buffers of the cache not in use.")
PG_CACHE_DIRTY = Gauge(name="pg_buffercache_summary_buffers_dirty", help="Buffers that must be written.")
PG_CACHE_PINNED = Gauge(name="pg_buffercache_summary_buffers_pinned", help="Buffers that somebody works with.")
PG_CACHE_USAGE = Gauge(
    name="pg_buffercache_summary_usagecount_avg", help="How often the used buffers were touched lately, on average."
)
