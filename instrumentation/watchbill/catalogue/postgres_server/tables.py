"""Tables of a PostgreSQL server."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.postgres_server.databases import PG_DATABASE
from watchbill.catalogue.unit import Unit

MOST_TABLES = 2_000
"""Tables with series of their own, over all databases of a server."""
OTHER_TABLES = "other"
"""In place of a table's name, under an empty schema: the sum of all tables without series of their own."""

PG_SCHEMA = Label(name="schemaname", help="The schema.", bound=1_000)
PG_TABLE = Label(name="relname", help="The table; `other` under an empty schema for the rest.", bound=10_000)
TABLE_LABELS = (PG_DATABASE, PG_SCHEMA, PG_TABLE)
_AT_MOST = MOST_TABLES + PG_DATABASE.limit


def _counter(column: str, meaning: str, unit: Unit = Unit.COUNT) -> Counter:
    name = f"pg_stat_user_tables_{column}"
    return Counter(
        name=name, help=meaning, unit=unit, labels=TABLE_LABELS, at_most=_AT_MOST, community_name="_total" not in name
    )


def _gauge(column: str, meaning: str, unit: Unit = Unit.COUNT) -> Gauge:
    name = f"pg_stat_user_tables_{column}"
    return Gauge(name=name, help=meaning, unit=unit, labels=TABLE_LABELS, at_most=_AT_MOST, community_name=True)


PG_TABLE_SEQ_SCANS = _counter("seq_scan", "Sequential scans begun on the table.")
PG_TABLE_SEQ_ROWS = _counter("seq_tup_read", "Live rows that sequential scans read.")
PG_TABLE_INDEX_SCANS = _counter("idx_scan", "Index scans begun on the table; absent without an index.")
PG_TABLE_INDEX_ROWS = _counter("idx_tup_fetch", "Live rows that index scans fetched; absent without an index.")
PG_TABLE_INSERTED = _counter("n_tup_ins", "Rows inserted.")
PG_TABLE_UPDATED = _counter("n_tup_upd", "Rows updated.")
PG_TABLE_DELETED = _counter("n_tup_del", "Rows deleted.")
PG_TABLE_HOT_UPDATED = _counter("n_tup_hot_upd", "Rows updated without a new entry in any index.")
PG_TABLE_NEW_PAGE_UPDATED = _counter(
    "n_tup_newpage_upd", "Rows updated whose new version went to another page; from PostgreSQL 16."
)
PG_TABLE_LIVE_ROWS = _gauge("n_live_tup", "Live rows, as the server estimates them.")
PG_TABLE_DEAD_ROWS = _gauge("n_dead_tup", "Dead rows that wait for a vacuum, as the server estimates them.")
PG_TABLE_CHANGED_ROWS = _gauge("n_mod_since_analyze", "Rows changed since the table was last analyzed.")
PG_TABLE_INSERTED_ROWS = _gauge("n_ins_since_vacuum", "Rows inserted since the table was last vacuumed.")
PG_TABLE_LAST_VACUUM = _gauge("last_vacuum", "When the table was last vacuumed by hand; 0 for never.", Unit.TIMESTAMP)
PG_TABLE_LAST_AUTOVACUUM = _gauge(
    "last_autovacuum", "When the autovacuum daemon last vacuumed the table; 0 for never.", Unit.TIMESTAMP
)
PG_TABLE_LAST_ANALYZE = _gauge("last_analyze", "When the table was last analyzed by hand; 0 for never.", Unit.TIMESTAMP)
PG_TABLE_LAST_AUTOANALYZE = _gauge(
    "last_autoanalyze", "When the autovacuum daemon last analyzed the table; 0 for never.", Unit.TIMESTAMP
)
PG_TABLE_VACUUMS = _counter("vacuum_count", "Vacuums by hand, VACUUM FULL not counted.")
PG_TABLE_AUTOVACUUMS = _counter("autovacuum_count", "Vacuums by the autovacuum daemon.")
PG_TABLE_ANALYZES = _counter("analyze_count", "Analyzes by hand.")
PG_TABLE_AUTOANALYZES = _counter("autoanalyze_count", "Analyzes by the autovacuum daemon.")
PG_TABLE_VACUUM_TIME = _counter(
    "vacuum_seconds_total", "Time spent in vacuums by hand; from PostgreSQL 18.", Unit.SECONDS
)
PG_TABLE_AUTOVACUUM_TIME = _counter(
    "autovacuum_seconds_total",
    "Time the autovacuum daemon spent vacuuming the table; from PostgreSQL 18.",
    Unit.SECONDS,
)
PG_TABLE_PAGES_SIZE = _gauge(
    "table_size_bytes",
    "Size of the table and its TOAST table by the page counts of the last vacuum or analyze, read without a lock.",
    Unit.BYTES,
)
PG_TABLE_INDEX_PAGES_SIZE = _gauge(
    "index_size_bytes",
    "Size of the table's indexes by the page counts of the last vacuum or analyze, read without a lock.",
    Unit.BYTES,
)
