"""Caches in Redis are known by what their keys begin with."""

from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.plugins.application import exposed
from tests.plugins.redis_server import RedisServer, connected
from watchbill import Observability
from watchbill.catalogue.cache import CACHE, CACHE_OPERATION_DURATION, CACHE_OPERATIONS, CACHE_STATUS, OPERATION


def operations(observability: Observability, cache: str) -> dict[tuple[str, str], float]:
    """What a cache did, by operation and status."""
    page = exposed(observability)
    found = {
        (operation, status): page.value(CACHE_OPERATIONS, {CACHE: cache, OPERATION: operation, CACHE_STATUS: status})
        for operation in OPERATION.values
        for status in CACHE_STATUS.values
    }
    return {key: count for key, count in found.items() if count}


PREFIXES = {"user:": "user", "user:admin:": "admin", "page:": "page"}


def test_reads_by_prefix_are_hits_and_misses_of_each_key(client: Any, observability: Observability) -> None:
    observability.redis(client, prefixes=PREFIXES)

    client.mset({"user:1": "", "user:admin:1": 0, "other": "x"})
    client.get("user:1")
    client.get(b"user:2")
    client.mget("user:1", "user:2", "user:admin:1", "user:admin:2", "other", "none")
    client.hset("page:1", mapping={"a": 1})
    client.hmget("page:1", "a", "b")
    client.hget("page:1", "b")
    client.hgetall("page:2")
    client.getdel("user:1")

    assert operations(observability, "user") == {("set", "ok"): 1, ("get", "hit"): 3, ("get", "miss"): 2}
    assert operations(observability, "admin") == {("set", "ok"): 1, ("get", "hit"): 1, ("get", "miss"): 1}
    assert operations(observability, "page") == {("set", "ok"): 1, ("get", "hit"): 1, ("get", "miss"): 3}
    timed = exposed(observability)
    assert timed.count(CACHE_OPERATION_DURATION, {CACHE: "user", OPERATION: "get"}) == 4


def test_writes_and_errors_by_prefix_are_counted(client: Any, observability: Observability) -> None:
    observability.redis(client, prefixes=PREFIXES)

    client.set("user:1", "x")
    client.delete("user:1", "user:2", "other")
    client.incr("page:views")
    with pytest.raises(redis.ResponseError):
        client.hget("page:views", "f")

    assert operations(observability, "user") == {("set", "ok"): 1, ("delete", "ok"): 2}
    assert operations(observability, "page") == {("increment", "ok"): 1, ("get", "error"): 1}


def test_reads_in_pipelines_are_hits_and_misses_too(client: Any, observability: Observability) -> None:
    observability.redis(client, prefixes=PREFIXES)
    client.set("user:1", "x")

    client.pipeline().get("user:1").mget("user:1", "user:2").get("page:1").execute()
    with pytest.raises(redis.ResponseError):
        client.pipeline(transaction=False).get("user:1").incr("user:1").execute()

    found = operations(observability, "user")
    assert found == {("set", "ok"): 1, ("get", "hit"): 3, ("get", "miss"): 1, ("increment", "error"): 1}
    assert operations(observability, "page") == {("get", "miss"): 1}


def test_declared_caches_stand_at_zero_from_the_start(client: Any, observability: Observability) -> None:
    observability.redis(client, prefixes={"user:": "user"})

    assert exposed(observability).series(CACHE_OPERATIONS, {CACHE: "user", CACHE_STATUS: "hit"}) == 1
    assert operations(observability, "user") == {}


def test_an_outage_is_an_error_of_each_key(redis_server: RedisServer, observability: Observability) -> None:
    client = connected(redis_server)
    client.set_retry(Retry(NoBackoff(), 0))
    observability.redis(client, prefixes={"user:": "user"})
    redis_server.stop()

    with pytest.raises(redis.ConnectionError):
        client.get("user:1")
    with pytest.raises(redis.ConnectionError):
        client.pipeline().mget("user:1", "user:2").execute()

    assert operations(observability, "user") == {("get", "error"): 3}
