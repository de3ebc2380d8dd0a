"""Spawned tasks and declared ones."""

import asyncio
import gc
import inspect
import logging
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from functools import partial
from typing import Any

import pytest

from tests.plugins.application import client, exposed, quiet
from watchbill import InvalidDeclaration, Observability, Switches
from watchbill.catalogue.background import (
    BACKGROUND_TASK_DURATION,
    BACKGROUND_TASKS,
    BACKGROUND_TASKS_RUNNING,
    BACKGROUND_TASKS_STARTED,
    CANCELLED,
    FAILED,
    OUTCOME,
    SUCCEEDED,
    TASK,
)
from watchbill.catalogue.watching import DROPPED_SERIES, METRIC
from watchbill.guard import OTHER

WHO: ContextVar[str] = ContextVar("who", default="nobody")


async def answer() -> int:
    """A task that succeeds."""
    return 42


async def fail() -> None:
    """A task that fails."""
    raise KeyError("lost")


async def wait() -> None:
    """A task that goes on."""
    await asyncio.sleep(60)


def ended(observability: Observability, name: str) -> dict[str, float]:
    """How often a task ended, by outcome; outcomes that never happened are left out."""
    found = exposed(observability)
    counts = {outcome: found.value(BACKGROUND_TASKS, {TASK: name, OUTCOME: outcome}) for outcome in OUTCOME.values}
    return {outcome: count for outcome, count in counts.items() if count}


async def test_a_spawned_coroutine_runs_and_is_counted() -> None:
    observability = quiet()
    assert await observability.spawn(answer()) == 42
    found = exposed(observability)
    assert ended(observability, "answer") == {SUCCEEDED: 1}
    assert found.value(BACKGROUND_TASKS_STARTED, {TASK: "answer"}) == 1
    assert found.count(BACKGROUND_TASK_DURATION, {TASK: "answer"}) == 1


async def test_a_spawned_task_is_running_until_it_ends() -> None:
    observability = quiet()
    task = observability.spawn(wait(), name="long")
    await asyncio.sleep(0)
    running = exposed(observability).value(BACKGROUND_TASKS_RUNNING, {TASK: "long"})
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (running, exposed(observability).value(BACKGROUND_TASKS_RUNNING)) == (1, 0)


async def test_a_cancelled_task_is_neither_failed_nor_succeeded() -> None:
    observability = quiet()
    task = observability.spawn(wait())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert ended(observability, "wait") == {CANCELLED: 1}


async def test_a_task_that_is_cancelled_before_its_first_step_is_counted_too() -> None:
    observability = quiet()
    task = observability.spawn(wait())
    task.cancel()
    await asyncio.wait([task])
    assert ended(observability, "wait") == {CANCELLED: 1}


async def test_a_failure_that_nobody_awaits_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    observability, told = quiet(), list[Any]()
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
    with caplog.at_level(logging.ERROR):
        observability.spawn(fail())
        await asyncio.sleep(0.01)
        gc.collect()
    assert ended(observability, "fail") == {FAILED: 1}
    assert [record.getMessage() for record in caplog.records] == ["background task 'fail' failed"]
    assert caplog.records[0].exc_info is not None
    assert isinstance(caplog.records[0].exc_info[1], KeyError)
    assert told == []


async def test_who_awaits_a_failed_task_gets_its_exception() -> None:
    with pytest.raises(KeyError, match="lost"):
        await quiet().spawn(fail())


async def test_a_task_lives_though_nobody_keeps_it() -> None:
    observability, done = quiet(), list[int]()

    async def work() -> None:
        # Nothing but the task itself refers to what it waits for.
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.02, future.set_result, None)
        await future
        done.append(1)

    observability.spawn(work())
    await asyncio.sleep(0)
    gc.collect()
    await asyncio.sleep(0.05)
    assert done == [1]


async def test_a_spawned_task_sees_the_context_variables_of_its_parent() -> None:
    async def ask() -> str:
        return WHO.get()

    WHO.set("me")
    assert await quiet().spawn(ask()) == "me"


async def test_a_spawned_task_bears_its_name_in_asyncio_too() -> None:
    task = quiet().spawn(answer(), name="question")
    await task
    assert task.get_name() == "question"


def test_spawning_outside_an_event_loop_is_refused_without_a_warning() -> None:
    with pytest.raises(RuntimeError, match="no event loop runs in this thread"):
        quiet().spawn(answer())


async def test_what_is_no_coroutine_cannot_be_spawned() -> None:
    given: Any = answer
    with pytest.raises(InvalidDeclaration, match=r"call the function: spawn\(reindex\(\)\)"):
        quiet().spawn(given)


async def test_without_metrics_tasks_run_all_the_same() -> None:
    observability = quiet(switches=Switches(metrics=False))

    @observability.task("doubled")
    async def double(number: int) -> int:
        return 2 * number

    assert await observability.spawn(double(21)) == await observability.spawn(answer()) == 42
    assert exposed(observability).series(BACKGROUND_TASKS_STARTED) == 0


