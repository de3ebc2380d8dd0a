"""Caches with the usual methods, counted where they are."""

import asyncio
import copy
import pickle
import weakref
from typing import Any

import pytest
import redis
from redis.asyncio import Redis

from tests.plugins.application import exposed, quiet
from tests.plugins.caching import operations
from tests.plugins.redis_server import RedisServer
from watchbill import InvalidDeclaration, Switches
from watchbill.catalogue.cache import (
    CACHE_COST_SAVED,
    CACHE_INVALIDATIONS,
    CACHE_OPERATION_DURATION,
    CACHE_OPERATIONS,
    CLEAR,
    DELETE,
    DELETE_PATTERN,
    GET,
    INCREMENT,
    OPERATION,
    SET,
)

ABSENT = object()


class Shelf:
    """A home-made cache."""

    def __init__(self) -> None:
        self.kept: dict[str, object] = {}

    def get(self, key: str, default: object = None) -> object:
        return self.kept.get(key, default)

    def set(self, key: str, value: object) -> None:
        if value is ABSENT:
            raise ConnectionError("full")
        self.kept[key] = value

    def delete(self, key: str) -> bool:
        return self.kept.pop(key, ABSENT) is not ABSENT

    def clear(self) -> int:
        gone = len(self.kept)
        self.kept.clear()
        return gone

    def get_many(self, keys: list[str]) -> dict[str, object]:
        return {key: self.kept[key] for key in keys if key in self.kept}

    def describe(self) -> str:
        return f"{len(self.kept)} values"


class SlowShelf:
    """The same, asynchronous, without a dictionary of its own."""

    __slots__ = ("__weakref__", "kept")

    def __init__(self) -> None:
        self.kept: dict[str, object] = {}

    async def get(self, key: str, default: object = None) -> object:
        await asyncio.sleep(0)
        if key == "broken":
            raise ConnectionError("down")
        return self.kept.get(key, default)

    async def set(self, key: str, value: object) -> None:
        self.kept[key] = value

    async def incr(self, key: str) -> int:
        self.kept[key] = found = int(str(self.kept.get(key, 0))) + 1
        return found

    async def delete_pattern(self, pattern: str) -> int:
        gone = [key for key in self.kept if key.startswith(pattern.rstrip("*"))]
        for key in gone:
            del self.kept[key]
        return len(gone)


