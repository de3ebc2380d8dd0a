"""One check: what passes, what fails, and what a check that misbehaves cannot do."""

import asyncio
import json
import os
import threading
import time
from functools import partial
from typing import Any

import pytest

from tests.plugins.application import until
from watchbill.health import Result
from watchbill.health.check import Check, Outcome
from watchbill.health.probe import Probe


def probe(run: Any, timeout: float = 5.0) -> Probe:
    """A probe whose outcomes nobody else hears of."""
    return Probe(Check("thing", run, timeout, True), lambda _check, _outcome: None)


async def outcome(run: Any) -> Outcome:
    """What a fresh run finds."""
    return await probe(run).outcome(0)


async def coroutine(value: object) -> object:
    """Returns its argument."""
    await asyncio.sleep(0)
    return value


class Asked:
    """A check that is an object."""

    async def __call__(self) -> bool:
        return False


@pytest.mark.parametrize("value", [None, True, 1, 0, "PONG", "", {}, [], Result(True)], ids=repr)
async def test_what_is_returned_passes(value: object) -> None:
    assert (await outcome(lambda: value)).ok
    assert (await outcome(partial(coroutine, value))).ok


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (False, "returned False"),
        (Result(False, "too slow"), "too slow"),
        (Result(False), "failed without a reason"),
    ],
)
async def test_false_and_a_failed_result_fail(value: object, reason: str) -> None:
    for run in (lambda: value, partial(coroutine, value)):
        found = await outcome(run)
        assert (found.ok, found.reason) == (False, reason)


async def test_an_object_and_a_function_that_returns_an_awaitable_are_awaited() -> None:
    assert not (await outcome(Asked())).ok
    assert not (await outcome(lambda: coroutine(False))).ok


@pytest.mark.parametrize(
    "error", [ValueError("broken"), SystemExit("broken"), asyncio.CancelledError("broken"), BaseException("broken")]
)
async def test_whatever_is_raised_fails_and_stays_inside(error: BaseException) -> None:
    def raise_it() -> None:
        raise error

    async def raise_it_on_the_loop() -> None:
        await asyncio.sleep(0)
        raise error

    for run in (raise_it, raise_it_on_the_loop):
        found = await outcome(run)
        assert (found.ok, found.reason) == (False, f"{type(error).__name__}: broken")


async def test_details_are_kept_without_their_secrets() -> None:
    found = await outcome(lambda: {"pool": {"used": 3, "password": "hunter2"}, 7: "seven"})
    assert found.details == {"pool": {"used": 3, "password": "[scrubbed]"}, "7": "seven"}


class Address:
    """Keeps its password out of its repr, but not out of its text, as some addresses do."""

    def __repr__(self) -> str:
        return "Address(...)"

    def __str__(self) -> str:
        return "redis://user:hunter2@cache/0"


