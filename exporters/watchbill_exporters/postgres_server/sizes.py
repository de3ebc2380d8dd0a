"""Exact sizes of files, measured on a clock of their own."""

from collections.abc import Iterable, Mapping
from typing import LiteralString

from watchbill.catalogue import Metric
from watchbill.catalogue.postgres_server.databases import PG_DATABASE_SIZE
from watchbill.catalogue.postgres_server.sizes import (
    MOST_SIZES,
    PG_INDEX_SIZE,
    PG_SIZES_SKIPPED,
    PG_TABLE_INDEXES_SIZE,
    PG_TABLE_SIZE,
)
from watchbill_exporters.collector import Measured, column, series
from watchbill_exporters.postgres_server.collector import PostgresCollector, always
from watchbill_exporters.postgres_server.indexes import LABELS as INDEX_LABELS
from watchbill_exporters.postgres_server.largest import largest
from watchbill_exporters.postgres_server.locked import LOCKED
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table
from watchbill_exporters.postgres_server.tables import LABELS as TABLE_LABELS
from watchbill_exporters.postgres_server.top import USER_INDEXES, USER_TABLES

_MEASURED = 100
"""Tables, and indexes, of each database: the largest."""

_DATABASES: LiteralString = """
SELECT datname, pg_database_size(oid) AS size FROM pg_database
WHERE has_database_privilege(oid, 'CONNECT') OR pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')
ORDER BY oid
"""
_SIZES: LiteralString = f"""
WITH {LOCKED},
indexes AS (
  SELECT i.indrelid, sum(c.relpages) AS pages FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
  WHERE {USER_INDEXES} GROUP BY i.indrelid
),
large_tables AS MATERIALIZED (
  SELECT c.oid, c.relname, c.relnamespace, c.oid IN (SELECT oid FROM avoided) AS skipped
  FROM pg_class c LEFT JOIN pg_class t ON t.oid = c.reltoastrelid LEFT JOIN indexes i ON i.indrelid = c.oid
  WHERE {USER_TABLES} AND c.relkind <> 'p'
  ORDER BY c.relpages + coalesce(t.relpages, 0) + coalesce(i.pages, 0) DESC, c.oid LIMIT $1::int
),
large_indexes AS MATERIALIZED (
  SELECT c.oid, c.relname, i.indrelid, c.relnamespace,
         c.oid IN (SELECT relation FROM locked) OR i.indrelid IN (SELECT oid FROM avoided) AS skipped
  FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE {USER_INDEXES}
  ORDER BY c.relpages DESC, c.oid LIMIT $1::int
)
SELECT current_database() AS datname, n.nspname AS schemaname, l.relname, NULL AS indexrelname, l.skipped,
       CASE WHEN NOT l.skipped THEN pg_table_size(l.oid) END AS size,
       CASE WHEN NOT l.skipped THEN pg_indexes_size(l.oid) END AS indexes_size
FROM large_tables l JOIN pg_namespace n ON n.oid = l.relnamespace
UNION ALL
SELECT current_database(), n.nspname, r.relname, l.relname, l.skipped,
       CASE WHEN NOT l.skipped THEN pg_relation_size(l.oid) END, NULL
FROM large_indexes l JOIN pg_class r ON r.oid = l.indrelid JOIN pg_namespace n ON n.oid = l.relnamespace
"""  # noqa: S608  # fragments of our own


def _databases(table: Table, server: Server) -> Iterable[Measured]:
    del server
    return table.measured({"size": PG_DATABASE_SIZE}, table.keys("datname"))


def _sizes(table: Table, server: Server) -> Iterable[Measured]:
    del server
    indexes = [name is not None for name in table.columns["indexrelname"]]
    tables = largest(table.where([not is_index for is_index in indexes]), "size", MOST_SIZES)
    of_tables: Mapping[str, Metric] = {"size": PG_TABLE_SIZE, "indexes_size": PG_TABLE_INDEXES_SIZE}
    yield from tables.measured(of_tables, tables.keys(*TABLE_LABELS))
    found = largest(table.where(indexes), "size", MOST_SIZES)
    yield column(PG_INDEX_SIZE, found.keys(*INDEX_LABELS), found.numbers("size"))
    skipped = dict.fromkeys(table.texts("datname"), 0.0)
    for database, is_skipped in zip(table.texts("datname"), table.numbers("skipped"), strict=True):
        skipped[database] += is_skipped or 0.0
    yield series(PG_SIZES_SKIPPED, [((database,), number) for database, number in skipped.items()])


def database_sizes() -> PostgresCollector:
    """Bytes of each database; the server looks at every file."""
    return PostgresCollector(name="database_sizes", query=always(_DATABASES), measure=_databases, every=60.0)


def sizes() -> PostgresCollector:
    """Bytes of the largest tables and indexes of each database."""
    return PostgresCollector(
        name="sizes",
        query=always(_SIZES),
        arguments=lambda _: (str(_MEASURED),),
        measure=_sizes,
        scope="database",
        every=300.0,
    )
