"""cashews' Cache, counted."""

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
    CACHE_ITEMS_MAX,
    CACHE_OPERATION_DURATION,
    CLEAR,
    DELETE,
    DELETE_PATTERN,
    GET,
    INCREMENT,
    OPERATION,
    SET,
)

# Without types of its own, or with such as are not known.
cashews: Any = import_module("cashews")


def in_memory(**given: Any) -> Any:
    """A cache of the test's own."""
    cache = cashews.Cache()
    cache.setup("mem://", check_interval=0, **given)
    return cache


def middlewares(cache: Any) -> list[object]:
    """All that a command passes."""
    return [*cache._default_middlewares]


def always(*_: object, **__: object) -> bool:
    return True


async def played(cache: Any) -> list[object]:
    """All that is counted, and what came of it."""
    seen: list[object] = []
    values: list[object] = [None, 0, "", [], False, b"x"]
    for value in values:
        seen.append(await cache.set(f"key:{type(value).__name__}", value, expire=60))
        seen.append(await cache.get(f"key:{type(value).__name__}", default="default"))
    seen.append(await cache.get("absent"))
    seen.append(await cache.get("absent", default="default"))
    seen.append(await cache.get_many("key:int", "absent", "key:str", default="default"))
    seen.append(await cache.get("made"))
    seen.append(await cache.set("made", "made"))
    seen.append(await cache.incr("counter", 2))
    seen.append(await cache.delete("key:int"))
    seen.append(await cache.delete("absent"))
    await cache.set_many({"many:1": 1, "many:2": 2})
    await cache.delete_many("many:1", "many:2")
    await cache.delete_match("key:*")
    seen.append(sorted([key async for key in cache.scan("*")]))
    await cache.clear()
    seen.append(await cache.get_keys_count())
    return seen


async def test_it_answers_as_before_and_counts() -> None:
    observability, bare, counted = quiet(), in_memory(), in_memory()
    assert observability.wrap_cache(counted, name="x") is counted

    assert await played(counted) == await played(bare)

    assert operations(observability, GET) == {"hit": 8, "miss": 4}
    assert operations(observability, SET) == {"ok": 8}
    assert operations(observability, DELETE) == {"ok": 3}
    assert operations(observability, DELETE_PATTERN) == {"ok": 1}
    assert operations(observability, INCREMENT) == {"ok": 1}
    assert operations(observability, CLEAR) == {"ok": 1}
    scrape = exposed(observability)
    assert scrape.value(CACHE_INVALIDATIONS) == 3
    assert scrape.count(CACHE_OPERATION_DURATION, {OPERATION: GET}) == 10


async def test_its_decorators_are_counted_whatever_they_cache() -> None:
    observability, cache = quiet(), in_memory(size=10)
    observability.wrap_cache(cache, name="x")

    @typed(cache(ttl="1m", condition=always))
    async def nothing(number: int) -> object:
        return None if number else number

    for number in (1, 1, 2):
        assert await nothing(number) is None

    assert operations(observability, GET) == {"hit": 1, "miss": 2}
    scrape = exposed(observability)
    assert (scrape.value(CACHE_ITEMS), scrape.value(CACHE_ITEMS_MAX)) == (2, 10)


@pytest.mark.filterwarnings("ignore:Call to deprecated:DeprecationWarning")  # by the library
async def test_redis_behind_it_and_its_outage_are_counted(redis_server: RedisServer) -> None:
    observability, cache = quiet(), cashews.Cache()
    cache.setup(f"redis://:{redis_server.password}@{redis_server.address}/0", suppress=False, client_side=False)
    observability.wrap_cache(cache, name="x", layer="l2")

    await cache.set("a", {"b": 1}, expire=60)
    assert [await cache.get("a"), await cache.get("b")] == [{"b": 1}, None]
    redis_server.stop()
    with pytest.raises(Exception, match=r".*"):
        await cache.get("a")
    await cache.close()

    assert operations(observability, GET, layer="l2") == {"hit": 1, "miss": 1, "error": 1}
    assert operations(observability, SET) == {"ok": 1}


async def test_uninstrument_takes_the_counting_out() -> None:
    observability, cache = quiet(), in_memory()
    before = middlewares(cache)
    observability.wrap_cache(cache, name="x")
    await cache.get("a")
    observability.uninstrument(cache)
    await cache.get("a")

    assert middlewares(cache) == before
    assert operations(observability, GET) == {"miss": 1}


async def test_twice_is_once() -> None:
    first, second, cache = quiet(), quiet(), in_memory()
    for observability in (first, first, second):
        observability.wrap_cache(cache, name="x")
    await cache.get("a")

    assert operations(first, GET) == {"miss": 1}
    assert operations(second, GET) == {}


def test_without_the_library_one_error_says_what_to_install() -> None:
    code = (
        "import sys\n"
        "sys.modules['cashews'] = None\n"
        "from watchbill import MissingExtra, Observability\n"
        "body = dict.fromkeys(('get', 'set', 'add_middleware'), lambda self: None)\n"
        "Fake = type('Cache', (), {'__module__': 'cashews.wrapper', **body})\n"
        "try: Observability('shop', tracing=None, logging=None).wrap_cache(Fake(), name='x')\n"
        "except MissingExtra as error: print(error)\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert told.splitlines()[-1] == 'Install it with: pip install "watchbill[cashews]"'
