"""What is read of a PostgreSQL server: one query for each collector."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import LiteralString

from watchbill.catalogue.postgres import (
    PG_ACTIVITY,
    PG_BACKENDS,
    PG_BLOCKS_HIT,
    PG_BLOCKS_READ,
    PG_COMMITS,
    PG_DATABASE_SIZE,
    PG_DEADLOCKS,
    PG_MAX_CONNECTIONS,
    PG_PERMISSION,
    PG_RESERVED_CONNECTIONS,
    PG_ROLLBACKS,
    PG_START_TIME,
    PG_STATE,
    PG_STATIC,
)
from watchbill_exporters.collector import Measured, single

RIGHT = "pg_monitor"
"""The role that the exporter's account must be a member of."""

Rows = Sequence[tuple[str | float | None, ...]]


@dataclass(frozen=True, slots=True)
class PostgresCollector:
    """One subject: a query that takes no lock on a table, and what its rows mean. Text and float8 columns only."""

    name: str
    query: LiteralString
    measure: Callable[[Rows], Iterable[Measured]]


_SERVER_QUERY = """
SELECT version(), split_part(current_setting('server_version'), ' ', 1),
       extract(epoch FROM pg_postmaster_start_time())::float8,
       current_setting('max_connections')::float8, current_setting('superuser_reserved_connections')::float8,
       pg_has_role(current_user, 'pg_monitor', 'USAGE')::int::float8
"""
# Other roles' sessions have no backend_type and no state for a role without pg_read_all_stats.
_ACTIVITY_QUERY = """
SELECT d.datname::text, allowed::int::float8,
       CASE WHEN allowed THEN coalesce(a.state, 'unknown') ELSE 'unknown' END, count(a.pid)::float8
FROM pg_database d
CROSS JOIN pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS allowed
LEFT JOIN pg_stat_activity a ON a.datid = d.oid AND coalesce(a.backend_type, 'client backend') = 'client backend'
WHERE d.datallowconn GROUP BY d.oid, 1, 2, 3 ORDER BY d.oid
"""
_DATABASES_QUERY = """
SELECT datname::text, numbackends::float8, xact_commit::float8, xact_rollback::float8, blks_hit::float8,
       blks_read::float8, deadlocks::float8
FROM pg_stat_database WHERE datname IS NOT NULL ORDER BY datid
"""
_SIZES_QUERY = """
SELECT datname::text, pg_database_size(oid)::float8
FROM pg_database
WHERE has_database_privilege(oid, 'CONNECT') OR pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')
ORDER BY oid
"""
_DATABASE_COLUMNS = (PG_BACKENDS, PG_COMMITS, PG_ROLLBACKS, PG_BLOCKS_HIT, PG_BLOCKS_READ, PG_DEADLOCKS)


def _server(rows: Rows) -> Iterable[Measured]:
    version, short_version, started, connections, reserved, monitor = rows[0]
    yield Measured(PG_STATIC, [((str(version), str(short_version)), 1.0)])
    yield single(PG_START_TIME, number(started))
    yield single(PG_MAX_CONNECTIONS, number(connections))
    yield single(PG_RESERVED_CONNECTIONS, number(reserved))
    yield Measured(PG_PERMISSION, [((RIGHT,), number(monitor))])


def _activity(rows: Rows) -> Iterable[Measured]:
    """Every state of every database, 0 where there is none; with a weak role all that is known is their sum."""
    counts: dict[tuple[str, ...], float] = {}
    for database, allowed, state, sessions in rows:
        for possible in PG_STATE.values if allowed else ("unknown",):
            counts.setdefault((str(database), possible), 0.0)
        if sessions:
            counts[str(database), str(state)] = number(sessions)
    yield Measured(PG_ACTIVITY, list(counts.items()))


def _databases(rows: Rows) -> Iterable[Measured]:
    for column, metric in enumerate(_DATABASE_COLUMNS, start=1):
        yield Measured(metric, _by_database(rows, column))


def _sizes(rows: Rows) -> Iterable[Measured]:
    yield Measured(PG_DATABASE_SIZE, _by_database(rows, 1))


def _by_database(rows: Rows, column: int) -> list[tuple[tuple[str], float]]:
    """A column by database; what the server does not know is left out."""
    return [((str(row[0]),), number(row[column])) for row in rows if row[column] is not None]


def number(value: str | float | None) -> float:
    """A column's value; raises ValueError for a NULL, which no collector may turn into 0."""
    if value is None:
        raise ValueError("the server gave NULL where a number belongs")
    return float(value)


COLLECTORS = (
    PostgresCollector("server", _SERVER_QUERY, _server),
    PostgresCollector("activity", _ACTIVITY_QUERY, _activity),
    PostgresCollector("databases", _DATABASES_QUERY, _databases),
    # Last: on a disk with millions of files the sizes take longest, and must not keep the others waiting.
    PostgresCollector("sizes", _SIZES_QUERY, _sizes),
)
