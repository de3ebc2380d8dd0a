"""Clients: how many there are, what they wait for, and what was denied to them."""

from collections.abc import Iterable

from watchbill.catalogue.redis_server.clients import (
    REDIS_ACL_DENIED,
    REDIS_BLOCKED_CLIENTS,
    REDIS_CLIENT_INPUT_BUFFER,
    REDIS_CLIENT_OUTPUT_BUFFER,
    REDIS_CLIENTS,
    REDIS_CLIENTS_IN_TIMEOUT_TABLE,
    REDIS_CLUSTER_CONNECTIONS,
    REDIS_CONNECTIONS,
    REDIS_DENIED_OBJECT,
    REDIS_EVICTED_CLIENTS,
    REDIS_MAX_CLIENTS,
    REDIS_OUTPUT_LIMIT_DISCONNECTIONS,
    REDIS_PUBSUB_CHANNELS,
    REDIS_PUBSUB_CLIENTS,
    REDIS_PUBSUB_PATTERNS,
    REDIS_PUBSUB_SHARD_CHANNELS,
    REDIS_QUERY_LIMIT_DISCONNECTIONS,
    REDIS_REJECTED,
    REDIS_TRACKING_CLIENTS,
    REDIS_TRACKING_ITEMS,
    REDIS_TRACKING_KEYS,
    REDIS_TRACKING_PREFIXES,
    REDIS_WATCHING_CLIENTS,
)
from watchbill_exporters.collector import Measured, column
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.fields import Fields, measured
from watchbill_exporters.redis_server.replies import INFO, Replies

_FIELDS: Fields = {
    "connected_clients": REDIS_CLIENTS,
    "blocked_clients": REDIS_BLOCKED_CLIENTS,
    "maxclients": REDIS_MAX_CLIENTS,
    "total_connections_received": REDIS_CONNECTIONS,
    "rejected_connections": REDIS_REJECTED,
    "cluster_connections": REDIS_CLUSTER_CONNECTIONS,
    "client_recent_max_input_buffer": REDIS_CLIENT_INPUT_BUFFER,
    "client_recent_max_output_buffer": REDIS_CLIENT_OUTPUT_BUFFER,
    "clients_in_timeout_table": REDIS_CLIENTS_IN_TIMEOUT_TABLE,
    "evicted_clients": REDIS_EVICTED_CLIENTS,
    "tracking_clients": REDIS_TRACKING_CLIENTS,
    "tracking_total_items": REDIS_TRACKING_ITEMS,
    "tracking_total_keys": REDIS_TRACKING_KEYS,
    "tracking_total_prefixes": REDIS_TRACKING_PREFIXES,
    "pubsub_channels": REDIS_PUBSUB_CHANNELS,
    "pubsub_patterns": REDIS_PUBSUB_PATTERNS,
    "pubsubshard_channels": REDIS_PUBSUB_SHARD_CHANNELS,
    "pubsub_clients": REDIS_PUBSUB_CLIENTS,
    "watching_clients": REDIS_WATCHING_CLIENTS,
    "client_output_buffer_limit_disconnections": REDIS_OUTPUT_LIMIT_DISCONNECTIONS,
    "client_query_buffer_limit_disconnections": REDIS_QUERY_LIMIT_DISCONNECTIONS,
}
_DENIED = [(kind,) for kind in REDIS_DENIED_OBJECT.values]


def _clients(replies: Replies) -> Iterable[Measured]:
    info = replies.info
    yield from measured(_FIELDS, info)
    denied = [info.get(f"acl_access_denied_{kind}") for (kind,) in _DENIED]
    yield column(REDIS_ACL_DENIED, _DENIED, [float(count) if count is not None else None for count in denied])


CLIENTS = RedisCollector("clients", (INFO,), _clients)
