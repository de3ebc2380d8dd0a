"""Replication from the sender's side: each standby, and each subscriber."""

from collections.abc import Iterable, Mapping
from typing import LiteralString

from watchbill.catalogue import Metric
from watchbill.catalogue.postgres_server import replication
from watchbill_exporters.collector import Measured
from watchbill_exporters.postgres_server.collector import PostgresCollector
from watchbill_exporters.postgres_server.rights import STATISTICS
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table

# Two standbys that share all labels show as the one that is further behind.
_QUERY: LiteralString = """
SELECT coalesce(r.application_name, '') AS application_name, coalesce(host(r.client_addr), '') AS client_addr,
       coalesce(r.state, '') AS state, coalesce(s.slot_name::text, '') AS slot_name,
       max(position - '0/0')::float8 AS position, max(position - r.replay_lsn)::float8 AS lag,
       max(position - r.sent_lsn)::float8 AS sent_lag, max(position - r.flush_lsn)::float8 AS flush_lag,
       max(extract(epoch FROM r.write_lag))::float8 AS write_seconds,
       max(extract(epoch FROM r.flush_lag))::float8 AS flush_seconds,
       max(extract(epoch FROM r.replay_lag))::float8 AS replay_seconds,
       min(extract(epoch FROM r.reply_time))::float8 AS replied_at,
       bool_and(r.sync_state IN ('sync', 'quorum'))::int4 AS is_sync
FROM pg_stat_replication r LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid
CROSS JOIN (SELECT CASE WHEN pg_is_in_recovery() THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
            ELSE pg_current_wal_lsn() END AS position) here
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
_METRICS: Mapping[str, Metric] = {
    "lag": replication.PG_STANDBY_LAG_BYTES,
    "position": replication.PG_STANDBY_POSITION,
    "sent_lag": replication.PG_STANDBY_SENT_LAG_BYTES,
    "flush_lag": replication.PG_STANDBY_FLUSH_LAG_BYTES,
    "write_seconds": replication.PG_STANDBY_WRITE_LAG,
    "flush_seconds": replication.PG_STANDBY_FLUSH_LAG,
    "replay_seconds": replication.PG_STANDBY_REPLAY_LAG,
    "replied_at": replication.PG_STANDBY_REPLY_AT,
    "is_sync": replication.PG_STANDBY_SYNC,
}


def _query(server: Server) -> LiteralString | None:
    return _QUERY if STATISTICS in server.held else None


def _measure(table: Table, server: Server) -> Iterable[Measured]:
    del server
    return table.measured(_METRICS, table.keys("application_name", "client_addr", "state", "slot_name"))


STANDBYS = PostgresCollector(name="standbys", query=_query, measure=_measure)
