"""Tables that lack an index or statistics."""

from collections.abc import Iterable
from functools import lru_cache
from typing import LiteralString

from watchbill.catalogue.postgres_server.hints import TABLE_HINTS
from watchbill_exporters.collector import Measured
from watchbill_exporters.postgres_server.collector import PostgresCollector
from watchbill_exporters.postgres_server.hint import HINTS_EVERY, hinted, number_of_hints
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table
from watchbill_exporters.postgres_server.top import USER_TABLES, counted

# A foreign key is indexed when its columns are the first of an index of all rows, in any order. A table lacks an index
# of 10 000 rows or more when its sequential scans, one in ten scans or more, read half of it or more on average.
_QUERY: LiteralString = """
WITH found AS MATERIALIZED (
  SELECT c.oid, c.relname, n.nspname AS schemaname, c.relkind AS kind, greatest(c.relpages, 0) AS pages,
         {analyzed} AS analyzed, pg_stat_get_live_tuples(c.oid) AS live, pg_stat_get_numscans(c.oid) AS scans,
         pg_stat_get_tuples_returned(c.oid) AS scanned,
         (SELECT sum(pg_stat_get_numscans(i.indexrelid)) FROM pg_index i WHERE i.indrelid = c.oid) AS index_scans,
         pg_stat_get_last_analyze_time(c.oid) IS NULL AND pg_stat_get_last_autoanalyze_time(c.oid) IS NULL AS unseen
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE {among}
),
hints AS (
  SELECT f.*, 'missing_index' AS hint, '' AS object FROM found f
  WHERE kind <> 'p' AND live >= 10000
    AND scans >= 100 AND scanned >= scans * live / 2 AND scans >= coalesce(index_scans, 0) / 10
  UNION ALL
  SELECT f.*, 'never_analyzed', '' FROM found f
  WHERE kind <> 'p' AND unseen AND NOT analyzed AND live > 0
  UNION ALL
  SELECT f.*, 'unindexed_foreign_key', k.conname FROM pg_constraint k JOIN found f ON f.oid = k.conrelid
  WHERE k.contype = 'f' AND k.conparentid = 0 AND NOT EXISTS (
    SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL
      AND i.indnkeyatts >= array_length(k.conkey, 1) AND (i.indkey::int2[])[0:array_length(k.conkey, 1) - 1] @> k.conkey
  )
),
ranked AS (
  SELECT *, count(*) OVER (PARTITION BY hint) AS objects,
         row_number() OVER (PARTITION BY hint ORDER BY pages DESC, live DESC, oid, object) AS place
  FROM hints
)
SELECT current_database() AS datname, hint, schemaname, relname, object, objects,
       CASE WHEN analyzed THEN pages * (SELECT current_setting('block_size')::int8) END AS size
FROM ranked WHERE place <= $1::int
UNION ALL
SELECT current_database(), NULL, NULL, NULL, NULL, NULL, NULL
"""


@lru_cache
def _query(major: int) -> LiteralString:
    return _QUERY.replace("{analyzed}", counted("c", major)).replace("{among}", USER_TABLES)


def _measure(table: Table, server: Server) -> Iterable[Measured]:
    del server
    return hinted(table, TABLE_HINTS)


def table_hints() -> PostgresCollector:
    """Hints at the tables of each database."""
    return PostgresCollector(
        name="table_hints",
        query=lambda server: _query(server.major),
        arguments=number_of_hints,
        measure=_measure,
        scope="database",
        every=HINTS_EVERY,
    )
