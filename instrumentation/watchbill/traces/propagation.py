"""The context of a trace in the headers of a call or a message, in the propagator's way (W3C by default)."""

from collections.abc import Mapping

from opentelemetry import baggage, propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanContext

from watchbill.traces.current import get_current
from watchbill.traces.traceparent import HEADER, is_w3c, remote_parent

_NOWHERE = Context()
(_BAGGAGE,) = baggage.set_baggage("any", "thing", Context())
"""The key of a context under which its baggage stands."""


def inject(carrier: dict[str, str], context: SpanContext | None = None) -> None:
    """Writes the headers of a span, or of the current one where none is given, and the current baggage."""
    if context is None:
        propagate.inject(carrier)
        return
    # One step instead of a property for each.
    trace_id, span_id, _, flags, state, _ = context
    if is_w3c(propagate.get_global_textmap()) and not state and _BAGGAGE not in get_current():
        carrier[HEADER] = f"00-{trace_id:032x}-{span_id:016x}-{flags:02x}"
        return
    propagate.inject(carrier, trace.set_span_in_context(trace.NonRecordingSpan(context)))


def extract(carrier: Mapping[str, str]) -> tuple[Context, SpanContext | None]:
    """The context the headers name, and the span in it."""
    if is_w3c(propagate.get_global_textmap()) and set(carrier) == {HEADER}:
        parent = remote_parent(carrier[HEADER])
        if parent is not None:
            return trace.set_span_in_context(trace.NonRecordingSpan(parent), _NOWHERE), parent
    caller = propagate.extract(carrier, _NOWHERE)
    found = trace.get_current_span(caller).get_span_context()
    return caller, found if found.is_valid else None
