"""The ids of a span as logs and exemplars spell them."""

from opentelemetry.trace import SpanContext, format_span_id, format_trace_id

TRACE_ID = "trace_id"
SPAN_ID = "span_id"
KEYS = (TRACE_ID, SPAN_ID)


def ids(context: SpanContext) -> dict[str, str]:
    """Trace id and span id in lower-case hexadecimal."""
    return {TRACE_ID: format_trace_id(context.trace_id), SPAN_ID: format_span_id(context.span_id)}


def exemplar(context: SpanContext | None) -> dict[str, str] | None:
    """The ids of a sampled span; an exemplar of any other would lead nowhere."""
    return ids(context) if context is not None and context.trace_flags.sampled else None
