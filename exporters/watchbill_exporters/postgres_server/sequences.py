"""Sequences near their last number, and constraints that do not hold for all rows, in each database."""

from collections.abc import Iterable
from typing import LiteralString

from watchbill.catalogue.postgres_server.limits import (
    MOST_SEQUENCES,
    PG_CONSTRAINTS_INVALID,
    PG_SEQUENCE_USED,
    PG_SEQUENCES_UNREADABLE,
)
from watchbill_exporters.collector import Measured, series
from watchbill_exporters.postgres_server.collector import PostgresCollector, always
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table

_EVERY = 300.0

# Reading a sequence locks it for a moment, as a write does: one that somebody alters is left for the next time.
_SEQUENCES: LiteralString = """
SELECT current_database()::text AS datname, nspname::text AS schemaname, relname::text AS sequencename,
       (CASE WHEN seqincrement > 0 THEN last::float8 - seqmin ELSE seqmax - last::float8 END)
       / nullif(seqmax::float8 - seqmin, 0) AS used, sum((NOT allowed)::int4) OVER () AS unreadable
FROM (SELECT s.*, n.nspname, c.relname, allowed, CASE WHEN allowed THEN pg_sequence_last_value(c.oid) END AS last
      FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      CROSS JOIN LATERAL has_sequence_privilege(c.oid, 'SELECT, USAGE') AS allowed
      WHERE NOT s.seqcycle AND c.relpersistence <> 't'
        AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.relation = c.oid AND l.mode IN
            ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'))
     ) sequences
ORDER BY used DESC NULLS LAST, schemaname, sequencename LIMIT 50
"""
_CONSTRAINTS: LiteralString = """
SELECT current_database()::text AS datname, count(*) AS invalid FROM pg_constraint WHERE NOT convalidated
"""


def _measure(table: Table, server: Server) -> Iterable[Measured]:
    del server
    read = [
        (key, used)
        for key, used in zip(table.keys("datname", "schemaname", "sequencename"), table.numbers("used"), strict=True)
        if used is not None
    ]
    read.sort(key=lambda row: -row[1])
    yield series(PG_SEQUENCE_USED, read[:MOST_SEQUENCES])
    unreadable = dict(zip(table.keys("datname"), table.numbers("unreadable"), strict=True))
    yield series(PG_SEQUENCES_UNREADABLE, [(key, count or 0.0) for key, count in unreadable.items()])


def _measure_constraints(table: Table, server: Server) -> Iterable[Measured]:
    del server
    return table.measured({"invalid": PG_CONSTRAINTS_INVALID}, table.keys("datname"))


SEQUENCES = PostgresCollector(
    name="sequences", query=always(_SEQUENCES), measure=_measure, scope="database", every=_EVERY
)
CONSTRAINTS = PostgresCollector(
    name="constraints", query=always(_CONSTRAINTS), measure=_measure_constraints, scope="database", every=_EVERY
)
