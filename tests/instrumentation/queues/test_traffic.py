"""What a library says of its messages reaches metrics, traces and the request's account."""

import logging
from typing import Any

import pytest
from fastapi import FastAPI
from opentelemetry import baggage, context

from tests.instrumentation.queues.test_queue import ids_of, messages
from tests.plugins.application import client, exposed, quiet
from watchbill import Observability, Tracing
from watchbill.catalogue.queue import DEAD_LETTERED, LOST, PUBLISHED, QUEUE_DURATION, QUEUE_RUNNING, STARTED
from watchbill.catalogue.watching import INTERNAL_ERRORS
from watchbill.queues.traffic import Traffic
from watchbill.testing import Lines, Spans
from watchbill.totals import MESSAGES


def traffic_of(observability: Observability) -> Traffic:
    """That of a library of the test's own."""
    return Traffic(observability._ground, "postcard")  # pyright: ignore[reportPrivateUsage]  # as integrations get it


async def test_messages_stand_in_the_account_of_their_request() -> None:
    lines = Lines()
    app, observability = FastAPI(), quiet(logging=lines.logging)
    queue = observability.queue("reviews")

    @app.post("/reviews")
    async def create() -> None:
        for _ in range(3):
            queue.sent("analyse")

    observability.instrument(app)
    async with client(app) as calls:
        await calls.post("/reviews")
    observability.uninstrument(app)

    (line,) = lines.requests
    assert line[MESSAGES] == 3


def test_a_trace_that_is_not_sampled_goes_through_the_queue_too() -> None:
    traffic = traffic_of(quiet(tracing=Tracing(ratio=0.0)))
    headers: dict[str, str] = {}

    outer = traffic.deliver("cards", "write")
    traffic.send("cards", "post", headers).sent()
    outer.succeeded()
    inner = traffic.deliver("cards", "post", headers)
    inner.succeeded()

    assert int(headers["traceparent"][-2:], 16) & 1 == 0
    assert ids_of(inner.context)[0] == ids_of(outer.context)[0] == int(headers["traceparent"][3:35], 16)


def test_baggage_goes_through_the_queue() -> None:
    spans = Spans()
    traffic = traffic_of(quiet(tracing=spans.tracing))
    headers: dict[str, str] = {}
    outer = traffic.deliver("cards", "write")
    token = context.attach(baggage.set_baggage("tenant", "north"))
    traffic.send("cards", "post", headers).sent()
    context.detach(token)
    outer.succeeded()

    inner = traffic.deliver("cards", "post", headers)
    found = baggage.get_baggage("tenant")
    inner.succeeded()

    sent = next(span for span in spans.finished if span.name == "send cards")
    assert found == "north"
    assert int(headers["traceparent"][36:52], 16) == ids_of(sent.context)[1]


def test_the_duration_of_a_sampled_delivery_names_its_trace() -> None:
    observability = quiet(tracing=Spans().tracing)
    delivery = traffic_of(observability).deliver("cards", "write")
    delivery.succeeded()

    found = observability._emission.store.families[QUEUE_DURATION.name].exemplars  # pyright: ignore[reportPrivateUsage]  # only OpenMetrics shows them

    assert len(found) == 1


def test_the_first_end_of_a_delivery_counts() -> None:
    observability = quiet()
    delivery = traffic_of(observability).deliver("cards", "write")

    delivery.dead_lettered("no stamp")
    delivery.succeeded()
    delivery.lost()

    assert messages(observability) == {STARTED: 1, DEAD_LETTERED: 1}
    assert exposed(observability).value(QUEUE_RUNNING) == 0


def test_a_message_that_ended_elsewhere_was_not_running_here() -> None:
    observability = quiet()
    traffic = traffic_of(observability)

    traffic.ended_elsewhere("cards", "write", LOST)

    assert messages(observability) == {LOST: 1}
    assert exposed(observability).value(QUEUE_RUNNING) == 0


FORGED: list[dict[str, Any]] = [
    {"traceparent": 7},
    {"traceparent": "rubbish"},
    {"traceparent": "", "baggage": 3},
    {"traceparent": f"00-{1:032x}-{1:016x}-01", "tracestate": 4},
]


@pytest.mark.parametrize("headers", FORGED)
def test_a_forged_trace_is_no_reason_to_fail_or_to_count_wrongly(headers: dict[str, Any]) -> None:
    observability = quiet(tracing=Spans().tracing)

    delivery = traffic_of(observability).deliver("cards", "write", headers)
    delivery.succeeded()

    assert exposed(observability).value(QUEUE_RUNNING) == 0
    assert exposed(observability).value(INTERNAL_ERRORS) == 0


def test_an_error_inside_is_reported_once_and_the_message_goes_its_way(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    observability = quiet()
    queue = observability.queue("reviews")

    def broken(*_: object) -> None:
        raise RuntimeError("our own mistake")

    monkeypatch.setattr("watchbill.queues.series.QueueSeries.track", broken)
    with caplog.at_level(logging.ERROR, "watchbill"), queue.process(queue.sent()) as job:
        assert job.task == "reviews"

    assert len(caplog.records) == 1
    assert messages(observability).get(PUBLISHED, 0) == 0
