"""A call in a recorded span is its child, and one elsewhere leaves nothing."""

from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace import Span as SdkSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    Decision,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.exception_attributes import EXCEPTION_MESSAGE, EXCEPTION_TYPE
from opentelemetry.trace import SpanContext, SpanKind, StatusCode, TraceFlags
from opentelemetry.trace.span import TraceState

from tests.plugins.application import client, keyed
from watchbill import Observability, Tracing
from watchbill.ground import Ground
from watchbill.testing import Spans
from watchbill.traces.calls import Calls


def ground_of(observability: Observability) -> Ground:
    """What its integrations get."""
    found = vars(observability)["_ground"]
    assert isinstance(found, Ground)
    return found


NAME = {"db.operation.name": "GET"}


class Beginning(SpanProcessor):
    """Looks at each span when it begins."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def on_start(self, span: SdkSpan, parent_context: Any = None) -> None:  # noqa: ARG002  the interface's
        self.seen.append(span.name)
        span.set_attribute("tenant", "blue")


class Choosy(Sampler):
    """Drops what is called GET."""

    def should_sample(self, *given: Any, **_named: Any) -> SamplingResult:
        name = given[2]
        return SamplingResult(Decision.DROP if name == "GET" else Decision.RECORD_AND_SAMPLE)

    def get_description(self) -> str:
        return "choosy"


class Kept:
    """A provider of the application's own, and what it has recorded."""

    def __init__(self, **given: Any) -> None:
        self.provider = TracerProvider(**given)
        self.exporter = InMemorySpanExporter()
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.calls = Calls(lambda: self.provider)
        self.tracer = self.provider.get_tracer("application")

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        """By name."""
        return {span.name: span for span in self.exporter.get_finished_spans()}

    def call(self, name: str = "GET", error: BaseException | None = None, parent: Any = None) -> bool:
        """One in a span of the application's; whether it was recorded."""
        with self.tracer.start_as_current_span("work", parent):
            begun = self.calls.begin(name)
            if begun is not None:
                begun.end(NAME, error)
        return begun is not None


def remote(sampled: bool, state: TraceState | None = None) -> Any:
    """The context of a caller elsewhere."""
    context = SpanContext(0xABC, 0xDEF, True, TraceFlags(int(sampled)), state)
    return trace.set_span_in_context(trace.NonRecordingSpan(context))


def test_there_is_none_without_a_current_span() -> None:
    assert Kept().calls.begin("GET") is None


def test_there_is_none_in_a_span_of_a_caller_elsewhere_alone() -> None:
    kept = Kept()
    with trace.use_span(trace.get_current_span(remote(sampled=True))):
        assert kept.calls.begin("GET") is None


def test_there_is_none_in_a_span_that_has_ended() -> None:
    kept = Kept()
    with kept.tracer.start_as_current_span("work") as work:
        work.end()
        assert kept.calls.begin("GET") is None


def test_there_is_none_in_a_trace_that_is_not_sampled() -> None:
    assert not Kept().call(parent=remote(sampled=False))
    assert not Kept(sampler=ParentBased(ALWAYS_OFF)).call()


async def test_there_is_none_in_a_request_that_is_not_sampled() -> None:
    app, spans = keyed(), Spans(ratio=0.0)
    observability = Observability("shop", tracing=spans.tracing, logging=None).instrument(app)
    calls, begun = ground_of(observability).calls, list[object]()
    assert calls is not None
    app.get("/call")(lambda: begun.append(calls.begin("GET")))
    async with client(app) as caller:
        await caller.get("/call")
    observability.uninstrument(app)

    assert begun == [None]


SLOW: dict[str, dict[str, Any]] = {
    "as is": {},
    "all": {"sampler": ALWAYS_ON},
    "by ratio": {"sampler": TraceIdRatioBased(1.0)},
    "sampler of the application's own": {"sampler": Choosy()},
    "limited": {"span_limits": SpanLimits(max_span_attribute_length=64)},
    "ids of another kind": {"id_generator": type("Ids", (RandomIdGenerator,), {})()},
}


