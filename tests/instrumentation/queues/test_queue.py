"""A home-made queue tells of its messages, and changes nothing about them."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.trace import SpanContext

from tests.plugins.application import exposed, quiet, until
from watchbill import InvalidDeclaration, Observability, Switches
from watchbill.catalogue.queue import (
    DEAD_LETTERED,
    FAILED,
    LOST,
    MESSAGE_STATUS,
    PRIORITY,
    PUBLISHED,
    QUEUE,
    QUEUE_ATTEMPTS,
    QUEUE_BATCH_SIZE,
    QUEUE_CLOCK_SKEW,
    QUEUE_DEAD_LETTERS,
    QUEUE_DEPTH,
    QUEUE_DURATION,
    QUEUE_MESSAGES,
    QUEUE_OLDEST,
    QUEUE_PRIORITY_MESSAGES,
    QUEUE_PRIORITY_RUNNING,
    QUEUE_RUNNING,
    QUEUE_WAIT,
    REASON,
    RETRIED,
    STARTED,
    SUCCEEDED,
    TASK,
    TOKEN_OUTCOME,
    TOKENS,
    TOKENS_AVAILABLE,
)
from watchbill.guard import OTHER
from watchbill.testing import Spans

PRIORITIES = ("critical", "high", "normal", "low", "batch")


def messages(observability: Observability, **labels: str) -> dict[str, float]:
    """How many messages there are of each status, without those of which there are none."""
    known = {"task": TASK, "queue": QUEUE}
    selected = {known[name]: value for name, value in labels.items()}
    found = exposed(observability)
    counted = {
        status: found.value(QUEUE_MESSAGES, {MESSAGE_STATUS: status, **selected}) for status in MESSAGE_STATUS.values
    }
    return {status: number for status, number in counted.items() if number}


def ids_of(context: SpanContext | None) -> tuple[int, int]:
    """Trace and span."""
    assert context is not None
    return context.trace_id, context.span_id


def test_a_message_is_published_started_and_succeeds() -> None:
    observability = quiet()
    queue = observability.queue("reviews")

    headers = queue.sent("analyse")
    with queue.process(headers):
        during = exposed(observability).value(QUEUE_RUNNING, {QUEUE: "reviews", TASK: "analyse"})

    found = exposed(observability)
    assert messages(observability, task="analyse") == {PUBLISHED: 1, STARTED: 1, SUCCEEDED: 1}
    assert (during, found.value(QUEUE_RUNNING)) == (1, 0)
    assert found.count(QUEUE_DURATION) == found.count(QUEUE_WAIT) == found.count(QUEUE_ATTEMPTS) == 1


async def test_a_message_that_raises_fails_with_the_same_exception() -> None:
    observability = quiet()
    queue = observability.queue("reviews")
    error = ValueError("no such repository")

    with pytest.raises(ValueError, match="no such repository") as raised:
        async with queue.process(queue.sent()):
            raise error

    assert raised.value is error
    assert messages(observability, task="reviews") == {PUBLISHED: 1, STARTED: 1, FAILED: 1}


async def test_a_cancelled_worker_has_lost_its_message() -> None:
    observability = quiet()
    queue = observability.queue("reviews")
    begun = asyncio.Event()

    async def work() -> None:
        async with queue.process(queue.sent()):
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert messages(observability) == {PUBLISHED: 1, STARTED: 1, LOST: 1}
    assert exposed(observability).value(QUEUE_RUNNING) == 0


def test_a_retried_message_is_published_once_and_counts_its_attempts_at_the_end() -> None:
    observability = quiet()
    queue = observability.queue("reviews", priorities=PRIORITIES)

    headers = queue.sent("analyse", priority="low")
    for _ in range(2):
        with queue.process(headers) as job:
            headers = job.retry()
    with queue.process(headers) as job:
        assert (job.attempt, job.task, job.priority) == (3, "analyse", "low")

    found = exposed(observability)
    assert messages(observability) == {PUBLISHED: 1, STARTED: 3, RETRIED: 2, SUCCEEDED: 1}
    assert (found.count(QUEUE_ATTEMPTS), found.total(QUEUE_ATTEMPTS)) == (1, 3)
    assert found.count(QUEUE_WAIT) == 3


def test_a_retry_that_is_declared_before_an_exception_stays_one() -> None:
    observability = quiet()
    queue = observability.queue("reviews")

    def work() -> None:
        with queue.process(queue.sent()) as job:
            job.retry(5.0)
            raise OSError("busy")

    with pytest.raises(OSError, match="busy"):
        work()

    assert messages(observability) == {PUBLISHED: 1, STARTED: 1, RETRIED: 1}


def test_a_dead_letter_has_its_reason_and_ends_once() -> None:
    observability = quiet()
    queue = observability.queue("reviews")

    with queue.process(queue.sent("analyse")) as job:
        job.dead_letter("unreadable")

    found = exposed(observability)
    assert found.value(QUEUE_DEAD_LETTERS, {QUEUE: "reviews", TASK: "analyse", REASON: "unreadable"}) == 1
    assert messages(observability) == {PUBLISHED: 1, STARTED: 1, DEAD_LETTERED: 1}


def test_the_wait_leaves_out_the_delay_that_was_asked_for() -> None:
    observability = quiet()
    queue = observability.queue("reviews")

    headers = queue.sent(delay=-2.0)
    with queue.process(headers):
        pass
    with queue.process(queue.sent(delay=0.005)):
        pass

    found = exposed(observability)
    assert found.count(QUEUE_WAIT) == 2
    assert 2.0 <= found.total(QUEUE_WAIT) < 3.0
    assert found.value(QUEUE_CLOCK_SKEW) == 0


def test_a_message_begun_long_before_it_is_due_shows_that_clocks_differ() -> None:
    observability = quiet()
    queue = observability.queue("reviews")

    with queue.process(queue.sent(delay=60.0)):
        pass

    found = exposed(observability)
    assert (found.value(QUEUE_CLOCK_SKEW), found.count(QUEUE_WAIT), found.total(QUEUE_WAIT)) == (1, 1, 0)


def test_a_message_without_headers_has_no_wait() -> None:
    observability = quiet()
    queue = observability.queue("reviews")

    with queue.process(None, task="analyse", attempt=2):
        pass

    found = exposed(observability)
    assert messages(observability, task="analyse") == {STARTED: 1, SUCCEEDED: 1}
    assert (found.count(QUEUE_WAIT), found.total(QUEUE_ATTEMPTS)) == (0, 2)


@pytest.mark.parametrize("due", ["", "soon", "nan", "inf", "-5", "9e300", None, 7j, ["1"]])
def test_headers_that_make_no_sense_count_as_absent(due: Any) -> None:
    observability = quiet()
    queue = observability.queue("reviews")
    headers = {**queue.sent(), "watchbill-due": due, "watchbill-attempt": due, "watchbill-priority": 3}

    with queue.process(headers):
        pass

    found = exposed(observability)
    assert messages(observability) == {PUBLISHED: 1, STARTED: 1, SUCCEEDED: 1}
    assert (found.count(QUEUE_WAIT), found.total(QUEUE_ATTEMPTS)) == (0, 1)


def test_everything_is_counted_by_priority_too() -> None:
    observability = quiet()
    queue = observability.queue("reviews", priorities=PRIORITIES)

    with queue.process(queue.sent(priority="critical")):
        during = exposed(observability).value(QUEUE_PRIORITY_RUNNING, {PRIORITY: "critical"})
    queue.sent()

    found = exposed(observability)
    assert during == 1
    assert found.value(QUEUE_PRIORITY_MESSAGES, {PRIORITY: "critical", MESSAGE_STATUS: SUCCEEDED}) == 1
    assert found.value(QUEUE_PRIORITY_MESSAGES, {PRIORITY: "default", MESSAGE_STATUS: PUBLISHED}) == 1
    assert found.value(QUEUE_PRIORITY_RUNNING) == 0


def test_declared_priorities_stand_at_zero() -> None:
    observability = quiet()
    observability.queue("reviews", priorities=PRIORITIES)

    assert exposed(observability).values_of(QUEUE_PRIORITY_MESSAGES, PRIORITY) == frozenset(PRIORITIES)


def test_a_batch_counts_its_size_and_each_of_its_messages() -> None:
    observability = quiet()
    queue = observability.queue("embeddings")

    with queue.batch([queue.sent() for _ in range(3)]) as batch:
        batch.jobs[1].dead_letter("too long")

    found = exposed(observability)
    assert (found.count(QUEUE_BATCH_SIZE), found.total(QUEUE_BATCH_SIZE)) == (1, 3)
    assert messages(observability) == {PUBLISHED: 3, STARTED: 3, SUCCEEDED: 2, DEAD_LETTERED: 1}


async def test_a_batch_that_raises_has_failed_as_a_whole() -> None:
    observability = quiet()
    queue = observability.queue("embeddings")

    with pytest.raises(RuntimeError):
        async with queue.batch([queue.sent() for _ in range(3)]):
            raise RuntimeError

    assert messages(observability) == {PUBLISHED: 3, STARTED: 3, FAILED: 3}


def test_task_names_beyond_their_number_are_folded() -> None:
    observability = quiet()
    queue = observability.queue("reviews")

    for number in range(500):
        with queue.process(queue.sent(f"task-{number}")):
            pass

    found = exposed(observability)
    assert len(found.values_of(QUEUE_MESSAGES, TASK)) == TASK.limit
    assert found.value(QUEUE_MESSAGES, {TASK: OTHER, MESSAGE_STATUS: SUCCEEDED}) == 500 - TASK.limit + 1


def test_a_task_name_from_outside_is_cut() -> None:
    spans = Spans()
    queue = quiet(tracing=spans.tracing).queue("reviews")

    with queue.process({"watchbill-task": "x" * 9000}):
        pass

    assert len(spans.finished[0].name) < 300


def test_the_trace_goes_through_the_queue() -> None:
    spans = Spans()
    observability = quiet(tracing=spans.tracing)
    queue = observability.queue("reviews")

    with queue.process(queue.sent("outer")):
        headers = queue.sent("inner")
    with queue.process(headers):
        pass

    outer, send, inner = sorted(spans.finished, key=lambda span: span.start_time or 0)
    assert [span.name for span in (outer, send, inner)] == ["process outer", "send reviews", "process inner"]
    assert ids_of(send.parent) == ids_of(outer.context)
    assert ids_of(inner.parent) == ids_of(send.context)
    assert dict(inner.attributes or {}) == {
        "messaging.system": "watchbill",
        "messaging.destination.name": "reviews",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "code.function.name": "inner",
    }


def test_a_batch_has_one_span_with_a_link_to_each_message() -> None:
    spans = Spans()
    observability = quiet(tracing=spans.tracing)
    queue = observability.queue("embeddings")
    with queue.process(queue.sent("request")):
        sent = [queue.sent() for _ in range(3)]

    with queue.batch(sent):
        pass

    sends = {ids_of(span.context) for span in spans.finished if span.name == "send embeddings"}
    (batch,) = [span for span in spans.finished if span.name == "process embeddings"]
    assert {ids_of(link.context) for link in batch.links} == sends
    assert len(sends) == 3
    assert (batch.attributes or {})["messaging.batch.message_count"] == 3


async def test_depth_and_age_are_what_the_functions_say() -> None:
    observability = quiet()
    queue = observability.queue("reviews", priorities=("high", "low"), depth=lambda: {"high": 7}, oldest=lambda: 12.5)

    until(lambda: exposed(observability).value(QUEUE_DEPTH, {PRIORITY: "high"}) == 7)
    found = exposed(observability)
    assert found.values_of(QUEUE_DEPTH, PRIORITY) == {"high", "low"}
    assert found.value(QUEUE_OLDEST, {QUEUE: "reviews"}) == 12.5

    queue.close()
    assert exposed(observability).series(QUEUE_DEPTH) == 0


async def test_tokens_are_acquired_until_the_bucket_is_empty() -> None:
    observability = quiet()
    queue = observability.queue("reviews", rate=0.001, burst=2)

    taken = [queue.try_token(), await queue.token(timeout=0.0), queue.try_token(), await queue.token(timeout=1.0)]

    found = exposed(observability)
    assert taken == [True, True, False, False]
    assert [found.value(TOKENS, {TOKEN_OUTCOME: outcome}) for outcome in TOKEN_OUTCOME.values] == [2, 2]
    assert 0 <= found.value(TOKENS_AVAILABLE, {QUEUE: "reviews"}) < 0.1


async def test_a_queue_without_a_rate_has_no_tokens() -> None:
    queue = quiet().queue("reviews")

    with pytest.raises(InvalidDeclaration, match="give rate= and burst="):
        queue.try_token()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": " "}, "give a name"),
        ({"priorities": ("high", "")}, "priorities="),
        ({"priorities": ("high", "high")}, "each once"),
        ({"priorities": "low"}, "priorities='low'"),
        ({"priorities": 3}, "priorities=3"),
        ({"depth": 7}, "depth=7"),
        ({"oldest": asyncio.sleep}, "plain function"),
        ({"rate": -1}, "tokens per second"),
        ({"rate": float("nan")}, "tokens per second"),
        ({"rate": 1, "burst": 1.5}, "burst=1.5"),
        ({"burst": 5}, "burst without rate"),
    ],
)
def test_a_wrong_declaration_says_what_is_wrong(given: dict[str, Any], said: str) -> None:
    declare: Callable[..., Any] = quiet().queue

    with pytest.raises(InvalidDeclaration, match=said):
        declare(**{"name": "reviews", **given})


async def test_without_monitoring_a_queue_does_its_work_and_counts_nothing() -> None:
    observability = quiet(switches=Switches(monitoring=False))
    queue = observability.queue("reviews", rate=10, burst=1)
    inside = queue.wrap(asyncio.Queue[str]())

    await inside.put("one")
    with queue.process(await inside.get(), task="analyse"), queue.batch([queue.sent()]) as batch:
        assert len(batch.jobs) == 1

    assert (queue.try_token(), queue.try_token()) == (True, False)
    assert exposed(observability).series(QUEUE_MESSAGES) == 0
