"""Vacuum and autovacuum of a PostgreSQL server."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Gauge
from watchbill.catalogue.postgres_server.databases import PG_DATABASE
from watchbill.catalogue.postgres_server.tables import TABLE_LABELS
from watchbill.catalogue.unit import Unit

_MOST_VACUUMS = 100

PG_VACUUM_PHASE = Label(
    name="phase",
    help="What a vacuum is doing.",
    values=(
        "initializing",
        "scanning heap",
        "vacuuming indexes",
        "vacuuming heap",
        "cleaning up indexes",
        "truncating heap",
        "performing final cleanup",
    ),
)
PG_AUTOVACUUM_OPERATION = Label(
    name="operation",
    help="What a table is due for.",
    values=("vacuum", "vacuum_inserted", "analyze", "freeze"),
)


def _progress(column: str, meaning: str, unit: Unit = Unit.COUNT) -> Gauge:
    return Gauge(
        name=f"pg_stat_progress_vacuum_{column}",
        help=meaning,
        unit=unit,
        labels=TABLE_LABELS,
        at_most=_MOST_VACUUMS,
        community_name=True,
    )


PG_VACUUM_IN_PHASE = Gauge(
    name="pg_stat_progress_vacuum_phase",
    help="1 under the phase a running vacuum is in, 0 under the others.",
    unit=Unit.BOOLEAN,
    labels=(*TABLE_LABELS, PG_VACUUM_PHASE),
    at_most=_MOST_VACUUMS * len(PG_VACUUM_PHASE.values),
)
PG_VACUUM_BLOCKS = _progress("heap_blks", "Blocks of the table that is vacuumed.")
PG_VACUUM_BLOCKS_SCANNED = _progress("heap_blks_scanned", "Blocks the vacuum has scanned.")
PG_VACUUM_BLOCKS_VACUUMED = _progress("heap_blks_vacuumed", "Blocks the vacuum has cleaned.")
PG_VACUUM_INDEX_CYCLES = _progress("index_vacuums", "Times the vacuum has gone through all indexes.")
PG_VACUUM_INDEXES = _progress("indexes", "Indexes the vacuum cleans; from PostgreSQL 17.")
PG_VACUUM_INDEXES_PROCESSED = _progress("indexes_processed", "Indexes cleaned in this round; from PostgreSQL 17.")
PG_VACUUM_DEAD_ROWS = _progress("num_dead_tuples", "Dead rows collected since the last round of the indexes.")
PG_VACUUM_MOST_DEAD_ROWS = _progress(
    "max_dead_tuples", "Dead rows that fit into memory before the indexes are cleaned; until PostgreSQL 16."
)
PG_VACUUM_DEAD_SIZE = _progress(
    "dead_tuple_bytes", "Memory that collected dead rows take; from PostgreSQL 17.", Unit.BYTES
)
PG_VACUUM_MOST_DEAD_SIZE = _progress(
    "max_dead_tuple_bytes", "Memory for dead rows before the indexes are cleaned; from PostgreSQL 17.", Unit.BYTES
)
PG_AUTOVACUUM_STARTED = Gauge(
    name="pg_stat_activity_autovacuum_timestamp_seconds",
    help="When the autovacuum worker that vacuums or analyzes the table began.",
    unit=Unit.TIMESTAMP,
    labels=TABLE_LABELS,
    at_most=_MOST_VACUUMS,
)
PG_AUTOVACUUM_WORKERS = Gauge(
    name="pg_autovacuum_workers", help="Autovacuum workers that run now, in all databases of the server."
)
PG_AUTOVACUUM_DUE = Gauge(
    name="pg_autovacuum_due_tables",
    help="Tables past the threshold of an operation, by the server's formula and the table's own settings.",
    labels=(PG_DATABASE, PG_AUTOVACUUM_OPERATION),
)
PG_AUTOVACUUM_DISABLED = Gauge(
    name="pg_autovacuum_disabled_tables",
    help="Tables whose own settings switch autovacuum off.",
    labels=(PG_DATABASE,),
)
PG_AUTOVACUUM_OVERDUE_RATIO = Gauge(
    name="pg_autovacuum_most_overdue_ratio",
    help="Dead rows of the table that is furthest past its vacuum threshold, divided by the threshold.",
    unit=Unit.RATIO,
    labels=(PG_DATABASE,),
)
