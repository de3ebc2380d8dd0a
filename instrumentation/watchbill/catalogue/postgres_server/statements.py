"""Statements by pg_stat_statements of a PostgreSQL server."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.postgres_server.databases import PG_DATABASE
from watchbill.catalogue.unit import Unit

MOST_STATEMENTS = 1_000
"""Statements with series, those that left the top a while ago included."""

PG_USER = Label(name="user", help="The role that ran the statement.", bound=200)
PG_QUERY_ID = Label(name="queryid", help="The server's number for the normalized statement.", bound=MOST_STATEMENTS)
STATEMENT_LABELS = (PG_USER, PG_DATABASE, PG_QUERY_ID)


def _counter(column: str, meaning: str, unit: Unit = Unit.COUNT) -> Counter:
    return Counter(
        name=f"pg_stat_statements_{column}_total",
        help=meaning,
        unit=unit,
        labels=STATEMENT_LABELS,
        at_most=MOST_STATEMENTS,
    )


PG_STATEMENT_CALLS = _counter("calls", "Times the statement was executed.")
PG_STATEMENT_SECONDS = _counter("seconds", "Time spent executing the statement.", Unit.SECONDS)
PG_STATEMENT_ROWS = _counter("rows", "Rows the statement read or changed.")
PG_STATEMENT_READ_SECONDS = _counter(
    "block_read_seconds", "Time the statement waited for blocks to be read; 0 without track_io_timing.", Unit.SECONDS
)
PG_STATEMENT_WRITE_SECONDS = _counter(
    "block_write_seconds",
    "Time the statement waited for blocks to be written; 0 without track_io_timing.",
    Unit.SECONDS,
)
PG_STATEMENT_HIT = _counter("shared_blocks_hit", "Blocks the statement found in the server's cache.")
PG_STATEMENT_READ = _counter("shared_blocks_read", "Blocks the statement read from outside the server's cache.")
PG_STATEMENT_TEMP_WRITTEN = _counter("temp_blocks_written", "Blocks of temporary files the statement wrote.")
PG_STATEMENT_WAL = _counter("wal_bytes", "Write-ahead log the statement caused.", Unit.BYTES)
PG_STATEMENTS_KNOWN = Gauge(name="pg_stat_statements_known", help="Statements the extension remembers.")
PG_STATEMENTS_EVICTED = Counter(
    name="pg_stat_statements_evictions_total",
    help="Times the extension forgot its least used statements to make room.",
)
