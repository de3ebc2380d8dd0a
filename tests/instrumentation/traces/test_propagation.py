"""The trace travels in the headers of the propagator that is set."""

from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import baggage, context, propagate, trace
from opentelemetry.propagators.textmap import TextMapPropagator
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.trace.span import TraceState

from watchbill.traces.propagation import extract, inject

TRACE, SPAN = 0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331
HERE = SpanContext(TRACE, SPAN, is_remote=False, trace_flags=TraceFlags(1))
HEADER = f"00-{TRACE:032x}-{SPAN:016x}-01"


class Odd(TextMapPropagator):
    """A propagator of the application's own."""

    def inject(self, carrier: Any, context: Any = None, setter: Any = None) -> None:  # noqa: ARG002  the interface's
        carrier["x-odd"] = str(trace.get_current_span(context).get_span_context().span_id)

    def extract(self, carrier: Any, context: Any = None, getter: Any = None) -> context.Context:  # noqa: ARG002  the interface's
        found = SpanContext(1, int(carrier["x-odd"]), is_remote=True)
        return trace.set_span_in_context(NonRecordingSpan(found), context)

    @property
    def fields(self) -> set[str]:
        return {"x-odd"}


@pytest.fixture
def odd() -> Iterator[None]:
    """It is the one that is set."""
    before = propagate.get_global_textmap()
    propagate.set_global_textmap(Odd())
    yield
    propagate.set_global_textmap(before)


def injected(span: SpanContext | None = None) -> dict[str, str]:
    """The headers."""
    carrier: dict[str, str] = {}
    inject(carrier, span)
    return carrier


def test_a_span_that_is_given_is_written() -> None:
    assert injected(HERE) == {"traceparent": HEADER}


def test_else_the_current_one_is() -> None:
    with trace.use_span(NonRecordingSpan(HERE)):
        assert injected() == {"traceparent": HEADER}


def test_without_one_nothing_is_written() -> None:
    assert injected() == {}


def test_the_given_span_goes_before_the_current_one() -> None:
    with trace.use_span(NonRecordingSpan(SpanContext(1, 2, is_remote=False))):
        assert injected(HERE) == {"traceparent": HEADER}


def test_a_trace_s_state_goes_along() -> None:
    span = SpanContext(TRACE, SPAN, False, TraceFlags(1), TraceState([("vendor", "1")]))

    assert injected(span) == {"traceparent": HEADER, "tracestate": "vendor=1"}


def test_baggage_goes_along() -> None:
    token = context.attach(baggage.set_baggage("tenant", "blue"))
    try:
        assert injected(HERE) == {"traceparent": HEADER, "baggage": "tenant=blue"}
    finally:
        context.detach(token)


def test_what_was_written_is_read() -> None:
    span = SpanContext(TRACE, SPAN, False, TraceFlags(1), TraceState([("vendor", "1")]))
    for sent in (HERE, span):
        _, found = extract(injected(sent))

        assert found is not None
        assert (found.trace_id, found.span_id, found.trace_flags, found.is_remote) == (TRACE, SPAN, 1, True)
        assert found.trace_state == sent.trace_state


def test_baggage_is_read() -> None:
    caller, found = extract({"traceparent": HEADER, "baggage": "tenant=blue"})

    assert found is not None
    assert baggage.get_baggage("tenant", caller) == "blue"


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", f"00-{0:032x}-{SPAN:016x}-01", f"00-{TRACE:032x}-{0:016x}-01", HEADER.upper(), "ff" + HEADER[2:]],
)
def test_what_is_no_header_names_no_span(text: str) -> None:
    _, found = extract({"traceparent": text})

    assert found is None


def test_what_a_later_version_adds_is_left_to_the_propagator() -> None:
    later = f"01-{TRACE:032x}-{SPAN:016x}-01-more"
    expected = trace.get_current_span(TraceContextTextMapPropagator().extract({"traceparent": later}))
    _, found = extract({"traceparent": later})

    assert found == (expected.get_span_context() if expected.get_span_context().is_valid else None)


@pytest.mark.usefixtures("odd")
def test_a_propagator_of_the_application_s_own_is_asked() -> None:
    assert injected(HERE) == {"x-odd": str(SPAN)}
    caller, found = extract({"x-odd": "77"})

    assert found is not None
    assert found.span_id == trace.get_current_span(caller).get_span_context().span_id == 77
