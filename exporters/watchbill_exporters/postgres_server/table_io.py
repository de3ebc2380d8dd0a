"""Blocks of tables, found in the server's cache or read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import LiteralString

from watchbill.catalogue import Metric
from watchbill.catalogue.postgres_server.table_io import (
    PG_DATABASE_HEAP_HIT,
    PG_DATABASE_HEAP_READ,
    PG_DATABASE_INDEX_HIT,
    PG_DATABASE_INDEX_READ,
    PG_TABLE_HEAP_HIT,
    PG_TABLE_HEAP_READ,
    PG_TABLE_INDEX_HIT,
    PG_TABLE_INDEX_READ,
    PG_TABLE_TOAST_HIT,
    PG_TABLE_TOAST_INDEX_HIT,
    PG_TABLE_TOAST_INDEX_READ,
    PG_TABLE_TOAST_READ,
)
from watchbill.catalogue.postgres_server.tables import MOST_TABLES, OTHER_TABLES
from watchbill_exporters.collector import Measured, series
from watchbill_exporters.postgres_server.collector import PostgresCollector, always
from watchbill_exporters.postgres_server.remainder import WHOLE, Growth, Remainder
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table
from watchbill_exporters.postgres_server.tables import LABELS, number_of_tables
from watchbill_exporters.postgres_server.top import USER_TABLES, top

_METRICS: Mapping[str, Metric] = {
    "heap_read": PG_TABLE_HEAP_READ,
    "heap_hit": PG_TABLE_HEAP_HIT,
    "index_read": PG_TABLE_INDEX_READ,
    "index_hit": PG_TABLE_INDEX_HIT,
    "toast_read": PG_TABLE_TOAST_READ,
    "toast_hit": PG_TABLE_TOAST_HIT,
    "toast_index_read": PG_TABLE_TOAST_INDEX_READ,
    "toast_index_hit": PG_TABLE_TOAST_INDEX_HIT,
}
_OF_DATABASES: Mapping[str, Metric] = {
    "heap_read": PG_DATABASE_HEAP_READ,
    "heap_hit": PG_DATABASE_HEAP_HIT,
    "index_read": PG_DATABASE_INDEX_READ,
    "index_hit": PG_DATABASE_INDEX_HIT,
}
_COLUMNS: tuple[LiteralString, ...] = (
    "heap_read",
    "heap_hit",
    "index_read",
    "index_hit",
    "toast_read",
    "toast_hit",
    "toast_index_read",
    "toast_index_hit",
)
_OBJECTS: LiteralString = f"""
indexes AS (
  SELECT i.indrelid, sum(c.relpages) AS pages, sum(pg_stat_get_blocks_fetched(c.oid))::int8 AS fetched,
         sum(pg_stat_get_blocks_hit(c.oid))::int8 AS hit
  FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
  WHERE c.oid >= 16384 AND c.relkind = 'i' GROUP BY i.indrelid
),
tables AS MATERIALIZED (
  SELECT c.oid, n.nspname AS schemaname, c.relname, greatest(c.relpages, 0) + coalesce(i.pages, 0) AS pages,
         pg_stat_get_blocks_fetched(c.oid) AS heap_fetched, pg_stat_get_blocks_hit(c.oid) AS heap_hit,
         i.fetched AS index_fetched, i.hit AS index_hit,
         pg_stat_get_blocks_fetched(t.oid) AS toast_fetched, pg_stat_get_blocks_hit(t.oid) AS toast_hit,
         ti.fetched AS toast_index_fetched, ti.hit AS toast_index_hit
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
  LEFT JOIN indexes i ON i.indrelid = c.oid LEFT JOIN indexes ti ON ti.indrelid = c.reltoastrelid
  WHERE {USER_TABLES} AND c.relkind <> 'p'
),
objects AS (
  SELECT oid, schemaname, relname, pages, heap_fetched + coalesce(index_fetched, 0) AS used,
         heap_fetched - heap_hit AS heap_read, heap_hit, index_fetched - index_hit AS index_read, index_hit,
         toast_fetched - toast_hit AS toast_read, toast_hit,
         toast_index_fetched - toast_index_hit AS toast_index_read, toast_index_hit
  FROM tables
)"""  # noqa: S608  # fragments of our own
_QUERY = top(
    _OBJECTS,
    {"schemaname": "''", "relname": "''"},
    {name: f"sum({name})::int8" for name in _COLUMNS},
)


@dataclass(slots=True)
class _TableIO:
    """Remembers the sums of the reading before."""

    remainder: Remainder = field(default_factory=lambda: Remainder(_METRICS, LABELS, ("", OTHER_TABLES), MOST_TABLES))
    growth: Mapping[str, Growth] = field(default_factory=lambda: {name: Growth() for name in _OF_DATABASES})

    def measure(self, table: Table, server: Server) -> Iterable[Measured]:
        """The tables, and the counters of each database."""
        del server
        yield from self.remainder.measured(table)
        databases = table.texts("datname")
        whole = [bool(value) for value in table.numbers(WHOLE)]
        summed = {database for database, is_whole in zip(databases, whole, strict=True) if is_whole}
        for name, metric in _OF_DATABASES.items():
            sums: dict[str, float] = dict.fromkeys(databases, 0.0)
            for database, is_whole, value in zip(databases, whole, table.numbers(name), strict=True):
                # Where there is a row with the sums, the others are part of it.
                if is_whole == (database in summed):
                    sums[database] += value or 0.0
            counted = self.growth[name].counted
            yield series(metric, [((database,), counted((database,), total)) for database, total in sums.items()])


def table_io() -> PostgresCollector:
    """The blocks of the tables of each database."""
    return PostgresCollector(
        name="table_io",
        query=always(_QUERY),
        arguments=number_of_tables,
        measure=_TableIO().measure,
        scope="database",
    )