class Unspeakable:
    """Has neither text nor truth."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__

    def __bool__(self) -> bool:
        raise RuntimeError("no truth")


async def test_a_password_that_only_the_text_of_an_object_shows_is_left_out() -> None:
    found = await outcome(lambda: {"upstream": Address()})
    assert "hunter2" not in str(found.details)


@pytest.mark.parametrize(
    "details",
    [{"pool": {("a", 1): 2}}, {"ratio": float("nan")}, {"thing": Unspeakable()}, None, 7],
    ids=["keys", "nan", "unspeakable", "none", "number"],
)
async def test_whatever_details_are_they_do_not_fail_a_check_and_are_json(details: Any) -> None:
    found = await outcome(lambda: Result(True, details=details))
    assert found.ok
    json.dumps(found.details, allow_nan=False)


async def test_a_result_that_cannot_be_judged_fails_its_check() -> None:
    unclear: Any = Unspeakable()
    found = await outcome(lambda: Result(unclear))
    assert (found.ok, found.reason) == (False, "RuntimeError: no truth")


async def test_a_coroutine_that_takes_too_long_is_cancelled() -> None:
    cancelled = asyncio.Event()

    async def slow() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    found = await probe(slow, 0.02).outcome(0)
    assert (found.ok, found.reason) == (False, "no answer within 0.02 s")
    assert cancelled.is_set()


async def test_a_hanging_thread_is_not_started_twice_and_its_end_is_noticed() -> None:
    release, starts = threading.Event(), list[int]()

    def hang() -> None:
        starts.append(1)
        release.wait(30)

    tested = probe(hang, 0.02)
    assert (await tested.outcome(0)).reason == "no answer within 0.02 s"
    for _ in range(3):
        assert (await tested.outcome(0)).reason == "the run before has not ended; it is not started again"
    assert len(starts) == 1
    release.set()
    await asyncio.to_thread(until, lambda: tested.last is not None and threads_of("thing") == 0)
    assert (await tested.outcome(0)).ok


async def test_a_coroutine_that_will_not_be_cancelled_is_left_behind() -> None:
    release, starts = asyncio.Event(), list[int]()

    async def stubborn() -> None:
        starts.append(1)
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    tested = probe(stubborn, 0.02)
    assert (await tested.outcome(0)).reason == "no answer within 0.02 s"
    assert not (await tested.outcome(0)).ok
    assert len(starts) == 1
    release.set()
    await asyncio.sleep(0.01)
    assert (await tested.outcome(0)).ok


async def test_those_who_ask_at_once_share_one_run() -> None:
    runs: list[int] = []

    async def counted() -> None:
        runs.append(1)
        await asyncio.sleep(0.02)

    tested = probe(counted)
    found = await asyncio.gather(*(tested.outcome(0) for _ in range(20)))
    assert len(runs) == 1
    assert len({id(one) for one in found}) == 1


async def test_who_goes_away_does_not_end_the_run_of_the_others() -> None:
    async def slow() -> None:
        await asyncio.sleep(0.05)

    tested = probe(slow)
    first = asyncio.create_task(tested.outcome(0))
    second = asyncio.create_task(tested.outcome(0))
    await asyncio.sleep(0.01)
    first.cancel()
    assert (await second).ok
    assert first.cancelled()


async def test_an_outcome_is_reused_as_long_as_it_is_fresh() -> None:
    runs: list[int] = []
    tested = probe(lambda: runs.append(1))
    for _ in range(5):
        await tested.outcome(60)
    assert len(runs) == 1
    await tested.outcome(0)
    assert len(runs) == 2


async def test_a_plain_function_runs_in_a_thread_that_keeps_no_process_alive() -> None:
    def where() -> dict[str, object]:
        thread = threading.current_thread()
        return {"name": thread.name, "daemon": thread.daemon}

    assert (await outcome(where)).details == {"name": "watchbill-check-thing", "daemon": True}


async def test_one_loop_after_the_other_may_ask() -> None:
    tested = probe(partial(coroutine, None))

    def on_a_loop_of_its_own() -> bool:
        return asyncio.run(tested.outcome(0)).ok

    assert await asyncio.to_thread(on_a_loop_of_its_own)
    assert (await tested.outcome(0)).ok


async def test_the_time_it_took_and_the_time_of_day_are_kept() -> None:
    before = time.time()
    found = await outcome(partial(asyncio.sleep, 0.02))
    assert 0.015 < found.seconds < 5
    assert before <= found.at <= time.time()
    assert found.checked_at.startswith("20")
    assert found.checked_at.endswith("Z")


def test_a_fork_in_the_middle_of_a_run_leaves_the_child_able_to_check() -> None:
    async def parent() -> tuple[int, Outcome]:
        tested = probe(partial(asyncio.sleep, 0.2))
        running = asyncio.create_task(tested.outcome(0))
        await asyncio.sleep(0.02)
        child = os.fork()
        if child == 0:
            asyncio._set_running_loop(None)
            found = asyncio.new_event_loop().run_until_complete(tested.outcome(0))
            os._exit(0 if found.ok else 1)
        return child, await running

    child, found = asyncio.run(parent())
    assert found.ok
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def threads_of(name: str) -> int:
    """How many threads run a check of this name."""
    return sum(thread.name == f"watchbill-check-{name}" for thread in threading.enumerate())