async def test_task_names_beyond_the_bound_are_folded() -> None:
    observability = quiet()
    for number in range(TASK.limit + 50):
        await observability.spawn(answer(), name=f"job {number}")
    found = exposed(observability)
    assert found.value(BACKGROUND_TASKS_STARTED) == TASK.limit + 50
    assert found.series(BACKGROUND_TASKS_STARTED) == TASK.limit
    assert found.value(BACKGROUND_TASKS_STARTED, {TASK: OTHER}) == 51
    assert found.value(DROPPED_SERIES, {METRIC: BACKGROUND_TASKS_STARTED.name}) == 51


async def test_a_declared_function_stays_what_it_is() -> None:
    observability = quiet()

    @observability.task("plain")
    def plain(number: int, *, factor: int = 2) -> int:
        """Documented."""
        return number * factor

    @observability.task
    async def later(number: int) -> int:
        return number + 1

    assert (plain(4), plain(4, factor=3), await later(1)) == (8, 12, 2)
    assert (plain.__name__, plain.__doc__) == ("plain", "Documented.")
    assert list(inspect.signature(plain).parameters) == ["number", "factor"]
    assert inspect.iscoroutinefunction(later)
    assert not inspect.iscoroutinefunction(plain)
    assert ended(observability, "plain") == {SUCCEEDED: 2}
    name = "test_a_declared_function_stays_what_it_is.later"
    assert ended(observability, name) == {SUCCEEDED: 1}


async def test_a_declared_function_raises_the_very_exception() -> None:
    observability, error = quiet(), ValueError("no")

    @observability.task("sync")
    def plain() -> None:
        raise error

    @observability.task("async")
    async def later() -> None:
        raise error

    with pytest.raises(ValueError, match="no") as first:
        plain()
    with pytest.raises(ValueError, match="no") as second:
        await later()
    assert first.value is second.value is error
    assert ended(observability, "sync") == ended(observability, "async") == {FAILED: 1}


async def test_a_declared_method_works_on_its_object() -> None:
    observability = quiet()

    class Index:
        @observability.task("rebuild")
        async def rebuild(self) -> "Index":
            return self

        @staticmethod
        @observability.task("check")
        def check() -> bool:
            return True

    index = Index()
    assert await index.rebuild() is index
    assert Index.check()
    assert ended(observability, "rebuild") == ended(observability, "check") == {SUCCEEDED: 1}


async def test_a_declared_task_that_is_spawned_counts_once_under_its_own_name() -> None:
    observability = quiet()
    await observability.spawn(observability.task("reindex")(answer)())
    assert ended(observability, "reindex") == {SUCCEEDED: 1}
    assert exposed(observability).value(BACKGROUND_TASKS_STARTED) == 1


async def test_a_declared_task_that_is_cancelled_counts_as_cancelled() -> None:
    observability = quiet()
    running = asyncio.create_task(observability.task("slow")(wait)())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])
    assert ended(observability, "slow") == {CANCELLED: 1}


def test_a_declared_task_stands_at_zero_before_it_first_runs() -> None:
    observability = quiet()
    observability.task("nightly")(answer)
    assert exposed(observability).series(BACKGROUND_TASKS, {TASK: "nightly"}) == len(OUTCOME.values)


def generate() -> Iterator[int]:
    """A generator function."""
    yield 1


async def answer_for(_owner: object) -> int:
    """A class method's function."""
    return 42


UNFIT: list[tuple[Any, str]] = [
    (generate, "runs when it is iterated"),
    (partial(generate), "runs when it is iterated"),
    (staticmethod(answer), "put @staticmethod above"),
    (classmethod(answer_for), "put @classmethod above"),
    (dict, "a class is no task"),
    (7, "cannot be called"),
]


async def generate_later() -> AsyncIterator[int]:
    """An asynchronous one."""
    yield 1


@pytest.mark.parametrize(("function", "reason"), [*UNFIT, (generate_later, "runs when it is iterated")], ids=str)
def test_what_cannot_be_a_task_is_refused_with_the_reason(function: Any, reason: str) -> None:
    with pytest.raises(InvalidDeclaration, match=reason):
        quiet().task("odd")(function)


async def test_an_object_that_can_be_called_can_be_declared() -> None:
    class Sync:
        def __call__(self) -> int:
            return 1

    class Later:
        async def __call__(self) -> int:
            return 2

    observability = quiet()
    assert observability.task("sync")(Sync())() == 1
    assert await observability.task("later")(Later())() == 2
    assert await observability.task(partial(answer))() == 42
    assert ended(observability, "later") == ended(observability, "answer") == {SUCCEEDED: 1}


async def test_a_task_spawned_in_a_request_outlives_it_and_is_no_part_of_its_background_time() -> None:
    from fastapi import FastAPI

    from watchbill.catalogue.http import HTTP_BACKGROUND_DURATION, HTTP_REQUESTS

    app, observability, release = FastAPI(), quiet(), asyncio.Event()
    tasks: list[asyncio.Task[Any]] = []

    @app.get("/")
    async def start() -> None:
        tasks.append(observability.spawn(release.wait(), name="follow up"))

    observability.instrument(app)
    async with client(app) as caller:
        await caller.get("/")
    found = exposed(observability)
    assert found.value(BACKGROUND_TASKS_RUNNING, {TASK: "follow up"}) == found.value(HTTP_REQUESTS) == 1
    release.set()
    await tasks[0]
    assert ended(observability, "follow up") == {SUCCEEDED: 1}
    assert exposed(observability).count(HTTP_BACKGROUND_DURATION) == 0
