"""Replication as both sides see it, and what is said when the link is cut."""

from collections.abc import Mapping

from tests.exporters.probing import Exporter, redis_target
from tests.exporters.redis_server.landscape import Landscape
from tests.plugins.exposition import samples, value, values
from tests.plugins.programs import wait_until
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.redis_server.probe import REDIS_UP
from watchbill.catalogue.redis_server.replication import (
    REDIS_MASTER_LAG,
    REDIS_MASTER_LAG_BYTES,
    REDIS_MASTER_LAST_IO,
    REDIS_MASTER_LINK_DOWN,
    REDIS_MASTER_LINK_UP,
    REDIS_MASTER_OFFSET,
    REDIS_REPLICA_LAG,
    REDIS_REPLICA_LAG_BYTES,
    REDIS_REPLICA_OFFSET,
    REDIS_REPLICAS,
    REDIS_SLAVE_INFO,
    REDIS_SLAVE_OFFSET,
    REDIS_SLAVE_PRIORITY,
    REDIS_SLAVE_READ_OFFSET,
)
from watchbill.catalogue.redis_server.server import REDIS_INSTANCE_INFO


def _parts(text: str) -> Mapping[str, str]:
    return {name: value for name, _, value in (part.partition("=") for part in text.split(","))}


async def test_a_master_tells_each_replicas_offset_and_lag(landscape: Landscape) -> None:
    async with Exporter(redis_target(landscape.master)) as exporter:
        before = (await exporter.probe("cache")).text
        info = landscape.master.info("replication")
        after = (await exporter.probe("cache")).text
    replica = _parts(info["slave0"])
    key = (replica["ip"], replica["port"], replica["state"])
    assert key == ("127.0.0.1", str(landscape.replica.port), "online")
    offsets = [value(text, REDIS_REPLICA_OFFSET, *key) or 0 for text in (before, after)]
    assert offsets[0] <= float(replica["offset"]) <= offsets[1]
    assert value(after, REDIS_REPLICA_LAG, *key) in {0, 1, 2}
    behind = (value(after, REDIS_MASTER_OFFSET) or 0) - offsets[1]
    assert value(after, REDIS_REPLICA_LAG_BYTES, *key) == behind
    assert value(after, REDIS_REPLICAS) == 1
    assert values(after, REDIS_MASTER_LINK_UP) == []


async def test_a_replica_tells_its_link_and_how_far_behind_it_is(landscape: Landscape) -> None:
    async with Exporter(redis_target(landscape.replica)) as exporter:
        text = (await exporter.probe("cache")).text
    master = ("127.0.0.1", str(landscape.master.port))
    info = landscape.replica.info("replication")
    assert value(text, REDIS_MASTER_LINK_UP, *master) == 1
    assert value(text, REDIS_MASTER_LAG_BYTES, *master) == 0
    assert value(text, REDIS_MASTER_LAG, *master) == value(text, REDIS_MASTER_LAST_IO, *master)
    assert (value(text, REDIS_SLAVE_OFFSET, *master) or 0) <= float(info["slave_repl_offset"])
    assert (value(text, REDIS_SLAVE_READ_OFFSET, *master) or 0) <= float(info["slave_read_repl_offset"])
    assert value(text, REDIS_SLAVE_PRIORITY) == float(info["slave_priority"])
    assert value(text, REDIS_SLAVE_INFO, *master, "1") == 1
    (instance,) = [labels for name, labels in samples(text) if name == REDIS_INSTANCE_INFO.name]
    assert "slave" in instance


async def test_a_replica_without_its_master_is_up_and_its_lag_grows(landscape: Landscape) -> None:
    orphan = landscape.orphan
    wait_until(lambda: int(orphan.info("replication")["master_link_down_since_seconds"]) >= 1, "a second has passed")
    async with Exporter(redis_target(orphan)) as exporter:
        text = (await exporter.probe("cache")).text
    assert value(text, REDIS_UP) == 1
    assert values(text, REDIS_MASTER_LINK_UP) == [0]
    assert values(text, REDIS_MASTER_LAST_IO) == [-1]
    assert values(text, REDIS_MASTER_LAG_BYTES) == []
    assert values(text, REDIS_MASTER_LAG) == values(text, REDIS_MASTER_LINK_DOWN)
    assert values(text, REDIS_MASTER_LAG)[0] >= 1


async def test_a_replica_that_refuses_stale_data_is_up_with_the_series_it_gives(landscape: Landscape) -> None:
    landscape.orphan.execute("CONFIG", "SET", "replica-serve-stale-data", "no")
    try:
        async with Exporter(redis_target(landscape.orphan)) as exporter:
            text = (await exporter.probe("cache")).text
    finally:
        landscape.orphan.execute("CONFIG", "SET", "replica-serve-stale-data", "yes")
    assert value(text, REDIS_UP) == 1
    assert values(text, REDIS_MASTER_LINK_UP) == [0]


async def test_a_replica_that_hangs_falls_behind_byte_by_byte(landscape: Landscape) -> None:
    def behind(text: str) -> float:
        (found,) = values(text, REDIS_REPLICA_LAG_BYTES)
        return found

    async with Exporter(redis_target(landscape.master)) as exporter:
        landscape.replica.signal(19)
        try:
            landscape.master.execute("SET", "written", "x" * 10_000)
            first = behind((await exporter.probe("cache")).text)
            landscape.master.execute("SET", "written", "x" * 10_000)
            second = behind((await exporter.probe("cache")).text)
        finally:
            landscape.replica.signal(18)
        assert first >= 10_000
        assert second >= first + 10_000
        wait_until(lambda: _is_level(landscape.master), "the replica has caught up")


def _is_level(master: RedisServer) -> bool:
    info = master.info("replication")
    return _parts(info["slave0"])["offset"] == info["master_repl_offset"]
