"""One server span per request, the same whoever makes it."""

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, HTTPException
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.plugins.application import client, key_back, keyed, quiet
from watchbill import InvalidDeclaration, MissingExtra, Tracing
from watchbill.asgi import Message
from watchbill.testing import Lines, Spans
from watchbill.traces.tracing import ENGINES, Engine

ROOT = Path(__file__).parents[3]
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
TELEMETRY = pytest.mark.skipif(not hasattr(FastAPI(), "_telemetry"), reason="FastAPI has its own telemetry since 0.142")
CONTRIB = pytest.mark.skipif(
    find_spec("opentelemetry.instrumentation") is None, reason="opentelemetry-instrumentation-fastapi is not installed"
)
_MARKS = {"fastapi": TELEMETRY, "contrib": CONTRIB}
EVERY = [pytest.param(engine, marks=_MARKS.get(engine, ())) for engine in ENGINES]


def shop() -> FastAPI:
    """An application with an answer of every kind."""
    app, inner, router = FastAPI(), FastAPI(), APIRouter(prefix="/orders")

    @app.get("/users/{key}")
    async def user(key: int, page: int = 1) -> int:
        return key + page

    @app.get("/fails")
    async def fails() -> None:
        raise LookupError("nothing there")

    @app.get("/busy")
    async def busy() -> None:
        raise HTTPException(503)

    @router.get("/{order}/lines")
    async def lines(order: str) -> str:
        return order

    @inner.get("/items/{item}")
    async def item(item: str) -> str:
        return item

    app.include_router(router)
    app.mount("/inner", inner)
    return app


def recording(engine: Engine, **more: Any) -> tuple[Tracing, Spans]:
    """An engine, and what it records."""
    spans = Spans()
    return Tracing(engine=engine, ratio=1.0, processors=spans.tracing.processors, **more), spans


def told(span: ReadableSpan) -> dict[str, Any]:
    """All that has to be the same."""
    status = span.status
    return {
        "name": span.name,
        "kind": span.kind,
        "status": (status.status_code, status.description),
        "attributes": dict(sorted((span.attributes or {}).items())),
        "parent": None if span.parent is None else (span.parent.trace_id, span.parent.span_id),
        "events": [(event.name, (event.attributes or {}).get("exception.type")) for event in span.events],
    }


REQUESTS: dict[str, tuple[str, str, dict[str, str]]] = {
    "answered": ("GET", "/users/7", {}),
    "with a query": ("GET", "/users/7?page=2&token=hunter2", {"user-agent": "browser"}),
    "unmatched": ("GET", "/nowhere", {}),
    "unmatched in a mount": ("GET", "/inner/nowhere", {}),
    "invalid": ("GET", "/users/seven", {}),
    "failed": ("GET", "/fails", {}),
    "answered with an error": ("GET", "/busy", {}),
    "method not allowed": ("POST", "/users/7", {}),
    "unknown method": ("BREW", "/users/7", {}),
    "in a mounted application": ("GET", "/inner/items/3", {}),
    "in a router": ("GET", "/orders/4/lines", {}),
    "redirected": ("GET", "/users/7/", {}),
    "continued": ("GET", "/users/7", {"traceparent": f"00-{TRACE}-{PARENT}-01"}),
    "with a port": ("GET", "/users/7", {"host": "shop.example:8443"}),
}


async def span_of(engine: Engine, method: str, path: str, headers: dict[str, str]) -> dict[str, Any]:
    """What the one span of a request says."""
    tracing, spans = recording(engine)
    app = shop()
    observability = quiet(tracing=tracing).instrument(app)
    async with client(app) as caller:
        await caller.request(method, path, headers=headers)
    observability.uninstrument(app)
    (span,) = spans.finished
    return told(span)


@pytest.mark.parametrize("engine", EVERY[1:])
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
async def test_every_engine_tells_the_same_of_a_request(
    engine: Engine, request_: tuple[str, str, dict[str, str]]
) -> None:
    assert await span_of(engine, *request_) == await span_of("watchbill", *request_)


