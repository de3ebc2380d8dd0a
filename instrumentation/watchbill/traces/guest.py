"""A server span that another library begins on our provider: that library times it, Watchbill says what it tells.

The library gets a span of ours in place of the SDK's. What it writes under the names of the semantic conventions, old
or new, is kept aside, and used only where no request of ours adopts the span.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from time import time_ns
from typing import Any

from opentelemetry.trace import INVALID_SPAN_CONTEXT, Span, SpanContext, Status, StatusCode

from watchbill.asgi import Scope
from watchbill.catalogue.http import CLIENT_LEFT
from watchbill.traces.outcome import Answer, describe, ends_now, fail, left_by_client

_THEIRS = ("http.", "net.", "network.", "url.", "server.", "client.", "user_agent.", "error.type", "asgi.")
_HEADERS = ("http.request.header.", "http.response.header.")

AWAITED: ContextVar["HostedSpan | None"] = ContextVar("watchbill_awaited_span", default=None)
"""The request that waits for a library inside it to begin its span."""


class GuestSpan(Span):
    """What the library and the application see of the span. Nothing is changed once it has really ended."""

    def __init__(self, span: Span, attributes: Mapping[str, Any] | None = None) -> None:
        self.real = span
        self.adopted = False
        self.ended_at = 0
        self.status: StatusCode | None = None
        self._done = False
        self._aside = dict(attributes or {})
        self._name = ""

    def __getattr__(self, name: str) -> Any:
        """What the SDK's span has beyond the interface, such as `kind`."""
        return getattr(self.real, name)

    def get_span_context(self) -> SpanContext:
        """The ids."""
        return self.real.get_span_context()

    def is_recording(self) -> bool:
        """Until it has really ended."""
        return not self._done and self.real.is_recording()

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """The application's; the library's are kept aside."""
        for key, value in attributes.items():
            self.set_attribute(key, value)

    def set_attribute(self, key: str, value: Any) -> None:
        """As above."""
        if key.startswith(_THEIRS) and not key.startswith(_HEADERS):
            self._aside[key] = value
        elif not self._done:
            self.real.set_attribute(key, value)

    def add_event(self, name: str, attributes: Mapping[str, Any] | None = None, timestamp: int | None = None) -> None:
        """Passed on."""
        if not self._done:
            self.real.add_event(name, attributes, timestamp)

    def add_link(self, context: SpanContext, attributes: Mapping[str, Any] | None = None) -> None:
        """Passed on."""
        if not self._done:
            self.real.add_link(context, attributes)

    def update_name(self, name: str) -> None:
        """Kept aside: an adopted span is named by its route."""
        self._name = name

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:  # noqa: ARG002  dropped
        """Kept aside without its description, which repeats the exception's message."""
        self.status = status.status_code if isinstance(status, Status) else status

    def record_exception(
        self,
        exception: BaseException,
        attributes: Mapping[str, Any] | None = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """An exception that reaches the edge is recorded there, once."""
        if not self.adopted:
            self.real.record_exception(exception, attributes, timestamp, escaped)

    def end(self, end_time: int | None = None) -> None:
        """The library's end; an adopted span waits for its request."""
        if self.adopted:
            self.ended_at = self.ended_at or end_time or time_ns()
            return
        if self._name:
            self.real.update_name(self._name)
        if self.status is not None:
            self.real.set_status(self.status)
        self.real.set_attributes(self._aside)
        self.finish(end_time)

    def finish(self, end_time: int | None = None) -> None:
        """Really ends it, once."""
        if not self._done:
            self._done = True
            self.real.end(end_time)


class HostedSpan:
    """The server span of a request as its library makes it: bound at once, or when the library inside begins it."""

    __slots__ = ("_around", "_status", "guest", "scope")

    def __init__(self, scope: Scope, guest: GuestSpan | None = None) -> None:
        self.scope = scope
        self.guest = guest
        self._status = 0
        self._around = AWAITED.get()
        if guest is None:
            AWAITED.set(self)
        else:
            guest.adopted = True

    def bind(self, guest: GuestSpan) -> None:
        """The library has begun."""
        self.guest = guest
        guest.adopted = True

    @property
    def context(self) -> SpanContext:
        """Its ids; invalid until the library has begun."""
        return INVALID_SPAN_CONTEXT if self.guest is None else self.guest.get_span_context()

    def settle(self, answer: Answer) -> None:
        """Describes it, and ends it unless its error may still come."""
        self._status = answer.status
        guest = self.guest
        if guest is None or not guest.is_recording():
            return
        guest.ended_at = guest.ended_at or time_ns()
        if guest.status is not None and answer.status != CLIENT_LEFT:
            guest.real.set_status(guest.status)
        describe(guest.real, answer)
        if ends_now(answer):
            guest.finish(guest.ended_at)

    def end(self, error: BaseException | None) -> None:
        """Ends what is not ended, with the time of its last byte."""
        AWAITED.set(self._around)
        guest = self.guest
        if guest is None or not guest.is_recording():
            return
        if isinstance(error, Exception) and not left_by_client(self._status, error):
            fail(guest.real, error)
        guest.finish(guest.ended_at or None)
