"""Servers that answer INFO with what no healthy one says."""

import pytest

from tests.exporters.probing import Answer, Exporter
from tests.plugins.exposition import value, values
from tests.plugins.ill_server import ill_server, speaking_redis
from watchbill.catalogue.redis_server.probe import REDIS_COLLECTOR_SUCCESS, REDIS_UP
from watchbill.catalogue.redis_server.replication import REDIS_REPLICA_OFFSET, REDIS_REPLICAS
from watchbill_exporters import RedisSettings
from watchbill_exporters.redis_server.replies import LONGEST_INFO


async def _probed(info: str) -> Answer:
    with ill_server(speaking_redis(info.encode())) as server:
        async with Exporter(RedisSettings(name="cache", address=server.address)) as exporter:
            return await exporter.probe("cache", scrape_timeout=3)


async def test_replicas_are_those_listed_however_many_a_server_claims_to_have() -> None:
    replica = "slave0:ip=10.0.0.2,port=6379,state=online,offset=90,lag=1"
    lines = ("# Replication", "role:master", "connected_slaves:30000000", replica, "master_repl_offset:100")

    answer = await _probed("\r\n".join(lines))

    assert answer.seconds < 2
    assert value(answer.text, REDIS_REPLICAS) == 30_000_000
    assert values(answer.text, REDIS_REPLICA_OFFSET) == [90]


async def test_an_info_longer_than_any_servers_is_not_taken_apart(caplog: pytest.LogCaptureFixture) -> None:
    lines = (f"{number:x}:1" for number in range(LONGEST_INFO // 4))

    answer = await _probed("# Server\r\n" + "\r\n".join(lines))

    assert value(answer.text, REDIS_UP) == 1
    assert value(answer.text, REDIS_COLLECTOR_SUCCESS, "server") == 0
    assert value(answer.text, REDIS_COLLECTOR_SUCCESS, "permissions") == 1
    assert "more than a probe accepts" in caplog.text
