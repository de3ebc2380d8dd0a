"""Hints at indexes and statistics of a PostgreSQL server that want attention."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Gauge
from watchbill.catalogue.postgres_server.databases import PG_DATABASE
from watchbill.catalogue.postgres_server.indexes import INDEX_LABELS
from watchbill.catalogue.postgres_server.tables import TABLE_LABELS
from watchbill.catalogue.unit import Unit

MOST_HINTS = 20
"""Objects listed for one hint in one database, the largest first."""
_AT_MOST = 1_000

INVALID_INDEX = "invalid_index"
INDEX_HINTS = ("unused_index", "duplicate_index", "redundant_index", INVALID_INDEX)
TABLE_HINTS = ("unindexed_foreign_key", "missing_index", "never_analyzed")

PG_HINT = Label(name="hint", help="What is wrong.", values=(*INDEX_HINTS, *TABLE_HINTS))
PG_HINT_OBJECT = Label(name="object", help="The index or the constraint; empty for the table itself.", bound=_AT_MOST)
PG_HINTS = Gauge(name="pg_hints", help="Objects the hint applies to.", labels=(PG_DATABASE, PG_HINT))
PG_HINT_SIZE = Gauge(
    name="pg_hint_size_bytes",
    help="Size of the index, or of the table, by the page counts of the last vacuum; NaN for a table never analyzed.",
    unit=Unit.BYTES,
    labels=(*TABLE_LABELS, PG_HINT_OBJECT, PG_HINT),
    at_most=_AT_MOST,
)
PG_SCANS_COUNTED = Gauge(
    name="pg_index_scans_counted_seconds",
    help="How long the server has counted scans, at the least: an index is unused since then.",
    unit=Unit.SECONDS,
    labels=(PG_DATABASE,),
)
PG_INVALID_INDEX_SIZE = Gauge(
    name="pg_general_index_info_pg_relation_size",
    help="Size of an invalid index, such as a failed CREATE INDEX CONCURRENTLY leaves; valid indexes have no series.",
    unit=Unit.BYTES,
    labels=INDEX_LABELS,
    at_most=200,
    community_name=True,
)
