"""Celery, within one process: publishing, and eager tasks. Workers are tested beside this file."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from time import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from kombu.exceptions import EncodeError
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from tests.plugins.application import client, quiet
from tests.plugins.celery_workshop import (
    OTHER_QUEUE,
    QUEUE,
    TOPIC_QUEUE,
    Broken,
    in_memory,
    message,
    published,
    workshop,
)
from watchbill import Observability
from watchbill.catalogue.queue import (
    FAILED,
    MESSAGE_STATUS,
    PRIORITY,
    PUBLISHED,
    QUEUE_MESSAGES,
    QUEUE_PRIORITY_MESSAGES,
    QUEUE_RUNNING,
    QUEUE_WAIT,
    RETRIED,
    STARTED,
    SUCCEEDED,
    TASK,
)
from watchbill.catalogue.queue import QUEUE as QUEUE_LABEL
from watchbill.integrations.celery_names import EAGER, QueueNames
from watchbill.queues.envelope import ATTEMPT, DUE
from watchbill.testing import Exposition, Spans
from watchbill.traces.traceparent import HEADER

MEMORY = "memory://"


@pytest.fixture
def app() -> Iterator[Any]:
    """An application with a broker in this process, which all of its tests share."""
    found = in_memory()
    yield found
    found.close()


def test_a_message_is_counted_when_it_is_published(app: Any) -> None:
    observability = quiet().celery(app)
    app.tasks["done"].delay("a")
    app.send_task("done", priority=3)
    page = Exposition.of(observability)
    assert page.value(QUEUE_MESSAGES, {QUEUE_LABEL: QUEUE, TASK: "done", MESSAGE_STATUS: PUBLISHED}) == 2
    assert page.value(QUEUE_PRIORITY_MESSAGES, {PRIORITY: "3", MESSAGE_STATUS: PUBLISHED}) == 1
    observability.uninstrument(app)


def test_every_way_to_publish_is_seen(app: Any) -> None:
    from celery import group

    observability = quiet().celery(app)
    done, add = app.tasks["done"], app.tasks["add"]
    group(done.s(number) for number in range(3)).apply_async()
    (add.s(1, 2) | add.s(3)).apply_async()
    done.signature(("again",)).apply_async()
    assert published(observability) == 4
    # Of a chain, its first; each other is published by the worker of the one before.
    assert published(observability, "add") == 1
    observability.uninstrument(app)


def test_a_message_goes_to_the_queue_it_is_counted_under(app: Any) -> None:
    from kombu import Exchange, Queue

    app.conf.task_queues = [*app.conf.task_queues, Queue(TOPIC_QUEUE, Exchange("topics", "topic"), "news.#")]
    app.conf.task_routes = {"add": {"queue": OTHER_QUEUE}}
    observability = quiet().celery(app)
    app.tasks["add"].delay(1)
    app.tasks["done"].apply_async(queue=OTHER_QUEUE)
    app.tasks["done"].apply_async(exchange="topics", exchange_type="topic", routing_key="news.local.late")
    page = Exposition.of(observability)
    assert page.value(QUEUE_MESSAGES, {QUEUE_LABEL: OTHER_QUEUE, TASK: "add", MESSAGE_STATUS: PUBLISHED}) == 1
    assert page.value(QUEUE_MESSAGES, {QUEUE_LABEL: OTHER_QUEUE, TASK: "done", MESSAGE_STATUS: PUBLISHED}) == 1
    assert page.value(QUEUE_MESSAGES, {QUEUE_LABEL: TOPIC_QUEUE, TASK: "done", MESSAGE_STATUS: PUBLISHED}) == 1
    observability.uninstrument(app)


def test_what_is_sent_to_all_goes_by_its_declared_name(app: Any) -> None:
    from kombu.common import Broadcast

    app.conf.task_queues = [*app.conf.task_queues, Broadcast("everybody")]
    observability = quiet().celery(app)
    app.tasks["done"].apply_async(queue="everybody")
    page = Exposition.of(observability)
    assert page.value(QUEUE_MESSAGES, {QUEUE_LABEL: "everybody", TASK: "done", MESSAGE_STATUS: PUBLISHED}) == 1
    names = QueueNames()
    assert names.of(app, {"exchange": "everybody", "routing_key": ""}) == "everybody"
    assert not [one for one in page.samples if "bcast." in one.labels.get(QUEUE_LABEL.name, "")]
    observability.uninstrument(app)


def test_what_was_not_published_is_not_counted(app: Any) -> None:
    observability = quiet().celery(app)
    with pytest.raises(EncodeError) as bare:
        workshop(MEMORY).tasks["done"].apply_async(args=[object()], serializer="json")
    with pytest.raises(EncodeError) as caught:
        app.tasks["done"].apply_async(args=[object()], serializer="json")
    assert str(caught.value) == str(bare.value)
    assert published(observability) == 0
    observability.uninstrument(app)


def test_the_message_is_as_it_was_but_for_our_headers(app: Any) -> None:
    app.tasks["add"].apply_async(args=[1, 2], task_id="one", headers={"tenant": "a"})
    bare = message(app)
    observability = quiet().celery(app)
    given = {"tenant": "a"}
    app.tasks["add"].apply_async(args=[1, 2], task_id="one", headers=given)
    ours = message(app)
    assert given == {"tenant": "a"}
    assert ours.body == bare.body
    assert {key: value for key, value in ours.headers.items() if key != DUE} == bare.headers
    observability.uninstrument(app)


@pytest.mark.parametrize("zone", ["countdown", "UTC", "Asia/Tokyo", "the application's"])
def test_a_message_with_an_eta_is_due_then(app: Any, zone: str) -> None:
    observability = quiet().celery(app)
    app.conf.timezone = "America/Lima"
    if zone == "countdown":
        app.tasks["done"].apply_async(countdown=60)
    else:
        # An ETA without a zone means the application's.
        known = ZoneInfo(zone) if zone != "the application's" else app.timezone
        eta = datetime.now(known) + timedelta(seconds=60)
        app.tasks["done"].apply_async(eta=eta if zone != "the application's" else eta.replace(tzinfo=None))
    assert float(message(app).headers[DUE]) - time() == pytest.approx(60, abs=30)
    observability.uninstrument(app)


def test_a_producer_span_is_a_child_of_the_request_and_parent_of_the_message(app: Any) -> None:
    spans = Spans()
    observability = Observability("shop", tracing=spans.tracing, logging=None).celery(app)
    with trace.get_tracer("test", tracer_provider=provider(observability)).start_as_current_span("request"):
        app.tasks["done"].apply_async(args=["secret"], task_id="one")
    sent, request = spans.finished
    assert (sent.name, sent.kind) == (f"send {QUEUE}", SpanKind.PRODUCER)
    ours, theirs = sent.get_span_context(), request.get_span_context()
    assert sent.parent is not None
    assert ours is not None
    assert theirs is not None
    assert sent.parent.span_id == theirs.span_id
    assert f"{ours.span_id:016x}" in message(app).headers[HEADER]
    assert dict(sent.attributes or {}) == {
        "messaging.system": "celery",
        "messaging.destination.name": QUEUE,
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.message.id": "one",
        "code.function.name": "done",
    }
    observability.uninstrument(app)


def test_without_a_parent_nothing_but_the_message_is_made(app: Any) -> None:
    spans = Spans()
    observability = Observability("shop", tracing=spans.tracing, logging=None).celery(app)
    app.tasks["done"].delay()
    assert spans.finished == ()
    assert HEADER not in message(app).headers
    observability.uninstrument(app)


async def test_a_request_s_account_says_how_many_messages_it_sent(app: Any) -> None:
    from fastapi import FastAPI

    from watchbill.catalogue.request_totals import REQUEST_MESSAGES

    web = FastAPI()
    observability = quiet().celery(app).instrument(web)

    @web.get("/")
    def order() -> None:
        for _ in range(3):
            app.tasks["done"].delay()

    async with client(web) as http:
        assert (await http.get("/")).status_code == 200
    assert Exposition.of(observability).total(REQUEST_MESSAGES) == 3
    observability.uninstrument(app)


def test_eager_tasks_start_and_succeed_and_wait_for_nothing(app: Any) -> None:
    observability = quiet().celery(app)
    app.conf.task_always_eager = True
    answer = {"a": None}
    assert app.tasks["done"].delay(answer).get() == answer
    with pytest.raises(Broken, match="by design"):
        app.tasks["fails"].delay().get()
    assert app.tasks["retries"].apply().get() == 1
    with pytest.raises(SystemExit):
        app.tasks["exits"].apply()
    page = Exposition.of(observability)
    assert page.value(QUEUE_MESSAGES, {QUEUE_LABEL: EAGER, TASK: "done", MESSAGE_STATUS: STARTED}) == 1
    assert page.value(QUEUE_MESSAGES, {QUEUE_LABEL: EAGER, TASK: "done", MESSAGE_STATUS: SUCCEEDED}) == 1
    assert page.value(QUEUE_MESSAGES, {TASK: "retries", MESSAGE_STATUS: RETRIED}) == 1
    assert page.value(QUEUE_MESSAGES, {TASK: "retries", MESSAGE_STATUS: SUCCEEDED}) == 1
    assert page.value(QUEUE_MESSAGES, {TASK: "exits", MESSAGE_STATUS: FAILED}) == 1
    assert page.value(QUEUE_MESSAGES, {MESSAGE_STATUS: PUBLISHED}) == 0
    assert page.count(QUEUE_WAIT) == 0
    assert page.value(QUEUE_RUNNING) == 0
    observability.uninstrument(app)


def test_an_eager_task_is_in_its_caller_s_trace(app: Any) -> None:
    spans = Spans()
    observability = Observability("shop", tracing=spans.tracing, logging=None).celery(app)
    with trace.get_tracer("test", tracer_provider=provider(observability)).start_as_current_span("request") as request:
        app.tasks["done"].apply()
        assert trace.get_current_span() is request
    assert [span.name for span in spans.finished] == ["process done", "request"]
    assert spans.finished[0].parent is not None
    observability.uninstrument(app)


def test_a_retry_is_the_same_message(app: Any) -> None:
    observability = quiet().celery(app)
    # As a worker has it, one that is not instrumented has passed on what it was given.
    app.tasks["done"].apply_async(retries=1, headers={DUE: "1.0", ATTEMPT: "1"})
    headers = message(app).headers
    assert published(observability) == 0
    assert headers[ATTEMPT] == "2"
    assert float(headers[DUE]) == pytest.approx(time(), abs=30)
    observability.uninstrument(app)


def provider(observability: Observability) -> Any:
    """What the observability's own spans come from."""
    return observability.tracer_provider
