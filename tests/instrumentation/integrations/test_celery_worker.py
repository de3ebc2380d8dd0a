"""What Celery workers make of their messages: real ones, on a real Redis."""

import gc
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any

import pytest
from celery import chord, group
from kombu import Producer
from opentelemetry import trace

from tests.plugins.celery_worker import CeleryWorker, celery_worker
from tests.plugins.celery_workshop import QUEUE, Broken, workshop
from tests.plugins.programs import wait_until
from tests.plugins.redis_server import RedisServer
from watchbill import Observability
from watchbill.catalogue.queue import (
    DEAD_LETTERED,
    FAILED,
    LOST,
    MESSAGE_STATUS,
    PRIORITY,
    QUEUE_ATTEMPTS,
    QUEUE_CLOCK_SKEW,
    QUEUE_DEAD_LETTERS,
    QUEUE_DURATION,
    QUEUE_MESSAGES,
    QUEUE_PRIORITY_MESSAGES,
    QUEUE_RUNNING,
    QUEUE_SCHEDULED,
    QUEUE_WAIT,
    REASON,
    RETRIED,
    REVOKED,
    STARTED,
    SUCCEEDED,
    TASK,
)
from watchbill.catalogue.queue import QUEUE as QUEUE_LABEL
from watchbill.catalogue.watching import INTERNAL_ERRORS
from watchbill.integrations.celery_traffic import REJECTED, RETRIES_EXHAUSTED
from watchbill.integrations.celery_worker import EXPIRED, INVALID, UNDECODABLE, UNREGISTERED, WORKER_LOST
from watchbill.queues.envelope import DUE
from watchbill.testing import Exposition, Spans

Counts = dict[str, float]


@dataclass(frozen=True)
class Workshop:
    """A worker, an application that sends to it, and one that sends without us."""

    worker: CeleryWorker
    app: Any
    bare: Any
    folder: Path
    spans_file: Path
    spans: Spans
    observability: Observability

    def span_of(self, name: str, message: str) -> dict[str, Any] | None:
        """The worker's, once it is there."""
        lines = self.spans_file.read_text().splitlines() if self.spans_file.exists() else []
        found = (span for span in map(json.loads, lines) if span["name"] == name)
        return next((one for one in found if one["attributes"]["messaging.message.id"] == message), None)


def url(server: RedisServer, database: int) -> str:
    """As Celery takes it."""
    return f"redis://:{server.password}@{server.address}/{database}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One for all tests here."""
    found = RedisServer(tmp_path_factory.mktemp("redis"))
    found.start()
    yield found
    # A result says goodbye to its backend, which some versions of Celery retry for long.
    gc.collect()
    found.stop()


@pytest.fixture(scope="module")
def shop(server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """Two prefork processes; each test has tasks of its own."""
    folder = tmp_path_factory.mktemp("workshop")
    (folder / "marks").mkdir()
    broker, backend = url(server, 0), url(server, 1)
    app, bare, spans = workshop(broker, backend), workshop(broker, backend), Spans()
    observability = Observability("sender", tracing=spans.tracing, logging=None).celery(app)
    file = folder / "spans"
    with celery_worker(folder, broker, concurrency=2, TEST_BACKEND=backend, TEST_SPANS=str(file)) as worker:
        yield Workshop(worker, app, bare, folder, file, spans, observability)
    observability.uninstrument(app)
    app.close()
    bare.close()


def counts(page: Exposition, task: str) -> Counts:
    """The deliveries and ends of a task, without those that never happened."""
    statuses = (STARTED, SUCCEEDED, FAILED, RETRIED, DEAD_LETTERED, REVOKED, LOST)
    found = {status: page.value(QUEUE_MESSAGES, {TASK: task, MESSAGE_STATUS: status}) for status in statuses}
    return {status: number for status, number in found.items() if number}


def settled(shop: Workshop, task: str, expected: Counts) -> Exposition:
    """The page when a task's counts are as expected and nothing of it runs."""
    return shop.worker.until(
        lambda page: counts(page, task) == expected and page.value(QUEUE_RUNNING, {TASK: task}) == 0,
        f"{task}: {expected}",
    )


ONCE = {STARTED: 1}
ENDS: list[tuple[str, Counts, str, int]] = [
    ("fails", {**ONCE, FAILED: 1}, "", 1),
    ("softly", {**ONCE, FAILED: 1}, "", 1),
    ("limited", {**ONCE, FAILED: 1}, "", 1),
    ("ignores", {**ONCE, SUCCEEDED: 1}, "", 1),
    ("rejects", {**ONCE, DEAD_LETTERED: 1}, REJECTED, 1),
    ("gives_up", {STARTED: 3, RETRIED: 2, DEAD_LETTERED: 1}, RETRIES_EXHAUSTED, 3),
    ("autoretries", {STARTED: 2, RETRIED: 1, DEAD_LETTERED: 1}, RETRIES_EXHAUSTED, 2),
    ("lost", {**ONCE, DEAD_LETTERED: 1}, WORKER_LOST, 1),
]


@pytest.mark.parametrize(("task", "expected", "reason", "attempts"), ENDS, ids=[one[0] for one in ENDS])
def test_each_way_to_end_is_counted_once(
    shop: Workshop, task: str, expected: Counts, reason: str, attempts: int
) -> None:
    shop.app.tasks[task].delay()
    page = settled(shop, task, expected)
    letters = {one: page.value(QUEUE_DEAD_LETTERS, {TASK: task, REASON: one}) for one in (reason,) if one}
    assert letters == ({reason: 1} if reason else {})
    assert page.value(QUEUE_DEAD_LETTERS, {TASK: task}) == (1 if reason else 0)
    assert page.count(QUEUE_DURATION, {TASK: task}) == expected[STARTED]
    assert page.total(QUEUE_ATTEMPTS, {TASK: task}) == attempts
    assert page.count(QUEUE_ATTEMPTS, {TASK: task}) == 1


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("requeues", {STARTED: 2, RETRIED: 1, SUCCEEDED: 1}),
        ("killed", {STARTED: 2, LOST: 1, SUCCEEDED: 1}),
    ],
)
def test_a_message_that_comes_again_ends_once(shop: Workshop, task: str, expected: Counts) -> None:
    shop.app.tasks[task].delay(str(shop.folder / "marks"))
    page = settled(shop, task, expected)
    # When it was put back nobody knows.
    assert page.count(QUEUE_WAIT, {TASK: task}) == 1


