"""The W3C header that names a caller's span."""

import re

from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.propagators.textmap import TextMapPropagator
from opentelemetry.trace import SpanContext, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

HEADER = "traceparent"
_W3C = frozenset({TraceContextTextMapPropagator, W3CBaggagePropagator})
_FORM = re.compile("00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


def remote_parent(text: str) -> SpanContext | None:
    """The span named in version 00 of the header; None for whatever needs a closer look."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in found.groups())
    context = SpanContext(trace_id, span_id, True, TraceFlags(flags))
    return context if context.is_valid else None


def is_w3c(propagator: TextMapPropagator) -> bool:
    """Whether it is OpenTelemetry's own for W3C's headers, or composed of these, and not a kind derived from them."""
    return _W3C.issuperset(map(type, getattr(propagator, "_propagators", [propagator])))
