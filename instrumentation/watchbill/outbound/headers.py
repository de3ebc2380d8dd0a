"""The trace's headers on a request while it is sent; afterwards it is as the application made it."""

from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.trace import SpanContext

from watchbill.traces.propagation import inject
from watchbill.traces.traceparent import HEADER

if TYPE_CHECKING:
    import httpx


def put(headers: "httpx.Headers", context: SpanContext | None) -> dict[str, str] | None:
    """Adds those of a span, or of the current one where none is given; None where nothing was added.

    A trace that the application names itself stays, and so does any header that it has set.
    """
    if HEADER in headers:
        return None
    if context is None:
        context = trace.get_current_span().get_span_context()
        if not context.is_valid:
            return None
    carrier: dict[str, str] = {}
    inject(carrier, context)
    # The request may be sent again: what is left on it would then pass for the application's own.
    added = {name: value for name, value in carrier.items() if name == HEADER or name not in headers}
    for name, value in added.items():
        headers[name] = value
    return added


def take(headers: "httpx.Headers", added: dict[str, str]) -> None:
    """Removes them, unless somebody else has set others meanwhile."""
    for name, value in added.items():
        if headers.get(name) == value:
            del headers[name]
