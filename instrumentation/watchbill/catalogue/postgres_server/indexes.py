"""Indexes of a PostgreSQL server."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.postgres_server.databases import PG_DATABASE
from watchbill.catalogue.postgres_server.tables import PG_SCHEMA, PG_TABLE
from watchbill.catalogue.unit import Unit

MOST_INDEXES = 4_000
"""Indexes with series of their own, over all databases of a server."""
OTHER_INDEXES = "other"
"""In place of a name, under an empty schema: the sum of all indexes without series of their own."""

PG_INDEX = Label(name="indexrelname", help="The index; `other` under an empty schema for the rest.", bound=20_000)
INDEX_LABELS = (PG_DATABASE, PG_SCHEMA, PG_TABLE, PG_INDEX)
_AT_MOST = MOST_INDEXES + PG_DATABASE.limit


def _counter(name: str, meaning: str) -> Counter:
    return Counter(name=name, help=meaning, labels=INDEX_LABELS, at_most=_AT_MOST, community_name="_total" not in name)


PG_INDEX_SCANS = _counter("pg_stat_user_indexes_idx_scan", "Scans begun on the index.")
PG_INDEX_ENTRIES = _counter("pg_stat_user_indexes_idx_tup_read", "Entries that scans of the index returned.")
PG_INDEX_ROWS = _counter("pg_stat_user_indexes_idx_tup_fetch", "Live rows that plain scans of the index fetched.")
PG_INDEX_LAST_SCAN = Gauge(
    name="pg_stat_user_indexes_last_idx_scan",
    help="When the index was last scanned; absent when it never was, and before PostgreSQL 16.",
    unit=Unit.TIMESTAMP,
    labels=INDEX_LABELS,
    at_most=_AT_MOST,
    community_name=True,
)
PG_INDEX_PAGES_SIZE = Gauge(
    name="pg_stat_user_indexes_size_bytes",
    help="Size of the index by the page count of the last vacuum or analyze, read without a lock.",
    unit=Unit.BYTES,
    labels=INDEX_LABELS,
    at_most=_AT_MOST,
)
PG_INDEX_HIT = _counter("pg_statio_user_indexes_idx_blks_hit_total", "Blocks of the index found in the server's cache.")
PG_INDEX_READ = _counter(
    "pg_statio_user_indexes_idx_blks_read_total", "Blocks of the index read from outside the server's cache."
)
