"""A node of a cluster."""

import pytest

from tests.exporters.probing import Exporter, redis_target
from tests.exporters.redis_server.landscape import Landscape
from tests.plugins.exposition import names, samples, value
from tests.plugins.redis_cluster import RedisClusterServers
from watchbill.catalogue.redis_server.cluster import (
    REDIS_CLUSTER_ENABLED,
    REDIS_CLUSTER_EPOCH,
    REDIS_CLUSTER_NODES,
    REDIS_CLUSTER_SENT,
    REDIS_CLUSTER_SIZE,
    REDIS_CLUSTER_SLOTS,
    REDIS_CLUSTER_SLOTS_FAIL,
    REDIS_CLUSTER_SLOTS_OK,
    REDIS_CLUSTER_SLOTS_PFAIL,
    REDIS_CLUSTER_STATE,
)
from watchbill.catalogue.redis_server.keyspace import REDIS_KEYS
from watchbill.catalogue.redis_server.probe import REDIS_COLLECTOR_SUCCESS
from watchbill_exporters import RedisSettings


@pytest.fixture
def node(cluster: RedisClusterServers) -> RedisSettings:
    """The first node as a target."""
    return RedisSettings(name="node", address=f"127.0.0.1:{cluster.ports[0]}")


async def test_a_nodes_view_of_the_cluster_is_what_cluster_info_says(
    cluster: RedisClusterServers, node: RedisSettings
) -> None:
    async with Exporter(node) as exporter:
        text = (await exporter.probe("node")).text
    told = cluster.execute(cluster.ports[0], "CLUSTER INFO")
    assert value(text, REDIS_CLUSTER_ENABLED) == value(text, REDIS_CLUSTER_STATE) == 1
    for metric, field in (
        (REDIS_CLUSTER_SLOTS, "cluster_slots_assigned"),
        (REDIS_CLUSTER_SLOTS_OK, "cluster_slots_ok"),
        (REDIS_CLUSTER_SLOTS_PFAIL, "cluster_slots_pfail"),
        (REDIS_CLUSTER_SLOTS_FAIL, "cluster_slots_fail"),
        (REDIS_CLUSTER_NODES, "cluster_known_nodes"),
        (REDIS_CLUSTER_SIZE, "cluster_size"),
        (REDIS_CLUSTER_EPOCH, "cluster_current_epoch"),
    ):
        assert value(text, metric) == float(told[field]), field
    assert 0 < (value(text, REDIS_CLUSTER_SENT) or 0) <= float(told["cluster_stats_messages_sent"])


async def test_a_node_has_one_database_and_no_collector_fails(node: RedisSettings) -> None:
    async with Exporter(node) as exporter:
        text = (await exporter.probe("node")).text
    assert [labels for name, labels in samples(text) if name == REDIS_KEYS.name] == [("db0",)]
    failed = [
        labels for (name, labels), one in samples(text).items() if name == REDIS_COLLECTOR_SUCCESS.name and not one
    ]
    assert failed == []


async def test_a_lone_server_is_no_node(landscape: Landscape) -> None:
    async with Exporter(redis_target(landscape.master)) as exporter:
        text = (await exporter.probe("cache")).text
    assert value(text, REDIS_CLUSTER_ENABLED) == 0
    assert REDIS_CLUSTER_STATE.name not in names(text)
