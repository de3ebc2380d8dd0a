"""Indexes: how they are scanned, and their blocks."""

from collections.abc import Mapping
from functools import lru_cache
from typing import LiteralString

from watchbill.catalogue import Metric
from watchbill.catalogue.postgres_server.indexes import (
    INDEX_LABELS,
    MOST_INDEXES,
    OTHER_INDEXES,
    PG_INDEX_ENTRIES,
    PG_INDEX_HIT,
    PG_INDEX_LAST_SCAN,
    PG_INDEX_PAGES_SIZE,
    PG_INDEX_READ,
    PG_INDEX_ROWS,
    PG_INDEX_SCANS,
)
from watchbill_exporters.postgres_server.collector import PostgresCollector
from watchbill_exporters.postgres_server.remainder import Remainder
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.top import USER_INDEXES, counted, top

LABELS = tuple(label.name for label in INDEX_LABELS)

_METRICS: Mapping[str, Metric] = {
    "scans": PG_INDEX_SCANS,
    "entries": PG_INDEX_ENTRIES,
    "rows_fetched": PG_INDEX_ROWS,
    "blocks_hit": PG_INDEX_HIT,
    "blocks_read": PG_INDEX_READ,
    "size": PG_INDEX_PAGES_SIZE,
    "last_scan": PG_INDEX_LAST_SCAN,
}


@lru_cache
def _query(major: int) -> LiteralString:
    last_scan: LiteralString = ", date_part('epoch', pg_stat_get_lastscan(c.oid)) AS last_scan" if major >= 16 else ""
    objects: LiteralString = f"""
statistics AS MATERIALIZED (
  SELECT c.oid, n.nspname AS schemaname, r.relname, c.relname AS indexrelname, c.relpages AS pages,
         CASE WHEN {counted("r", major)} THEN c.relpages * (SELECT current_setting('block_size')::int8) END AS size,
         pg_stat_get_numscans(c.oid) AS scans, pg_stat_get_tuples_returned(c.oid) AS entries,
         pg_stat_get_tuples_fetched(c.oid) AS rows_fetched,
         pg_stat_get_blocks_fetched(c.oid) AS blocks_fetched, pg_stat_get_blocks_hit(c.oid) AS blocks_hit{last_scan}
  FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class r ON r.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE {USER_INDEXES}
),
objects AS (SELECT *, blocks_fetched - blocks_hit AS blocks_read, entries AS used FROM statistics)"""  # noqa: S608  # fragments of our own
    labels: Mapping[LiteralString, LiteralString] = {"schemaname": "''", "relname": "''", "indexrelname": "''"}
    counts: tuple[LiteralString, ...] = ("scans", "entries", "rows_fetched", "blocks_hit", "blocks_read", "size")
    sums: dict[LiteralString, LiteralString] = {name: f"sum({name})::int8" for name in counts}
    if last_scan:
        sums["last_scan"] = "NULL::float8"
    return top(objects, labels, sums)


def _number_of_indexes(server: Server) -> tuple[str, ...]:
    return (str(server.settings.indexes),)


def indexes() -> PostgresCollector:
    """The statistics of the indexes of each database."""
    remainder = Remainder(_METRICS, LABELS, ("", OTHER_INDEXES, OTHER_INDEXES), MOST_INDEXES)
    return PostgresCollector(
        name="indexes",
        query=lambda server: _query(server.major),
        arguments=_number_of_indexes,
        measure=lambda table, _: remainder.measured(table),
        scope="database",
    )
