"""The cluster as a whole: what runs, how much there is of everything, and what has passed through."""

from collections.abc import Iterator, Mapping
from typing import Any

from watchbill.catalogue.metric import Metric
from watchbill.catalogue.rabbitmq import (
    RABBITMQ_ACKNOWLEDGED,
    RABBITMQ_ALL_MESSAGES,
    RABBITMQ_ALL_READY,
    RABBITMQ_ALL_UNACKED,
    RABBITMQ_CHANNEL_ACKED,
    RABBITMQ_CHANNEL_DELIVERED,
    RABBITMQ_CHANNEL_DELIVERED_ACK,
    RABBITMQ_CHANNEL_DROPPED,
    RABBITMQ_CHANNEL_PUBLISHED,
    RABBITMQ_CHANNEL_REDELIVERED,
    RABBITMQ_CHANNEL_RETURNED,
    RABBITMQ_CHANNELS,
    RABBITMQ_CHANNELS_CLOSED,
    RABBITMQ_CHANNELS_OPENED,
    RABBITMQ_CONFIRMED,
    RABBITMQ_CONNECTIONS,
    RABBITMQ_CONNECTIONS_CLOSED,
    RABBITMQ_CONNECTIONS_OPENED,
    RABBITMQ_CONSUMERS,
    RABBITMQ_DELIVERED,
    RABBITMQ_DELIVERED_ACK,
    RABBITMQ_DELIVERED_NO_ACK,
    RABBITMQ_DROPPED,
    RABBITMQ_EXCHANGES,
    RABBITMQ_GOT_ACK,
    RABBITMQ_GOT_NO_ACK,
    RABBITMQ_GOT_NOTHING,
    RABBITMQ_IDENTITY,
    RABBITMQ_QUEUES,
    RABBITMQ_QUEUES_CREATED,
    RABBITMQ_QUEUES_DECLARED,
    RABBITMQ_QUEUES_DELETED,
    RABBITMQ_RECEIVED,
    RABBITMQ_REDELIVERED,
    RABBITMQ_RETURNED,
)
from watchbill_exporters.collector import Measured, series, single
from watchbill_exporters.json_value import number, part_of

_FIELDS: Mapping[str, Mapping[str, tuple[Metric, ...]]] = {
    "object_totals": {
        "connections": (RABBITMQ_CONNECTIONS,),
        "channels": (RABBITMQ_CHANNELS,),
        "consumers": (RABBITMQ_CONSUMERS,),
        "queues": (RABBITMQ_QUEUES,),
        "exchanges": (RABBITMQ_EXCHANGES,),
    },
    "queue_totals": {
        "messages": (RABBITMQ_ALL_MESSAGES,),
        "messages_ready": (RABBITMQ_ALL_READY,),
        "messages_unacknowledged": (RABBITMQ_ALL_UNACKED,),
    },
    "churn_rates": {
        "connection_created": (RABBITMQ_CONNECTIONS_OPENED,),
        "connection_closed": (RABBITMQ_CONNECTIONS_CLOSED,),
        "channel_created": (RABBITMQ_CHANNELS_OPENED,),
        "channel_closed": (RABBITMQ_CHANNELS_CLOSED,),
        "queue_declared": (RABBITMQ_QUEUES_DECLARED,),
        "queue_created": (RABBITMQ_QUEUES_CREATED,),
        "queue_deleted": (RABBITMQ_QUEUES_DELETED,),
    },
    "message_stats": {
        "publish": (RABBITMQ_RECEIVED, RABBITMQ_CHANNEL_PUBLISHED),
        "confirm": (RABBITMQ_CONFIRMED,),
        "deliver_get": (RABBITMQ_DELIVERED,),
        "deliver": (RABBITMQ_DELIVERED_ACK, RABBITMQ_CHANNEL_DELIVERED_ACK),
        "deliver_no_ack": (RABBITMQ_DELIVERED_NO_ACK, RABBITMQ_CHANNEL_DELIVERED),
        "get": (RABBITMQ_GOT_ACK,),
        "get_no_ack": (RABBITMQ_GOT_NO_ACK,),
        "get_empty": (RABBITMQ_GOT_NOTHING,),
        "redeliver": (RABBITMQ_REDELIVERED, RABBITMQ_CHANNEL_REDELIVERED),
        "ack": (RABBITMQ_ACKNOWLEDGED, RABBITMQ_CHANNEL_ACKED),
        "return_unroutable": (RABBITMQ_RETURNED, RABBITMQ_CHANNEL_RETURNED),
        "drop_unroutable": (RABBITMQ_DROPPED, RABBITMQ_CHANNEL_DROPPED),
    },
}
COLUMNS = ",".join(
    (
        "node",
        "cluster_name",
        "rabbitmq_version",
        "erlang_version",
        "disable_stats",
        *(f"{part}.{field}" for part, fields in _FIELDS.items() for field in fields),
    )
)


def overview(document: Mapping[str, Any]) -> Iterator[Measured]:
    """Every number the overview has; a server that keeps no statistics has few."""
    identity = (str(document.get("node", "")), str(document.get("cluster_name", "")))
    yield series(RABBITMQ_IDENTITY, [(identity, 1.0)])
    for part, fields in _FIELDS.items():
        for field, metrics in fields.items():
            value = number(part_of(document, part).get(field))
            if value is not None:
                for metric in metrics:
                    yield single(metric, value)


def queues_in_all(document: Mapping[str, Any]) -> float | None:
    """How many queues the cluster has, whoever may see them."""
    return number(part_of(document, "object_totals").get("queues"))


def keeps_statistics(document: Mapping[str, Any]) -> bool:
    """Whether the management plugin collects more than the depth of queues."""
    return document.get("disable_stats") is not True
