"""Vacuums that run, and tables that are due for one."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import LiteralString

from watchbill.catalogue import Metric
from watchbill.catalogue.postgres_server.vacuum import (
    PG_AUTOVACUUM_DISABLED,
    PG_AUTOVACUUM_DUE,
    PG_AUTOVACUUM_OPERATION,
    PG_AUTOVACUUM_OVERDUE_RATIO,
    PG_AUTOVACUUM_STARTED,
    PG_AUTOVACUUM_WORKERS,
    PG_VACUUM_BLOCKS,
    PG_VACUUM_BLOCKS_SCANNED,
    PG_VACUUM_BLOCKS_VACUUMED,
    PG_VACUUM_DEAD_ROWS,
    PG_VACUUM_DEAD_SIZE,
    PG_VACUUM_IN_PHASE,
    PG_VACUUM_INDEX_CYCLES,
    PG_VACUUM_INDEXES,
    PG_VACUUM_INDEXES_PROCESSED,
    PG_VACUUM_MOST_DEAD_ROWS,
    PG_VACUUM_MOST_DEAD_SIZE,
    PG_VACUUM_PHASE,
)
from watchbill_exporters.collector import Measured, column, series
from watchbill_exporters.postgres_server.collector import PostgresCollector
from watchbill_exporters.postgres_server.rights import STATISTICS
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table
from watchbill_exporters.postgres_server.tables import LABELS

_PROGRESS: Mapping[str, Metric] = {
    "heap_blks_total": PG_VACUUM_BLOCKS,
    "heap_blks_scanned": PG_VACUUM_BLOCKS_SCANNED,
    "heap_blks_vacuumed": PG_VACUUM_BLOCKS_VACUUMED,
    "index_vacuum_count": PG_VACUUM_INDEX_CYCLES,
    "num_dead_tuples": PG_VACUUM_DEAD_ROWS,
    "max_dead_tuples": PG_VACUUM_MOST_DEAD_ROWS,
    "dead_tuple_bytes": PG_VACUUM_DEAD_SIZE,
    "max_dead_tuple_bytes": PG_VACUUM_MOST_DEAD_SIZE,
    "indexes_total": PG_VACUUM_INDEXES,
    "indexes_processed": PG_VACUUM_INDEXES_PROCESSED,
}
_MEMORY: LiteralString = (
    "v.num_dead_item_ids AS num_dead_tuples, v.dead_tuple_bytes, v.max_dead_tuple_bytes,"
    " v.indexes_total, v.indexes_processed"
)
_MEMORY_16: LiteralString = "v.num_dead_tuples, v.max_dead_tuples"
_WORKERS: LiteralString = "SELECT count(*) AS workers FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'"


@lru_cache
def _running(major: int) -> LiteralString:
    """Vacuums, and what autovacuum analyzes; a table that is made or dropped meanwhile has no name."""
    memory = _MEMORY if major >= 17 else _MEMORY_16
    return f"""
SELECT current_database() AS datname, n.nspname AS schemaname, c.relname, v.phase, v.heap_blks_total,
       v.heap_blks_scanned, v.heap_blks_vacuumed, v.index_vacuum_count, {memory},
       CASE WHEN a.backend_type = 'autovacuum worker' THEN date_part('epoch', a.xact_start) END AS started
