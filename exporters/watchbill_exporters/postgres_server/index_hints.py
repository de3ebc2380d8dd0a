"""Indexes that cost more than they give, and those that do not work."""

from collections.abc import Iterable
from functools import lru_cache
from typing import LiteralString

from watchbill.catalogue.postgres_server.hints import (
    INDEX_HINTS,
    INVALID_INDEX,
    PG_INVALID_INDEX_SIZE,
    PG_SCANS_COUNTED,
)
from watchbill_exporters.collector import Measured, column
from watchbill_exporters.postgres_server.collector import PostgresCollector
from watchbill_exporters.postgres_server.hint import HINTS_EVERY, INDEX_KEY, hinted, number_of_hints, of_databases
from watchbill_exporters.postgres_server.largest import largest
from watchbill_exporters.postgres_server.locked import LOCKED
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table
from watchbill_exporters.postgres_server.top import USER_INDEXES

# An index that was never finished has no count of its pages. Node trees of equal expressions differ in where they stood
# in the statement that made them; they are compared as they are, for the function that writes them out locks the table.
_QUERY: LiteralString = """
WITH {locked},
indexes AS MATERIALIZED (
  SELECT c.oid, c.relname AS object, c.relpages AS pages, c.relam AS method, c.relispartition AS part,
         r.relname, n.nspname AS schemaname, i.indrelid, i.indisunique AS is_unique, i.indisprimary AS is_primary,
         i.indisvalid AS is_valid, i.indisreplident AS identifies, i.indimmediate AS is_immediate,
         {distinct} AS nulls_distinct, i.indnatts AS columns, i.indnkeyatts AS key_columns,
         i.indkey::int2[] AS attributes, i.indclass::oid[] AS classes, i.indcollation::oid[] AS collations,
         i.indoption::int2[] AS options,
         coalesce(regexp_replace(i.indexprs::text, ':location -?[0-9]+', '', 'g'), '') AS expressions,
         coalesce(regexp_replace(i.indpred::text, ':location -?[0-9]+', '', 'g'), '') AS predicate,
         c.oid IN (SELECT conindid FROM pg_constraint WHERE contype IN ('p', 'u', 'x')) AS constrains,
         pg_stat_get_numscans(c.oid) AS scans
  FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class r ON r.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = r.relnamespace
  WHERE {among}
),
found AS MATERIALIZED (
  SELECT *, is_valid AND NOT is_unique AND NOT constrains AND NOT identifies AND NOT part AS droppable,
         method = (SELECT oid FROM pg_am WHERE amname = 'btree') AND expressions = '' AND columns = key_columns AS plain
  FROM indexes
),
hints AS (
  SELECT f.*, 'unused_index' AS hint FROM found f WHERE droppable AND scans = 0 AND pages > 8
  UNION ALL
  SELECT f.*, 'duplicate_index' FROM found f
  WHERE is_valid AND NOT identifies AND NOT part AND EXISTS (
    SELECT FROM found o WHERE o.indrelid = f.indrelid AND o.oid <> f.oid AND o.is_valid AND o.method = f.method
      AND o.attributes = f.attributes AND o.key_columns = f.key_columns AND o.classes = f.classes
      AND o.collations = f.collations AND o.options = f.options AND o.expressions = f.expressions
      AND o.predicate = f.predicate
      AND (NOT f.is_unique OR o.nulls_distinct = f.nulls_distinct AND o.is_immediate = f.is_immediate)
      AND (o.is_primary, o.is_unique, o.identifies, o.constrains, f.oid)
        > (f.is_primary, f.is_unique, f.identifies, f.constrains, o.oid)
  )
  UNION ALL
  SELECT f.*, 'redundant_index' FROM found f
  WHERE droppable AND plain AND EXISTS (
      SELECT FROM found o WHERE o.indrelid = f.indrelid AND o.is_valid AND o.method = f.method
        AND o.key_columns > f.key_columns AND o.predicate = f.predicate
        AND o.attributes[0:f.key_columns - 1] = f.attributes[0:f.key_columns - 1]
        AND o.classes[0:f.key_columns - 1] = f.classes[0:f.key_columns - 1]
        AND o.collations[0:f.key_columns - 1] = f.collations[0:f.key_columns - 1]
        AND o.options[0:f.key_columns - 1] = f.options[0:f.key_columns - 1]
    )
  UNION ALL
  SELECT f.*, 'invalid_index' FROM found f
  WHERE NOT is_valid AND oid NOT IN (SELECT index_relid FROM pg_stat_progress_create_index)
),
ranked AS (
  SELECT hint, schemaname, relname, object, oid, pages, is_valid, count(*) OVER (PARTITION BY hint) AS objects,
         oid IN (SELECT relation FROM locked) OR indrelid IN (SELECT oid FROM avoided) AS skipped,
         row_number() OVER (PARTITION BY hint ORDER BY pages DESC, oid) AS place
  FROM hints
)
SELECT current_database() AS datname, hint, schemaname, relname, object, objects,
       CASE WHEN is_valid THEN pages * (SELECT current_setting('block_size')::int8)
            WHEN NOT skipped THEN pg_relation_size(oid) END AS size, NULL::float8 AS counted
FROM ranked WHERE place <= $1::int
UNION ALL
SELECT current_database(), NULL, NULL, NULL, NULL, NULL, NULL,
       date_part('epoch', now() - coalesce(pg_stat_get_db_stat_reset_time(d.oid), pg_postmaster_start_time()))
FROM pg_database d WHERE d.datname = current_database()
"""


@lru_cache
def _query(major: int) -> LiteralString:
    distinct: LiteralString = "NOT i.indnullsnotdistinct" if major >= 15 else "true"
    return _QUERY.replace("{locked}", LOCKED).replace("{among}", USER_INDEXES).replace("{distinct}", distinct)


def _measure(table: Table, server: Server) -> Iterable[Measured]:
    del server
    yield from hinted(table, INDEX_HINTS)
    databases = of_databases(table)
    yield column(PG_SCANS_COUNTED, databases.keys("datname"), databases.numbers("counted"))
    invalid = table.where([hint == INVALID_INDEX for hint in table.columns["hint"]])
    invalid = largest(invalid, "size", PG_INVALID_INDEX_SIZE.series_limit)
    yield column(PG_INVALID_INDEX_SIZE, invalid.keys(*INDEX_KEY), invalid.numbers("size"))


def index_hints() -> PostgresCollector:
    """Hints at the indexes of each database."""
    return PostgresCollector(
        name="index_hints",
        query=lambda server: _query(server.major),
        arguments=number_of_hints,
        measure=_measure,
        scope="database",
        every=HINTS_EVERY,
    )
