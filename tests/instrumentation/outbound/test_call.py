"""An outbound call in its trace: the span it leaves, and the headers it takes along."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest
from opentelemetry import baggage, context, trace
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.exception_attributes import EXCEPTION_MESSAGE
from opentelemetry.semconv.attributes.http_attributes import (
    HTTP_REQUEST_METHOD,
    HTTP_REQUEST_METHOD_ORIGINAL,
    HTTP_REQUEST_RESEND_COUNT,
    HTTP_RESPONSE_STATUS_CODE,
)
from opentelemetry.semconv.attributes.server_attributes import SERVER_ADDRESS, SERVER_PORT
from opentelemetry.semconv.attributes.url_attributes import URL_FULL
from opentelemetry.trace import SpanKind, StatusCode

from tests.plugins.application import client as calling
from tests.plugins.application import exposed, keyed
from watchbill import Observability, Switches, Tracing
from watchbill.catalogue.outbound import CLIENT_REQUESTS
from watchbill.testing import Spans

TRACE, SPAN = 0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331
OWN = f"00-{TRACE:032x}-{SPAN:016x}-01"


class Far:
    """A server that keeps the headers it was sent."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.headers: list[httpx.Headers] = []
        self.client = httpx.Client(transport=httpx.MockTransport(self.answer), follow_redirects=True)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Its answer: a redirect for one path."""
        self.headers.append(request.headers.copy())
        if request.url.path == "/moved":
            return httpx.Response(302, headers={"location": "/"})
        return httpx.Response(self.status, text="aye")

    @property
    def parents(self) -> list[str | None]:
        """The spans the requests named as their parents."""
        return [headers.get("traceparent") for headers in self.headers]


def traced(far: Far, spans: Spans | None = None, tracing: Tracing | None = None) -> tuple[Observability, trace.Tracer]:
    """One whose spans are kept, and a tracer of the application's on it."""
    tracing = tracing or (spans or Spans()).tracing
    observability = Observability("shop", logging=None, tracing=tracing).httpx(far.client)
    provider = observability.tracer_provider
    assert provider is not None
    return observability, provider.get_tracer("application")


def name_of(span: ReadableSpan) -> str:
    """As a header names it."""
    found = span.get_span_context()
    assert found is not None
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}"


def clients(spans: Spans) -> list[ReadableSpan]:
    """Spans of calls."""
    return [span for span in spans.finished if span.kind is SpanKind.CLIENT]


def attributes(span: ReadableSpan) -> dict[str, Any]:
    """Its attributes."""
    return dict(span.attributes or {})


def test_a_call_in_a_recorded_span_is_its_child_and_the_parent_of_what_is_called() -> None:
    far, spans = Far(), Spans()
    _, tracer = traced(far, spans)
    with tracer.start_as_current_span("work"):
        far.client.get("http://far.test:81/users?page=1")

    (call,) = clients(spans)
    work = spans.finished[-1]
    assert call.parent == work.get_span_context()
    assert far.parents == [name_of(call)]
    assert (call.name, call.status.status_code) == ("GET", StatusCode.UNSET)
    assert attributes(call) == {
        HTTP_REQUEST_METHOD: "GET",
        HTTP_RESPONSE_STATUS_CODE: 200,
        SERVER_ADDRESS: "far.test",
        SERVER_PORT: 81,
        URL_FULL: "http://far.test:81/users?page=1",
    }


def test_without_a_span_there_is_none_and_no_header() -> None:
    far, spans = Far(), Spans()
    traced(far, spans)
    far.client.get("http://far.test/")

    assert far.parents == [None]
    assert not spans.finished


def test_a_trace_that_is_not_sampled_is_passed_on_and_leaves_no_span() -> None:
    far, spans = Far(), Spans()
    traced(far, spans)
    unsampled = trace.SpanContext(TRACE, SPAN, is_remote=False)
    with trace.use_span(trace.NonRecordingSpan(unsampled)):
        far.client.get("http://far.test/")

    assert far.parents == [f"00-{TRACE:032x}-{SPAN:016x}-00"]
    assert not spans.finished


async def test_an_unsampled_request_passes_its_ids_on() -> None:
    far = Far()
    observability, _ = traced(far, tracing=Tracing(ratio=0.0))
    app = keyed()
    app.get("/far")(lambda: far.client.get("http://far.test/").text)
    observability.instrument(app)
    async with calling(app) as calls:
        await calls.get("/far", headers={"traceparent": f"00-{TRACE:032x}-{SPAN:016x}-00"})
    observability.uninstrument(app)

    (parent,) = far.parents
    assert parent is not None
    assert parent.startswith(f"00-{TRACE:032x}-")
    assert parent.endswith("-00")


def test_a_header_of_the_application_s_own_wins() -> None:
    far, spans = Far(), Spans()
    _, tracer = traced(far, spans)
    with tracer.start_as_current_span("work"):
        far.client.get("http://far.test/", headers={"TraceParent": OWN})

    assert far.parents == [OWN]
    assert len(clients(spans)) == 1


