"""Replication slots: who reads them, and how much WAL and which rows they keep."""

from collections.abc import Iterable, Mapping
from typing import LiteralString

from watchbill.catalogue import Metric
from watchbill.catalogue.postgres_server import replication
from watchbill.catalogue.postgres_server.transactions import PG_XMIN_AGE
from watchbill_exporters.collector import Measured, series
from watchbill_exporters.postgres_server.collector import PostgresCollector
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table

_COMMON: LiteralString = """
SELECT slot_name::text AS slot_name, coalesce(database::text, '') AS database, slot_type, wal_status,
       active::int4 AS active, greatest(0, position - restart_lsn)::float8 AS retained,
       CASE WHEN confirmed_flush_lsn IS NOT NULL THEN greatest(0, position - confirmed_flush_lsn)::float8 END
       AS unconfirmed, (position - '0/0')::float8 AS position,
       (confirmed_flush_lsn - '0/0')::float8 AS confirmed, safe_wal_size, age(xmin) AS horizon,
       age(catalog_xmin) AS catalog_horizon"""
_VALID: LiteralString = ", (wal_status IS NOT DISTINCT FROM 'lost')::int4 AS invalid"
_SINCE_16: LiteralString = """,
       (wal_status IS NOT DISTINCT FROM 'lost' OR coalesce(conflicting, false))::int4 AS invalid"""
_SINCE_17: LiteralString = """,
       (invalidation_reason IS NOT NULL)::int4 AS invalid,
       greatest(0, extract(epoch FROM clock_timestamp() - inactive_since))::float8 AS inactive"""
_FROM: LiteralString = """
FROM pg_replication_slots
CROSS JOIN (SELECT CASE WHEN pg_is_in_recovery() THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
            ELSE pg_current_wal_lsn() END AS position) here
ORDER BY slot_name
"""
_METRICS: Mapping[str, Metric] = {
    "active": replication.PG_SLOT_ACTIVE,
    "retained": replication.PG_SLOT_RETAINED,
    "unconfirmed": replication.PG_SLOT_UNCONFIRMED,
    "invalid": replication.PG_SLOT_INVALID,
    "inactive": replication.PG_SLOT_INACTIVE,
}
_TYPED_METRICS: Mapping[str, Metric] = {
    "position": replication.PG_SLOT_POSITION,
    "confirmed": replication.PG_SLOT_CONFIRMED,
    "active": replication.PG_SLOT_IS_ACTIVE,
    "safe_wal_size": replication.PG_SLOT_SAFE,
}
_ALIASES: Mapping[str, Metric] = {
    "position": replication.PG_SLOT_POSITION_ALIAS,
    "confirmed": replication.PG_SLOT_CONFIRMED_ALIAS,
    "active": replication.PG_SLOT_IS_ACTIVE_ALIAS,
    "safe_wal_size": replication.PG_SLOT_SAFE_ALIAS,
}


def _query(server: Server) -> LiteralString:
    if server.major >= 17:
        return _COMMON + _SINCE_17 + _FROM
    return _COMMON + (_SINCE_16 if server.major == 16 else _VALID) + _FROM


def _measure(table: Table, server: Server) -> Iterable[Measured]:
    yield from table.measured(_METRICS, table.keys("slot_name", "database"))
    keys = table.keys("slot_name", "slot_type")
    yield from table.measured(_TYPED_METRICS, keys)
    # A slot that never held WAL has no status.
    status = [key for key in table.keys("slot_name", "slot_type", "wal_status") if key[2]]
    yield Measured(replication.PG_SLOT_STATUS, status, [1.0] * len(status))
    if server.settings.aliases:
        yield from table.measured(_ALIASES, keys)
        yield Measured(replication.PG_SLOT_STATUS_ALIAS, status, [1.0] * len(status))
    for holder, name in (("slot", "horizon"), ("slot_catalog", "catalog_horizon")):
        ages = [age for age in table.numbers(name) if age is not None]
        yield series(PG_XMIN_AGE, [((holder,), max(ages, default=0.0))])


SLOTS = PostgresCollector(name="replication_slots", query=_query, measure=_measure)
