"""A node of a cluster, and what it knows of the others."""

from collections.abc import Iterable

from watchbill.catalogue.redis_server.cluster import (
    REDIS_CLUSTER_ENABLED,
    REDIS_CLUSTER_EPOCH,
    REDIS_CLUSTER_LINKS_EXCEEDED,
    REDIS_CLUSTER_MY_EPOCH,
    REDIS_CLUSTER_NODES,
    REDIS_CLUSTER_RECEIVED,
    REDIS_CLUSTER_SENT,
    REDIS_CLUSTER_SIZE,
    REDIS_CLUSTER_SLOTS,
    REDIS_CLUSTER_SLOTS_FAIL,
    REDIS_CLUSTER_SLOTS_OK,
    REDIS_CLUSTER_SLOTS_PFAIL,
    REDIS_CLUSTER_STATE,
)
from watchbill_exporters.collector import Measured
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.fields import Fields, measured, ok
from watchbill_exporters.redis_server.pairs import assigned
from watchbill_exporters.redis_server.replies import INFO, Replies
from watchbill_exporters.redis_server.request import Request

_CLUSTER = Request(("CLUSTER", "INFO"))
_FIELDS: Fields = {
    "cluster_state": (REDIS_CLUSTER_STATE, ok),
    "cluster_slots_assigned": REDIS_CLUSTER_SLOTS,
    "cluster_slots_ok": REDIS_CLUSTER_SLOTS_OK,
    "cluster_slots_pfail": REDIS_CLUSTER_SLOTS_PFAIL,
    "cluster_slots_fail": REDIS_CLUSTER_SLOTS_FAIL,
    "cluster_known_nodes": REDIS_CLUSTER_NODES,
    "cluster_size": REDIS_CLUSTER_SIZE,
    "cluster_current_epoch": REDIS_CLUSTER_EPOCH,
    "cluster_my_epoch": REDIS_CLUSTER_MY_EPOCH,
    "cluster_stats_messages_sent": REDIS_CLUSTER_SENT,
    "cluster_stats_messages_received": REDIS_CLUSTER_RECEIVED,
    "total_cluster_links_buffer_limit_exceeded": REDIS_CLUSTER_LINKS_EXCEEDED,
}


def _cluster(replies: Replies) -> Iterable[Measured]:
    yield from measured({"cluster_enabled": REDIS_CLUSTER_ENABLED}, replies.info)
    if replies.mode == "cluster":
        yield from measured(_FIELDS, assigned(replies.text(_CLUSTER).splitlines(), ":"))


def _ask(replies: Replies) -> Iterable[Request]:
    return (_CLUSTER,) if replies.mode == "cluster" else ()


CLUSTER = RedisCollector("cluster", (INFO,), _cluster, _ask)
