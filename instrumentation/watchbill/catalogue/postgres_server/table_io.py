"""Blocks of tables, found in a PostgreSQL server's cache or read."""

from watchbill.catalogue.metric import Counter
from watchbill.catalogue.postgres_server.databases import PG_DATABASE
from watchbill.catalogue.postgres_server.tables import MOST_TABLES, TABLE_LABELS


def _table(column: str, meaning: str) -> Counter:
    return Counter(
        name=f"pg_statio_user_tables_{column}",
        help=meaning,
        labels=TABLE_LABELS,
        at_most=MOST_TABLES + PG_DATABASE.limit,
        community_name=True,
    )


def _database(name: str, meaning: str) -> Counter:
    return Counter(name=name, help=f"{meaning} Counted since the exporter started.", labels=(PG_DATABASE,))


PG_TABLE_HEAP_HIT = _table("heap_blocks_hit", "Blocks of the table found in the server's cache.")
PG_TABLE_HEAP_READ = _table("heap_blocks_read", "Blocks of the table read from outside the server's cache.")
PG_TABLE_INDEX_HIT = _table("idx_blocks_hit", "Blocks of the table's indexes found in the server's cache.")
PG_TABLE_INDEX_READ = _table("idx_blocks_read", "Blocks of the table's indexes read from outside the server's cache.")
PG_TABLE_TOAST_HIT = _table("toast_blocks_hit", "Blocks of the table's TOAST table found in the server's cache.")
PG_TABLE_TOAST_READ = _table("toast_blocks_read", "Blocks of the TOAST table read from outside the server's cache.")
PG_TABLE_TOAST_INDEX_HIT = _table("tidx_blocks_hit", "Blocks of the TOAST table's index found in the server's cache.")
PG_TABLE_TOAST_INDEX_READ = _table(
    "tidx_blocks_read", "Blocks of the TOAST table's index read from outside the server's cache."
)
PG_DATABASE_HEAP_HIT = _database("pg_statio_heap_blocks_hit_total", "Blocks of all tables found in the cache.")
PG_DATABASE_HEAP_READ = _database("pg_statio_heap_blocks_read_total", "Blocks of all tables read into the cache.")
PG_DATABASE_INDEX_HIT = _database("pg_statio_index_blocks_hit_total", "Blocks of all indexes found in the cache.")
PG_DATABASE_INDEX_READ = _database("pg_statio_index_blocks_read_total", "Blocks of all indexes read into the cache.")
