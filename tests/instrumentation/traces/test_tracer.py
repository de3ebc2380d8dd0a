"""Spans begin without the SDK where its decision is known, and nobody can tell but by the clock."""

import asyncio
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from opentelemetry import baggage, propagate, trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, Sampler, TraceIdRatioBased
from opentelemetry.trace import SpanKind, StatusCode

from tests.plugins.application import client, keyed, quiet
from tests.plugins.asgi import scope
from watchbill import Tracing
from watchbill.testing import Lines, Spans
from watchbill.traces.tracer import Tracer

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
LOW_BITS = (1 << 64) - 1
ROOT = Path(__file__).parents[3]


class Asked(TraceIdRatioBased):
    """A kind derived from one of the SDK's, which decides in its own way."""

    def __init__(self) -> None:
        super().__init__(0.0)
        self.seen = list[Mapping[str, Any]]()

    def should_sample(self, *given: Any, **more: Any) -> Any:
        """Always, and notes the attributes."""
        self.seen.append(dict(more["attributes"] or {}))
        return ALWAYS_ON.should_sample(*given, **more)


class Recorded:
    """A provider with a sampler, and what it has recorded."""

    def __init__(self, sampler: Sampler, **given: Any) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider(sampler=sampler, **given)
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))

    @property
    def finished(self) -> Sequence[ReadableSpan]:
        """The spans that have ended."""
        return self._exporter.get_finished_spans()

    async def of(self, app: FastAPI, path: str = "/users/7", **headers: str) -> ReadableSpan:
        """The only span of one request."""
        observability = quiet(tracing=Tracing(provider=self.provider)).instrument(app)
        async with client(app) as caller:
            await caller.get(path, headers=headers)
        observability.uninstrument(app)
        (found,) = self.finished
        return found


def seeing(during: list[Any]) -> FastAPI:
    """An application that notes the current span and what it would tell a service that it calls."""
    app = FastAPI()

    @app.get("/users/{key}")
    def look(key: str) -> str:
        carrier = dict[str, str]()
        propagate.inject(carrier)
        during.append((trace.get_current_span(), carrier, baggage.get_all()))
        return key

    return app


def told(span: ReadableSpan) -> dict[str, Any]:
    """A span without its ids and times."""
    return {
        "name": span.name,
        "kind": span.kind,
        "status": span.status.status_code,
        "attributes": dict(span.attributes or {}),
        "resource": span.resource,
        "scope": span.instrumentation_scope.name if span.instrumentation_scope else "",
        "events": [event.name for event in span.events],
    }


async def test_an_unsampled_request_is_current_with_ids_that_its_log_line_has_too() -> None:
    during, lines, spans = list[Any](), Lines(), Spans(ratio=0)
    app = seeing(during)
    observability = quiet(tracing=spans.tracing, logging=lines.logging).instrument(app)
    async with client(app) as caller:
        await caller.get("/users/7")
    observability.uninstrument(app)
    span, carrier, _ = during[0]
    context = span.get_span_context()
    (line,) = lines.requests
    assert (line["trace_id"], line["span_id"]) == (f"{context.trace_id:032x}", f"{context.span_id:016x}")
    assert carrier["traceparent"].startswith(f"00-{line['trace_id']}-{line['span_id']}-")
    assert context.is_valid
    assert not span.is_recording()
    assert not context.trace_flags.sampled
    assert spans.finished == ()


@pytest.mark.parametrize("ratio", [0.0, 0.25, 1.0])
def test_the_share_that_is_recorded_is_the_one_whose_trace_ids_say_so(ratio: float) -> None:
    sampler = TraceIdRatioBased(ratio)
    tracer = Tracer(TracerProvider(sampler=ParentBased(sampler)), sampler_reads_attributes=False)
    recorded = 0
    for _ in range(2_000):
        span = tracer.begin(scope(), "GET")
        recorded += span.context.trace_flags.sampled
        assert span.context.trace_flags.sampled == (span.context.trace_id & LOW_BITS < sampler.bound)
        span.end(None)
    assert abs(recorded - 2_000 * ratio) < 150


@pytest.mark.parametrize(
    "sampler", [ParentBased(ALWAYS_ON), ParentBased(ALWAYS_OFF), ParentBased(TraceIdRatioBased(0.5))]
)
@pytest.mark.parametrize("flag", ["00", "01"])
async def test_the_caller_decides_where_the_sampler_heeds_it(sampler: Sampler, flag: str) -> None:
    during, recorded = list[Any](), Recorded(sampler)
    app = seeing(during)
    quiet(tracing=Tracing(provider=recorded.provider)).instrument(app)
    async with client(app) as caller:
        await caller.get("/users/7", headers={"traceparent": f"00-{TRACE}-{PARENT}-{flag}"})
    context = during[0][0].get_span_context()
    assert f"{context.trace_id:032x}" == TRACE
    assert f"{context.span_id:016x}" != PARENT
    assert context.trace_flags.sampled == (flag == "01") == bool(recorded.finished)


