"""The request that an error ended, for lines written when it is over: a server logs the error after we have left."""

from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

from opentelemetry.trace import SpanContext

from watchbill.http.exchange import Exchange
from watchbill.http.middleware import Measured

_CODE = Measured.__call__.__code__


def failed_in(event: MutableMapping[str, Any]) -> SpanContext | None:
    """The span of the measured request that a line's `exc_info` passed through, innermost last."""
    found: SpanContext | None = None
    step = _traceback(event.get("exc_info"))
    while step is not None:
        if step.tb_frame.f_code is _CODE:
            exchange = step.tb_frame.f_locals.get("exchange")
            if isinstance(exchange, Exchange) and exchange.span is not None:
                found = exchange.span.context
        step = step.tb_next
    return found


def _traceback(exc_info: Any) -> TracebackType | None:
    # The standard library gives a triple, structlog an error or a triple.
    if isinstance(exc_info, BaseException):
        return exc_info.__traceback__
    return exc_info[2] if isinstance(exc_info, tuple) else None  # pyright: ignore[reportUnknownVariableType]  as logging makes it
