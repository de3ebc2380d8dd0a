"""Replication from the standby's side: how far behind, and whether the link to its primary is up."""

from collections.abc import Iterable, Mapping
from typing import LiteralString

from watchbill.catalogue import Metric
from watchbill.catalogue.postgres_server import replication
from watchbill_exporters.collector import Measured, single
from watchbill_exporters.postgres_server.collector import PostgresCollector, always
from watchbill_exporters.postgres_server.rights import STATISTICS
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table

# A standby whose link is cut has applied all that it received and knows nothing newer: only its last transaction's age
# tells, and one that has applied none since its start does not know. A weak role sees that there is a receiver, not
# what it does. greatest() of an unknown and 0 would be 0.
_QUERY: LiteralString = """
SELECT standby::int4 AS is_replica,
       CASE WHEN NOT standby OR link_up AND received <= replayed THEN 0
       WHEN age IS NOT NULL THEN greatest(0, age) END::float8 AS lag,
       CASE WHEN NOT standby THEN 0 WHEN age IS NOT NULL THEN greatest(0, age) END::float8 AS last_replay,
       CASE WHEN standby AND received IS NOT NULL THEN greatest(0, received - replayed)::float8 END AS behind,
       CASE WHEN standby THEN link_up::int4 END AS link_up,
       CASE WHEN standby THEN pg_is_wal_replay_paused()::int4 END AS paused
FROM (SELECT pg_is_in_recovery() AS standby, pg_last_wal_receive_lsn() AS received,
             pg_last_wal_replay_lsn() AS replayed,
             extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) AS age,
             EXISTS (SELECT FROM pg_stat_wal_receiver WHERE coalesce(status, 'streaming') = 'streaming') AS link_up) r
"""
_RECEIVER: LiteralString = """
SELECT coalesce(sender_host, '') AS sender_host, coalesce(slot_name, '') AS slot_name, status,
       (receive_start_lsn - '0/0')::float8 AS receive_start_lsn, receive_start_tli,
       (flushed_lsn - '0/0')::float8 AS flushed_lsn, received_tli,
       extract(epoch FROM last_msg_send_time)::float8 AS sent_at,
       extract(epoch FROM last_msg_receipt_time)::float8 AS heard_at,
       (latest_end_lsn - '0/0')::float8 AS latest_end_lsn, extract(epoch FROM latest_end_time)::float8 AS ended_at,
       extract(epoch FROM clock_timestamp() - last_msg_receipt_time)::float8 AS silence
FROM pg_stat_wal_receiver WHERE status IS NOT NULL
"""
_METRICS: Mapping[str, Metric] = {
    "is_replica": replication.PG_IS_REPLICA,
    "lag": replication.PG_REPLICATION_LAG,
    "last_replay": replication.PG_LAST_REPLAY,
    "behind": replication.PG_REPLAY_LAG_BYTES,
    "link_up": replication.PG_LINK_UP,
    "paused": replication.PG_REPLAY_PAUSED,
}
_RECEIVER_METRICS: Mapping[str, Metric] = {
    "receive_start_lsn": replication.PG_RECEIVER_START,
    "receive_start_tli": replication.PG_RECEIVER_START_TIMELINE,
    "flushed_lsn": replication.PG_RECEIVER_FLUSHED,
    "received_tli": replication.PG_RECEIVER_TIMELINE,
    "sent_at": replication.PG_RECEIVER_SENT_AT,
    "heard_at": replication.PG_RECEIVER_HEARD_AT,
    "latest_end_lsn": replication.PG_RECEIVER_END,
    "ended_at": replication.PG_RECEIVER_END_AT,
}


def _measure(table: Table, server: Server) -> Iterable[Measured]:
    yield from table.singles(_METRICS)
    lag = table.number("lag")
    if server.settings.aliases and lag is not None:
        yield single(replication.PG_REPLICATION_LAG_ALIAS, lag)


def _receiver(server: Server) -> LiteralString | None:
    return _RECEIVER if server.standby and STATISTICS in server.held else None


def _measure_receiver(table: Table, server: Server) -> Iterable[Measured]:
    del server
    yield from table.measured(_RECEIVER_METRICS, table.keys("sender_host", "slot_name", "status"))
    yield from table.singles({"silence": replication.PG_LINK_SILENCE})


REPLICATION = PostgresCollector(name="replication", query=always(_QUERY), measure=_measure)
WAL_RECEIVER = PostgresCollector(name="wal_receiver", query=_receiver, measure=_measure_receiver)
