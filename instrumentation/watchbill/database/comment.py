"""Where a statement comes from, as a comment in it, in the way of sqlcommenter: `traceparent` and `route`.

Servers and drivers that keep statements by their text keep one per text: so only a sampled trace puts its ids there,
and of the others a route has one text for each statement.
"""

from urllib.parse import quote

from opentelemetry import trace
from opentelemetry.trace import SpanContext

from watchbill.catalogue.http import ROUTE, UNMATCHED_ROUTE
from watchbill.http.current import CURRENT
from watchbill.traces.traceparent import HEADER


def commented(statement: str, span: SpanContext | None = None, *, doubles_percent: bool = False) -> str:
    """The statement with its comment; unchanged where there is nothing to say, or it ends with a comment.

    The span is the current one where none is given. Percent signs are doubled for drivers that format statements.
    """
    text = statement.rstrip()
    if text.endswith("*/"):
        return statement
    parts: list[str] = []
    exchange = CURRENT.get()
    if exchange is not None and not exchange.settled:
        route = exchange.matched
        if route != UNMATCHED_ROUTE:
            parts.append(f"{ROUTE.name}='{quote(route, safe='')}'")
    context = span or trace.get_current_span().get_span_context()
    if context.is_valid and context.trace_flags.sampled:
        ids = f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
        parts.append(f"{HEADER}='{ids}'")
    if not parts:
        return statement
    comment = f" /*{','.join(parts)}*/"
    if doubles_percent:
        comment = comment.replace("%", "%%")
    return f"{text[:-1]}{comment};" if text.endswith(";") else text + comment
