"""aiocache's caches, counted."""

import subprocess
import sys
from importlib import import_module
from typing import Any

import pytest

from tests.plugins.application import exposed, quiet
from tests.plugins.caching import operations, typed
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.cache import (
    CACHE_INVALIDATIONS,
    CACHE_ITEMS,
    CACHE_OPERATION_DURATION,
    CACHE_TTL,
    CLEAR,
    DELETE,
    GET,
    INCREMENT,
    OPERATION,
    SET,
)

# Without types of its own, or with such as are not known.
aiocache: Any = import_module("aiocache")
plugins: Any = import_module("aiocache.plugins")


async def played(cache: Any) -> list[object]:
    """All that is counted, and what came of it."""
    seen: list[object] = []
    values: list[object] = [None, 0, "", [], False, b"x"]
    for value in values:
        seen.append(await cache.set(f"key:{type(value).__name__}", value, ttl=60))
        seen.append(await cache.get(f"key:{type(value).__name__}", default="default"))
    seen.append(await cache.get("absent"))
    seen.append(await cache.get("absent", "default"))
    seen.append(await cache.multi_get(["key:int", "absent"]))
    seen.append(await cache.multi_set([("many:1", 1), ("many:2", 2)]))
    seen.append(await cache.add("added", 1))
    try:
        await cache.add("added", 1)
    except ValueError as error:
        seen.append(str(error))
    seen.append(await cache.increment("counter", 2))
    seen.append(await cache.exists("counter"))
    seen.append([await cache.delete("counter"), await cache.delete("absent")])
    seen.append(await cache.clear())
    return seen


async def test_it_answers_as_before_and_counts() -> None:
    observability = quiet()
    bare, counted = aiocache.SimpleMemoryCache(ttl=300), aiocache.SimpleMemoryCache(ttl=300)
    assert observability.wrap_cache(counted, name="x") is counted

    assert await played(counted) == await played(bare)

    assert type(counted).__name__ == "SimpleMemoryCache"
    assert operations(observability, GET) == {"hit": 6, "miss": 4}
    assert operations(observability, SET) == {"ok": 9}
    assert operations(observability, DELETE) == {"ok": 2}
    assert operations(observability, INCREMENT) == {"ok": 1}
    assert operations(observability, CLEAR) == {"ok": 1}
    scrape = exposed(observability)
    assert scrape.value(CACHE_INVALIDATIONS) == 1
    assert scrape.value(CACHE_TTL) == 300
    assert scrape.count(CACHE_OPERATION_DURATION, {OPERATION: GET}) == 9


async def test_its_decorators_plugins_and_connections_are_as_before() -> None:
    observability = quiet()

    @typed(aiocache.cached(ttl=60, plugins=[plugins.HitMissRatioPlugin(), plugins.TimingPlugin()]))
    async def square(number: int) -> int:
        return number * number

    cache: Any = getattr(square, "cache")  # noqa: B009  aiocache hangs it there, unseen by types
    observability.wrap_cache(cache, name="x")

    assert [await square(2), await square(2), await square(3)] == [4, 4, 9]
    async with cache.get_connection() as connection:
        assert await connection.get("absent", default=5) == 5
    assert cache.hit_miss_ratio["hits"] == 2
    assert cache.profiling["get_total"] == 4
    assert operations(observability, GET) == {"hit": 1, "miss": 3}
    assert exposed(observability).value(CACHE_ITEMS) == 2


@pytest.mark.filterwarnings("ignore:Call to deprecated:DeprecationWarning")  # by the library
async def test_redis_behind_it_and_its_outage_are_counted(redis_server: RedisServer) -> None:
    observability = quiet()
    cache = aiocache.RedisCache(endpoint="127.0.0.1", port=redis_server.port, password=redis_server.password, timeout=2)
    observability.wrap_cache(cache, name="x", layer="l2")

    await cache.set("a", "1", ttl=60)
    assert [await cache.get("a"), await cache.get("b")] == ["1", None]
    redis_server.stop()
    with pytest.raises(Exception, match=r".*"):
        await cache.get("a")
    await cache.close()

    assert operations(observability, GET, layer="l2") == {"hit": 1, "miss": 1, "error": 1}


async def test_uninstrument_gives_it_its_class_back() -> None:
    observability, cache = quiet(), aiocache.SimpleMemoryCache()
    observability.wrap_cache(cache, name="x")
    await cache.get("a")
    observability.uninstrument(cache)
    await cache.get("a")

    assert type(cache) is aiocache.SimpleMemoryCache
    assert operations(observability, GET) == {"miss": 1}


async def test_twice_is_once() -> None:
    first, second, cache = quiet(), quiet(), aiocache.SimpleMemoryCache()
    for observability in (first, first, second):
        observability.wrap_cache(cache, name="x")
    await cache.get("a")

    assert operations(first, GET) == {"miss": 1}
    assert operations(second, GET) == {}


def test_without_the_library_one_error_says_what_to_install() -> None:
    code = (
        "import sys\n"
        "sys.modules['aiocache'] = None\n"
        "from watchbill import MissingExtra, Observability\n"
        "body = dict.fromkeys(('get', 'set'), lambda self: None)\n"
        "Fake = type('Cache', (), {'__module__': 'aiocache.base', **body})\n"
        "try: Observability('shop', tracing=None, logging=None).wrap_cache(Fake(), name='x')\n"
        "except MissingExtra as error: print(error)\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert told.splitlines()[-1] == 'Install it with: pip install "watchbill[aiocache]"'
