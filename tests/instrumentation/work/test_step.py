"""Steps that items go through."""

import asyncio
import contextvars
import gc
import inspect
import threading
from contextlib import suppress
from typing import Any

import pytest
from fastapi import FastAPI

from tests.plugins.application import client, exposed, quiet
from watchbill import InvalidDeclaration, Observability, Switches
from watchbill.catalogue.work import ITEM_OUTCOME, STEP, STEP_DURATION, STEP_ITEMS, STEP_RUNNING, VARIANT
from watchbill.testing import Spans
from watchbill.work.step import Passage


def items(observability: Observability, **labels: str) -> dict[str, float]:
    """How many items had which outcome."""
    scrape = exposed(observability)
    chosen = {label: labels[label.name] for label in (STEP, VARIANT) if label.name in labels}
    found = {one: scrape.value(STEP_ITEMS, {**chosen, ITEM_OUTCOME: one}) for one in ITEM_OUTCOME.values}
    return {outcome: count for outcome, count in found.items() if count}


def running(observability: Observability) -> float:
    """Items in progress."""
    return exposed(observability).value(STEP_RUNNING)


def alive(kind: type) -> int:
    """How many objects of a class there are."""
    gc.collect()
    return sum(type(one) is kind for one in gc.get_objects())


def test_a_step_counts_its_items_their_time_and_those_in_progress() -> None:
    observability = quiet()

    with observability.step("thumbnail", variant="small"):
        assert running(observability) == 1

    assert running(observability) == 0
    assert items(observability, step="thumbnail", variant="small") == {"succeeded": 1}
    assert exposed(observability).count(STEP_DURATION, {STEP: "thumbnail"}) == 1


def test_a_declared_step_stands_at_zero() -> None:
    observability = quiet()
    observability.step("thumbnail")

    assert exposed(observability).series(STEP_ITEMS, {STEP: "thumbnail", VARIANT: "none"}) == len(ITEM_OUTCOME.values)


def test_an_exception_fails_the_item_and_passes() -> None:
    observability, error = quiet(), OSError("no space")

    with pytest.raises(OSError, match="no space") as caught, observability.step("thumbnail"):
        raise error

    assert caught.value is error
    assert items(observability) == {"failed": 1}


def test_the_passage_says_what_became_of_its_items() -> None:
    observability = quiet()
    thumbnail = observability.step("thumbnail")

    with thumbnail as passage:
        passage.skipped()
    with thumbnail as passage:
        passage.cached()
    with thumbnail.of(32) as passage:
        assert running(observability) == 32
        passage.failed(2)
        passage.cached(10)
        passage.succeeded(1)
    with suppress(ValueError), thumbnail.of(5) as passage:
        passage.succeeded(3)
        raise ValueError

    assert items(observability) == {"succeeded": 23, "failed": 4, "skipped": 1, "cached": 11}
    assert running(observability) == 0
    assert exposed(observability).count(STEP_DURATION) == 4


async def test_one_step_is_shared_by_tasks_and_threads_at_once() -> None:
    observability = quiet()
    thumbnail = observability.step("thumbnail")
    barrier = threading.Barrier(4)

    async def one(number: int) -> None:
        async with thumbnail as passage:
            await asyncio.sleep(0.001 * (number % 3))
            if number % 2:
                passage.skipped()

    def threaded() -> None:
        with thumbnail as passage:
            barrier.wait(5)
            passage.cached()

    await asyncio.gather(*map(one, range(10)), *(asyncio.to_thread(threaded) for _ in range(4)))

    assert items(observability) == {"succeeded": 5, "skipped": 5, "cached": 4}
    assert running(observability) == 0


def test_a_step_within_itself_ends_in_order() -> None:
    observability = quiet()
    step = observability.step("walk")

    with step as outer, step as inner:
        inner.skipped()
        outer.cached()

    assert items(observability) == {"skipped": 1, "cached": 1}


def test_a_passage_may_be_entered_again_and_counts_once_within_itself() -> None:
    observability = quiet()
    passage = observability.step("thumbnail").of(2)
    with passage:
        passage.failed(2)
    with passage, passage:
        assert running(observability) == 2

    assert running(observability) == 0
    assert items(observability) == {"succeeded": 2, "failed": 2}


