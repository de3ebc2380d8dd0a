"""Subscriptions of logical replication."""

from collections.abc import Iterable, Mapping
from typing import LiteralString

from watchbill.catalogue import Metric
from watchbill.catalogue.postgres_server import replication
from watchbill_exporters.collector import Measured
from watchbill_exporters.postgres_server.collector import PostgresCollector
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table

_COMMON: LiteralString = """
SELECT s.subname::text AS subname, count(s.pid) AS workers,
       extract(epoch FROM clock_timestamp() - max(s.last_msg_receipt_time))::float8 AS silence"""
_SINCE_15: LiteralString = """,
       max(e.apply_error_count) AS apply_errors, max(e.sync_error_count) AS sync_errors
FROM pg_stat_subscription s LEFT JOIN pg_stat_subscription_stats e USING (subid)"""
_BEFORE: LiteralString = " FROM pg_stat_subscription s"
_ORDER: LiteralString = " GROUP BY 1 ORDER BY 1"
_METRICS: Mapping[str, Metric] = {
    "workers": replication.PG_SUBSCRIPTION_WORKERS,
    "silence": replication.PG_SUBSCRIPTION_SILENCE,
    "apply_errors": replication.PG_SUBSCRIPTION_APPLY_ERRORS,
    "sync_errors": replication.PG_SUBSCRIPTION_SYNC_ERRORS,
}


def _query(server: Server) -> LiteralString:
    return _COMMON + (_SINCE_15 if server.major >= 15 else _BEFORE) + _ORDER


def _measure(table: Table, server: Server) -> Iterable[Measured]:
    del server
    return table.measured(_METRICS, table.keys("subname"))


SUBSCRIPTIONS = PostgresCollector(name="subscriptions", query=_query, measure=_measure)
