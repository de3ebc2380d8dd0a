"""Batch jobs."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from tests.plugins.application import client, exposed, quiet
from tests.plugins.forked import forked
from watchbill import InvalidDeclaration, Observability, Switches
from watchbill.catalogue.watching import INTERNAL_ERRORS
from watchbill.catalogue.work import (
    BATCH,
    BATCH_DURATION,
    BATCH_ITEMS,
    BATCH_JOBS,
    BATCH_PROGRESS,
    BATCH_RUNNING,
    BATCH_STATUS,
    ITEM_OUTCOME,
    STEP_ITEMS,
    STEP_RUNNING,
)
from watchbill.testing import Spans
from watchbill.work.batch import BatchJob


def jobs(observability: Observability) -> dict[str, float]:
    """How many jobs had which status."""
    scrape = exposed(observability)
    found = {one: scrape.value(BATCH_JOBS, {BATCH_STATUS: one}) for one in BATCH_STATUS.values}
    return {status: count for status, count in found.items() if count}


def items(observability: Observability) -> dict[str, float]:
    """How many items had which outcome."""
    scrape = exposed(observability)
    found = {one: scrape.value(BATCH_ITEMS, {ITEM_OUTCOME: one}) for one in ITEM_OUTCOME.values}
    return {outcome: count for outcome, count in found.items() if count}


def progress(observability: Observability) -> float:
    """As exposed."""
    return exposed(observability).value(BATCH_PROGRESS, {BATCH: "reindex"})


def test_a_job_is_submitted_then_runs_then_succeeds() -> None:
    observability = quiet()
    job = observability.batch("reindex", total=4)
    assert jobs(observability) == {"submitted": 1}
    assert exposed(observability).series(BATCH_ITEMS) == len(ITEM_OUTCOME.values)

    with job:
        assert exposed(observability).value(BATCH_RUNNING) == 1
        assert progress(observability) == 0
        job.done()
        job.failed()
        assert (progress(observability), job.progress) == (0.5, 0.5)
        job.skipped()

    assert jobs(observability) == {"submitted": 1, "succeeded": 1}
    assert items(observability) == {"succeeded": 1, "failed": 1, "skipped": 1}
    assert exposed(observability).value(BATCH_RUNNING) == 0
    assert exposed(observability).count(BATCH_DURATION) == 1
    assert progress(observability) == 1


def test_items_have_outcomes_of_their_own_and_steps_within() -> None:
    observability = quiet()
    validate = observability.step("validate")

    with observability.batch("reindex", total=3) as job:
        for number in range(2):
            with job.item(), validate:
                assert number < 2
        with pytest.raises(LookupError), job.item(), validate:
            raise LookupError
        job.cached(2)

    assert items(observability) == {"succeeded": 2, "failed": 1, "cached": 2}
    assert exposed(observability).value(STEP_ITEMS) == 3


def test_a_job_whose_number_of_items_is_found_out_later_has_progress_from_then_on() -> None:
    observability = quiet()

    with observability.batch("reindex") as job:
        job.done(5)
        assert progress(observability) == 0
        job.expect(20)
        assert progress(observability) == 0.25
        job.done(100)
        assert progress(observability) == 1


def test_an_exception_fails_the_job_and_its_progress_stays() -> None:
    observability, error = quiet(), OSError("no space")

    def run() -> None:
        with observability.batch("reindex", total=4) as job:
            job.done()
            raise error

    with pytest.raises(OSError, match="no space") as caught:
        run()

    assert caught.value is error
    assert jobs(observability) == {"submitted": 1, "failed": 1}
    assert progress(observability) == 0.25


@pytest.mark.parametrize("error", [KeyboardInterrupt, asyncio.CancelledError])
def test_an_interrupted_job_is_cancelled(error: type[BaseException]) -> None:
    observability = quiet()

    with pytest.raises(error), observability.batch("reindex"):
        raise error

    assert jobs(observability) == {"submitted": 1, "cancelled": 1}


def test_a_job_that_is_called_off_is_cancelled_before_it_begins_or_after() -> None:
    observability = quiet()
    observability.batch("reindex").cancel()
    with observability.batch("reindex") as job:
        job.cancel()

    assert jobs(observability) == {"submitted": 2, "cancelled": 2}
    assert exposed(observability).value(BATCH_RUNNING) == 0


def test_each_job_ends_once_whatever_is_said_of_it_later() -> None:
    observability = quiet()
    called_off = observability.batch("reindex")
    called_off.cancel()
    called_off.cancel()
    with called_off:
        called_off.done()
    with observability.batch("reindex") as job, job:
        assert exposed(observability).value(BATCH_RUNNING) == 1
    job.cancel()
    with job:
        job.done()

    assert jobs(observability) == {"submitted": 2, "cancelled": 1, "succeeded": 1}
    assert exposed(observability).value(BATCH_RUNNING) == 0
    assert items(observability) == {"succeeded": 2}


def test_an_item_that_a_key_interrupts_is_cancelled_as_its_job_is() -> None:
    observability = quiet()
    with pytest.raises(KeyboardInterrupt), observability.batch("reindex") as job, job.item():
        raise KeyboardInterrupt

    assert (jobs(observability), items(observability)) == ({"submitted": 1, "cancelled": 1}, {"cancelled": 1})


async def test_jobs_at_once_show_their_progress_together() -> None:
    observability = quiet()

    async with observability.batch("reindex", total=10) as first, observability.batch("reindex", total=30) as second:
        first.done(10)
        assert progress(observability) == 0.25
        second.done(10)
        assert progress(observability) == 0.5
        assert exposed(observability).value(BATCH_RUNNING) == 2


def test_of_several_processes_the_progress_told_last_is_shown(tmp_path: Path) -> None:
    begun: list[BatchJob] = []

    def begin() -> None:
        begun.append(quiet(workers=tmp_path).batch("reindex", total=10).__enter__())
        begun[0].done(8)

    with forked(begin):
        observability = quiet(workers=tmp_path)
        job = observability.batch("reindex", total=4)
        assert progress(observability) == 0.8
        with job:
            job.done()
            assert progress(observability) == 0.25
            assert exposed(observability).value(BATCH_RUNNING) == 2


@pytest.mark.parametrize("number", [None, -1, "3"])
def test_a_number_that_is_none_never_reaches_the_application(number: Any) -> None:
    observability = quiet()
    with observability.batch("reindex", total=2) as job, observability.step("thumbnail") as passage:
        job.done(number)
        job.done()
        passage.cached(number)
        job.expect(number)

    assert items(observability) == {"succeeded": 1}
    assert exposed(observability).value(STEP_RUNNING) == 0
    assert exposed(observability).value(INTERNAL_ERRORS) >= 1


def test_items_may_be_told_from_any_thread() -> None:
    observability = quiet()

    with observability.batch("reindex", total=2_000) as job, ThreadPoolExecutor(8) as threads:
        for _ in range(2_000):
            threads.submit(job.done)

    assert job.progress == 1
    assert items(observability) == {"succeeded": 2_000}


async def test_a_job_of_a_recorded_request_is_a_span_of_it() -> None:
    spans = Spans()
    observability = Observability("shop", tracing=spans.tracing, logging=None)
    app = FastAPI()

    @app.post("/")
    async def start() -> None:
        with observability.batch("reindex", total=2) as job:
            job.done(2)

    observability.instrument(app)
    async with client(app) as calls:
        await calls.post("/")

    span = spans.finished[0]
    assert span.name == "batch reindex"
    assert dict(span.attributes or {}) == {
        "work.batch": "reindex",
        "work.status": "succeeded",
        "work.items.succeeded": 2,
    }


@pytest.mark.parametrize(
    ("given", "message"), [({"name": " "}, "is no name"), ({"name": "x", "total": -1}, "give the number of items")]
)
def test_what_cannot_be_declared_is_one_clear_error(given: Any, message: str) -> None:
    with pytest.raises(InvalidDeclaration, match=message):
        quiet().batch(**given)


def test_switched_off_it_does_nothing() -> None:
    observability = quiet(switches=Switches(monitoring=False))
    with observability.batch("x", total=1) as job:
        job.done()

    assert job.progress == 1
    assert exposed(observability).series(BATCH_JOBS) == 0
