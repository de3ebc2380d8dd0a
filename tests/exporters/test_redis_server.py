"""What a probe of a real Redis shows."""

from tests.exporters.probing import Exporter, redis_target
from tests.plugins.exposition import names, samples, value, values
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue import Metric, redis
from watchbill.catalogue.redis import (
    REDIS_BLOCKED_CLIENTS,
    REDIS_CLIENTS,
    REDIS_COLLECTOR_SUCCESS,
    REDIS_EVICTED,
    REDIS_EXPIRED,
    REDIS_HITS,
    REDIS_INSTANCE_INFO,
    REDIS_KEYS,
    REDIS_KEYS_EXPIRING,
    REDIS_MAX_CLIENTS,
    REDIS_MEMORY_MAX,
    REDIS_MEMORY_USED,
    REDIS_MISSES,
    REDIS_PERMISSION,
    REDIS_UP,
    REDIS_UP_REASON,
)
from watchbill_exporters.rights import REDIS_ACL

_ONLY_WHEN_DOWN = {REDIS_UP_REASON.name}
_DECLARED = {metric.name for metric in vars(redis).values() if isinstance(metric, Metric)}


async def test_every_metric_of_the_catalogue_is_emitted_and_no_other(redis_server: RedisServer) -> None:
    async with Exporter(redis_target(redis_server)) as exporter:
        answer = await exporter.probe("cache")
    assert names(answer.text) == _DECLARED - _ONLY_WHEN_DOWN
    assert value(answer.text, REDIS_UP) == 1


async def test_values_are_what_the_server_says(redis_server: RedisServer) -> None:
    redis_server.execute("CONFIG", "SET", "maxmemory", "50mb")
    redis_server.execute("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    redis_server.execute("CONFIG", "SET", "maxclients", "77")
    redis_server.execute("SET", "kept", "1")
    redis_server.execute("SET", "passing", "1", "EX", "1000")
    redis_server.execute("SET", "gone", "1", "PX", "1")
    redis_server.execute("GET", "kept")
    redis_server.execute("GET", "kept")
    redis_server.execute("GET", "absent")
    with redis_server.connection():
        async with Exporter(redis_target(redis_server)) as exporter:
            text = (await exporter.probe("cache")).text
    assert value(text, REDIS_KEYS, "db0") in {2, 3}
    assert value(text, REDIS_KEYS, "db15") == 0
    assert value(text, REDIS_KEYS_EXPIRING, "db0") in {1, 2}
    assert value(text, REDIS_HITS) == 2
    assert value(text, REDIS_MISSES) == 1
    assert value(text, REDIS_CLIENTS) == 2
    assert value(text, REDIS_BLOCKED_CLIENTS) == 0
    assert value(text, REDIS_MAX_CLIENTS) == 77
    assert value(text, REDIS_MEMORY_MAX) == 50 * 1024 * 1024
    assert (value(text, REDIS_MEMORY_USED) or 0) > 500_000
    assert value(text, REDIS_EVICTED) == 0
    assert value(text, REDIS_EXPIRED) is not None
    (info,) = [labels for name, labels in samples(text) if name == REDIS_INSTANCE_INFO.name]
    assert "allkeys-lru" in info
    assert "master" in info


async def test_a_user_without_rights_shows_what_is_missing_and_no_zeros(redis_server: RedisServer) -> None:
    redis_server.execute("ACL", "SETUSER", "weak", "on", f">{redis_server.password}", "-@all", "+ping")
    async with Exporter(redis_target(redis_server, username="weak")) as exporter:
        text = (await exporter.probe("cache")).text
    assert value(text, REDIS_UP) == 1
    assert value(text, REDIS_PERMISSION, "info") == 0
    assert value(text, REDIS_PERMISSION, "config|get") == 0
    assert value(text, REDIS_COLLECTOR_SUCCESS, "memory") == 0
    assert value(text, REDIS_MEMORY_USED) is None


async def test_without_config_only_its_permission_is_missing(redis_server: RedisServer) -> None:
    redis_server.execute("ACL", "SETUSER", "some", "on", f">{redis_server.password}", "-@all", "+ping", "+info")
    async with Exporter(redis_target(redis_server, username="some")) as exporter:
        text = (await exporter.probe("cache")).text
    assert value(text, REDIS_PERMISSION, "info") == 1
    assert value(text, REDIS_PERMISSION, "config|get") == 0
    assert names(text) == _DECLARED - _ONLY_WHEN_DOWN


async def test_the_shipped_acl_line_grants_all_that_is_needed(redis_server: RedisServer) -> None:
    line = REDIS_ACL.format(user="watchbill").replace("PASSWORD", redis_server.password)
    redis_server.execute(*line.split())
    async with Exporter(redis_target(redis_server, username="watchbill")) as exporter:
        text = (await exporter.probe("cache")).text
    assert set(values(text, REDIS_PERMISSION)) == {1}
    assert set(values(text, REDIS_COLLECTOR_SUCCESS)) == {1}
