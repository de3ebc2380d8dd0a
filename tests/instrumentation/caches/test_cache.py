"""Get-or-load that is decorated, and caches that the code itself tells of."""

import asyncio
import contextvars
import gc
import inspect
import logging
import pickle
from collections.abc import AsyncIterator, Generator
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI

from tests.plugins.application import client, exposed, quiet
from tests.plugins.caching import loads, operations, reads
from watchbill import InvalidDeclaration, Switches
from watchbill.catalogue.cache import (
    GET,
    READS,
)
from watchbill.catalogue.watching import INTERNAL_ERRORS


class Awkward:
    """A value like NumPy's arrays: it may be neither compared nor be true or false."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("compared")

    def __bool__(self) -> bool:
        raise ValueError("truth asked for")

    def __hash__(self) -> int:
        raise TypeError("no hash")


WATCHED = quiet()
KEPT: dict[str, int] = {}
GETTING = WATCHED.cache("getting")


@GETTING
def by_name(name: str, *, default: int = 0) -> int:
    """Gets or loads."""
    if name not in KEPT:
        with GETTING.load():
            KEPT[name] = default
    return KEPT[name]


@pytest.mark.parametrize("value", [None, 0, "", [], False, Awkward()], ids=lambda value: type(value).__name__)
async def test_whatever_is_cached_comes_back_as_the_same_object(value: object) -> None:
    cache = quiet().cache("anything")

    @cache
    def now(_: object) -> object:
        return value

    @cache
    async def later(_: object) -> object:
        return value

    with cache.load():
        pass

    assert now(Awkward()) is value
    assert await later(Awkward()) is value


def test_signature_name_and_kind_stay() -> None:
    assert str(inspect.signature(by_name)) == "(name: str, *, default: int = 0) -> int"
    assert (by_name.__name__, by_name.__doc__) == ("by_name", "Gets or loads.")
    assert pickle.loads(pickle.dumps(by_name)) is by_name  # noqa: S301  our own

    cache = quiet().cache("kinds")

    @cache
    async def later() -> None: ...

    @cache
    def steps() -> Generator[int]:
        yield 1

    @cache
    async def steps_later() -> AsyncIterator[int]:
        yield 1

    assert inspect.iscoroutinefunction(later)
    assert inspect.isgeneratorfunction(steps)
    assert inspect.isasyncgenfunction(steps_later)


def test_a_hand_written_get_or_load_says_where_it_loads() -> None:
    observability = quiet()
    cache = observability.cache("product")
    kept: dict[int, str] = {}

    @cache
    def product(number: int) -> str:
        if number not in kept:
            with cache.load():
                kept[number] = f"product {number}"
        return kept[number]

    assert [product(1), product(1), product(2)] == ["product 1", "product 1", "product 2"]
    assert reads(observability) == {"hit": 1, "miss": 2}
    assert loads(observability) == {"loaded": 2}


def test_within_a_decorated_call_the_code_may_say_what_it_was() -> None:
    observability = quiet()
    cache = observability.cache("product")

    @cache
    def product(status: str) -> None:
        getattr(cache, status)()

    for status in READS:
        product(status)

    assert reads(observability) == dict.fromkeys(READS, 1.0)
    assert operations(observability, GET) == {}


def test_an_error_of_the_cache_itself_is_an_error() -> None:
    observability = quiet()

    @observability.cache("product")
    def product() -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        product()

    assert reads(observability) == {"error": 1}


def test_hits_are_held_back_until_it_is_known_where_the_function_loads(caplog: pytest.LogCaptureFixture) -> None:
    observability = quiet()
    cache = observability.cache("product")

    @cache
    def product(load: bool) -> None:
        if load:
            with cache.load():
                pass

    with caplog.at_level(logging.WARNING, "watchbill.caches"):
        for _ in range(150):
            product(False)

    assert reads(observability) == {}
    (record,) = caplog.records
    assert "cache 'product' was called 100 times and never loaded" in record.getMessage()
    assert "@cache.loader" in record.getMessage()

    product(True)
    product(False)
    assert reads(observability) == {"hit": 151, "miss": 1}


async def test_concurrent_calls_are_told_apart() -> None:
    observability = quiet()
    cache = observability.cache("product")
    kept = {number: number for number in range(0, 20, 2)}

    @cache.loader
    async def load(number: int) -> int:
        await asyncio.sleep(0.001)
        return number

    @cache
    async def product(number: int) -> int:
        await asyncio.sleep(0.001)
        return kept[number] if number in kept else await load(number)

    assert await asyncio.gather(*map(product, range(20))) == list(range(20))
    assert reads(observability) == {"hit": 10, "miss": 10}


async def test_calls_that_begin_one_another_keep_none_that_is_over() -> None:
    cache, last, loop = quiet().cache("poll"), asyncio.Event(), asyncio.get_running_loop()

    @cache
    def poll(left: int) -> None:
        cache.hit()
        loop.call_soon(poll, left - 1) if left else last.set()

    gc.collect()
    before = len(gc.get_objects())
    poll(2_000)
    await last.wait()
    gc.collect()

    assert len(gc.get_objects()) - before < 1_000


def test_a_generator_passes_on_what_is_sent_thrown_and_returned() -> None:
    observability = quiet()
    cache = observability.cache("steps")
    seen: list[object] = []

    @cache
    def steps(first: int) -> Generator[int, str, str]:
        with cache.load():
            seen.append((yield first))
        try:
            yield first + 1
        except LookupError as error:
            seen.append(error)
        return "over"

    running, error = steps(1), LookupError()
    assert next(running) == 1
    assert running.send("sent") == 2
    with pytest.raises(StopIteration) as end:
        running.throw(error)

    assert end.value.value == "over"
    assert seen == ["sent", error]
    assert reads(observability) == {"miss": 1}


async def test_an_asynchronous_generator_too_and_closing_it_closes_the_inner_one() -> None:
    observability = quiet()
    cache = observability.cache("steps")
    closed: list[bool] = []

    @cache
    async def steps() -> AsyncIterator[int]:
        cache.hit()
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    running: Any = steps()
    assert await anext(running) == 1
    await running.aclose()

    assert closed == [True]
    assert reads(observability) == {"hit": 1}


def test_a_generators_call_is_not_current_while_its_caller_has_the_turn() -> None:
    observability = quiet()
    cache = observability.cache("steps")

    @cache
    def steps() -> Generator[int]:
        yield 1
        yield 2

    for _ in steps():
        with cache.load():
            pass

    assert reads(observability) == {"hit": 1}


async def test_closed_in_another_context_a_call_raises_nothing_of_ours() -> None:
    observability = quiet()

    @observability.cache("slow")
    async def slow() -> None:
        await asyncio.sleep(60)

    running = slow()
    contextvars.copy_context().run(running.send, None)
    running.close()

    assert reads(observability) == {}
    assert exposed(observability).value(INTERNAL_ERRORS) == 0


async def test_fastapi_sees_the_decorated_endpoint_as_it_was() -> None:
    observability = quiet()
    cache = observability.cache("page")
    app = FastAPI()

    def asked(page: int = 1) -> int:
        return page

    @app.get("/under/{name}")
    @cache
    async def under(name: str, page: Annotated[int, Depends(asked)]) -> dict[str, Any]:
        cache.hit()
        return {"name": name, "page": page}

    @cache
    @app.get("/above/{name}")
    def above(name: str, page: Annotated[int, Depends(asked)]) -> dict[str, Any]:
        return {"name": name, "page": page}

    async with client(app) as calls:
        for path in ("/under/a?page=2", "/above/a?page=2"):
            assert (await calls.get(path)).json() == {"name": "a", "page": 2}
        assert (await calls.get("/under/a?page=x")).status_code == 422

    assert reads(observability) == {"hit": 1}
    assert above("b", 3) == {"name": "b", "page": 3}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": " "}, "is no name"),
        ({"name": "x", "layer": "l3"}, "layer='l3' is none of l1, l2, database"),
        ({"name": "x", "ttl": 0}, "give seconds above 0"),
        ({"name": "x", "ttl": True}, "give seconds above 0"),
        ({"name": "x", "price": -1}, "give US dollars from 0 on"),
        ({"name": "x", "size": 5}, "cannot be called"),
    ],
)
def test_what_cannot_be_declared_is_one_clear_error(given: Any, message: str) -> None:
    with pytest.raises(InvalidDeclaration, match=message):
        quiet().cache(**given)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InvalidDeclaration) as caught:
        quiet().cache("", layer="memory", ttl=-1, price=-1)

    assert len(caught.value.faults) == 4


@pytest.mark.parametrize("thing", [dict, 5], ids=repr)
def test_what_is_no_function_is_refused(thing: Any) -> None:
    with pytest.raises(InvalidDeclaration, match="decorate a function or method"):
        quiet().cache("x")(thing)


def test_switched_off_the_function_is_the_function() -> None:
    cache = quiet(switches=Switches(monitoring=False)).cache("x")

    assert cache(by_name) is by_name
    assert cache.loader(by_name) is by_name
    with cache.get() as read, cache.set(), cache.load():
        read.hit()
