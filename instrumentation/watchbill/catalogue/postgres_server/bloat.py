"""Estimated bloat of tables and indexes of a PostgreSQL server."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Gauge
from watchbill.catalogue.postgres_server.databases import PG_DATABASE
from watchbill.catalogue.postgres_server.tables import PG_SCHEMA, PG_TABLE, TABLE_LABELS
from watchbill.catalogue.unit import Unit

MOST_ESTIMATES = 500
"""Tables, and indexes, with an estimate, over all databases of a server."""

BY_WIDTHS, BY_DEAD_ROWS = "widths", "dead_rows"
PG_BLOAT_BASIS = Label(
    name="basis",
    help="`widths` of the columns, or the `dead_rows` alone where the account may not read the widths.",
    values=(BY_WIDTHS, BY_DEAD_ROWS),
)
PG_INDEX_NAME = Label(name="idxname", help="The index.", bound=20_000)
BTREE_LABELS = (*TABLE_LABELS, PG_INDEX_NAME)


def _of_table(name: str, meaning: str, unit: Unit) -> Gauge:
    labels = (PG_DATABASE, PG_SCHEMA, PG_TABLE, PG_BLOAT_BASIS)
    return Gauge(name=name, help=meaning, unit=unit, labels=labels, at_most=MOST_ESTIMATES, community_name=True)


def _of_index(name: str, meaning: str, unit: Unit) -> Gauge:
    return Gauge(name=name, help=meaning, unit=unit, labels=BTREE_LABELS, at_most=MOST_ESTIMATES, community_name=True)


PG_TABLE_BLOAT_PERCENT = _of_table(
    "pg_bloat_table_bloat_pct",
    "Estimated share of the table that holds no live row, in percent; `dead_rows` alone is a lower bound.",
    Unit.COUNT,
)
PG_TABLE_BLOAT_SIZE = _of_table(
    "pg_bloat_table_bloat_size", "Estimated bytes of the table that hold no live row.", Unit.BYTES
)
PG_TABLE_REAL_SIZE = _of_table(
    "pg_bloat_table_real_size", "Size of the table without TOAST, as the estimate takes it.", Unit.BYTES
)
PG_INDEX_BLOAT_PERCENT = _of_index(
    "pg_bloat_btree_bloat_pct", "Estimated share of the B-tree that a rebuild would free, in percent.", Unit.COUNT
)
PG_INDEX_BLOAT_SIZE = _of_index(
    "pg_bloat_btree_bloat_size", "Estimated bytes of the B-tree that a rebuild would free.", Unit.BYTES
)
PG_INDEX_REAL_SIZE = _of_index("pg_bloat_btree_real_size", "Size of the B-tree, as the estimate takes it.", Unit.BYTES)
PG_BLOAT_WIDTHS_KNOWN = Gauge(
    name="pg_bloat_widths_known_ratio",
    help="Share of the tables looked at whose row width is known; under 1 the account lacks SELECT on some of them.",
    unit=Unit.RATIO,
    labels=(PG_DATABASE,),
)