def test_results_and_errors_are_what_they_were(shop: Workshop) -> None:
    answer = {"a": [1, None, "ä"]}
    assert shop.app.tasks["add"].delay(1, 2).get(timeout=20) == 3
    # The worker is ours all the same.
    assert shop.bare.tasks["done"].delay(answer).get(timeout=20) == answer
    result = shop.app.tasks["fails_too"].delay()
    with pytest.raises(Broken, match="by design") as caught:
        result.get(timeout=20)
    assert type(caught.value) is Broken
    assert "tests/plugins/celery_workshop.py" in result.traceback
    assert "watchbill/" not in result.traceback


def test_the_wait_is_without_eta_and_back_off(shop: Workshop) -> None:
    shop.app.tasks["retries"].apply_async(args=[1.5], countdown=1.5)
    page = settled(shop, "retries", {STARTED: 2, RETRIED: 1, SUCCEEDED: 1})
    assert page.count(QUEUE_WAIT, {TASK: "retries"}) == 2
    assert page.total(QUEUE_WAIT, {TASK: "retries"}) < 1.5


def test_without_an_instrumented_producer_there_is_no_wait(shop: Workshop) -> None:
    shop.bare.tasks["unsent"].delay()
    page = settled(shop, "unsent", {**ONCE, SUCCEEDED: 1})
    assert page.count(QUEUE_WAIT, {TASK: "unsent"}) == 0
    assert page.count(QUEUE_DURATION, {TASK: "unsent"}) == 1


def test_a_clock_that_is_ahead_counts_as_no_wait(shop: Workshop) -> None:
    before = shop.worker.exposition().value(QUEUE_CLOCK_SKEW)
    shop.bare.tasks["skewed"].apply_async(headers={DUE: f"{time() + 100:.6f}"})
    page = settled(shop, "skewed", {**ONCE, SUCCEEDED: 1})
    assert page.value(QUEUE_CLOCK_SKEW) == before + 1
    assert page.count(QUEUE_WAIT, {TASK: "skewed"}) == 1
    assert page.total(QUEUE_WAIT, {TASK: "skewed"}) == 0


def test_a_message_is_counted_by_its_priority(shop: Workshop) -> None:
    shop.app.tasks["done"].apply_async(priority=6)
    labels = {QUEUE_LABEL: QUEUE, PRIORITY: "6"}
    page = shop.worker.until_value(QUEUE_PRIORITY_MESSAGES, {**labels, MESSAGE_STATUS: SUCCEEDED}, 1)
    assert page.value(QUEUE_PRIORITY_MESSAGES, {**labels, MESSAGE_STATUS: STARTED}) == 1


def test_revoked_before_it_began(shop: Workshop) -> None:
    result = shop.app.tasks["revoked"].apply_async(countdown=1.0)
    result.revoke()
    page = settled(shop, "revoked", {REVOKED: 1})
    assert page.count(QUEUE_DURATION, {TASK: "revoked"}) == 0


def test_revoked_while_it_ran(shop: Workshop) -> None:
    result = shop.app.tasks["terminated"].delay()
    shop.worker.until_value(QUEUE_RUNNING, {TASK: "terminated"}, 1)
    result.revoke(terminate=True)
    settled(shop, "terminated", {**ONCE, REVOKED: 1})


