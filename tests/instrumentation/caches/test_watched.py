"""What is watched stays what it was, is counted once, or is refused."""

import functools
import gc
from collections.abc import AsyncIterator, Callable
from importlib import import_module
from typing import Any

import cachetools
import pytest

from tests.plugins.application import exposed, quiet
from tests.plugins.caching import loads, reads, typed
from watchbill import InvalidDeclaration
from watchbill.catalogue.cache import (
    CACHE_ITEMS,
    CACHE_ITEMS_MAX,
)

# Without types of their own, or with such as are not known.
aiocache: Any = import_module("aiocache")
cashews: Any = import_module("cashews")


def test_what_hangs_on_a_cached_function_is_still_there() -> None:
    observability = quiet()

    @observability.cache("square")
    @functools.lru_cache(maxsize=7)
    def square(number: int) -> int:
        """Squares."""
        return number * number

    cached: Any = square
    square(2)
    square(2)

    assert (cached.cache_info().hits, cached.cache_info().misses, cached.cache_info().currsize) == (1, 1, 1)
    assert cached.cache_parameters() == {"maxsize": 7, "typed": False}
    assert square.__doc__ == "Squares."
    cached.cache_clear()
    square(2)
    assert reads(observability) == {"hit": 1, "miss": 2}


def test_what_a_cached_function_holds_is_read_at_each_scrape() -> None:
    observability = quiet()

    @observability.cache("square")
    @functools.lru_cache(maxsize=7)
    def square(number: int) -> int:
        return number * number

    @observability.cache("cube")
    @cachetools.cached(cachetools.TTLCache(5, 60))
    def cube(number: int) -> int:
        return number**3

    for number in range(3):
        square(number)
        cube(number)

    scrape = exposed(observability)
    assert scrape.value(CACHE_ITEMS) == 6
    assert scrape.value(CACHE_ITEMS_MAX) == 12
    del square
    gc.collect()
    assert exposed(observability).value(CACHE_ITEMS) == 3


def test_methods_of_several_objects_share_a_cache_as_they_did() -> None:
    observability = quiet()

    class Shop:
        @observability.cache("tax")
        @functools.lru_cache  # noqa: B019  two objects, for a moment
        def tax(self, number: int) -> int:
            return number * 2

        @observability.cache("rate")
        @staticmethod
        @functools.lru_cache
        def rate(number: int) -> int:
            return number

        @classmethod
        @observability.cache("name")
        @typed(functools.lru_cache)
        def called(cls, number: int) -> str:
            return f"{cls.__name__} {number}"

    shop = Shop()

    assert [shop.tax(2), shop.tax(2), Shop().tax(2)] == [4, 4, 4]
    assert [shop.rate(3), Shop.rate(3)] == [3, 3]
    assert [shop.called(1), Shop.called(1)] == ["Shop 1", "Shop 1"]
    assert reads(observability, cache="tax") == {"hit": 1, "miss": 2}
    assert reads(observability, cache="rate") == {"hit": 1, "miss": 1}
    assert reads(observability, cache="name") == {"hit": 1, "miss": 1}


async def test_a_cached_asynchronous_generator_of_cashews_counts_when_it_is_over() -> None:
    observability = quiet()
    library = cashews.Cache()
    library.setup("mem://", check_interval=0)

    @observability.cache("rows")
    @typed(library.iterator(ttl=60))
    async def rows(count: int) -> AsyncIterator[int]:
        for number in range(1, count + 1):
            yield number

    assert [row async for row in rows(3)] == [1, 2, 3]
    assert [row async for row in rows(3)] == [1, 2, 3]
    assert reads(observability) == {"hit": 1, "miss": 1}
    assert loads(observability) == {"loaded": 1}


