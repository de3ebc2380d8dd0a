"""Exactly one server span per request, named and described by the stable semantic conventions."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import BackgroundTasks, FastAPI
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from tests.plugins.application import client, key_back, keyed, quiet, served, until
from tests.plugins.versions import needs_own_telemetry
from watchbill.asgi import Message
from watchbill.exposition import OPENMETRICS
from watchbill.testing import Spans

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"

ROOT = Path(__file__).parents[3]


def answering(status: int) -> Starlette:
    """An application that always answers with this status."""

    async def endpoint(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("", status)

    return Starlette(routes=[Route("/", endpoint)])


async def spans_of(
    app: Any, path: str = "/users/7", headers: dict[str, str] | None = None, ratio: float = 1, method: str = "GET"
) -> tuple[ReadableSpan, ...]:
    """The spans of one request."""
    return (await recorded(app, path, headers, ratio, method)).finished


async def recorded(
    app: Any, path: str = "/users/7", headers: dict[str, str] | None = None, ratio: float = 1, method: str = "GET"
) -> Spans:
    """What was recorded of one request."""
    spans = Spans(ratio=ratio)
    quiet(tracing=spans.tracing).instrument(app)
    async with client(app) as caller:
        await caller.request(method, path, headers=headers)
    return spans


def described(span: ReadableSpan) -> dict[str, Any]:
    """A span's attributes."""
    return dict(span.attributes or {})


async def test_the_span_says_what_was_asked_and_answered() -> None:
    (span,) = await spans_of(keyed(), "/users/7?page=2", {"user-agent": "browser", "host": "shop.example:8443"})
    assert (span.name, span.kind, span.status.status_code) == ("GET /users/{key}", SpanKind.SERVER, StatusCode.UNSET)
    assert described(span) == {
        "http.request.method": "GET",
        "http.route": "/users/{key}",
        "http.response.status_code": 200,
        "url.path": "/users/7",
        "url.query": "page=2",
        "url.scheme": "http",
        "network.protocol.version": "1.1",
        "network.peer.address": "127.0.0.1",
        "network.peer.port": 123,
        "client.address": "127.0.0.1",
        "server.address": "shop.example",
        "server.port": 8443,
        "user_agent.original": "browser",
    }
    assert span.resource.attributes["service.name"] == "shop"


async def test_secrets_in_the_query_are_scrubbed() -> None:
    (span,) = await spans_of(keyed(), "/users/7?page=2&access_token=abc")
    assert "abc" not in str(described(span))
    assert "page=2" in described(span)["url.query"]


async def test_the_callers_trace_is_continued() -> None:
    spans = await recorded(keyed(), headers={"traceparent": f"00-{TRACE}-{PARENT}-01"}, ratio=0)
    assert spans.ids[0]["trace_id"] == TRACE
    parent = spans.finished[0].parent
    assert parent is not None
    assert f"{parent.span_id:016x}" == PARENT


async def test_the_callers_decision_not_to_sample_is_respected() -> None:
    assert await spans_of(keyed(), headers={"traceparent": f"00-{TRACE}-{PARENT}-00"}) == ()


@pytest.mark.parametrize("header", ["", "nonsense", "00-" + "0" * 32 + "-" + PARENT + "-01", "\xff" * 600])
async def test_a_broken_traceparent_starts_a_new_trace(header: str) -> None:
    app, spans = keyed(), Spans()
    quiet(tracing=spans.tracing).instrument(app)
    async with client(app) as caller:
        await caller.get("/users/7", headers=[(b"traceparent", header.encode("latin-1"))])
    assert spans.finished[0].parent is None


async def test_an_unmatched_request_is_named_by_its_method_alone() -> None:
    (span,) = await spans_of(keyed(), "/nowhere/7")
    assert span.name == "GET"
    assert "http.route" not in described(span)


async def test_a_made_up_method_is_named_http() -> None:
    (span,) = await spans_of(keyed(), method="BREW")
    assert span.name == "HTTP /users/{key}"
    assert described(span)["http.request.method"] == "_OTHER"
    assert described(span)["http.request.method_original"] == "BREW"


async def test_a_failure_is_recorded_with_its_exception() -> None:
    async def fail(_request: Request) -> PlainTextResponse:
        raise LookupError("nothing there")

    (span,) = await spans_of(Starlette(routes=[Route("/", fail)]), "/")
    assert span.status.status_code is StatusCode.ERROR
    assert (described(span)["error.type"], described(span)["http.response.status_code"]) == ("LookupError", 500)
    assert [event.name for event in span.events] == ["exception"]


async def test_an_answered_failure_has_its_status_as_error_type() -> None:
    (span,) = await spans_of(answering(503), "/")
    assert (span.status.status_code, described(span)["error.type"]) == (StatusCode.ERROR, "503")


async def test_a_client_error_is_no_error_of_the_server() -> None:
    (span,) = await spans_of(answering(404), "/")
    assert span.status.status_code is StatusCode.UNSET


async def test_a_broken_stream_is_an_error_with_the_status_sent() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"begun"
        raise ValueError("in mid-stream")

    async def endpoint(_request: Request) -> StreamingResponse:
        return StreamingResponse(parts())

    (span,) = await spans_of(Starlette(routes=[Route("/", endpoint)]), "/")
    assert span.status.status_code is StatusCode.ERROR
    assert described(span)["http.response.status_code"] == 200
    # Starlette before 0.40 raises a group.
    assert described(span)["error.type"] in {"ValueError", "ExceptionGroup"}


