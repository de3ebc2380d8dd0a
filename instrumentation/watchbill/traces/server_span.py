"""The server span of a request: its ids, its life, and its attributes by the stable semantic conventions."""

from contextvars import ContextVar, Token
from time import time_ns
from typing import Protocol

from opentelemetry import context as otel_context
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.http_attributes import (
    HTTP_REQUEST_METHOD,
    HTTP_REQUEST_METHOD_ORIGINAL,
    HTTP_RESPONSE_STATUS_CODE,
    HTTP_ROUTE,
)
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode

from watchbill.asgi import Scope
from watchbill.catalogue.http import OTHER_METHOD, UNMATCHED_ROUTE
from watchbill.traces.request_attributes import request_attributes

_SERVER_ERROR = 500
_LONGEST_METHOD = 100
_OWN: ContextVar["OwnSpan | None"] = ContextVar("watchbill_server_span", default=None)


class ServerSpan(Protocol):
    """The span of one request, whoever made it."""

    @property
    def context(self) -> SpanContext:
        """Its ids, and whether it is sampled."""
        ...

    def settle(self, scope: Scope, method: str, route: str, status: int, error: BaseException | None) -> None:
        """The answer is complete, or its application has raised an error."""
        ...

    def end(self, error: BaseException | None) -> None:
        """The application has returned or raised; the span is current no more."""
        ...


class ForeignSpan:
    """A span that the framework or another library made: read, never changed."""

    __slots__ = ("context",)

    def __init__(self, span: Span) -> None:
        self.context = span.get_span_context()

    def settle(self, scope: Scope, method: str, route: str, status: int, error: BaseException | None) -> None:
        """Nothing: its maker settles it."""

    def end(self, error: BaseException | None) -> None:
        """Nothing: its maker ends it."""


class OwnSpan:
    """Watchbill's span. It ends with the last byte; a failed one waits for the error that follows it."""

    __slots__ = ("_ended_at", "_token", "context", "settled", "span")

    def __init__(self, span: Span, token: Token[Context]) -> None:
        self.context = span.get_span_context()
        self.span = span
        self.settled = False
        self._token = token
        self._ended_at = 0

    def settle(self, scope: Scope, method: str, route: str, status: int, error: BaseException | None) -> None:
        """Names the span, and ends it unless its error may still come."""
        self.settled = True
        span = self.span
        if not span.is_recording():
            return
        self._ended_at = time_ns()
        attributes = request_attributes(scope)
        attributes[HTTP_REQUEST_METHOD] = method
        attributes[HTTP_RESPONSE_STATUS_CODE] = status
        if method == OTHER_METHOD:
            attributes[HTTP_REQUEST_METHOD_ORIGINAL] = str(scope["method"])[:_LONGEST_METHOD]
        if route != UNMATCHED_ROUTE:
            span.update_name(f"{_verb(method)} {route}")
            attributes[HTTP_ROUTE] = route
        if status >= _SERVER_ERROR:
            span.set_status(StatusCode.ERROR)
            attributes[ERROR_TYPE] = str(status)
        span.set_attributes(attributes)
        if status < _SERVER_ERROR and error is None:
            span.end(self._ended_at)

    def end(self, error: BaseException | None) -> None:
        """Ends what is not ended, with the time of its last byte."""
        otel_context.detach(self._token)
        span = self.span
        if not span.is_recording():
            return
        if isinstance(error, Exception):
            span.record_exception(error)
            span.set_status(StatusCode.ERROR)
            span.set_attribute(ERROR_TYPE, type(error).__qualname__)
        span.end(self._ended_at or None)


class Tracer:
    """Begins server spans, unless something around the application has begun one already."""

    def __init__(self, provider: trace.TracerProvider, sampler_reads_attributes: bool) -> None:
        self._tracer = provider.get_tracer("watchbill")
        self._headers = {name.encode("latin-1"): name for name in propagate.get_global_textmap().fields}
        # They cost an unsampled request a third of its span.
        self._sampler_reads = sampler_reads_attributes

    def begin(self, scope: Scope, method: str) -> ServerSpan:
        """A span that is current until its end; another's server span is left alone and only read."""
        current = trace.get_current_span()
        if current is not trace.INVALID_SPAN and _is_server_span(current):
            return ForeignSpan(current)
        parent = self._parent(scope)
        around = _OWN.get()
        if parent is None and around is not None and around.settled:
            # uvicorn begins a pipelined request inside the one before it, which is no parent of it.
            parent = Context()
        attributes: dict[str, str | int] | None = None
        if self._sampler_reads:
            attributes = {HTTP_REQUEST_METHOD: method, **request_attributes(scope)}
        span = self._tracer.start_span(_verb(method), parent, SpanKind.SERVER, attributes)
        own = OwnSpan(span, otel_context.attach(trace.set_span_in_context(span, parent)))
        _OWN.set(own)
        return own

    def _parent(self, scope: Scope) -> Context | None:
        """The caller's context from the propagator's headers (W3C by default); none is the context around us."""
        wanted = self._headers
        carrier: dict[str, str] = {}
        for name, value in scope["headers"]:
            if name in wanted:
                key, text = wanted[name], value.decode("latin-1")
                carrier[key] = f"{carrier[key]},{text}" if key in carrier else text
        return propagate.extract(carrier) if carrier else None


def _is_server_span(span: Span) -> bool:
    """A live server span, or one that its maker decided not to record."""
    context, own = span.get_span_context(), _OWN.get()
    if not context.is_valid or context.is_remote or (own is not None and span is own.span):
        # A span of ours around this request belongs to a caller in the same process.
        return False
    if isinstance(span, NonRecordingSpan):
        return True
    return isinstance(span, ReadableSpan) and span.kind is SpanKind.SERVER and span.is_recording()


def _verb(method: str) -> str:
    """The semantic conventions name a span HTTP where the method is unknown."""
    return "HTTP" if method == OTHER_METHOD else method
