"""Replication of a PostgreSQL server: itself as a standby, its standbys, its slots, its subscriptions."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.postgres_server.sessions import PG_APPLICATION
from watchbill.catalogue.unit import Unit

_MOST = 100

PG_IS_REPLICA = Gauge(
    name="pg_replication_is_replica", help="1 while the server recovers from another's WAL.", unit=Unit.BOOLEAN
)
PG_REPLICATION_LAG = Gauge(
    name="pg_replication_lag_seconds",
    help="How far a standby is behind: 0 with all WAL applied and the link up, else the age of what it applied last.",
    unit=Unit.SECONDS,
)
PG_REPLICATION_LAG_ALIAS = Gauge(
    name="pg_replication_lag",
    help="An older name of pg_replication_lag_seconds.",
    unit=Unit.SECONDS,
    community_name=True,
)
PG_LAST_REPLAY = Gauge(
    name="pg_replication_last_replay_seconds",
    help="Seconds since the commit of the transaction that a standby applied last.",
    unit=Unit.SECONDS,
)
PG_REPLAY_LAG_BYTES = Gauge(
    name="pg_replication_replay_lag_bytes",
    help="Bytes of WAL that a standby has received and not yet applied.",
    unit=Unit.BYTES,
)
PG_LINK_UP = Gauge(
    name="pg_replication_link_up",
    help="1 while a standby streams from its primary; on a standby alone.",
    unit=Unit.BOOLEAN,
)
PG_LINK_SILENCE = Gauge(
    name="pg_replication_last_message_seconds",
    help="Seconds since a standby heard from its primary.",
    unit=Unit.SECONDS,
)
PG_REPLAY_PAUSED = Gauge(
    name="pg_replication_replay_paused", help="1 while an operator has paused the replay.", unit=Unit.BOOLEAN
)

PG_UPSTREAM = Label(name="upstream_host", help="The server that a standby receives WAL from.", bound=5)
PG_SLOT = Label(name="slot_name", help="The replication slot; empty without one.", bound=_MOST)
PG_RECEIVER_STATUS = Label(name="status", help="What the receiver of WAL does.", bound=10)
_BY_RECEIVER = (PG_UPSTREAM, PG_SLOT, PG_RECEIVER_STATUS)


def _receiver_counter(column: str, meaning: str, unit: Unit = Unit.COUNT) -> Counter:
    return Counter(
        name=f"pg_stat_wal_receiver_{column}",
        help=meaning,
        unit=unit,
        labels=_BY_RECEIVER,
        at_most=1,
        community_name=True,
    )


def _receiver_gauge(column: str, meaning: str) -> Gauge:
    return Gauge(
        name=f"pg_stat_wal_receiver_{column}", help=meaning, labels=_BY_RECEIVER, at_most=1, community_name=True
    )


PG_RECEIVER_START = _receiver_counter("receive_start_lsn", "Position in the WAL where receiving began.", Unit.BYTES)
PG_RECEIVER_START_TIMELINE = _receiver_gauge("receive_start_tli", "Timeline where receiving began.")
PG_RECEIVER_FLUSHED = _receiver_counter("flushed_lsn", "Position up to which WAL is on disk.", Unit.BYTES)
PG_RECEIVER_TIMELINE = _receiver_gauge("received_tli", "Timeline of the WAL received last.")
PG_RECEIVER_SENT_AT = _receiver_counter("last_msg_send_time", "When the last message was sent, as Unix time.")
PG_RECEIVER_HEARD_AT = _receiver_counter("last_msg_receipt_time", "When the last message arrived, as Unix time.")
PG_RECEIVER_END = _receiver_counter("latest_end_lsn", "Last position reported to the primary.", Unit.BYTES)
PG_RECEIVER_END_AT = _receiver_counter("latest_end_time", "When that position was reported, as Unix time.")

PG_CLIENT_ADDRESS = Label(name="client_addr", help="Where the standby connects from.", bound=_MOST)
PG_STANDBY_STATE = Label(name="state", help="What the sender of WAL does.", bound=10)
_BY_STANDBY = (PG_APPLICATION, PG_CLIENT_ADDRESS, PG_STANDBY_STATE, PG_SLOT)


def _standby(column: str, meaning: str, unit: Unit) -> Gauge:
    return Gauge(
        name=f"pg_stat_replication_{column}",
        help=meaning,
        unit=unit,
        labels=_BY_STANDBY,
        at_most=_MOST,
        community_name=True,
    )


PG_STANDBY_LAG_BYTES = _standby("pg_wal_lsn_diff", "Bytes of WAL that the standby has not applied.", Unit.BYTES)
PG_STANDBY_POSITION = _standby(
    "pg_current_wal_lsn_bytes", "Position up to which the server itself has WAL.", Unit.BYTES
)
PG_STANDBY_SENT_LAG_BYTES = _standby("sent_lag_bytes", "Bytes of WAL not yet sent to the standby.", Unit.BYTES)
PG_STANDBY_FLUSH_LAG_BYTES = _standby("flush_lag_bytes", "Bytes of WAL not on the standby's disk.", Unit.BYTES)
PG_STANDBY_WRITE_LAG = _standby(
    "write_lag_seconds", "Time from flushing recent WAL here to writing it there.", Unit.SECONDS
)
PG_STANDBY_FLUSH_LAG = _standby(
    "flush_lag_seconds", "Time from flushing recent WAL here to flushing it there.", Unit.SECONDS
)
PG_STANDBY_REPLAY_LAG = _standby(
    "replay_lag_seconds", "Time from flushing recent WAL here to applying it there.", Unit.SECONDS
)
PG_STANDBY_REPLY_AT = _standby("reply_time", "When the standby sent its last reply, as Unix time.", Unit.TIMESTAMP)
PG_STANDBY_SYNC = _standby("is_sync", "1 when commits wait for this standby.", Unit.BOOLEAN)

PG_SLOT_NAME = Label(name="slot_name", help="The replication slot.", bound=_MOST)
PG_SLOT_DATABASE = Label(name="database", help="The database of a logical slot; else empty.", bound=50)
PG_SLOT_TYPE = Label(name="slot_type", help="What the slot carries.", values=("physical", "logical"))
PG_WAL_STATUS = Label(
    name="wal_status",
    help="Whether the WAL that the slot needs is there.",
    values=("reserved", "extended", "unreserved", "lost"),
)
_BY_SLOT = (PG_SLOT_NAME, PG_SLOT_DATABASE)
_BY_TYPED_SLOT = (PG_SLOT_NAME, PG_SLOT_TYPE)


def _slot(name: str, meaning: str, unit: Unit = Unit.COUNT, labels: tuple[Label, ...] = _BY_TYPED_SLOT) -> Gauge:
    return Gauge(name=name, help=meaning, unit=unit, labels=labels, at_most=_MOST, community_name=True)


PG_SLOT_ACTIVE = _slot("pg_replication_slots_active", "1 while somebody reads the slot.", Unit.BOOLEAN, _BY_SLOT)
PG_SLOT_RETAINED = _slot(
    "pg_replication_slots_pg_wal_lsn_diff",
    "Bytes of WAL that the slot keeps the server from removing.",
    Unit.BYTES,
    _BY_SLOT,
)
PG_SLOT_UNCONFIRMED = _slot(
    "pg_replication_slots_unconfirmed_bytes",
    "Bytes of WAL that the reader of a logical slot has not confirmed.",
    Unit.BYTES,
    _BY_SLOT,
)
PG_SLOT_INVALID = _slot(
    "pg_replication_slots_invalid", "1 when the slot can no longer be used.", Unit.BOOLEAN, _BY_SLOT
)
PG_SLOT_INACTIVE = _slot(
    "pg_replication_slots_inactive_seconds",
    "How long nobody has read the slot; from PostgreSQL 17.",
    Unit.SECONDS,
    _BY_SLOT,
)
PG_SLOT_POSITION = _slot(
    "pg_replication_slots_slot_current_wal_lsn", "Position up to which the server has WAL.", Unit.BYTES
)
PG_SLOT_CONFIRMED = _slot(
    "pg_replication_slots_slot_confirmed_flush_lsn",
    "Position that the reader of a logical slot has confirmed.",
    Unit.BYTES,
)
PG_SLOT_IS_ACTIVE = _slot("pg_replication_slots_slot_is_active", "1 while somebody reads the slot.", Unit.BOOLEAN)
PG_SLOT_SAFE = _slot(
    "pg_replication_slots_safe_wal_size_bytes",
    "Bytes of WAL that can still be written before the slot is lost; absent without such a limit.",
    Unit.BYTES,
)
PG_SLOT_STATUS = _slot(
    "pg_replication_slots_wal_status",
    "1 under what became of the WAL that the slot needs.",
    Unit.BOOLEAN,
    (*_BY_TYPED_SLOT, PG_WAL_STATUS),
)


def _slot_alias(metric: Gauge) -> Gauge:
    """The name that postgres_exporter gave it before version 0.20."""
    return Gauge(
        name=metric.name.replace("_slots_", "_slot_", 1),
        help=f"An older name of {metric.name}.",
        unit=metric.unit,
        labels=metric.labels,
        at_most=metric.at_most,
        community_name=True,
    )


PG_SLOT_POSITION_ALIAS = _slot_alias(PG_SLOT_POSITION)
PG_SLOT_CONFIRMED_ALIAS = _slot_alias(PG_SLOT_CONFIRMED)
PG_SLOT_IS_ACTIVE_ALIAS = _slot_alias(PG_SLOT_IS_ACTIVE)
PG_SLOT_SAFE_ALIAS = _slot_alias(PG_SLOT_SAFE)
PG_SLOT_STATUS_ALIAS = _slot_alias(PG_SLOT_STATUS)

PG_SUBSCRIPTION = Label(name="subname", help="The subscription.", bound=_MOST)
PG_SUBSCRIPTION_WORKERS = Gauge(
    name="pg_stat_subscription_workers",
    help="Processes that receive or apply changes for the subscription.",
    labels=(PG_SUBSCRIPTION,),
)
PG_SUBSCRIPTION_SILENCE = Gauge(
    name="pg_stat_subscription_last_message_seconds",
    help="Seconds since the subscription heard from its publisher.",
    unit=Unit.SECONDS,
    labels=(PG_SUBSCRIPTION,),
)
PG_SUBSCRIPTION_APPLY_ERRORS = Counter(
    name="pg_stat_subscription_apply_errors_total",
    help="Errors while applying changes; from PostgreSQL 15.",
    labels=(PG_SUBSCRIPTION,),
)
PG_SUBSCRIPTION_SYNC_ERRORS = Counter(
    name="pg_stat_subscription_sync_errors_total",
    help="Errors while copying tables at the start; from PostgreSQL 15.",
    labels=(PG_SUBSCRIPTION,),
)