def test_a_request_is_afterwards_as_it_was_and_each_hop_has_its_own_parent() -> None:
    far, spans = Far(), Spans()
    _, tracer = traced(far, spans)
    with tracer.start_as_current_span("work"):
        answer = far.client.get("http://far.test/moved")
        far.client.send(answer.request)

    assert far.parents == [name_of(span) for span in clients(spans)]
    assert len(set(far.parents)) == 3
    assert "traceparent" not in answer.request.headers
    assert "traceparent" not in answer.history[0].request.headers
    assert [attributes(span).get(HTTP_REQUEST_RESEND_COUNT) for span in clients(spans)] == [None, 1, None]


def test_a_request_whose_call_failed_is_as_it_was_too() -> None:
    far, spans = Far(), Spans()
    _, tracer = traced(far, spans)
    far.client.event_hooks = {"response": [httpx.Response.raise_for_status]}
    far.status = 500
    request = far.client.build_request("GET", "http://far.test/")
    with tracer.start_as_current_span("work"), pytest.raises(httpx.HTTPStatusError):
        far.client.send(request)

    assert far.parents == [name_of(clients(spans)[0])]
    assert "traceparent" not in request.headers


@pytest.mark.parametrize("status", [404, 503])
def test_an_error_s_status_fails_the_span(status: int) -> None:
    far, spans = Far(status), Spans()
    _, tracer = traced(far, spans)
    with tracer.start_as_current_span("work"):
        far.client.get("http://far.test/")

    (call,) = clients(spans)
    assert call.status.status_code is StatusCode.ERROR
    assert (attributes(call)[ERROR_TYPE], attributes(call)[HTTP_RESPONSE_STATUS_CODE]) == (str(status), status)


def test_an_exception_fails_the_span_and_its_secrets_stay_out() -> None:
    def refuse(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no way to http://u:topsecret@far.test")

    far, spans = Far(), Spans()
    far.client = httpx.Client(transport=httpx.MockTransport(refuse))
    _, tracer = traced(far, spans)
    with tracer.start_as_current_span("work"), pytest.raises(httpx.ConnectError):
        far.client.get("http://u:topsecret@far.test/?api_key=topsecret&page=2")

    (call,) = clients(spans)
    assert call.status.status_code is StatusCode.ERROR
    assert attributes(call)[ERROR_TYPE] == "ConnectError"
    assert attributes(call)[URL_FULL] == "http://far.test/?api_key=[scrubbed]&page=2"
    assert "topsecret" not in attributes(call)[EXCEPTION_MESSAGE]


def test_a_made_up_method_is_told_apart() -> None:
    far, spans = Far(), Spans()
    _, tracer = traced(far, spans)
    with tracer.start_as_current_span("work"):
        far.client.request("BREW", "http://far.test/")

    (call,) = clients(spans)
    assert call.name == "HTTP"
    assert attributes(call)[HTTP_REQUEST_METHOD] == "_OTHER"
    assert attributes(call)[HTTP_REQUEST_METHOD_ORIGINAL] == "BREW"


def test_baggage_goes_along_where_there_is_some() -> None:
    far = Far()
    _, tracer = traced(far)
    token = context.attach(baggage.set_baggage("tenant", "blue"))
    try:
        with tracer.start_as_current_span("work"):
            far.client.get("http://far.test/")
    finally:
        context.detach(token)

    assert far.headers[0]["baggage"] == "tenant=blue"
    assert far.parents[0] is not None


def test_spans_are_left_to_opentelemetry_s_own_instrumentation(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("opentelemetry.instrumentation.httpx")
    one = SimpleNamespace(is_instrumented_by_opentelemetry=True)
    module.__dict__["HTTPXClientInstrumentor"] = SimpleNamespace(_instance=one)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    far, spans = Far(), Spans()
    observability, tracer = traced(far, spans)
    with tracer.start_as_current_span("work"):
        far.client.get("http://far.test/")

    assert far.parents == [None]
    assert not clients(spans)
    assert "opentelemetry-instrumentation-httpx" in observability.report()["httpx (Client)"].reason


def test_so_they_are_where_it_is_in_one_client_alone() -> None:
    far, spans = Far(), Spans()
    HTTPXClientInstrumentor.instrument_client(far.client)
    observability, tracer = traced(far, spans)
    with tracer.start_as_current_span("work"):
        far.client.get("http://far.test/")

    assert not clients(spans)
    assert "opentelemetry-instrumentation-httpx" in observability.report()["httpx (Client)"].reason


def test_spans_need_no_metrics() -> None:
    far, spans = Far(), Spans()
    observability = Observability("shop", tracing=spans.tracing, logging=None, switches=Switches(metrics=False))
    observability.httpx(far.client)
    provider = observability.tracer_provider
    assert provider is not None
    with provider.get_tracer("application").start_as_current_span("work"):
        far.client.get("http://far.test/")

    assert far.parents == [name_of(clients(spans)[0])]
    assert exposed(observability).series(CLIENT_REQUESTS) == 0


def test_a_streamed_answer_s_span_ends_with_its_body() -> None:
    far, spans = Far(), Spans()
    far.client = httpx.Client(
        transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=httpx.ByteStream(b"aye")))
    )
    _, tracer = traced(far, spans)
    with tracer.start_as_current_span("work"), far.client.stream("GET", "http://far.test/") as answer:
        assert not clients(spans)
        answer.read()
        assert len(clients(spans)) == 1
