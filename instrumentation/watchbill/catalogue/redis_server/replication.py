"""Replication of a Redis server."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Gauge
from watchbill.catalogue.unit import Unit

REDIS_SLAVE_IP = Label(name="slave_ip", help="A replica's address.", bound=64)
REDIS_SLAVE_PORT = Label(name="slave_port", help="A replica's port.", bound=64)
REDIS_SLAVE_STATE = Label(name="slave_state", help="How far a replica's connection is.", bound=8)
REDIS_MASTER_HOST = Label(name="master_host", help="The master's address.", bound=5)
REDIS_MASTER_PORT = Label(name="master_port", help="The master's port.", bound=5)
REDIS_READ_ONLY = Label(name="read_only", help="1 when a replica takes no writes.", values=("0", "1"))
_REPLICA = (REDIS_SLAVE_IP, REDIS_SLAVE_PORT, REDIS_SLAVE_STATE)
_MASTER = (REDIS_MASTER_HOST, REDIS_MASTER_PORT)
REDIS_REPLICAS = Gauge(name="redis_connected_slaves", help="Replicas that are connected.")
REDIS_REPLICA_OFFSET = Gauge(
    name="redis_connected_slave_offset_bytes",
    help="How much of the stream of writes a replica has confirmed.",
    unit=Unit.BYTES,
    labels=_REPLICA,
    at_most=64,
)
REDIS_REPLICA_LAG = Gauge(
    name="redis_connected_slave_lag_seconds",
    help="Seconds since a replica last confirmed something.",
    unit=Unit.SECONDS,
    labels=_REPLICA,
    at_most=64,
)
REDIS_REPLICA_LAG_BYTES = Gauge(
    name="redis_connected_slave_lag_bytes",
    help="Bytes of writes that a replica has not confirmed.",
    unit=Unit.BYTES,
    labels=_REPLICA,
    at_most=64,
)
REDIS_MASTER_OFFSET = Gauge(
    name="redis_master_repl_offset",
    help="How long the stream of writes is that the server has.",
    unit=Unit.BYTES,
    community_name=True,
)
REDIS_SECOND_OFFSET = Gauge(
    name="redis_second_repl_offset",
    help="Up to where the former master's stream of writes is valid; -1 when there was none.",
    unit=Unit.BYTES,
    community_name=True,
)
REDIS_BACKLOG_ACTIVE = Gauge(
    name="redis_repl_backlog_is_active", help="1 when the server keeps a backlog of writes.", unit=Unit.BOOLEAN
)
REDIS_BACKLOG_SIZE = Gauge(name="redis_replication_backlog_bytes", help="How long the backlog may be.", unit=Unit.BYTES)
REDIS_BACKLOG_FIRST = Gauge(
    name="redis_repl_backlog_first_byte_offset",
    help="Where in the stream of writes the backlog begins.",
    unit=Unit.BYTES,
    community_name=True,
)
REDIS_BACKLOG_LENGTH = Gauge(name="redis_repl_backlog_history_bytes", help="How long the backlog is.", unit=Unit.BYTES)
REDIS_FULL_RESYNCS = Gauge(name="redis_replica_resyncs_full", help="Times a replica was sent all data.")
REDIS_PARTIAL_RESYNCS = Gauge(
    name="redis_replica_partial_resync_accepted", help="Times a replica went on from the backlog."
)
REDIS_PARTIAL_RESYNCS_DENIED = Gauge(
    name="redis_replica_partial_resync_denied", help="Times the backlog was too short for a replica to go on."
)
REDIS_SLAVE_EXPIRES = Gauge(
    name="redis_slave_expires_tracked_keys", help="Keys with a time to live that were written on a replica itself."
)
REDIS_MASTER_LINK_UP = Gauge(
    name="redis_master_link_up",
    help="1 when a replica is connected with its master.",
    unit=Unit.BOOLEAN,
    labels=_MASTER,
    at_most=1,
)
REDIS_MASTER_LAST_IO = Gauge(
    name="redis_master_last_io_seconds_ago",
    help="Seconds since a replica last heard its master; -1 while it is not connected.",
    unit=Unit.SECONDS,
    labels=_MASTER,
    at_most=1,
    community_name=True,
)
REDIS_MASTER_SYNC = Gauge(
    name="redis_master_sync_in_progress",
    help="1 while a replica takes over all its master's data.",
    unit=Unit.BOOLEAN,
    labels=_MASTER,
    at_most=1,
)
REDIS_MASTER_LINK_DOWN = Gauge(
    name="redis_master_link_down_since_seconds",
    help="Seconds since a replica lost its master; absent while it is connected, or never was.",
    unit=Unit.SECONDS,
    labels=_MASTER,
    at_most=1,
)
REDIS_MASTER_LAG = Gauge(
    name="redis_master_lag_seconds",
    help="Seconds since a replica last heard its master, or since it lost it.",
    unit=Unit.SECONDS,
    labels=_MASTER,
    at_most=1,
)
REDIS_MASTER_LAG_BYTES = Gauge(
    name="redis_master_lag_bytes",
    help="Bytes of writes a replica has received and not carried out; absent while it is not connected.",
    unit=Unit.BYTES,
    labels=_MASTER,
    at_most=1,
)
REDIS_SLAVE_OFFSET = Gauge(
    name="redis_slave_repl_offset",
    help="How much of its master's stream of writes a replica has carried out.",
    unit=Unit.BYTES,
    labels=_MASTER,
    at_most=1,
    community_name=True,
)
REDIS_SLAVE_READ_OFFSET = Gauge(
    name="redis_slave_read_repl_offset_bytes",
    help="How much of its master's stream of writes a replica has received.",
    unit=Unit.BYTES,
    labels=_MASTER,
    at_most=1,
)
REDIS_SLAVE_PRIORITY = Gauge(
    name="redis_slave_priority",
    help="How willingly Sentinel makes a replica the master: the lowest goes first, 0 never.",
)
REDIS_SLAVE_INFO = Gauge(
    name="redis_slave_info",
    help="Always 1 on a replica; its labels name its master.",
    unit=Unit.BOOLEAN,
    labels=(*_MASTER, REDIS_READ_ONLY),
    at_most=1,
)