def test_another_decorator_between_changes_nothing() -> None:
    observability = quiet()

    def plain(function: Callable[[int], int]) -> Callable[[int], int]:
        @functools.wraps(function)
        def around(number: int) -> int:
            return function(number)

        return around

    @observability.cache("square")
    @plain
    @functools.lru_cache
    @plain
    def square(number: int) -> int:
        return number * number

    assert [square(2), square(2), square(3)] == [4, 4, 9]
    assert reads(observability) == {"hit": 1, "miss": 2}


def test_what_leads_to_the_cache_under_another_decorator_leads_to_the_one_in_use() -> None:
    observability, ran = quiet(), list[int]()

    def plain(function: Any) -> Any:
        @functools.wraps(function)
        def around(number: int) -> int:
            return int(function(number))

        vars(around)["forget"] = function.cache_clear
        return around

    @observability.cache("square")
    @plain
    @functools.lru_cache
    def square(number: int) -> int:
        ran.append(number)
        return number * number

    cached: Any = square
    for forget in (cached.__wrapped__.__wrapped__.cache_clear, cached.forget, cached.__wrapped__.forget):
        square(2)
        forget()
    square(2)

    assert ran == [2, 2, 2, 2]
    assert reads(observability) == {"miss": 4}


async def test_under_a_decorator_that_hands_on_a_coroutine_its_end_counts() -> None:
    observability = quiet()
    cache = observability.cache("square")

    def plain(function: Callable[[int], Any]) -> Callable[[int], Any]:
        @functools.wraps(function)
        def around(number: int) -> Any:
            return function(number)

        return around

    @cache
    @plain
    async def square(number: int) -> int:
        if number < 0:
            raise ConnectionError("down")
        if number == 1:
            with cache.load():
                return 1
        return number * number

    assert [await square(1), await square(2)] == [1, 4]
    with pytest.raises(ConnectionError, match="down"):
        await square(-1)

    assert reads(observability) == {"hit": 1, "miss": 1, "error": 1}


def test_each_layer_counts_its_own() -> None:
    observability, ran = quiet(), list[int]()
    near: cachetools.LRUCache[Any, int] = cachetools.LRUCache(1)
    far: dict[Any, int] = {}

    @observability.cache("square", layer="l1")
    @cachetools.cached(near)
    @observability.cache("square", layer="l2")
    @cachetools.cached(far)
    def square(number: int) -> int:
        ran.append(number)
        return number * number

    assert [square(number) for number in (2, 2, 3, 2)] == [4, 4, 9, 4]
    assert ran == [2, 3]
    assert reads(observability, layer="l1") == {"hit": 1, "miss": 3}
    assert reads(observability, layer="l2") == {"hit": 1, "miss": 2}


def test_twice_for_the_same_cache_counts_once() -> None:
    first, second = quiet(), quiet()

    @second.cache("square")
    @first.cache("square")
    @first.cache("square")
    @functools.lru_cache
    def square(number: int) -> int:
        return number * number

    square(2)
    square(2)

    assert reads(first) == {"hit": 1, "miss": 1}
    assert reads(second) == {}


def test_one_that_was_called_already_is_refused() -> None:
    @functools.lru_cache
    def square(number: int) -> int:
        return number * number

    square(2)

    with pytest.raises(InvalidDeclaration, match="has been called already; decorate it where it is defined"):
        quiet().cache("square")(square)


def test_many_keys_at_once_are_refused_with_the_remedy() -> None:
    @typed(aiocache.multi_cached("numbers"))
    async def squares(numbers: list[int]) -> dict[int, int]:
        return {number: number * number for number in numbers}

    with pytest.raises(InvalidDeclaration, match=r"reads many keys at once; wrap its cache: obs\.wrap_cache"):
        quiet().cache("square")(squares)


def test_a_descriptor_is_refused_with_the_remedy() -> None:
    class Shop:
        @functools.cached_property
        def rate(self) -> int:
            return 1

    cache: Any = quiet().cache("square")
    with pytest.raises(InvalidDeclaration, match=r"cached_property of functools is no function; wrap its cache"):
        cache(vars(Shop)["rate"])