@pytest.mark.parametrize("kind", SLOW)
def test_a_span_says_the_same_whoever_makes_it(kind: str) -> None:
    kept = Kept(**SLOW[kind])
    assert kept.call("SET", ValueError("password=topsecret1"))

    span, work = kept.spans["SET"], kept.spans["work"]
    found = span.get_span_context()
    assert found is not None
    assert span.parent == work.get_span_context()
    assert found.trace_id == span.parent.trace_id if span.parent else False
    assert found.trace_flags.sampled
    assert found.span_id
    assert span.kind is SpanKind.CLIENT
    assert span.resource == work.resource
    assert span.instrumentation_scope is not None
    assert span.instrumentation_scope.name == "watchbill"
    assert span.status.status_code is StatusCode.ERROR
    assert not span.events
    assert (span.start_time or 0) <= (span.end_time or 0)
    assert dict(span.attributes or {}) == {
        **NAME,
        ERROR_TYPE: "ValueError",
        EXCEPTION_TYPE: "ValueError",
        EXCEPTION_MESSAGE: "password=[scrubbed]",
    }
    assert span.to_json()


@pytest.mark.parametrize("kind", SLOW)
def test_an_error_s_type_among_the_attributes_fails_it(kind: str) -> None:
    kept = Kept(**SLOW[kind])
    with kept.tracer.start_as_current_span("work"):
        for name, attributes in (("SET", {ERROR_TYPE: "503"}), ("DEL", NAME)):
            begun = kept.calls.begin(name)
            assert begun is not None
            assert begun.name == name
            begun.end(attributes)

    assert kept.spans["SET"].status.status_code is StatusCode.ERROR
    assert kept.spans["DEL"].status.status_code is StatusCode.UNSET


def test_it_is_not_made_current() -> None:
    kept = Kept()
    with kept.tracer.start_as_current_span("work") as work:
        begun = kept.calls.begin("GET", SpanKind.PRODUCER)
        assert begun is not None
        assert trace.get_current_span() is work
        assert begun.context.trace_id == work.get_span_context().trace_id
        begun.end(NAME)

    assert kept.spans["GET"].kind is SpanKind.PRODUCER


def test_a_sampler_of_the_application_s_own_decides() -> None:
    kept = Kept(sampler=Choosy())

    assert not kept.call("GET")
    assert kept.call("SET")
    assert set(kept.spans) == {"work", "SET"}


def test_a_sampler_that_heeds_no_parent_decides_by_the_trace() -> None:
    kept = Kept(sampler=TraceIdRatioBased(0.5))
    outcomes = {kept.call() for _ in range(200)}

    assert outcomes == {True, False}
    assert len(kept.exporter.get_finished_spans()) % 2 == 0


@pytest.mark.parametrize("late", [False, True])
def test_a_processor_that_looks_at_beginnings_sees_them(late: bool) -> None:
    kept, beginning = Kept(), Beginning()
    if late:
        kept.call("GET")
    kept.provider.add_span_processor(beginning)
    kept.call("SET")

    assert beginning.seen == ["work", "SET"]
    assert (kept.spans["SET"].attributes or {})["tenant"] == "blue"


def test_the_state_of_a_trace_is_passed_on() -> None:
    kept, state = Kept(), TraceState([("vendor", "1")])
    kept.call(parent=remote(sampled=True, state=state))
    found = kept.spans["GET"].get_span_context()

    assert found is not None
    assert (found.trace_state, found.trace_id, found.is_remote) == (state, 0xABC, False)


def test_a_provider_that_is_set_after_the_start_gets_the_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept()
    observability = Observability("shop", tracing=Tracing(), logging=None)
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", kept.provider)
    calls = ground_of(observability).calls
    assert calls is not None
    with kept.tracer.start_as_current_span("work"):
        begun = calls.begin("GET")
        assert begun is not None
        begun.end(NAME)

    assert kept.spans["GET"].parent == kept.spans["work"].get_span_context()


def test_a_call_in_a_span_of_another_provider_is_its_child_all_the_same() -> None:
    kept, other = Kept(), Kept()
    with other.tracer.start_as_current_span("work") as work:
        begun = kept.calls.begin("GET")
        assert begun is not None
        begun.end(NAME)

    assert kept.spans["GET"].parent == work.get_span_context()
    assert set(other.spans) == {"work"}