async def test_the_span_ends_with_the_answer_and_its_ids_outlive_it() -> None:
    app, spans, during = FastAPI(), Spans(), list[Any]()

    async def work() -> None:
        during.append((len(spans.finished), f"{trace.get_current_span().get_span_context().trace_id:032x}"))
        await asyncio.sleep(0.2)

    @app.get("/")
    async def answer(tasks: BackgroundTasks) -> str:
        tasks.add_task(work)
        return "ok"

    quiet(tracing=spans.tracing).instrument(app)
    async with client(app) as caller:
        await caller.get("/")
    (span,) = spans.finished
    assert during == [(1, spans.ids[0]["trace_id"])]
    assert span.end_time is not None
    assert span.start_time is not None
    assert span.end_time - span.start_time < 0.2e9


async def test_the_applications_own_spans_are_its_children_in_threads_too() -> None:
    app, spans = FastAPI(), Spans()
    observability = quiet(tracing=spans.tracing)

    @app.get("/")
    def answer() -> str:
        assert observability.tracer_provider is not None
        with observability.tracer_provider.get_tracer("mine").start_as_current_span("inside"):
            return "ok"

    observability.instrument(app)
    async with client(app) as caller:
        await caller.get("/")
    inside, server = spans.finished
    assert inside.parent == server.get_span_context()
    assert not trace.get_current_span().get_span_context().is_valid


async def test_a_call_to_another_application_of_this_process_has_its_own_span() -> None:
    inner, outer, spans = keyed(), FastAPI(), Spans()

    @outer.get("/")
    async def answer() -> int:
        async with client(inner) as caller:
            return (await caller.get("/users/7")).status_code

    quiet(tracing=spans.tracing).instrument(outer).instrument(inner)
    async with client(outer) as caller:
        await caller.get("/")
    first, second = spans.finished
    assert (first.name, second.name) == ("GET /users/{key}", "GET /")
    assert first.parent == second.get_span_context()


@needs_own_telemetry
async def test_fastapis_own_span_is_the_only_one_when_the_application_asks_for_it() -> None:
    exporter, spans = InMemorySpanExporter(), Spans()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    app = FastAPI(telemetry={"tracer_provider": provider, "operation_spans": False})
    app.get("/users/{key}")(key_back)
    observability = quiet(tracing=spans.tracing).instrument(app)
    async with client(app) as caller:
        await caller.get("/users/7")
    (context,) = (span.get_span_context() for span in exporter.get_finished_spans())
    assert spans.finished == ()
    assert context is not None
    assert f'trace_id="{context.trace_id:032x}"' in observability.exposition(OPENMETRICS)
    provider.shutdown()


_GLOBAL = """
import asyncio
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from tests.plugins.application import client, quiet
from watchbill import Tracing

exporter = InMemorySpanExporter()
{set_up}
app = FastAPI()
app.get("/users/{{key}}")(lambda key: key)
quiet(tracing=tracing).instrument(app)

async def run():
    async with client(app) as caller:
        await caller.get("/users/7")

asyncio.run(run())
servers = [span.name for span in exporter.get_finished_spans() if span.kind is SpanKind.SERVER]
assert servers == ["GET /users/{{key}}"], servers
"""


_SET_UPS = {
    "ours is global": "tracing = Tracing(shared=True, processors=(SimpleSpanProcessor(exporter),))",
    "theirs is given": """
trace.set_tracer_provider(TracerProvider())
tracing = Tracing(provider=trace.get_tracer_provider())
trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(exporter))
""",
    "theirs is global": """
trace.set_tracer_provider(TracerProvider())
tracing = Tracing()
trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(exporter))
""",
}


@pytest.mark.parametrize("set_up", _SET_UPS.values(), ids=_SET_UPS)
def test_a_global_provider_makes_no_second_span(set_up: str) -> None:
    # A global provider is for ever, so each case has a process of its own.
    subprocess.run([sys.executable, "-c", _GLOBAL.format(set_up=set_up)], check=True, cwd=ROOT)


def test_pipelined_requests_have_a_trace_each() -> None:
    app, spans = keyed(), Spans()
    observability = quiet(tracing=spans.tracing).instrument(app)
    with served(app) as address, socket.create_connection(address) as connection:
        connection.sendall(b"GET /users/7 HTTP/1.1\r\nHost: app\r\n\r\n" * 5)
        until(lambda: len(spans.finished) == 5)
    observability.uninstrument(app)
    assert [span.parent for span in spans.finished] == [None] * 5
    assert len({ids["trace_id"] for ids in spans.ids}) == 5


@pytest.mark.parametrize("address", [None, ("10.0.0.7", 0), ("10.0.0.7", None)])
async def test_a_client_without_a_port_has_none(address: tuple[str, int | None] | None) -> None:
    app, spans = answering(200), Spans()
    quiet(tracing=spans.tracing).instrument(app)

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(_message: Message) -> None:
        """Takes it."""

    await app({"type": "http", "method": "GET", "path": "/", "headers": [], "client": address}, receive, send)
    (span,) = spans.finished
    assert "network.peer.port" not in described(span)
    assert described(span).get("client.address") == (address[0] if address else None)