def test_what_can_not_be_worked_on_is_a_dead_letter(shop: Workshop) -> None:
    shop.app.tasks["expired"].apply_async(expires=-1)
    shop.app.send_task("nonesuch")
    with shop.bare.connection_for_write() as connection:
        for task, kind in (("undecoded", "application/json"), ("disallowed", "application/x-python-serialize")):
            Producer(connection).publish(
                b"{",
                routing_key=QUEUE,
                headers={"task": task, "id": task, "lang": "py"},
                content_type=kind,
                content_encoding="utf-8",
            )
    reasons = {"expired": EXPIRED, "nonesuch": UNREGISTERED, "undecoded": UNDECODABLE, "disallowed": INVALID}
    for task, reason in reasons.items():
        page = settled(shop, task, {DEAD_LETTERED: 1})
        assert page.value(QUEUE_DEAD_LETTERS, {QUEUE_LABEL: QUEUE, TASK: task, REASON: reason}) == 1


def test_chains_groups_and_chords_are_made_of_messages(shop: Workshop) -> None:
    sums = shop.app.tasks["sums"]
    assert (sums.s(1, 2) | sums.s(3)).delay().get(timeout=20) == 6
    assert group(sums.s(number) for number in range(3))().get(timeout=20) == [0, 1, 2]
    assert chord([sums.s(1), sums.s(2)], sums.s())().get(timeout=20) == 3
    settled(shop, "sums", {STARTED: 8, SUCCEEDED: 8})


def test_a_trace_goes_through_the_queue_and_on(shop: Workshop) -> None:
    with trace.get_tracer("test", tracer_provider=shop.observability.tracer_provider).start_as_current_span("request"):
        result = shop.app.tasks["leads"].delay()
    led = result.get(timeout=20)
    # A task's result is there before its span has ended, and its message before that of sending has.
    wanted = (("process leads", result.id), (f"send {QUEUE}", led), ("process done", led))
    wait_until(lambda: all(shop.span_of(*one) is not None for one in wanted), "all spans")
    ours = [span for span in shop.spans.finished if span.name == f"send {QUEUE}"][-1]
    first, sent, last = (shop.span_of(*one) for one in wanted)
    assert first is not None
    assert sent is not None
    assert last is not None
    assert ours.context is not None
    assert first["parent"] == f"{ours.context.span_id:016x}"
    assert (sent["parent"], last["parent"]) == (first["id"], sent["id"])
    assert {one["trace"] for one in (first, sent, last)} == {f"{ours.context.trace_id:032x}"}
    assert (first["kind"], sent["kind"]) == ("CONSUMER", "PRODUCER")
    assert first["attributes"] == {
        "messaging.system": "celery",
        "messaging.destination.name": QUEUE,
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.message.id": result.id,
        "code.function.name": "leads",
    }


def test_messages_that_wait_for_their_eta_are_the_scheduled_backlog(shop: Workshop) -> None:
    results = [shop.app.tasks["later"].apply_async(countdown=60) for _ in range(3)]
    shop.worker.until(lambda page: page.value(QUEUE_SCHEDULED, {QUEUE_LABEL: QUEUE}) >= 3, "a backlog of three")
    for result in results:
        result.revoke()


def test_the_instrumentation_had_no_errors(shop: Workshop) -> None:
    assert shop.worker.exposition().value(INTERNAL_ERRORS) == 0
    assert Exposition.of(shop.observability).value(INTERNAL_ERRORS) == 0


@pytest.mark.parametrize("pool", ["threads", "solo", "gevent"])
def test_every_pool_counts_alike(pool: str, server: RedisServer, tmp_path: Path) -> None:
    databases = {"threads": 2, "solo": 3, "gevent": 4}
    broker = url(server, databases[pool])
    app, file = workshop(broker), tmp_path / "spans"
    with celery_worker(tmp_path, broker, pool=pool, concurrency=2, TEST_SPANS=str(file)) as worker:
        for task in ("done", "fails", "retries", "gives_up", "leads"):
            app.tasks[task].delay()
        if pool != "solo":
            # There it ends the worker.
            app.tasks["exits"].delay()
        number = 6 if pool == "solo" else 7
        page = worker.until(lambda found: sum(ended(found)) == number, "the end of all")
        assert counts(page, "exits") == ({} if pool == "solo" else {**ONCE, FAILED: 1})
        assert counts(page, "done") == {STARTED: 2, SUCCEEDED: 2}
        assert counts(page, "fails") == {**ONCE, FAILED: 1}
        assert counts(page, "retries") == {STARTED: 2, RETRIED: 1, SUCCEEDED: 1}
        assert counts(page, "gives_up") == {STARTED: 3, RETRIED: 2, DEAD_LETTERED: 1}
        assert page.value(QUEUE_RUNNING) == 0
        assert page.value(INTERNAL_ERRORS) == 0
    spans = [json.loads(line) for line in file.read_text().splitlines()]
    sent = [span for span in spans if span["kind"] == "PRODUCER" and span["attributes"]["code.function.name"] == "done"]
    assert [span["parent"] for span in sent] == [span["id"] for span in spans if span["name"] == "process leads"]
    app.close()


def ended(page: Exposition) -> list[float]:
    """The ends of messages."""
    return [page.value(QUEUE_MESSAGES, {MESSAGE_STATUS: status}) for status in (SUCCEEDED, FAILED, DEAD_LETTERED)]
