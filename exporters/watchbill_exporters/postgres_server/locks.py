"""Locks by database and mode."""

from collections.abc import Iterable
from typing import LiteralString

from watchbill.catalogue.postgres_server.locks import PG_LOCK_MODE, PG_LOCKS, PG_LOCKS_WAITING
from watchbill_exporters.collector import Key, Measured
from watchbill_exporters.postgres_server.collector import PostgresCollector, always
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table

# Who waits for a row waits for the transaction that has it, which is of no database: the waiting session is of one.
# A row without a mode names a database, so that one without locks has its zeros.
_QUERY: LiteralString = """
SELECT d.datname::text AS datname, lower(l.mode) AS mode, count(l.database) AS held_or_awaited,
       count(*) FILTER (WHERE NOT l.granted) AS awaited
FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid AND l.database IS NULL AND NOT l.granted
JOIN pg_database d ON d.oid = coalesce(l.database, a.datid) GROUP BY d.datname, l.mode
UNION ALL
(SELECT datname::text, NULL, NULL, NULL FROM pg_database WHERE datallowconn
 ORDER BY datname <> current_database(), oid LIMIT 50)
"""


def _measure(table: Table, server: Server) -> Iterable[Measured]:
    del server
    found = dict(zip(table.keys("datname", "mode"), table.numbers("held_or_awaited"), strict=True))
    awaited = dict(zip(table.keys("datname", "mode"), table.numbers("awaited"), strict=True))
    keys: list[Key] = [(name, mode) for name, none in found if not none for mode in PG_LOCK_MODE.values]
    yield Measured(PG_LOCKS, keys, [found.get(key) or 0.0 for key in keys])
    yield Measured(PG_LOCKS_WAITING, keys, [awaited.get(key) or 0.0 for key in keys])


LOCKS = PostgresCollector(name="locks", query=always(_QUERY), measure=_measure)