@pytest.mark.parametrize("engine", EVERY)
async def test_a_client_that_left_has_no_status_and_is_no_error_of_the_server(engine: Engine) -> None:
    tracing, spans = recording(engine)
    app = shop()
    observability = quiet(tracing=tracing).instrument(app)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            raise OSError("the client is gone")

    scope: dict[str, Any] = {
        "type": "http", "method": "GET", "path": "/users/7", "headers": [], "query_string": b"", "http_version": "1.1"
    }  # fmt: skip
    with pytest.raises(OSError, match="gone"):
        await app(scope, receive, send)
    observability.uninstrument(app)
    (span,) = spans.finished
    attributes = told(span)["attributes"]
    assert "http.response.status_code" not in attributes
    assert attributes["error.type"] == "client_disconnected"
    assert span.status.status_code is StatusCode.UNSET


@pytest.mark.parametrize("engine", EVERY)
async def test_the_word_alone_chooses_the_engine(engine: Engine) -> None:
    app = keyed()
    observability = quiet(tracing=engine).instrument(app)
    made = observability.report()["server spans"].reason
    assert made == "made by Watchbill" if engine == "watchbill" else f'tracing="{engine}"' in made
    observability.uninstrument(app)


def test_an_unknown_engine_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidDeclaration, match="engine='jaeger' is unknown: give watchbill, fastapi, contrib"):
        quiet(tracing="jaeger")


@pytest.mark.parametrize("engine", ["fastapi", "contrib"])
def test_an_engine_that_cannot_work_in_an_application_is_one_clear_error(engine: Engine) -> None:
    app = Starlette()
    before = dict(app.__dict__)
    with pytest.raises(InvalidDeclaration, match=f'tracing="{engine}".*use tracing="watchbill"'):
        quiet(tracing=engine).instrument(app)
    assert app.__dict__ == before


def test_a_missing_instrumentation_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.instrumentation.fastapi", None)
    with pytest.raises(MissingExtra, match=r'pip install "watchbill\[contrib\]"'):
        quiet(tracing="contrib").instrument(keyed())


@pytest.mark.parametrize("engine", EVERY)
@pytest.mark.parametrize("built", [False, True], ids=["before the first request", "after it"])
async def test_uninstrument_leaves_the_application_as_it_was(engine: Engine, built: bool) -> None:
    app = keyed()
    async with client(app) as caller:
        if built:
            await caller.get("/users/7")
    state: Callable[[], dict[str, Any]] = lambda: {  # noqa: E731  read twice
        **app.__dict__, "telemetry": dict(getattr(app, "_telemetry", {})), "routing": app.router.middleware_stack
    }  # fmt: skip
    before = state()
    tracing, spans = recording(engine)
    observability = quiet(tracing=tracing).instrument(app)
    async with client(app) as caller:
        await caller.get("/users/7")
        observability.uninstrument(app)
        after = state()
        assert (await caller.get("/users/7")).text == '"7"'
    if not built:
        before["middleware_stack"] = after["middleware_stack"]
    assert after == before
    assert len(spans.finished) == 1


@pytest.mark.parametrize("engine", EVERY)
async def test_the_metrics_page_has_no_span(engine: Engine) -> None:
    tracing, spans = recording(engine)
    app = keyed()
    observability = quiet(tracing=tracing).instrument(app)
    async with client(app) as caller:
        assert (await caller.get("/metrics")).status_code == 200
    observability.uninstrument(app)
    assert spans.finished == ()


@pytest.mark.parametrize("engine", EVERY)
async def test_the_applications_attributes_events_and_spans_are_kept(engine: Engine) -> None:
    tracing, spans = recording(engine)
    app = FastAPI()

    @app.get("/")
    async def answer() -> str:
        span = trace.get_current_span()
        span.set_attribute("basket", 3)
        span.add_event("paid")
        assert provider is not None
        with provider.get_tracer("mine").start_as_current_span("inside"):
            return "ok"

    observability = quiet(tracing=tracing).instrument(app)
    provider = observability.tracer_provider
    async with client(app) as caller:
        await caller.get("/")
    observability.uninstrument(app)
    inside, server = spans.finished
    assert inside.parent == server.get_span_context()
    assert (server.attributes or {})["basket"] == 3
    assert [event.name for event in server.events] == ["paid"]


