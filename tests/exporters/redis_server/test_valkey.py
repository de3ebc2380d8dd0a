"""Valkey, which has names of its own for what Redis calls otherwise."""

from tests.exporters.probing import Exporter, redis_target
from tests.exporters.redis_server.landscape import Landscape
from tests.plugins.exposition import samples, value, values
from watchbill.catalogue.redis_server.clients import REDIS_OUTPUT_LIMIT_DISCONNECTIONS
from watchbill.catalogue.redis_server.probe import REDIS_COLLECTOR_SUCCESS, REDIS_UP
from watchbill.catalogue.redis_server.server import (
    REDIS_EVENT_LOOP_COMMANDS,
    REDIS_EVENT_LOOP_CYCLES,
    REDIS_EVENT_LOOP_DURATION,
    REDIS_INSTANCE_INFO,
    REDIS_SERVER_INFO,
)
from watchbill.catalogue.redis_server.slowlog import REDIS_SLOWLOG_LENGTH


async def test_a_valkey_tells_its_own_version_its_zone_and_the_redis_it_stands_in_for(landscape: Landscape) -> None:
    landscape.valkey.execute("CONFIG", "SET", "availability-zone", "north-1")
    async with Exporter(redis_target(landscape.valkey)) as exporter:
        text = (await exporter.probe("cache")).text
    info = landscape.valkey.info("server")
    found = samples(text)
    assert found[REDIS_SERVER_INFO.name, ("north-1", "valkey", info["valkey_version"])] == 1
    (instance,) = [labels for name, labels in found if name == REDIS_INSTANCE_INFO.name]
    assert info["redis_version"] in instance
    assert "standalone" in instance


async def test_every_collector_reads_a_valkey(landscape: Landscape) -> None:
    async with Exporter(redis_target(landscape.valkey)) as exporter:
        text = (await exporter.probe("cache")).text
    assert value(text, REDIS_UP) == 1
    assert set(values(text, REDIS_COLLECTOR_SUCCESS)) == {1}
    assert value(text, REDIS_OUTPUT_LIMIT_DISCONNECTIONS) == 0
    assert value(text, REDIS_SLOWLOG_LENGTH) is not None
    assert (value(text, REDIS_EVENT_LOOP_CYCLES) or 0) > 0
    assert 0 < (value(text, REDIS_EVENT_LOOP_COMMANDS) or 0) <= (value(text, REDIS_EVENT_LOOP_DURATION) or 0)


async def test_a_redis_is_told_apart(landscape: Landscape) -> None:
    async with Exporter(redis_target(landscape.master)) as exporter:
        text = (await exporter.probe("cache")).text
    version = landscape.master.info("server")["redis_version"]
    assert samples(text)[REDIS_SERVER_INFO.name, ("", "redis", version)] == 1
