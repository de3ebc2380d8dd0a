"""Keys of a real Redis by their prefixes."""

import pytest

from tests.exporters.probing import redis_target
from tests.exporters.redis_server.declaring import client
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue import Metric
from watchbill.catalogue.redis_server.keys import (
    REDIS_KEY_GROUP_COMPLETE,
    REDIS_KEY_GROUP_COUNT,
    REDIS_KEY_GROUP_LOOKED_AT,
    REDIS_KEY_GROUP_MEMORY,
    REDIS_KEY_GROUP_SECONDS,
    REDIS_KEYS_COUNT,
    UNCLASSIFIED,
)
from watchbill_exporters.collector import Collected, Key
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.redis_server.declared import Declared, Prefixes
from watchbill_exporters.redis_server.driver import RedisDriver
from watchbill_exporters.redis_server.settings import RedisSettings
from watchbill_exporters.resolver import Resolver

_SESSIONS, _PAGES = 2_000, 600


async def _read(server: RedisServer, prefixes: Prefixes, username: str | None = None) -> Collected:
    found = redis_target(server, username=username)
    declared = Declared(prefixes=(prefixes,))
    target = RedisSettings(
        name=found.name,
        address=found.address,
        password_file=found.password_file,
        username=username,
        declared=declared,
    )
    resolver = Resolver(1)
    driver = RedisDriver(target, resolver)
    ((name, every),) = driver.clocks.items()
    assert every == prefixes.every
    session = await driver.connect(Deadline.after(10))
    try:
        return await session.read_slowly(name, Deadline.after(10))
    finally:
        await session.close()
        await driver.close()
        resolver.close()


def _values(collected: Collected, metric: Metric) -> dict[Key, float]:
    return {
        key: value
        for one in collected.measured
        if one.metric == metric
        for key, value in zip(one.keys, one.values, strict=True)
    }


def _fill(server: RedisServer, database: int = 0) -> None:
    with client(server, database) as redis:
        pipe = redis.pipeline(transaction=False)
        for number in range(_SESSIONS):
            pipe.set(f"session:{number}", "x" * 100)
        for number in range(_PAGES):
            pipe.rpush(f"page:{number}", "x" * 400)
        pipe.set("alone", "x")
        pipe.execute()


async def test_keys_and_memory_are_told_by_prefix(empty_redis: RedisServer) -> None:
    _fill(empty_redis, 2)
    with client(empty_redis, 2) as redis:
        session, page = redis.memory_usage("session:1"), redis.memory_usage("page:1")

    found = await _read(empty_redis, Prefixes(names=("session:", "page:", "none:"), database=2))

    counts = {"session:": _SESSIONS, "page:": _PAGES, "none:": 0, UNCLASSIFIED: 1}
    assert _values(found, REDIS_KEY_GROUP_COUNT) == {("db2", name): number for name, number in counts.items()}
    assert _values(found, REDIS_KEYS_COUNT)["db2", "session:*"] == _SESSIONS
    memory = _values(found, REDIS_KEY_GROUP_MEMORY)
    assert memory["db2", "session:"] == pytest.approx(_SESSIONS * session, rel=0.1)
    assert memory["db2", "page:"] == pytest.approx(_PAGES * page, rel=0.1)
    assert memory["db2", "none:"] == 0
    assert _values(found, REDIS_KEY_GROUP_COMPLETE) == {("db2",): 1}
    assert _values(found, REDIS_KEY_GROUP_LOOKED_AT) == {("db2",): _SESSIONS + _PAGES + 1}
    assert _values(found, REDIS_KEY_GROUP_SECONDS)["db2",] > 0


async def test_a_key_counts_under_each_prefix_it_has(empty_redis: RedisServer) -> None:
    with client(empty_redis) as redis:
        redis.mset({"cache:page:1": "x", "cache:user:1": "x"})

    found = await _read(empty_redis, Prefixes(names=("cache:", "cache:page:"), memory=False))

    assert _values(found, REDIS_KEY_GROUP_COUNT)["db0", "cache:"] == 2
    assert _values(found, REDIS_KEY_GROUP_COUNT)["db0", "cache:page:"] == 1
    assert _values(found, REDIS_KEY_GROUP_MEMORY) == {}


async def test_a_walk_that_is_cut_short_is_extrapolated_and_marked(empty_redis: RedisServer) -> None:
    _fill(empty_redis)

    found = await _read(empty_redis, Prefixes(names=("session:", "page:"), seconds=0.000_001))

    assert _values(found, REDIS_KEY_GROUP_COMPLETE) == {("db0",): 0}
    assert 0 < _values(found, REDIS_KEY_GROUP_LOOKED_AT)["db0",] < _SESSIONS + _PAGES
    counts = _values(found, REDIS_KEY_GROUP_COUNT)
    assert counts["db0", "session:"] == pytest.approx(_SESSIONS, rel=0.25)
    assert counts["db0", "page:"] == pytest.approx(_PAGES, rel=0.5)


async def test_without_the_right_to_scan_the_fault_says_so(empty_redis: RedisServer) -> None:
    rules = ("on", f">{empty_redis.password}", "~*", "-@all", "+select", "+dbsize", "+ping", "+client|setname")
    empty_redis.execute("ACL", "SETUSER", "weak", *rules)

    found = await _read(empty_redis, Prefixes(names=("session:",)), "weak")

    assert found.fault is not None
    assert "scan" in found.fault
    assert not found.measured
