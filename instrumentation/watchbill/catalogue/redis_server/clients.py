"""Clients of a Redis server."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.unit import Unit

REDIS_CLIENTS = Gauge(name="redis_connected_clients", help="Connections from clients.")
REDIS_BLOCKED_CLIENTS = Gauge(name="redis_blocked_clients", help="Clients that wait in a blocking command.")
REDIS_MAX_CLIENTS = Gauge(name="redis_max_clients", help="Connections the server accepts at most.")
REDIS_CONNECTIONS = Counter(name="redis_connections_received_total", help="Connections accepted.")
REDIS_REJECTED = Counter(name="redis_rejected_connections_total", help="Connections refused because all were taken.")
REDIS_CLUSTER_CONNECTIONS = Gauge(
    name="redis_cluster_connections", help="Connections that the nodes of a cluster keep among them."
)
REDIS_CLIENT_INPUT_BUFFER = Gauge(
    name="redis_client_recent_max_input_buffer_bytes",
    help="The largest input buffer of the present clients, lately.",
    unit=Unit.BYTES,
)
REDIS_CLIENT_OUTPUT_BUFFER = Gauge(
    name="redis_client_recent_max_output_buffer_bytes",
    help="The longest output buffer of the present clients, lately, in bytes or in replies by version.",
    unit=Unit.BYTES,
)
REDIS_CLIENTS_IN_TIMEOUT_TABLE = Gauge(
    name="redis_clients_in_timeout_table", help="Blocked clients whose wait has a limit."
)
REDIS_EVICTED_CLIENTS = Counter(
    name="redis_evicted_clients_total", help="Clients dropped because their buffers took too much memory."
)
REDIS_TRACKING_CLIENTS = Gauge(
    name="redis_tracking_clients", help="Clients that are told when a key they have cached changes."
)
REDIS_TRACKING_ITEMS = Gauge(name="redis_tracking_total_items", help="Pairs of key and client that are tracked.")
REDIS_TRACKING_KEYS = Gauge(name="redis_tracking_total_keys", help="Keys that are tracked for clients.")
REDIS_TRACKING_PREFIXES = Gauge(name="redis_tracking_total_prefixes", help="Key prefixes that are tracked for clients.")
REDIS_PUBSUB_CHANNELS = Gauge(name="redis_pubsub_channels", help="Channels that somebody listens to.")
REDIS_PUBSUB_PATTERNS = Gauge(name="redis_pubsub_patterns", help="Patterns of channels that somebody listens to.")
REDIS_PUBSUB_SHARD_CHANNELS = Gauge(
    name="redis_pubsubshard_channels", help="Sharded channels that somebody listens to."
)
REDIS_PUBSUB_CLIENTS = Gauge(name="redis_pubsub_clients", help="Clients that listen to channels (Redis 7.4 on).")
REDIS_WATCHING_CLIENTS = Gauge(
    name="redis_watching_clients", help="Clients that watch keys for a transaction (Redis 7.4 on)."
)
REDIS_OUTPUT_LIMIT_DISCONNECTIONS = Counter(
    name="redis_client_output_buffer_limit_disconnections_total",
    help="Clients dropped because they read too slowly (Redis 7.4 on).",
)
REDIS_QUERY_LIMIT_DISCONNECTIONS = Counter(
    name="redis_client_query_buffer_limit_disconnections_total",
    help="Clients dropped because they sent too long a command (Redis 7.4 on).",
)
REDIS_DENIED_OBJECT = Label(
    name="object",
    help="What was denied: the sign-in, a command, a key, a channel, a database or a certificate.",
    values=("auth", "cmd", "key", "channel", "db", "tls_cert"),
)
REDIS_ACL_DENIED = Counter(
    name="redis_acl_access_denied_total",
    help="What the access rules denied (Redis 7.2 on).",
    labels=(REDIS_DENIED_OBJECT,),
)
