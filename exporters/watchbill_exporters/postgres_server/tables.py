"""Tables: how they are read, written and cared for."""

from collections.abc import Mapping
from functools import lru_cache
from typing import LiteralString

from watchbill.catalogue import Metric
from watchbill.catalogue.postgres_server.tables import (
    MOST_TABLES,
    OTHER_TABLES,
    PG_TABLE_ANALYZES,
    PG_TABLE_AUTOANALYZES,
    PG_TABLE_AUTOVACUUM_TIME,
    PG_TABLE_AUTOVACUUMS,
    PG_TABLE_CHANGED_ROWS,
    PG_TABLE_DEAD_ROWS,
    PG_TABLE_DELETED,
    PG_TABLE_HOT_UPDATED,
    PG_TABLE_INDEX_PAGES_SIZE,
    PG_TABLE_INDEX_ROWS,
    PG_TABLE_INDEX_SCANS,
    PG_TABLE_INSERTED,
    PG_TABLE_INSERTED_ROWS,
    PG_TABLE_LAST_ANALYZE,
    PG_TABLE_LAST_AUTOANALYZE,
    PG_TABLE_LAST_AUTOVACUUM,
    PG_TABLE_LAST_VACUUM,
    PG_TABLE_LIVE_ROWS,
    PG_TABLE_NEW_PAGE_UPDATED,
    PG_TABLE_PAGES_SIZE,
    PG_TABLE_SEQ_ROWS,
    PG_TABLE_SEQ_SCANS,
    PG_TABLE_UPDATED,
    PG_TABLE_VACUUM_TIME,
    PG_TABLE_VACUUMS,
    TABLE_LABELS,
)
from watchbill_exporters.postgres_server.collector import PostgresCollector
from watchbill_exporters.postgres_server.remainder import Remainder
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.top import USER_INDEXES, USER_TABLES, counted, top

LABELS = tuple(label.name for label in TABLE_LABELS)

_METRICS: Mapping[str, Metric] = {
    "seq_scan": PG_TABLE_SEQ_SCANS,
    "seq_tup_read": PG_TABLE_SEQ_ROWS,
    "idx_scan": PG_TABLE_INDEX_SCANS,
    "idx_tup_fetch": PG_TABLE_INDEX_ROWS,
    "n_tup_ins": PG_TABLE_INSERTED,
    "n_tup_upd": PG_TABLE_UPDATED,
    "n_tup_del": PG_TABLE_DELETED,
    "n_tup_hot_upd": PG_TABLE_HOT_UPDATED,
    "n_tup_newpage_upd": PG_TABLE_NEW_PAGE_UPDATED,
    "n_live_tup": PG_TABLE_LIVE_ROWS,
    "n_dead_tup": PG_TABLE_DEAD_ROWS,
    "n_mod_since_analyze": PG_TABLE_CHANGED_ROWS,
    "n_ins_since_vacuum": PG_TABLE_INSERTED_ROWS,
    "last_vacuum": PG_TABLE_LAST_VACUUM,
    "last_autovacuum": PG_TABLE_LAST_AUTOVACUUM,
    "last_analyze": PG_TABLE_LAST_ANALYZE,
    "last_autoanalyze": PG_TABLE_LAST_AUTOANALYZE,
    "vacuum_count": PG_TABLE_VACUUMS,
    "autovacuum_count": PG_TABLE_AUTOVACUUMS,
    "analyze_count": PG_TABLE_ANALYZES,
    "autoanalyze_count": PG_TABLE_AUTOANALYZES,
    "vacuum_seconds": PG_TABLE_VACUUM_TIME,
    "autovacuum_seconds": PG_TABLE_AUTOVACUUM_TIME,
    "table_size": PG_TABLE_PAGES_SIZE,
    "index_size": PG_TABLE_INDEX_PAGES_SIZE,
}

