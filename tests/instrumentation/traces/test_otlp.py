"""What is sent is what OpenTelemetry's own exporter would send."""

from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    TraceState,
    set_span_in_context,
)

from watchbill.traces.otlp import Encoder

REMOTE = SpanContext(5 << 80, 7, True, TraceFlags(1), TraceState([("a", "b"), ("c", "d")]))
VALUES: dict[str, Any] = {
    "text": "ä" * 5000, "empty": "", "yes": True, "no": False, "one": 1, "zero": 0, "negative": -5, "large": 2**40,
    "most": 2**63 - 1, "least": -(2**63), "half": 0.5, "nothing": 0.0, "endless": float("inf"), "bytes": b"\x00\xff",
    "texts": ["a", "b"], "numbers": (1, -1), "flags": [True, False], "none": [],
}  # fmt: skip


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    """Keeps spans."""
    return InMemorySpanExporter()


@pytest.fixture
def provider(exporter: InMemorySpanExporter) -> TracerProvider:
    """Makes them."""
    made = TracerProvider(
        resource=Resource.create({"service.name": "shop", "hosts": ["a", "b"], "cores": 2}, "http://schema/resource"),
        span_limits=SpanLimits(max_attributes=30, max_events=3, max_links=2),
    )
    made.add_span_processor(SimpleSpanProcessor(exporter))
    return made


def assert_equal(exporter: InMemorySpanExporter) -> None:
    """Ours and theirs, message by message."""
    spans = exporter.get_finished_spans()
    encoder = Encoder()
    for _ in range(2):
        # The second time from the caches.
        ours = ExportTraceServiceRequest.FromString(encoder.request([encoder.span(span) for span in spans]))
        assert ours == encode_spans(spans)


@pytest.mark.parametrize("name", VALUES)
def test_an_attribute_of_every_kind_arrives(
    name: str, provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    provider.get_tracer("x").start_span("one", attributes={name: VALUES[name], "same": VALUES[name]}).end()
    assert_equal(exporter)


@pytest.mark.parametrize("kind", SpanKind)
def test_kind_parent_and_state_arrive(kind: SpanKind, provider: TracerProvider, exporter: InMemorySpanExporter) -> None:
    around = set_span_in_context(NonRecordingSpan(REMOTE))
    provider.get_tracer("x", "1.2", "http://schema").start_span("one", around, kind).end()
    assert_equal(exporter)


@pytest.mark.parametrize("code", StatusCode)
def test_status_events_and_links_arrive_with_the_counts_of_what_was_dropped(
    code: StatusCode, provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    links = [Link(REMOTE, {"x": 1.5}), Link(SpanContext(9, 8, False, TraceFlags(0)))] * 2
    span = provider.get_tracer("x").start_span("one", links=links)
    span.set_status(code, "why" if code is StatusCode.ERROR else None)
    span.record_exception(ValueError("bad"))
    for number in range(40):
        span.add_event(f"event {number}")
        span.set_attribute(f"attribute {number}", number)
    span.end()
    assert_equal(exporter)


def test_spans_are_grouped_by_resource_and_scope(provider: TracerProvider, exporter: InMemorySpanExporter) -> None:
    other = TracerProvider(resource=Resource({"service.name": "other"}))
    other.add_span_processor(SimpleSpanProcessor(exporter))
    for number in range(3):
        provider.get_tracer("x").start_span(f"x {number}").end()
        provider.get_tracer("y", attributes={"team": "storefront"}).start_span(f"y {number}").end()
        other.get_tracer("x").start_span(f"other {number}").end()
    assert_equal(exporter)


def test_many_values_do_not_mix(provider: TracerProvider, exporter: InMemorySpanExporter) -> None:
    for number in range(5000):
        provider.get_tracer("x").start_span("one", attributes={"n": number, "t": str(number), "f": number > 9}).end()
    assert_equal(exporter)
