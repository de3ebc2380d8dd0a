"""The span of work on a message continues the sender's trace, and is current while it lasts."""

import asyncio
from contextvars import copy_context
from typing import Any

import pytest
from opentelemetry import baggage, trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace import Span as SdkSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
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
from opentelemetry.semconv.attributes.exception_attributes import EXCEPTION_MESSAGE
from opentelemetry.trace import SpanKind, StatusCode

from watchbill.traces.calls import Calls
from watchbill.traces.deliveries import Deliveries
from watchbill.traces.propagation import inject

TRACE, SENDER = 0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331
SAMPLED = {"traceparent": f"00-{TRACE:032x}-{SENDER:016x}-01"}
UNSAMPLED = {"traceparent": f"00-{TRACE:032x}-{SENDER:016x}-00"}
ABOUT = {"messaging.operation.name": "process"}


class Every(Sampler):
    """Records everything, and is none of the SDK's own."""

    def should_sample(self, *_: Any, **_given: Any) -> SamplingResult:
        return SamplingResult(Decision.RECORD_AND_SAMPLE)

    def get_description(self) -> str:
        return "every"


class Kept:
    """A provider, and what it has recorded."""

    def __init__(self, sampler: Sampler | None = None) -> None:
        self.provider = TracerProvider(sampler=sampler or ParentBased(ALWAYS_ON))
        self.exporter = InMemorySpanExporter()
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.deliveries = Deliveries(lambda: self.provider)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        """Those that have ended."""
        return self.exporter.get_finished_spans()


SAMPLERS: dict[str, Sampler] = {"as is": ParentBased(ALWAYS_ON), "all": ALWAYS_ON, "of its own": Every()}


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_it_continues_the_trace_of_the_sender(sampler: str) -> None:
    kept = Kept(SAMPLERS[sampler])
    before = trace.get_current_span()
    delivery = kept.deliveries.begin("process images", SAMPLED)
    within = trace.get_current_span()
    delivery.end(ABOUT)

    (span,) = kept.spans
    assert within.get_span_context() == span.get_span_context() == delivery.context
    assert trace.get_current_span() is before
    assert span.parent is not None
    assert (span.parent.trace_id, span.parent.span_id, span.parent.is_remote) == (TRACE, SENDER, True)
    assert delivery.context.trace_id == TRACE
    assert (span.name, span.kind, span.status.status_code) == ("process images", SpanKind.CONSUMER, StatusCode.UNSET)
    assert dict(span.attributes or {}) == ABOUT


@pytest.mark.parametrize("carrier", [None, {}, {"traceparent": "nonsense"}, {"other": "1"}])
def test_without_a_sender_s_trace_it_begins_one_whatever_is_current(carrier: dict[str, str] | None) -> None:
    kept = Kept()
    with kept.provider.get_tracer("worker").start_as_current_span("loop") as loop:
        delivery = kept.deliveries.begin("process", carrier)
        delivery.end(ABOUT)
        assert trace.get_current_span() is loop

    (span, _) = kept.spans
    assert span.parent is None
    assert delivery.context.trace_id != loop.get_span_context().trace_id


@pytest.mark.parametrize(
    ("sampler", "carrier"),
    [(ParentBased(ALWAYS_ON), UNSAMPLED), (ParentBased(ALWAYS_OFF), {}), (TraceIdRatioBased(0.0), SAMPLED)],
)
def test_one_that_is_not_sampled_is_current_with_ids_and_leaves_nothing(
    sampler: Sampler, carrier: dict[str, str]
) -> None:
    kept = Kept(sampler)
    delivery = kept.deliveries.begin("process", carrier)
    sent: dict[str, str] = {}
    inject(sent)
    call = Calls(lambda: kept.provider).begin("GET")
    delivery.end(ABOUT, ValueError())

    assert call is None
    assert kept.spans == ()
    assert delivery.context.is_valid
    assert not int(sent["traceparent"][-2:], 16) & 1
    assert (f"{TRACE:032x}" in sent["traceparent"]) == bool(carrier)


def test_a_call_in_it_is_its_child() -> None:
    kept = Kept()
    delivery = kept.deliveries.begin("process", SAMPLED)
    call = Calls(lambda: kept.provider).begin("GET")
    assert call is not None
    call.end({})
    delivery.end(ABOUT)

    assert kept.spans[0].parent == kept.spans[1].get_span_context()


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_an_error_fails_it_and_its_secrets_stay_out(sampler: str) -> None:
    kept = Kept(SAMPLERS[sampler])
    kept.deliveries.begin("process").end(ABOUT, ValueError("token=topsecret12"))
    kept.deliveries.begin("process").end({**ABOUT, ERROR_TYPE: "rejected"})

    first, second = kept.spans
    assert first.status.status_code is second.status.status_code is StatusCode.ERROR
    assert (first.attributes or {})[ERROR_TYPE] == "ValueError"
    assert (first.attributes or {})[EXCEPTION_MESSAGE] == "token=[scrubbed]"
    assert (second.attributes or {})[ERROR_TYPE] == "rejected"


def test_one_within_another_puts_it_back() -> None:
    kept = Kept()
    outer = kept.deliveries.begin("outer")
    inner = kept.deliveries.begin("inner", SAMPLED)
    inner.end(ABOUT)
    assert trace.get_current_span().get_span_context() == outer.context
    outer.end(ABOUT)

    assert not trace.get_current_span().get_span_context().is_valid


def test_one_that_ends_in_another_context_raises_nothing() -> None:
    kept, elsewhere = Kept(), copy_context()
    delivery = elsewhere.run(kept.deliveries.begin, "process")
    later = elsewhere.copy()
    later.run(delivery.end, ABOUT)

    assert len(kept.spans) == 1
    assert not later.run(trace.get_current_span).get_span_context().is_valid
    elsewhere.run(kept.deliveries.begin, "process").end(ABOUT)
    assert len(kept.spans) == 2


async def test_deliveries_at_the_same_time_do_not_mix() -> None:
    kept, seen = Kept(), list[bool]()

    async def work(number: int) -> None:
        delivery = kept.deliveries.begin(f"process {number}")
        await asyncio.sleep(0)
        seen.append(trace.get_current_span().get_span_context() == delivery.context)
        delivery.end(ABOUT)

    await asyncio.gather(*(work(number) for number in range(10)))

    assert seen == [True] * 10
    assert len({span.name for span in kept.spans if span.parent is None}) == 10


def test_the_sender_s_baggage_is_at_hand_while_it_lasts() -> None:
    kept = Kept()
    delivery = kept.deliveries.begin("process", {**SAMPLED, "baggage": "tenant=blue"})
    assert baggage.get_baggage("tenant") == "blue"
    delivery.end(ABOUT)

    assert baggage.get_baggage("tenant") is None


def test_a_processor_that_looks_at_beginnings_sees_it() -> None:
    seen: list[tuple[str, int]] = []

    class Beginning(SpanProcessor):
        def on_start(self, span: SdkSpan, parent_context: Any = None) -> None:
            caller = trace.get_current_span(parent_context).get_span_context()
            seen.append((span.name, caller.span_id))

    kept = Kept()
    kept.provider.add_span_processor(Beginning())
    kept.deliveries.begin("process", SAMPLED).end(ABOUT)

    assert seen == [("process", SENDER)]