FROM (
  SELECT pid, relid FROM pg_stat_progress_vacuum WHERE datname = current_database()
  UNION ALL SELECT pid, relid FROM pg_stat_progress_analyze WHERE datname = current_database()
) AS p
JOIN pg_class c ON c.oid = p.relid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_stat_progress_vacuum v ON v.pid = p.pid
LEFT JOIN pg_stat_activity a ON a.pid = p.pid
"""  # noqa: S608  # fragments of our own


def _measure_running(table: Table, server: Server) -> Iterable[Measured]:
    del server
    vacuums = table.where([phase is not None for phase in table.columns["phase"]])
    keys = vacuums.keys(*LABELS)
    yield from vacuums.measured(_PROGRESS, keys)
    now = vacuums.texts("phase")
    phases = [
        ((*key, phase), float(phase == current))
        for key, current in zip(keys, now, strict=True)
        for phase in PG_VACUUM_PHASE.values
    ]
    yield series(PG_VACUUM_IN_PHASE, phases)
    yield column(PG_AUTOVACUUM_STARTED, table.keys(*LABELS), table.numbers("started"))


# A table's own settings stand before the server's. From PostgreSQL 18 on a table has a highest threshold, and inserted
# rows count against the pages that are not frozen yet.
_DUE: LiteralString = """
WITH tables AS (
  SELECT greatest(c.reltuples, 0)::float8 AS live, {unfrozen} AS unfrozen, age(c.relfrozenxid) AS age,
         mxid_age(c.relminmxid) AS multixact_age, pg_stat_get_dead_tuples(c.oid) AS dead,
         pg_stat_get_ins_since_vacuum(c.oid) AS inserted, pg_stat_get_mod_since_analyze(c.oid) AS changed,
         coalesce((o.own ->> 'autovacuum_enabled')::bool, true) AS enabled, {most} AS most,
         coalesce((o.own ->> 'autovacuum_vacuum_threshold')::float8, g.vacuum_base) AS vacuum_base,
         coalesce((o.own ->> 'autovacuum_vacuum_scale_factor')::float8, g.vacuum_scale) AS vacuum_scale,
         coalesce((o.own ->> 'autovacuum_vacuum_insert_threshold')::float8, g.insert_base) AS insert_base,
         coalesce((o.own ->> 'autovacuum_vacuum_insert_scale_factor')::float8, g.insert_scale) AS insert_scale,
         coalesce((o.own ->> 'autovacuum_analyze_threshold')::float8, g.analyze_base) AS analyze_base,
         coalesce((o.own ->> 'autovacuum_analyze_scale_factor')::float8, g.analyze_scale) AS analyze_scale,
         least((o.own ->> 'autovacuum_freeze_max_age')::float8, g.freeze_age) AS freeze_age,
         least((o.own ->> 'autovacuum_multixact_freeze_max_age')::float8, g.multixact_freeze_age)
           AS multixact_freeze_age
  FROM pg_class c
  CROSS JOIN (
    SELECT current_setting('autovacuum_vacuum_threshold')::float8 AS vacuum_base,
           current_setting('autovacuum_vacuum_scale_factor')::float8 AS vacuum_scale,
           current_setting('autovacuum_vacuum_insert_threshold')::float8 AS insert_base,
           current_setting('autovacuum_vacuum_insert_scale_factor')::float8 AS insert_scale,
           current_setting('autovacuum_analyze_threshold')::float8 AS analyze_base,
           current_setting('autovacuum_analyze_scale_factor')::float8 AS analyze_scale,
           current_setting('autovacuum_freeze_max_age')::float8 AS freeze_age,
           current_setting('autovacuum_multixact_freeze_max_age')::float8 AS multixact_freeze_age
  ) AS g
  LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(option_name, option_value) AS own FROM pg_options_to_table(c.reloptions)
  ) AS o ON c.reloptions IS NOT NULL
  WHERE c.oid >= 16384 AND c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
),
scaled AS (SELECT *, vacuum_base + vacuum_scale * live AS threshold FROM tables),
limited AS (SELECT *, {capped} AS vacuum_at FROM scaled s)
SELECT current_database() AS datname,
       count(*) FILTER (WHERE enabled AND dead > vacuum_at) AS vacuum,
       count(*) FILTER (WHERE enabled AND insert_base >= 0 AND inserted > insert_base + insert_scale * live * unfrozen)
         AS vacuum_inserted,
       count(*) FILTER (WHERE enabled AND changed > analyze_base + analyze_scale * live) AS analyze,
       count(*) FILTER (WHERE age > freeze_age OR multixact_age > multixact_freeze_age) AS freeze,
       count(*) FILTER (WHERE NOT enabled) AS disabled,
       max(dead / nullif(vacuum_at, 0)) FILTER (WHERE enabled) AS overdue
FROM limited
"""
_THRESHOLD: LiteralString = "CASE WHEN s.most >= 0 THEN least(s.most, threshold) ELSE threshold END"
_MOST: LiteralString = (
    "coalesce((o.own ->> 'autovacuum_vacuum_max_threshold')::float8,"
    " current_setting('autovacuum_vacuum_max_threshold')::float8)"
)
_UNFROZEN: LiteralString = (
    "CASE WHEN c.relpages > 0 THEN 1 - least(c.relallfrozen, c.relpages)::float8 / c.relpages ELSE 1 END"
)


@lru_cache
def _due(major: int) -> LiteralString:
    is_18 = major >= 18
    return (
        _DUE.replace("{capped}", _THRESHOLD if is_18 else "threshold")
        .replace("{most}", _MOST if is_18 else "-1::float8")
        .replace("{unfrozen}", _UNFROZEN if is_18 else "1::float8")
    )


def _measure_due(table: Table, server: Server) -> Iterable[Measured]:
    del server
    databases = table.texts("datname")
    due = [
        ((database, operation), number)
        for operation in PG_AUTOVACUUM_OPERATION.values
        for database, number in zip(databases, table.numbers(operation), strict=True)
        if number is not None
    ]
    yield series(PG_AUTOVACUUM_DUE, due)
    own: Mapping[str, Metric] = {"disabled": PG_AUTOVACUUM_DISABLED, "overdue": PG_AUTOVACUUM_OVERDUE_RATIO}
    yield from table.measured(own, table.keys("datname"))


def vacuum_progress() -> PostgresCollector:
    """The vacuums that run in each database."""
    return PostgresCollector(
        name="vacuum_progress", query=lambda server: _running(server.major), measure=_measure_running, scope="database"
    )


def autovacuum_workers() -> PostgresCollector:
    """How many workers of autovacuum run; who may not see other roles' sessions sees none of them."""
    return PostgresCollector(
        name="autovacuum_workers",
        query=lambda server: _WORKERS if STATISTICS in server.held else None,
        measure=lambda table, _: table.singles({"workers": PG_AUTOVACUUM_WORKERS}),
    )


def autovacuum_due() -> PostgresCollector:
    """Tables that wait for autovacuum in each database."""
    return PostgresCollector(
        name="autovacuum_due",
        query=lambda server: _due(server.major),
        measure=_measure_due,
        scope="database",
        every=60.0,
    )
