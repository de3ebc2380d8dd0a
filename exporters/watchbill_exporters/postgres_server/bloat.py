"""How much of tables and B-trees holds nothing: estimates from what the catalogue knows of their rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import LiteralString, NamedTuple

from watchbill.catalogue import Metric
from watchbill.catalogue.postgres_server.bloat import (
    BTREE_LABELS,
    BY_DEAD_ROWS,
    BY_WIDTHS,
    MOST_ESTIMATES,
    PG_BLOAT_WIDTHS_KNOWN,
    PG_INDEX_BLOAT_PERCENT,
    PG_INDEX_BLOAT_SIZE,
    PG_INDEX_REAL_SIZE,
    PG_TABLE_BLOAT_PERCENT,
    PG_TABLE_BLOAT_SIZE,
    PG_TABLE_REAL_SIZE,
)
from watchbill_exporters.collector import Key, Measured, series
from watchbill_exporters.postgres_server.collector import PostgresCollector, always
from watchbill_exporters.postgres_server.hint import HINTS_EVERY
from watchbill_exporters.postgres_server.largest import largest
from watchbill_exporters.postgres_server.row_width import Column, columns, index_pages, table_pages
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table
from watchbill_exporters.postgres_server.tables import LABELS
from watchbill_exporters.postgres_server.top import USER_INDEXES, USER_TABLES

_INDEX_LABELS = tuple(label.name for label in BTREE_LABELS)
_ESTIMATED = 100
"""Tables, and indexes, of each database: the largest. Those under a megabyte are not worth a repair."""

# pg_stats shows the columns that the account may read; to pg_monitor alone it is empty. Widths of numbers, times and
# the like stand in the catalogue for everyone.
_TABLES: LiteralString = f"""
WITH large AS MATERIALIZED (
  SELECT c.oid, c.relname, n.nspname, c.relpages, c.reltuples,
         (SELECT option_value::int4 FROM pg_options_to_table(c.reloptions) WHERE option_name = 'fillfactor') AS fill,
         pg_stat_get_live_tuples(c.oid) AS live, pg_stat_get_dead_tuples(c.oid) AS dead
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE {USER_TABLES} AND c.relkind <> 'p' AND c.relpages >= 128 ORDER BY c.relpages DESC, c.oid LIMIT $1::int
)
SELECT current_database() AS datname, l.nspname AS schemaname, l.relname, l.relpages AS pages, l.reltuples AS live_rows,
       coalesce(l.fill, 100) AS fill, l.live, l.dead, current_setting('block_size')::int4 AS block,
       (SELECT string_agg(concat_ws(':', a.attlen, a.attalign, coalesce(s.avg_width::text, ''),
                                    coalesce(s.null_frac::text, ''), ''), ',' ORDER BY a.attnum)
        FROM pg_attribute a LEFT JOIN pg_stats s ON s.schemaname = l.nspname AND s.tablename = l.relname
          AND s.attname = a.attname AND NOT s.inherited
        WHERE a.attrelid = l.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
FROM large l
"""  # noqa: S608  # fragments of our own
_INDEXES: LiteralString = f"""
WITH large AS MATERIALIZED (
  SELECT c.oid, c.relname AS idxname, r.relname, n.nspname, c.relpages, c.reltuples, i.indrelid, i.indkey,
         i.indisunique,
         (SELECT option_value::int4 FROM pg_options_to_table(c.reloptions) WHERE option_name = 'fillfactor') AS fill
  FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class r ON r.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = r.relnamespace
  WHERE {USER_INDEXES} AND c.relam = (SELECT oid FROM pg_am WHERE amname = 'btree') AND i.indisvalid
    AND c.relpages >= 128
  ORDER BY c.relpages DESC, c.oid LIMIT $1::int
)
SELECT current_database() AS datname, l.nspname AS schemaname, l.relname, l.idxname, l.relpages AS pages,
       l.reltuples AS live_rows, coalesce(l.fill, 90) AS fill, l.indisunique AS is_unique,
       current_setting('block_size')::int4 AS block,
       (SELECT string_agg(concat_ws(':', a.attlen, a.attalign, coalesce(s.avg_width::text, ''),
                                    coalesce(s.null_frac::text, ''), coalesce(s.n_distinct::text, '')),
                          ',' ORDER BY a.attnum)
        FROM pg_attribute a
        LEFT JOIN pg_attribute o ON o.attrelid = l.indrelid AND o.attnum = l.indkey[a.attnum - 1] AND o.attnum <> 0
        LEFT JOIN pg_stats s ON s.schemaname = l.nspname AND NOT s.inherited
          AND s.tablename = CASE WHEN o.attnum IS NULL THEN l.idxname ELSE l.relname END
          AND s.attname = coalesce(o.attname, a.attname)
        WHERE a.attrelid = l.oid AND a.attnum > 0) AS columns
FROM large l
"""  # noqa: S608  # fragments of our own


class _Relation(NamedTuple):
    """A table or an index as its last vacuum or analyze found it."""

    key: Key
    row: list[Column]
    pages: float
    rows: float
    fill: float
    block: float


def _relations(table: Table, labels: Sequence[str]) -> Iterator[_Relation]:
    names = ("pages", "live_rows", "fill", "block")
    numbers = zip(*([value or 0.0 for value in table.numbers(name)] for name in names), strict=True)
    for key, texts, (pages, live, fill, block) in zip(
        table.keys(*labels), table.texts("columns"), numbers, strict=True
    ):
        yield _Relation(key, columns(texts, live), pages, live, fill / 100, block)


def _estimates(
    found: Mapping[Key, tuple[float, float, float]], percent: Metric, bloat: Metric, real: Metric
) -> Iterable[Measured]:
    """From the pages there are, those that are needed and the size of one."""
    keys = list(found)
    empty = [max(0.0, pages - needed) for pages, needed, _ in found.values()]
    yield Measured(percent, keys, [100 * one / pages for one, (pages, _, _) in zip(empty, found.values(), strict=True)])
    yield Measured(bloat, keys, [one * block for one, (_, _, block) in zip(empty, found.values(), strict=True)])
    yield Measured(real, keys, [pages * block for pages, _, block in found.values()])


def _tables(table: Table, server: Server) -> Iterable[Measured]:
    del server
    table = largest(table, "pages", MOST_ESTIMATES)
    found: dict[Key, tuple[float, float, float]] = {}
    known: dict[str, list[bool]] = {}
    for one, live, dead in zip(_relations(table, LABELS), table.numbers("live"), table.numbers("dead"), strict=True):
        needed, basis = table_pages(one.row, one.rows, one.block, one.fill), BY_WIDTHS
        known.setdefault(one.key[0], []).append(needed is not None)
        if needed is None:
            needed, basis = one.pages * (1 - (dead or 0.0) / max(1.0, (live or 0.0) + (dead or 0.0))), BY_DEAD_ROWS
        found[(*one.key, basis)] = one.pages, needed, one.block
    yield from _estimates(found, PG_TABLE_BLOAT_PERCENT, PG_TABLE_BLOAT_SIZE, PG_TABLE_REAL_SIZE)
    yield series(PG_BLOAT_WIDTHS_KNOWN, [((database,), sum(all_) / len(all_)) for database, all_ in known.items()])


def _indexes(table: Table, server: Server) -> Iterable[Measured]:
    del server
    table = largest(table, "pages", MOST_ESTIMATES)
    found: dict[Key, tuple[float, float, float]] = {}
    for one, unique in zip(_relations(table, _INDEX_LABELS), table.numbers("is_unique"), strict=True):
        needed = index_pages(one.row, one.rows, one.block, one.fill, unique=bool(unique))
        if needed is not None:
            found[one.key] = one.pages, needed, one.block
    yield from _estimates(found, PG_INDEX_BLOAT_PERCENT, PG_INDEX_BLOAT_SIZE, PG_INDEX_REAL_SIZE)


def _number_estimated(server: Server) -> tuple[str, ...]:
    del server
    return (str(_ESTIMATED),)


def table_bloat() -> PostgresCollector:
    """Estimates for the largest tables of each database."""
    return PostgresCollector(
        name="table_bloat",
        query=always(_TABLES),
        arguments=_number_estimated,
        measure=_tables,
        scope="database",
        every=HINTS_EVERY,
    )


def index_bloat() -> PostgresCollector:
    """Estimates for the largest B-trees of each database whose columns' widths are known."""
    return PostgresCollector(
        name="index_bloat",
        query=always(_INDEXES),
        arguments=_number_estimated,
        measure=_indexes,
        scope="database",
        every=HINTS_EVERY,
    )