class Unequal:
    """A value that may not be compared."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("compared")

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        raise ValueError("truth asked for")


class Pair(Shelf):
    """Its methods for several keys, and some others, are made of those for one."""

    def get_many(self, keys: list[str]) -> dict[str, object]:
        return {key: self.get(key) for key in keys if self.get(key) is not None}

    def set_many(self, values: dict[str, object]) -> None:
        for key, value in values.items():
            self.set(key, value)

    def incr(self, key: str) -> object:
        self.set(key, int(str(self.get(key, 0))) + 1)
        return self.get(key)


class SlowPair(SlowShelf):
    """The same, asynchronous, and it renews what it has given."""

    renewing: "asyncio.Task[None]"

    async def get_many(self, keys: list[str]) -> list[object]:
        self.renewing = asyncio.create_task(self.renew())
        return await asyncio.gather(*(self.get(key) for key in keys))

    async def renew(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)
        await self.set("renewed", 1)


def test_what_an_operation_calls_of_the_same_cache_is_part_of_it() -> None:
    observability = quiet()
    near, far = (observability.wrap_cache(Pair(), name="pair", layer=layer) for layer in ("l1", "l2"))
    vars(near)["kept"] = vars(far)["kept"]

    near.set_many({"a": 1, "b": 2})
    near.get_many(["a", "b", "c"])
    assert near.incr("a") == 2
    with pytest.raises(ConnectionError):
        near.set_many({"x": ABSENT})
    far.get("a")

    assert operations(observability, GET, layer="l1") == {"hit": 2, "miss": 1}
    assert operations(observability, SET, layer="l1") == {"ok": 1, "error": 1}
    assert operations(observability, INCREMENT, layer="l1") == {"ok": 1}
    assert operations(observability, GET, layer="l2") == {"hit": 1}


async def test_what_an_operation_leaves_running_is_not() -> None:
    observability = quiet()
    pair = observability.wrap_cache(SlowPair(), name="pair")
    await pair.set("a", 1)

    assert await pair.get_many(["a", "b"]) == [1, None]
    await pair.renewing

    assert operations(observability, GET) == {"hit": 1, "miss": 1}
    assert operations(observability, SET) == {"ok": 2}


def test_methods_that_are_of_no_object_are_refused() -> None:
    class Loose(Shelf):
        @staticmethod
        def incr(key: str) -> str:
            return key

        @classmethod
        def put(cls, key: str) -> str:
            return key

    shelf = Loose()
    with pytest.raises(InvalidDeclaration, match="its put is no method of an object; say what it does with") as caught:
        quiet().wrap_cache(shelf, name="x")

    assert "its incr is no method of an object" in str(caught.value)
    assert shelf.incr("a") == "a"


def test_it_is_the_same_object_and_an_instance_of_its_class() -> None:
    shelf = Shelf()
    wrapped = quiet().wrap_cache(shelf, name="shelf")

    assert wrapped is shelf
    assert isinstance(shelf, Shelf)
    assert type(shelf).__name__ == "Shelf"
    assert shelf.describe() == "0 values"
    assert weakref.ref(shelf)() is shelf


def test_operations_and_what_they_found_are_counted() -> None:
    observability = quiet()
    shelf = observability.wrap_cache(Shelf(), name="shelf", price=0.5)
    value = Unequal()

    shelf.set("a", value)
    with pytest.raises(ConnectionError, match="full"):
        shelf.set("b", ABSENT)
    assert shelf.get("a") is value
    assert shelf.get("x") is None
    assert shelf.get("x", value) is value
    assert shelf.get(default=value, key="x") is value
    assert shelf.get_many(["a", "x", "y"]) == {"a": value}
    assert [shelf.delete("a"), shelf.delete("a")] == [True, False]
    shelf.set("c", 0)
    assert shelf.get("c") == 0
    assert shelf.clear() == 1

    assert operations(observability, GET) == {"hit": 3, "miss": 5}
    assert operations(observability, SET) == {"ok": 2, "error": 1}
    assert operations(observability, DELETE) == {"ok": 2}
    assert operations(observability, CLEAR) == {"ok": 1}
    scrape = exposed(observability)
    assert scrape.value(CACHE_INVALIDATIONS) == 2
    assert scrape.value(CACHE_COST_SAVED) == 1.5
    assert scrape.count(CACHE_OPERATION_DURATION, {OPERATION: GET}) == 6


async def test_asynchronous_methods_are_counted_when_they_end() -> None:
    observability = quiet()
    shelf = observability.wrap_cache(SlowShelf(), name="shelf")

    await shelf.set("n:1", None)
    assert await shelf.incr("n:2") == 1
    assert await asyncio.gather(*(shelf.get(key) for key in ("n:2", "n:3"))) == [1, None]
    with pytest.raises(ConnectionError, match="down"):
        await shelf.get("broken")
    assert await shelf.delete_pattern("n:*") == 2

    assert operations(observability, GET) == {"hit": 1, "miss": 1, "error": 1}
    assert operations(observability, INCREMENT) == {"ok": 1}
    assert operations(observability, DELETE_PATTERN) == {"ok": 1}
    assert exposed(observability).value(CACHE_INVALIDATIONS) == 2


async def test_a_cancelled_read_is_none() -> None:
    observability = quiet()
    shelf = observability.wrap_cache(SlowShelf(), name="shelf")

    reading = asyncio.create_task(shelf.get("n"))
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading

    assert operations(observability, GET) == {}


async def test_redis_clients_are_such_caches(redis_server: RedisServer) -> None:
    observability = quiet()
    settings: dict[str, Any] = {"port": redis_server.port, "password": redis_server.password}
    with redis.Redis(**settings) as plain:
        observability.wrap_cache(plain, name="sessions", layer="l2")
        plain.set("a", b"")
        assert plain.get("a") == b""
        assert plain.mget("a", "b") == [b"", None]
        assert plain.delete("a", "b") == 1
        plain.set("text", "no number")
    async with Redis(**settings) as later:
        observability.wrap_cache(later, name="sessions", layer="l2")
        assert await later.get("a") is None
        with pytest.raises(redis.ResponseError):
            await later.incr("text")

    assert operations(observability, GET, layer="l2") == {"hit": 2, "miss": 2}
    assert operations(observability, DELETE) == {"ok": 1}
    assert operations(observability, INCREMENT) == {"error": 1}
    assert exposed(observability).value(CACHE_INVALIDATIONS) == 1


def test_copies_and_pickles_are_as_before_and_do_not_count() -> None:
    observability = quiet()
    shelf = observability.wrap_cache(Shelf(), name="shelf")
    shelf.set("a", 1)

    for other in (pickle.loads(pickle.dumps(shelf)), copy.copy(shelf), copy.deepcopy(shelf)):  # noqa: S301  our own
        assert type(other) is Shelf
        assert other.get("a") == 1

        assert vars(other) == {"kept": {"a": 1}}

    assert operations(observability, GET) == {}


def test_uninstrument_gives_it_its_class_back() -> None:
    observability, shelf = quiet(), Shelf()
    observability.wrap_cache(shelf, name="shelf")
    shelf.get("a")
    observability.uninstrument(shelf)
    shelf.get("a")

    assert type(shelf) is Shelf
    assert operations(observability, GET) == {"miss": 1}

    observability.wrap_cache(shelf, name="shelf")
    shelf.get("a")
    assert operations(observability, GET) == {"miss": 2}


def test_under_a_class_of_somebody_elses_ours_becomes_transparent() -> None:
    observability, shelf = quiet(), Shelf()
    observability.wrap_cache(shelf, name="shelf")
    theirs = type("Theirs", (type(shelf),), {})
    shelf.__class__ = theirs
    observability.uninstrument(shelf)
    shelf.get("a")

    assert type(shelf) is theirs
    assert operations(observability, GET) == {}


def test_twice_is_once_and_a_second_observability_leaves_it_to_the_first() -> None:
    first, second, shelf = quiet(), quiet(), Shelf()
    first.wrap_cache(shelf, name="shelf")
    first.wrap_cache(shelf, name="shelf")
    second.wrap_cache(shelf, name="shelf")
    shelf.get("a")

    assert operations(first, GET) == {"miss": 1}
    assert operations(second, GET) == {}
    assert first.report()["cache shelf"].state == "on"
    assert second.report()["cache shelf"].reason == "instrumented by another Observability"


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (object(), "object has no methods get and set: give a cache of cachetools, cashews or aiocache"),
        ({}, "dict has no methods get and set"),
        (Shelf, "Shelf is a class: give a cache, made of it"),
    ],
    ids=["object", "dict", "class"],
)
def test_what_is_no_cache_is_one_clear_error(thing: Any, message: str) -> None:
    with pytest.raises(InvalidDeclaration, match=message):
        quiet().wrap_cache(thing, name="x")


def test_what_stands_in_the_object_itself_cannot_be_wrapped() -> None:
    shelf = Shelf()
    vars(shelf)["get"] = vars(shelf)["kept"].get

    with pytest.raises(InvalidDeclaration, match="its get is no method of its class, but stands in the object itself"):
        quiet().wrap_cache(shelf, name="x")


def test_a_class_that_allows_none_under_it_is_refused_with_the_remedy() -> None:
    class Final(Shelf):
        def __init_subclass__(cls) -> None:
            raise TypeError("this class is final")

    with pytest.raises(InvalidDeclaration, match=r"Final cannot be wrapped \(this class is final\); say what it does"):
        quiet().wrap_cache(Final(), name="x")


def test_switched_off_it_is_left_alone() -> None:
    shelf = Shelf()
    observability = quiet(switches=Switches(monitoring=False))
    observability.wrap_cache(shelf, name="shelf")

    assert type(shelf) is Shelf
    assert observability.report()["cache shelf"].state == "off"
    assert exposed(observability).series(CACHE_OPERATIONS) == 0