_COUNTS: Mapping[LiteralString, LiteralString] = {
    "seq_scan": "pg_stat_get_numscans(c.oid)",
    "seq_tup_read": "pg_stat_get_tuples_returned(c.oid)",
    "idx_scan": "i.scans",
    "idx_tup_fetch": "pg_stat_get_tuples_fetched(c.oid) + i.fetched",
    "n_tup_ins": "pg_stat_get_tuples_inserted(c.oid)",
    "n_tup_upd": "pg_stat_get_tuples_updated(c.oid)",
    "n_tup_del": "pg_stat_get_tuples_deleted(c.oid)",
    "n_tup_hot_upd": "pg_stat_get_tuples_hot_updated(c.oid)",
    "n_live_tup": "pg_stat_get_live_tuples(c.oid)",
    "n_dead_tup": "pg_stat_get_dead_tuples(c.oid)",
    "n_mod_since_analyze": "pg_stat_get_mod_since_analyze(c.oid)",
    "n_ins_since_vacuum": "pg_stat_get_ins_since_vacuum(c.oid)",
    "vacuum_count": "pg_stat_get_vacuum_count(c.oid)",
    "autovacuum_count": "pg_stat_get_autovacuum_count(c.oid)",
    "analyze_count": "pg_stat_get_analyze_count(c.oid)",
    "autoanalyze_count": "pg_stat_get_autoanalyze_count(c.oid)",
}
_COUNTS_16: Mapping[LiteralString, LiteralString] = {"n_tup_newpage_upd": "pg_stat_get_tuples_newpage_updated(c.oid)"}
_TIMES: Mapping[LiteralString, LiteralString] = {
    "last_vacuum": "coalesce(date_part('epoch', pg_stat_get_last_vacuum_time(c.oid)), 0)",
    "last_autovacuum": "coalesce(date_part('epoch', pg_stat_get_last_autovacuum_time(c.oid)), 0)",
    "last_analyze": "coalesce(date_part('epoch', pg_stat_get_last_analyze_time(c.oid)), 0)",
    "last_autoanalyze": "coalesce(date_part('epoch', pg_stat_get_last_autoanalyze_time(c.oid)), 0)",
}
_SECONDS_18: Mapping[LiteralString, LiteralString] = {
    "vacuum_seconds": "pg_stat_get_total_vacuum_time(c.oid) / 1000",
    "autovacuum_seconds": "pg_stat_get_total_autovacuum_time(c.oid) / 1000",
}
_SIZES: Mapping[LiteralString, LiteralString] = {
    "table_size": (
        "CASE WHEN {counted} AND c.relkind <> 'p'"
        " THEN (c.relpages + coalesce(t.relpages, 0)) * (SELECT current_setting('block_size')::int8) END"
    ),
    "index_size": (
        "CASE WHEN {counted} AND c.relkind <> 'p'"
        " THEN coalesce(i.pages, 0) * (SELECT current_setting('block_size')::int8) END"
    ),
}


@lru_cache
def _query(major: int) -> LiteralString:
    counts: list[tuple[LiteralString, LiteralString]] = [*_COUNTS.items()]
    counts += _COUNTS_16.items() if major >= 16 else ()
    seconds: list[tuple[LiteralString, LiteralString]] = [*_SECONDS_18.items()] if major >= 18 else []
    known = counted("c", major)
    sizes: list[tuple[LiteralString, LiteralString]] = [
        (name, text.replace("{counted}", known)) for name, text in _SIZES.items()
    ]
    expressions = [*counts, *_TIMES.items(), *seconds, *sizes]
    columns: LiteralString = ", ".join([text + " AS " + name for name, text in expressions])
    objects: LiteralString = f"""
indexes AS (
  SELECT i.indrelid, sum(c.relpages) AS pages, sum(pg_stat_get_numscans(c.oid))::int8 AS scans,
         sum(pg_stat_get_tuples_fetched(c.oid))::int8 AS fetched
  FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE {USER_INDEXES} GROUP BY i.indrelid
),
tables AS MATERIALIZED (
  SELECT c.oid, n.nspname AS schemaname, c.relname, greatest(c.relpages, 0) + coalesce(i.pages, 0) AS pages, {columns}
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_class t ON t.oid = c.reltoastrelid LEFT JOIN indexes i ON i.indrelid = c.oid
  WHERE {USER_TABLES}
),
objects AS (
  SELECT *, seq_tup_read + coalesce(idx_tup_fetch, 0) + n_tup_ins + n_tup_upd + n_tup_del AS used FROM tables
)"""  # noqa: S608  # fragments of our own
    labels: Mapping[LiteralString, LiteralString] = {"schemaname": "''", "relname": "''"}
    sums: dict[LiteralString, LiteralString] = dict.fromkeys(_TIMES, "NULL::float8")
    for name, _ in (*counts, *_SIZES.items()):
        sums[name] = "sum(" + name + ")::int8"
    for name, _ in seconds:
        sums[name] = "sum(" + name + ")"
    return top(objects, labels, sums)


def number_of_tables(server: Server) -> tuple[str, ...]:
    return (str(server.settings.tables),)


def tables() -> PostgresCollector:
    """The statistics of the tables of each database."""
    remainder = Remainder(_METRICS, LABELS, ("", OTHER_TABLES), MOST_TABLES)
    return PostgresCollector(
        name="tables",
        query=lambda server: _query(server.major),
        arguments=number_of_tables,
        measure=lambda table, _: remainder.measured(table),
        scope="database",
    )
