"""Caches that the code itself tells of, and what is known of every cache."""

from typing import Any

import pytest
from fastapi import FastAPI
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from tests.plugins.application import client, exposed, quiet
from tests.plugins.caching import loads, operations, reads
from tests.plugins.redis_server import RedisServer
from watchbill import Observability
from watchbill.catalogue.cache import (
    CACHE_CALLS_SAVED,
    CACHE_COST_SAVED,
    CACHE_EVICTIONS,
    CACHE_INVALIDATIONS,
    CACHE_ITEMS,
    CACHE_LOADS,
    CACHE_OPERATION_DURATION,
    CACHE_OPERATIONS,
    CACHE_SIZE,
    CACHE_STATUS,
    CACHE_TTL,
    CLEAR,
    DELETE,
    DELETE_PATTERN,
    EVICTION_REASON,
    GET,
    GET_OR_LOAD,
    INCREMENT,
    LOAD_OUTCOME,
    OPERATION,
    READS,
    SET,
)
from watchbill.catalogue.watching import INTERNAL_ERRORS
from watchbill.store.schema import merge_of
from watchbill.testing import Lines
from watchbill.totals import CACHE_HITS, CACHE_MISSES


def test_reads_and_writes_by_hand_are_counted_with_their_time() -> None:
    observability = quiet()
    cache = observability.cache("session", layer="l2")

    with cache.get() as read:
        read.hit()
    with cache.get():
        pass
    with cache.get() as read:
        read.hit(3)
        read.miss(2)
    with pytest.raises(ConnectionError), cache.get():
        raise ConnectionError
    with cache.set():
        pass
    with pytest.raises(ConnectionError), cache.set():
        raise ConnectionError
    with cache.increment() as write:
        write.error()

    assert operations(observability, GET, layer="l2") == {"hit": 4, "miss": 3, "error": 1}
    assert operations(observability, SET) == {"ok": 1, "error": 1}
    assert operations(observability, INCREMENT) == {"error": 1}
    assert exposed(observability).count(CACHE_OPERATION_DURATION, {OPERATION: GET}) == 4


@pytest.mark.parametrize("number", [None, -1, "3"])
def test_a_number_that_is_none_never_reaches_the_application(number: Any) -> None:
    observability = quiet()
    cache = observability.cache("session")
    with cache.get() as read, cache.delete() as gone:
        read.hit(number)
        read.miss()
        gone.count = number
    cache.hit(number)
    cache.invalidated(number)
    cache.evicted(number)

    assert operations(observability, GET) == {"miss": 1}
    assert exposed(observability).value(INTERNAL_ERRORS) >= 1


def test_deletions_are_invalidations_of_so_many_values() -> None:
    observability = quiet()
    cache = observability.cache("session")

    with cache.delete():
        pass
    with cache.delete_pattern() as gone:
        gone.count = 7
    with cache.clear(3):
        pass
    cache.invalidated(2)
    cache.evicted(5)
    cache.evicted(reason="expired")

    scrape = exposed(observability)
    assert scrape.value(CACHE_INVALIDATIONS) == 13
    assert scrape.value(CACHE_EVICTIONS, {EVICTION_REASON: "size"}) == 5
    assert scrape.value(CACHE_EVICTIONS, {EVICTION_REASON: "expired"}) == 1
    for operation in (DELETE, DELETE_PATTERN, CLEAR):
        assert operations(observability, operation) == {"ok": 1}


def test_a_hit_saves_a_call_and_what_it_would_cost() -> None:
    observability = quiet()
    cache = observability.cache("analysis", price=0.004, ttl=86_400)

    @cache
    def analysis(load: bool) -> None:
        if load:
            with cache.load():
                pass

    analysis(True)
    for _ in range(10):
        analysis(False)
    cache.hit(5)

    scrape = exposed(observability)
    assert scrape.value(CACHE_CALLS_SAVED) == 15
    assert scrape.value(CACHE_COST_SAVED) == pytest.approx(0.06)
    assert scrape.value(CACHE_TTL) == 86_400