@pytest.mark.parametrize(("sampler", "flag", "spans"), [(ALWAYS_ON, "00", 1), (ALWAYS_OFF, "01", 0)])
async def test_the_caller_does_not_decide_where_the_sampler_does(sampler: Sampler, flag: str, spans: int) -> None:
    app, recorded = keyed(), Recorded(sampler)
    quiet(tracing=Tracing(provider=recorded.provider)).instrument(app)
    async with client(app) as caller:
        await caller.get("/users/7", headers={"traceparent": f"00-{TRACE}-{PARENT}-{flag}"})
    assert len(recorded.finished) == spans


@pytest.mark.parametrize("ratio", [0.0, 1.0])
async def test_the_callers_trace_state_and_baggage_go_on(ratio: float) -> None:
    during = list[Any]()
    app, headers = seeing(during), {"traceparent": f"00-{TRACE}-{PARENT}-{ratio:02.0f}"}
    quiet(tracing=Spans(ratio=ratio).tracing).instrument(app)
    async with client(app) as caller:
        await caller.get("/users/7", headers=headers | {"tracestate": "vendor=1", "baggage": "customer=ann"})
    _, carrier, carried = during[0]
    assert (carrier["tracestate"], carried) == ("vendor=1", {"customer": "ann"})


async def test_baggage_alone_goes_on() -> None:
    during = list[Any]()
    app = seeing(during)
    quiet(tracing=Spans(ratio=0).tracing).instrument(app)
    async with client(app) as caller:
        await caller.get("/users/7", headers={"baggage": "customer=ann"})
    assert during[0][2] == {"customer": "ann"}


async def test_a_sampler_of_another_kind_is_asked_with_the_requests_attributes() -> None:
    asked = Asked()
    await Recorded(ParentBased(asked)).of(keyed())
    assert asked.seen[0]["url.path"] == "/users/7"


async def test_a_tracer_that_its_provider_turns_off_records_nothing() -> None:
    def off(_scope: object) -> SimpleNamespace:
        return SimpleNamespace(is_enabled=False)

    recorded, app = Recorded(ALWAYS_ON, _tracer_configurator=off), keyed()
    quiet(tracing=Tracing(provider=recorded.provider)).instrument(app)
    async with client(app) as caller:
        assert (await caller.get("/users/7")).status_code == 200
    assert not recorded.finished


async def test_ids_of_another_kind_are_asked_for() -> None:
    class Counting(RandomIdGenerator):
        def generate_trace_id(self) -> int:
            return 77

    span = await Recorded(ParentBased(ALWAYS_ON), id_generator=Counting()).of(keyed())
    context = span.get_span_context()
    assert context is not None
    assert context.trace_id == 77


@pytest.mark.parametrize("limits", [SpanLimits(max_span_attribute_length=3), SpanLimits(max_span_attributes=3)])
async def test_limits_of_the_provider_hold(limits: SpanLimits) -> None:
    span = await Recorded(ParentBased(ALWAYS_ON), span_limits=limits).of(keyed())
    found = dict(span.attributes or {})
    assert len(found) == 3 or max(len(value) for value in found.values() if isinstance(value, str)) == 3


@pytest.mark.parametrize("path", ["/users/7?page=2", "/nowhere"])
async def test_the_span_is_the_same_as_by_way_of_the_sdk(path: str) -> None:
    app = keyed()
    ours = await Recorded(ParentBased(ALWAYS_ON), span_limits=SpanLimits(max_span_attribute_length=900)).of(app, path)
    theirs = await Recorded(ParentBased(ALWAYS_ON)).of(app, path)
    assert told(ours) == told(theirs)


async def test_what_the_application_adds_is_kept() -> None:
    app, recorded = FastAPI(), Recorded(ParentBased(ALWAYS_ON))

    @app.get("/users/{key}")
    async def add(key: str) -> str:
        span = trace.get_current_span()
        span.set_attribute("user.tier", "gold")
        span.add_event("looked up")
        span.set_status(StatusCode.OK)
        return key

    span = await recorded.of(app)
    assert (span.name, span.status.status_code) == ("GET /users/{key}", StatusCode.OK)
    assert dict(span.attributes or {})["user.tier"] == "gold"
    assert dict(span.attributes or {})["http.route"] == "/users/{key}"
    assert [event.name for event in span.events] == ["looked up"]


