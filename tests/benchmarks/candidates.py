"""What http_server.py compares: each candidate makes an application with its instrumentation.

Exporters and log streams take what they are given to nowhere, so that what is measured is the request's part.
"""

import atexit
import shutil
import tempfile
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Sequence
from io import StringIO
from pathlib import Path
from time import perf_counter
from typing import Any

from fastapi import FastAPI
from opentelemetry.context import Context, attach, detach
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
from opentelemetry.trace import INVALID_SPAN
from prometheus_client import CollectorRegistry

from watchbill.logs.config import Logging
from watchbill.observability import Observability
from watchbill.traces import Tracing

Message = Any
App = Callable[[Any, Any, Any], Awaitable[None]]
Make = Callable[..., FastAPI]
"""Makes the application under test, with its routes; takes FastAPI's arguments."""
Candidate = Callable[[Make], FastAPI]

BARE = "bare"
REFERENCE = "watchbill: metrics, spans at 0 %"
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)


class Discard(SpanExporter):
    """Takes spans to nowhere, after the SDK has done its work."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: ARG002  the SDK calls it by this name
        return SpanExportResult.SUCCESS


class Sink(StringIO):
    """Forgets what is written."""

    def write(self, text: str, /) -> int:
        return len(text)


class Floor:
    """What counting, timing and setting a context cost when written by hand for these very requests.

    It has no other metric, no lock, no error handling, no limit, and no route but FastAPI's own.
    """

    def __init__(self, app: App, *, context: bool) -> None:
        self.app = app
        self.context = context
        self.counts: dict[tuple[str, str, int], int] = {}
        self.durations: dict[tuple[str, str], list[float]] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = perf_counter(), 0
        token = attach(Context({"span": INVALID_SPAN})) if self.context else None

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self.count(scope, status, perf_counter() - started)

        try:
            await self.app(scope, receive, sending)
        finally:
            if token is not None:
                detach(token)

    def count(self, scope: Any, status: int, duration: float) -> None:
        """Counter and histogram."""
        included = scope.get("fastapi")
        found = scope["route"] if included is None else included["effective_route_context"]
        method, route = scope["method"], found.path_format
        self.counts[method, route, status] = self.counts.get((method, route, status), 0) + 1
        series = self.durations.get((method, route))
        if series is None:
            series = self.durations[method, route] = [0.0] * (len(_BOUNDS) + 2)
        series[bisect_left(_BOUNDS, duration)] += 1
        series[-1] += duration


def floor(make: Make, *, context: bool) -> FastAPI:
    """A middleware of a few lines."""
    app = make()
    build = app.build_middleware_stack
    app.__dict__["build_middleware_stack"] = lambda: Floor(build(), context=context)
    return app


def watchbill(
    make: Make, *, ratio: float | None = None, lines: bool = False, workers: Callable[[], Path] | None = None
) -> FastAPI:
    """Watchbill with metrics, and what else is asked for."""
    processors = (BatchSpanProcessor(Discard()),) if ratio is not None else ()
    app = make()
    Observability(
        "bench",
        tracing=Tracing(ratio=ratio, processors=processors) if ratio is not None else None,
        logging=Logging(style="json", stream=Sink()) if lines else None,
        workers=workers() if workers is not None else "off",
    ).instrument(app)
    return app


def directory() -> Path:
    """Where the only worker of a group meets the others."""
    made = tempfile.mkdtemp(prefix="watchbill-bench-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


def tracing(ratio: float) -> TracerProvider:
    """OpenTelemetry's provider, as its documentation sets it up."""
    provider = TracerProvider(sampler=ParentBasedTraceIdRatio(ratio))
    provider.add_span_processor(BatchSpanProcessor(Discard()))
    return provider


def metering() -> MeterProvider:
    """A meter provider that is read by nobody."""
    return MeterProvider(metric_readers=[InMemoryMetricReader()])


def native(make: Make, *, ratio: float | None = None) -> FastAPI:
    """FastAPI's own telemetry; its spans of operations, which are more than server spans, are left out."""
    if ratio is None:
        return make(telemetry={"tracing": False, "logs": False, "meter_provider": metering()})
    settings = {"tracer_provider": tracing(ratio), "meter_provider": metering()}
    return make(telemetry={"logs": False, "operation_spans": False} | settings)


def contrib(make: Make, *, ratio: float | None = None) -> FastAPI:
    """opentelemetry-instrumentation-fastapi, without the spans of single messages."""
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
    from opentelemetry.trace import NoOpTracerProvider

    app = make(telemetry={"tracing": False, "metrics": False, "logs": False})
    provider = NoOpTracerProvider() if ratio is None else tracing(ratio)
    FastAPIInstrumentor.instrument_app(
        app, tracer_provider=provider, meter_provider=metering(), exclude_spans=["receive", "send"]
    )
    return app


def instrumentator(make: Make) -> FastAPI:
    """prometheus-fastapi-instrumentator, as its README shows it."""
    from prometheus_fastapi_instrumentator import Instrumentator

    app = make()
    Instrumentator(registry=CollectorRegistry()).instrument(app).expose(app)
    return app


def starlette_exporter(make: Make) -> FastAPI:
    """starlette_exporter, as its README shows it."""
    from starlette_exporter import PrometheusMiddleware, handle_metrics

    app = make()
    app.add_middleware(PrometheusMiddleware)
    app.add_route("/metrics", handle_metrics)
    return app


CANDIDATES: dict[str, Candidate] = {
    BARE: lambda make: make(),
    "written by hand: one counter, one histogram": lambda make: floor(make, context=False),
    "written by hand, with OpenTelemetry's context": lambda make: floor(make, context=True),
    "watchbill: metrics": watchbill,
    REFERENCE: lambda make: watchbill(make, ratio=0),
    "watchbill: metrics, spans at 1 %": lambda make: watchbill(make, ratio=0.01),
    "watchbill: metrics, spans at 100 %": lambda make: watchbill(make, ratio=1),
    "watchbill: metrics, spans at 0 %, log line": lambda make: watchbill(make, ratio=0, lines=True),
    "watchbill: metrics, spans at 0 %, one of many workers": lambda make: watchbill(make, ratio=0, workers=directory),
    "FastAPI's telemetry: metrics": native,
    "FastAPI's telemetry: metrics, spans at 1 %": lambda make: native(make, ratio=0.01),
    "FastAPI's telemetry: metrics, spans at 100 %": lambda make: native(make, ratio=1),
    "contrib: metrics": contrib,
    "contrib: metrics, spans at 1 %": lambda make: contrib(make, ratio=0.01),
    "contrib: metrics, spans at 100 %": lambda make: contrib(make, ratio=1),
    "prometheus-fastapi-instrumentator: metrics": instrumentator,
    "starlette_exporter: metrics": starlette_exporter,
}