async def test_passages_that_begin_one_another_keep_none_that_is_over() -> None:
    step, last, loop = quiet().step("poll"), asyncio.Event(), asyncio.get_running_loop()

    def poll(left: int) -> None:
        with step:
            loop.call_soon(poll, left - 1) if left else last.set()

    before = alive(Passage)
    poll(500)
    await last.wait()

    assert alive(Passage) - before < 5


def test_left_in_another_context_it_still_ends() -> None:
    observability = quiet()
    step = observability.step("walk")
    contextvars.copy_context().run(step.__enter__)
    step.__exit__(None, None, None)

    assert items(observability) == {"succeeded": 1}
    assert running(observability) == 0


async def test_as_a_decorator_each_call_is_an_item() -> None:
    observability = quiet()

    @observability.step("validate")
    def validate(image: str, *, strict: bool = False) -> str:
        """Validates."""
        if strict:
            raise ValueError(image)
        return image

    @observability.step("optimise")
    async def optimise(image: str) -> str:
        await asyncio.sleep(0)
        return image

    assert [validate("a"), await optimise("b")] == ["a", "b"]
    with pytest.raises(ValueError, match="c"):
        validate("c", strict=True)
    assert str(inspect.signature(validate)) == "(image: str, *, strict: bool = False) -> str"
    assert inspect.iscoroutinefunction(optimise)
    assert items(observability, step="validate") == {"succeeded": 1, "failed": 1}
    assert items(observability, step="optimise") == {"succeeded": 1}


async def test_a_cancelled_item_is_cancelled() -> None:
    observability = quiet()

    @observability.step("slow")
    async def slow() -> None:
        await asyncio.sleep(60)

    task = asyncio.create_task(slow())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert items(observability) == {"cancelled": 1}
    assert running(observability) == 0


async def test_a_step_of_a_recorded_request_is_a_span_of_it() -> None:
    spans = Spans()
    observability = Observability("shop", tracing=spans.tracing, logging=None)
    app = FastAPI()

    @app.get("/")
    async def page() -> None:
        with observability.step("thumbnail", variant="small").of(3) as passage:
            passage.failed(1)

    with observability.step("outside"):
        pass
    observability.instrument(app)
    async with client(app) as calls:
        await calls.get("/")

    step, server = spans.finished
    assert step.name == "step thumbnail"
    context = server.get_span_context()
    assert step.parent is not None
    assert context is not None
    assert step.parent.span_id == context.span_id
    assert dict(step.attributes or {}) == {
        "work.step": "thumbnail",
        "work.variant": "small",
        "work.items.failed": 1,
        "work.items.succeeded": 2,
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [({"name": ""}, "name='' is no name"), ({"name": "x", "variant": None}, "variant=None is no name")],
)
def test_what_is_no_name_is_one_clear_error(given: Any, message: str) -> None:
    with pytest.raises(InvalidDeclaration, match=message):
        quiet().step(**given)


def steps_of_a_generator() -> Any:
    yield


THINGS: list[Any] = [5, dict, steps_of_a_generator, staticmethod(steps_of_a_generator)]


@pytest.mark.parametrize("thing", THINGS, ids=repr)
def test_what_cannot_be_a_step_is_refused_with_the_remedy(thing: Any) -> None:
    with pytest.raises(InvalidDeclaration, match=r"decorate a|put "):
        quiet().step("x")(thing)


def test_steps_that_code_makes_up_are_folded_beyond_their_number() -> None:
    observability = quiet()
    for number in range(STEP.limit + 10):
        with observability.step(f"step {number}"):
            pass

    assert len(exposed(observability).values_of(STEP_ITEMS, STEP)) == STEP.limit
    assert items(observability) == {"succeeded": STEP.limit + 10}


def test_switched_off_it_does_nothing() -> None:
    observability = quiet(switches=Switches(monitoring=False))
    with observability.step("x") as passage:
        passage.failed()

    assert exposed(observability).series(STEP_ITEMS) == 0