def test_what_the_application_measures_is_read_at_each_scrape() -> None:
    observability = quiet()
    held = {"a": b"12345"}
    cache = observability.cache("blobs", size=lambda: sum(map(len, held.values())), items=lambda: len(held))

    assert exposed(observability).value(CACHE_SIZE) == 5
    held["b"] = b"123"
    assert exposed(observability).value(CACHE_SIZE) == 8
    assert exposed(observability).value(CACHE_ITEMS) == 2
    assert cache.name == "blobs"


async def test_memory_before_redis_before_the_database_is_three_layers(redis_server: RedisServer) -> None:
    observability = quiet()
    near, far = observability.cache("product", layer="l1"), observability.cache("product", layer="l2", ttl=60)
    memory: dict[int, str] = {}
    asked: list[int] = []

    async with Redis(port=redis_server.port, password=redis_server.password, decode_responses=True) as redis:

        @far.loader
        async def from_database(number: int) -> str:
            asked.append(number)
            return f"product {number}"

        @near.loader
        @far
        async def from_redis(number: int) -> str:
            kept = await redis.get(f"product:{number}")
            if kept is None:
                kept = await from_database(number)
                with far.set():
                    await redis.set(f"product:{number}", kept, ex=60)
            return str(kept)

        @near
        async def product(number: int) -> str:
            if number not in memory:
                memory[number] = await from_redis(number)
            return memory[number]

        await product(1)
        await product(1)
        memory.clear()
        assert [await product(1), await product(2)] == ["product 1", "product 2"]

    assert asked == [1, 2]
    assert reads(observability, layer="l1") == {"hit": 1, "miss": 3}
    assert reads(observability, layer="l2") == {"hit": 1, "miss": 2}
    assert operations(observability, SET, layer="l2") == {"ok": 2}


async def test_a_redis_that_is_down_is_an_error_and_the_load_goes_on(redis_server: RedisServer) -> None:
    observability = quiet()
    cache = observability.cache("search", layer="l2")
    redis_server.stop()

    async def search() -> str:
        try:
            with cache.get() as read:
                kept = await redis.get("search")
                if kept is not None:
                    read.hit()
                    return str(kept)
        except RedisError:
            pass
        with cache.load():
            return "found"

    retry = Retry(NoBackoff(), 0)
    async with Redis(port=redis_server.port, password=redis_server.password, retry=retry) as redis:
        assert await search() == "found"

    assert operations(observability, GET) == {"error": 1}
    assert loads(observability) == {"loaded": 1}


async def test_a_requests_log_line_has_its_hits_and_misses() -> None:
    lines = Lines()
    observability = Observability("shop", tracing=None, logging=lines.logging)
    cache = observability.cache("product")
    app = FastAPI()

    @cache
    def product(load: bool) -> None:
        if load:
            with cache.load():
                pass

    @app.get("/")
    async def page() -> None:
        product(True)
        product(False)
        with cache.get() as read:
            read.hit(2)

    observability.instrument(app)
    async with client(app) as calls:
        await calls.get("/")
    observability.uninstrument(app)

    (line,) = lines.requests
    assert (line[CACHE_HITS], line[CACHE_MISSES]) == (3, 1)


def test_a_declared_cache_stands_at_zero() -> None:
    observability = quiet()
    cache = observability.cache("product")
    cache(lambda: None)

    scrape = exposed(observability)
    assert scrape.series(CACHE_OPERATIONS, {OPERATION: GET_OR_LOAD}) == len(READS)
    assert scrape.series(CACHE_OPERATIONS, {OPERATION: GET}) == len(READS)
    assert scrape.series(CACHE_LOADS) == len(LOAD_OUTCOME.values)
    assert scrape.values_of(CACHE_OPERATIONS, CACHE_STATUS) == set(READS)


def test_of_several_workers_one_says_how_long_values_live() -> None:
    assert merge_of(CACHE_TTL) == "live_latest"
    assert merge_of(CACHE_ITEMS) == "live"


def test_a_measure_that_fails_is_counted_and_the_scrape_goes_on() -> None:
    observability = quiet()

    def size() -> float:
        raise OSError("gone")

    cache = observability.cache("blobs", size=size)
    exposed(observability)

    scrape = exposed(observability)
    assert scrape.value(INTERNAL_ERRORS) >= 1
    assert scrape.series(CACHE_SIZE) == 0
    assert cache.name == "blobs"
