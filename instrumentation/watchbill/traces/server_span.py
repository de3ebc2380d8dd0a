"""The server span of a request, and its life."""

from contextvars import Token
from time import time_ns
from typing import Protocol

from opentelemetry import trace
from opentelemetry.context import Context, create_key
from opentelemetry.trace import Span, SpanContext

from watchbill.traces.current import attach, detach, get_current
from watchbill.traces.outcome import Answer, attributes_of, describe, ends_now, fail, name_of
from watchbill.traces.recorded import RecordedSpan
from watchbill.traces.unrecorded import UnrecordedSpan

OWN = create_key("watchbill-server-span")
"""Under this key OpenTelemetry's context has the OwnSpan of the request it belongs to."""

(CURRENT_SPAN,) = trace.set_span_in_context(trace.INVALID_SPAN, Context())


class ServerSpan(Protocol):
    """The span of one request, whoever made it."""

    @property
    def context(self) -> SpanContext:
        """Its ids, and whether it is sampled."""
        ...

    def settle(self, answer: Answer) -> None:
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

    def settle(self, answer: Answer) -> None:
        """Nothing: its maker settles it."""

    def end(self, error: BaseException | None) -> None:
        """Nothing: its maker ends it."""


class OwnSpan:
    """Watchbill's span, current from the beginning to the end, in the caller's context if there is one.

    This class itself is for one that is not sampled.
    """

    __slots__ = ("_token", "before", "settled", "span")

    def __init__(self, span: Span, before: Context, caller: Context) -> None:
        self.span = span
        self.settled = False
        self.before = before
        now = Context({**caller, CURRENT_SPAN: span, OWN: self}) if caller else Context({CURRENT_SPAN: span, OWN: self})
        self._token: Token[Context] = attach(now)

    @property
    def context(self) -> SpanContext:
        """The span's ids."""
        return self.span.get_span_context()

    @property
    def ids(self) -> tuple[int, int]:
        """Trace id and span id, which cost less than their context."""
        span = self.span
        if isinstance(span, UnrecordedSpan):
            return span.ids
        context = span.get_span_context()
        return context.trace_id, context.span_id

    def settle(self, answer: Answer) -> None:  # noqa: ARG002  for those that record
        """It is no parent of what comes later."""
        self.settled = True

    def end(self, error: BaseException | None) -> None:  # noqa: ARG002  for those that record
        """Puts back the context that was there before."""
        try:
            detach(self._token)
        except ValueError:
            # Closed from outside, it may end in another task's context, where the token is of no use.
            if get_current().get(OWN) is self:
                attach(self.before)


class RecordingSpan(OwnSpan):
    """It ends with the last byte; a failed one waits for the error that follows it."""

    __slots__ = ("_ended_at",)

    def settle(self, answer: Answer) -> None:
        """Names and describes the span, and ends it unless its error may still come."""
        self.settled = True
        self._ended_at = time_ns()
        span = self.span
        if not span.is_recording():
            return
        if ends_now(answer):
            if type(span) is RecordedSpan and not span.touched:
                span.finish(name_of(answer.method, answer.route), attributes_of(answer), self._ended_at)
                return
            describe(span, answer)
            span.end(self._ended_at)
        else:
            describe(span, answer)

    def end(self, error: BaseException | None) -> None:
        """Ends what is not ended, with the time of its last byte."""
        OwnSpan.end(self, error)
        span = self.span
        if not span.is_recording():
            return
        if isinstance(error, Exception):
            fail(span, error)
        span.end(self._ended_at if self.settled else None)
