"""Hits and misses of functions that libraries' decorators made cached ones."""

import asyncio
import functools
import inspect
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

import cachetools
import pytest

from tests.plugins.application import exposed, quiet
from tests.plugins.caching import loads, reads, typed
from watchbill.catalogue.cache import (
    CACHE_LOAD_DURATION,
    CACHE_OPERATION_DURATION,
    GET_OR_LOAD,
    OPERATION,
)

# Without types of their own, or with such as are not known.
aiocache: Any = import_module("aiocache")
cashews: Any = import_module("cashews")

Decorator = Callable[[Callable[..., Any]], Any]


def small() -> cachetools.LRUCache[Any, Any]:
    return cachetools.LRUCache(2)


def in_cashews(**given: Any) -> Decorator:
    cache = cashews.Cache()
    cache.setup("mem://", check_interval=0)
    made: Decorator = cache(ttl="1m", **given)
    return made


SYNCHRONOUS: dict[str, Callable[[], Decorator]] = {
    "lru_cache": lambda: functools.lru_cache(maxsize=2),
    "lru_cache without arguments": lambda: functools.lru_cache,
    "cache": lambda: functools.cache,
    "cachetools": lambda: cachetools.cached(small()),
    "cachetools with a lock": lambda: cachetools.cached(cachetools.TTLCache(2, 60), lock=threading.Lock()),
    "cachetools with info": lambda: cachetools.cached(small(), info=True),
}
if "condition" in inspect.signature(cachetools.cached).parameters:
    SYNCHRONOUS["cachetools with a condition"] = lambda: cachetools.cached({}, condition=threading.Condition())
ASYNCHRONOUS: dict[str, Callable[[], Decorator]] = {
    "cashews": in_cashews,
    "cashews with a lock": lambda: in_cashews(lock=True),
    "cashews unprotected": lambda: in_cashews(protected=False),
    "cashews under a condition of time": lambda: in_cashews(time_condition=0.001),
    "aiocache": lambda: aiocache.cached(ttl=60),
    "aiocache against stampedes": lambda: aiocache.cached_stampede(ttl=60),
}


@pytest.mark.parametrize("library", SYNCHRONOUS)
def test_a_cached_functions_misses_are_the_calls_in_which_it_ran(library: str) -> None:
    observability, ran = quiet(), list[int]()

    @observability.cache("square")
    @SYNCHRONOUS[library]()
    def square(number: int) -> int:
        ran.append(number)
        return number * number

    assert [square(number) for number in (2, 2, 3, 2, 3)] == [4, 4, 9, 4, 9]
    assert ran == [2, 3]
    assert reads(observability) == {"hit": 3, "miss": 2}
    assert loads(observability) == {"loaded": 2}
    assert exposed(observability).count(CACHE_LOAD_DURATION) == 2
    assert exposed(observability).count(CACHE_OPERATION_DURATION, {OPERATION: GET_OR_LOAD}) == 3


@pytest.mark.parametrize("library", ASYNCHRONOUS)
async def test_so_are_those_of_a_cached_coroutine_function(library: str) -> None:
    observability, ran = quiet(), list[int]()

    @observability.cache("square")
    @ASYNCHRONOUS[library]()
    async def square(number: int) -> int:
        ran.append(number)
        await asyncio.sleep(0.002)
        return number * number

    assert [await square(number) for number in (2, 2, 3, 2, 3)] == [4, 4, 9, 4, 9]
    assert ran == [2, 3]
    assert reads(observability) == {"hit": 3, "miss": 2}
    assert loads(observability) == {"loaded": 2}


async def test_calls_that_wait_for_anothers_load_are_coalesced_misses() -> None:
    observability, ran = quiet(), list[int]()

    @observability.cache("square")
    @typed(in_cashews())
    async def square(number: int) -> int:
        ran.append(number)
        await asyncio.sleep(0.01)
        return number * number

    assert await asyncio.gather(*map(square, (2, 2, 2, 3))) == [4, 4, 4, 9]
    assert ran == [2, 3]
    assert reads(observability) == {"miss": 4}
    assert loads(observability) == {"loaded": 2, "coalesced": 2}


def test_threads_that_wait_are_coalesced_too() -> None:
    observability = quiet()
    cache = observability.cache("slow")
    lock, waiting = threading.Lock(), threading.Semaphore(0)
    kept: dict[int, int] = {}

    @cache
    def slow(number: int) -> int:
        waiting.release()
        with lock:
            if number not in kept:
                with cache.load():
                    # Both have begun.
                    assert waiting.acquire(timeout=5)
                    assert waiting.acquire(timeout=5)
                    kept[number] = number
            return kept[number]

    threads = [threading.Thread(target=slow, args=(1,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    assert reads(observability) == {"miss": 2}
    assert loads(observability) == {"loaded": 1, "coalesced": 1}


async def test_a_value_given_while_its_load_is_still_running_is_stale() -> None:
    observability = quiet()
    cache = observability.cache("price")
    refreshes = list[asyncio.Task[int]]()

    @cache.loader
    async def fetch() -> int:
        await asyncio.sleep(0.01)
        return 2

    @cache
    async def price() -> int:
        refreshes.append(asyncio.create_task(fetch()))
        await asyncio.sleep(0)
        return 1

    assert await price() == 1
    assert await refreshes[0] == 2
    assert reads(observability) == {"stale": 1}
    assert loads(observability) == {"loaded": 1}


async def test_a_value_that_cashews_refreshes_early_is_stale() -> None:
    observability, ran = quiet(), list[int]()
    library = cashews.Cache()
    library.setup("mem://", check_interval=0)

    @observability.cache("early")
    @typed(library.early(ttl=10, early_ttl=0.01))
    async def early() -> int:
        ran.append(1)
        await asyncio.sleep(0.02)
        return len(ran)

    assert await early() == 1
    await asyncio.sleep(0.02)
    assert await early() == 1
    while loads(observability) != {"loaded": 2}:  # noqa: ASYNC110  the library tells nobody of its background task
        await asyncio.sleep(0.005)

    assert reads(observability) == {"stale": 1, "miss": 1}


def test_a_load_that_fails_is_a_miss_and_a_failed_load() -> None:
    observability, error = quiet(), LookupError("no such product")

    @observability.cache("product")
    @functools.lru_cache
    def product(_number: int) -> None:
        raise error

    with pytest.raises(LookupError) as caught:
        product(1)

    assert caught.value is error
    assert reads(observability) == {"miss": 1}
    assert loads(observability) == {"failed": 1}


async def test_a_cancelled_load_is_cancelled_and_its_call_is_none() -> None:
    observability, started = quiet(), asyncio.Event()

    @observability.cache("slow")
    @typed(aiocache.cached())
    async def slow() -> None:
        started.set()
        await asyncio.sleep(60)

    task = asyncio.create_task(slow())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert reads(observability) == {}
    assert loads(observability) == {"cancelled": 1}


async def test_loading_in_a_thread_is_seen_where_the_context_goes_along() -> None:
    observability = quiet()
    cache = observability.cache("report")

    @cache.loader
    def render() -> str:
        return "page"

    @cache
    async def report() -> str:
        return await asyncio.to_thread(render)

    assert await report() == "page"
    assert reads(observability) == {"miss": 1}
