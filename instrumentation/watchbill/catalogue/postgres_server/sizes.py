"""Sizes on the disk of a PostgreSQL server."""

from watchbill.catalogue.metric import Gauge
from watchbill.catalogue.postgres_server.indexes import INDEX_LABELS
from watchbill.catalogue.postgres_server.tables import TABLE_LABELS
from watchbill.catalogue.unit import Unit

MOST_SIZES = 500
"""Tables, and indexes, whose files are measured, over all databases of a server."""

PG_TABLE_SIZE = Gauge(
    name="pg_table_size_bytes",
    help="Exact size of one of the largest tables with its TOAST table, without indexes; absent while it is locked.",
    unit=Unit.BYTES,
    labels=TABLE_LABELS,
    at_most=MOST_SIZES,
)
PG_TABLE_INDEXES_SIZE = Gauge(
    name="pg_table_indexes_size_bytes",
    help="Exact size of all indexes of one of the largest tables; absent while it is locked.",
    unit=Unit.BYTES,
    labels=TABLE_LABELS,
    at_most=MOST_SIZES,
)
PG_INDEX_SIZE = Gauge(
    name="pg_index_size_bytes",
    help="Exact size of one of the largest indexes; absent while its table is locked.",
    unit=Unit.BYTES,
    labels=INDEX_LABELS,
    at_most=MOST_SIZES,
)
PG_SIZES_SKIPPED = Gauge(
    name="pg_table_sizes_skipped",
    help="Tables and indexes left unmeasured because someone holds or awaits an exclusive lock on them.",
    labels=TABLE_LABELS[:1],
)