async def test_a_span_that_the_application_ends_is_ended_once() -> None:
    app, recorded = FastAPI(), Recorded(ParentBased(ALWAYS_ON))

    @app.get("/users/{key}")
    async def end(key: str) -> str:
        trace.get_current_span().end()
        return key

    await recorded.of(app)


async def test_an_ended_span_takes_nothing_and_ends_no_more() -> None:
    app, recorded, kept = FastAPI(), Recorded(ParentBased(ALWAYS_ON)), list[trace.Span]()

    @app.get("/users/{key}")
    async def keep(key: str) -> str:
        kept.append(trace.get_current_span())
        return key

    before = await recorded.of(app)
    (span,) = kept
    assert not span.is_recording()
    span.end()
    assert recorded.finished == (before,)


async def test_processors_see_the_span_from_its_start() -> None:
    class Watch(SimpleSpanProcessor):
        def on_start(self, span: Any, parent_context: Context | None = None) -> None:
            started.append((span.name, span.kind, trace.get_current_span(parent_context).get_span_context().span_id))
            span.set_attribute("by", "processor")

    started = list[Any]()
    recorded = Recorded(ParentBased(ALWAYS_ON))
    recorded.provider.add_span_processor(Watch(InMemorySpanExporter()))
    span = await recorded.of(keyed(), traceparent=f"00-{TRACE}-{PARENT}-01")
    assert started == [("GET", SpanKind.SERVER, int(PARENT, 16))]
    assert dict(span.attributes or {})["by"] == "processor"


async def test_threads_that_ask_at_once_see_the_same_ids() -> None:
    tracer = Tracer(TracerProvider(sampler=ALWAYS_OFF), sampler_reads_attributes=False)
    for _ in range(50):
        span = tracer.begin(scope(), "GET")
        current = trace.get_current_span()
        found = await asyncio.gather(*(asyncio.to_thread(current.get_span_context) for _ in range(4)))
        span.end(None)
        assert len({(context.trace_id, context.span_id) for context in found}) == 1


_OTHER_PROPAGATOR = """
import asyncio
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.propagators.textmap import TextMapPropagator
from opentelemetry.trace import NonRecordingSpan, SpanContext
from tests.plugins.application import client, keyed, quiet
from watchbill.testing import Spans

class Own(TextMapPropagator):
    fields = {"X-Trace"}
    def inject(self, carrier, context=None, setter=None): ...
    def extract(self, carrier, context=None, getter=None):
        parent = SpanContext(int(carrier["X-Trace"]), 5, True)
        return trace.set_span_in_context(NonRecordingSpan(parent), context or Context())

app, spans = keyed(), Spans()
quiet(tracing=spans.tracing).instrument(app)
# As a server does before an application's own start-up runs.
app.middleware_stack = app.build_middleware_stack()
propagate.set_global_textmap(Own())

async def run():
    async with client(app) as caller:
        w3c = {"traceparent": "00-" + "1" * 32 + "-" + "2" * 16 + "-01"}
        await caller.get("/users/7", headers={"x-trace": "99", **w3c})
        await caller.get("/users/7", headers=w3c)

asyncio.run(run())
(span,) = spans.finished
assert span.parent is None, span.parent
"""


def test_another_propagator_set_at_start_up_reads_its_own_headers_and_no_others() -> None:
    # A global propagator is for the whole process.
    subprocess.run([sys.executable, "-c", _OTHER_PROPAGATOR], check=True, cwd=ROOT)


_DISTRUSTFUL = """
import asyncio
from opentelemetry import propagate
from opentelemetry.context import Context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from tests.plugins.application import client, keyed, quiet
from watchbill.testing import Spans

class Distrustful(TraceContextTextMapPropagator):
    def extract(self, carrier, context=None, getter=None):
        return Context()

propagate.set_global_textmap(Distrustful())
app, spans = keyed(), Spans()
quiet(tracing=spans.tracing).instrument(app)

async def run():
    async with client(app) as caller:
        await caller.get("/users/7", headers={"traceparent": "00-" + "1" * 32 + "-" + "2" * 16 + "-01"})

asyncio.run(run())
(span,) = spans.finished
assert span.parent is None, span.parent
"""


def test_a_propagator_that_reads_the_w3c_header_in_its_own_way_is_asked() -> None:
    subprocess.run([sys.executable, "-c", _DISTRUSTFUL], check=True, cwd=ROOT)