@pytest.mark.parametrize("engine", EVERY)
async def test_an_unsampled_request_is_recorded_by_no_engine(engine: Engine) -> None:
    spans = Spans()
    app = keyed()
    tracing = Tracing(engine=engine, ratio=0.0, processors=spans.tracing.processors)
    observability = quiet(tracing=tracing).instrument(app)
    async with client(app) as caller:
        assert (await caller.get("/users/7")).text == '"7"'
    observability.uninstrument(app)
    assert spans.finished == ()


@TELEMETRY
async def test_fastapis_telemetry_that_the_application_configured_stays_as_it_is() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    app = FastAPI(telemetry={"tracer_provider": provider})
    app.get("/users/{key}")(key_back)
    spans = Spans()
    observability = quiet(tracing=spans.tracing).instrument(app)
    async with client(app) as caller:
        await caller.get("/users/7")
    assert observability.report()["server spans"].reason.startswith("made by FastAPI's own telemetry, as the")
    observability.uninstrument(app)
    assert [span.name for span in exporter.get_finished_spans() if span.kind is SpanKind.SERVER] == ["GET /users/{key}"]
    assert spans.finished == ()
    provider.shutdown()


async def test_contrib_that_the_application_put_in_stays_as_it_is() -> None:
    instrumentor = pytest.importorskip("opentelemetry.instrumentation.fastapi").FastAPIInstrumentor
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    app = keyed()
    instrumentor.instrument_app(app, tracer_provider=provider, exclude_spans=["receive", "send"])
    spans = Spans()
    lines = Lines()
    observability = quiet(tracing=spans.tracing, logging=lines.logging).instrument(app)
    async with client(app) as caller:
        await caller.get("/users/7")
    assert "opentelemetry-instrumentation-fastapi" in observability.report()["server spans"].reason
    observability.uninstrument(app)
    (span,) = exporter.get_finished_spans()
    context = span.get_span_context()
    assert context is not None
    assert (span.kind, spans.finished) == (SpanKind.SERVER, ())
    assert lines.requests[0]["span_id"] == f"{context.span_id:016x}"
    instrumentor.uninstrument_app(app)
    provider.shutdown()


async def test_starlettes_own_middleware_stays_as_it_is() -> None:
    module = pytest.importorskip("starlette.middleware.opentelemetry")
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    app = keyed()
    app.add_middleware(module.OpenTelemetryMiddleware, tracer_provider=provider)
    spans = Spans()
    observability = quiet(tracing=spans.tracing).instrument(app)
    async with client(app) as caller:
        await caller.get("/users/7")
    assert "Starlette's OpenTelemetryMiddleware" in observability.report()["server spans"].reason
    observability.uninstrument(app)
    assert [len(exporter.get_finished_spans()), len(spans.finished)] == [1, 0]
    provider.shutdown()


async def test_a_mounted_application_begins_no_second_span() -> None:
    inner = keyed()
    app = Starlette(routes=[Mount("/inner", inner)])
    tracing, spans = recording("watchbill")
    observability = quiet(tracing=tracing).instrument(app)
    async with client(app) as caller:
        await caller.get("/inner/users/7")
    observability.uninstrument(app)
    assert [span.name for span in spans.finished] == ["GET /inner/users/{key}"]


@pytest.mark.parametrize("engine", EVERY)
async def test_contrib_that_was_given_no_provider_does_not_cost_the_request_its_span(engine: Engine) -> None:
    instrumentor = pytest.importorskip("opentelemetry.instrumentation.fastapi").FastAPIInstrumentor
    app = keyed()
    instrumentor.instrument_app(app)
    tracing, spans = recording(engine)
    observability = quiet(tracing=tracing).instrument(app)
    async with client(app) as caller:
        await caller.get("/users/7")
    assert "without a provider" in observability.report()["server spans"].reason
    observability.uninstrument(app)
    assert [span.name for span in spans.finished] == ["GET /users/{key}"]
    instrumentor.uninstrument_app(app)
