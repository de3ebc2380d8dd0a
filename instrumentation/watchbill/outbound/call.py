"""Calls over HTTP: one for each request that goes out, redirects and retries included."""

from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.http_attributes import (
    HTTP_REQUEST_METHOD,
    HTTP_REQUEST_METHOD_ORIGINAL,
    HTTP_REQUEST_RESEND_COUNT,
    HTTP_RESPONSE_STATUS_CODE,
)

from watchbill.catalogue.http import METHOD, OTHER_METHOD
from watchbill.ground import Ground
from watchbill.outbound.address import address_attributes
from watchbill.outbound.attempts import SENDING
from watchbill.outbound.headers import put, take
from watchbill.outbound.series import OutboundSeries, Row
from watchbill.outbound.upstreams import Upstreams
from watchbill.totals import totals
from watchbill.traces.calls import CallSpan

if TYPE_CHECKING:
    import httpx

_METHODS = frozenset(METHOD.values)
_CLIENT_ERROR = 400
_PHASES = {
    "ConnectTimeout": "connect",
    "ReadTimeout": "read",
    "WriteTimeout": "write",
    "PoolTimeout": "pool",
    "TimeoutException": "other",
    "TimeoutError": "other",
}


class Watch:
    """What calls are told to, of one client or of all. Its errors are kept from the application."""

    def __init__(self, ground: Ground, upstreams: Upstreams, *, spans: bool) -> None:
        self.faults = ground.faults
        self._upstreams = upstreams
        self._series = OutboundSeries.of(ground.emission) if ground.emission is not None else None
        self._calls = ground.calls if spans else None
        for name in upstreams.names:
            self._row(name)
        ground.readings.add(_LOST, _find)

    def begin(self, request: "httpx.Request") -> "Call | None":
        """None where it could not be begun."""
        try:
            if _LOST:
                _find()
            call = Call(self, self._row(self._upstreams.name(request.url)), request)
            if self._calls is not None:
                call.trace(self._calls.begin(request.method if request.method in _METHODS else "HTTP"))
        except Exception as error:  # noqa: BLE001  never into the application
            self.faults.report("outbound", error)
            return None
        call.enter()
        return call

    def _row(self, name: str) -> Row | None:
        return self._series.row(name) if self._series is not None else None


class Call:
    """One request until the end of its answer's body. Seconds."""

    __slots__ = ("_added", "_before", "_request", "_row", "_settled", "_span", "_started", "_status", "_watch")

    def __init__(self, watch: Watch, row: Row | None, request: "httpx.Request") -> None:
        self._watch = watch
        self._row = row
        self._request = request
        self._span: CallSpan | None = None
        self._added: dict[str, str] | None = None
        self._settled = False
        self._before = self._status = 0
        sending = SENDING.get()
        if sending is not None:
            self._before = sending.hop(row)
        self._started = perf_counter()

    def trace(self, span: CallSpan | None) -> None:
        """Sends the trace along: that of its own span, else the current one."""
        self._span = span
        self._added = put(self._request.headers, span.context if span is not None else None)

    def enter(self) -> None:
        """It counts as in progress from here to `settle`."""
        if self._row is not None:
            self._row.in_progress.inc()

    def answered(self, response: "httpx.Response", body: Callable[[Any, "Call"], Any]) -> None:
        """Status and headers are there; the body, put around the answer's stream, tells of the end."""
        try:
            self._untrace()
            self._status = response.status_code
            sending = SENDING.get()
            if sending is not None:
                sending.redirected = response.has_redirect_location
            if self._row is not None:
                self._row.answered(self._request.method, self._status)
            if response.is_closed:
                self.settle(None)
            else:
                response.stream = body(response.stream, self)
        except Exception as error:  # noqa: BLE001  never into the application
            self._watch.faults.report("outbound", error)
            self.settle(None)

    def failed(self, error: BaseException) -> None:
        """There is no answer."""
        try:
            self._untrace()
        except Exception as failure:  # noqa: BLE001  never into the application
            self._watch.faults.report("outbound", failure)
        self.settle(error)

    def lost(self) -> None:
        """Its answer was collected unread: that may happen while a lock is held, so it is settled later."""
        if not self._settled:
            _LOST.append((self, perf_counter()))

    def settle(self, error: BaseException | None, at: float | None = None) -> None:
        """The body has ended, was closed, or broke off; the first time counts."""
        if self._settled:
            return
        self._settled = True
        try:
            seconds = (at or perf_counter()) - self._started
            row, method = self._row, self._request.method
            if row is not None:
                row.in_progress.dec()
                row.timed(method, seconds)
                if error is not None:
                    row.failed(method, error, _phase(error))
            account = totals() if at is None else None
            if account is not None:
                account.calls += 1
                account.call_seconds += seconds
            if self._span is not None:
                self._span.end(self._attributes(), error)
        except Exception as failure:  # noqa: BLE001  never into the application
            self._watch.faults.report("outbound", failure)

    def _untrace(self) -> None:
        if self._added is not None:
            take(self._request.headers, self._added)
            self._added = None

    def _attributes(self) -> dict[str, str | int | float | bool]:
        method = self._request.method
        attributes: dict[str, str | int | float | bool] = {**address_attributes(self._request.url)}
        if method in _METHODS:
            attributes[HTTP_REQUEST_METHOD] = method
        else:
            attributes[HTTP_REQUEST_METHOD] = OTHER_METHOD
            attributes[HTTP_REQUEST_METHOD_ORIGINAL] = method[:100]
        if self._before:
            attributes[HTTP_REQUEST_RESEND_COUNT] = self._before
        if self._status:
            attributes[HTTP_RESPONSE_STATUS_CODE] = self._status
        if self._status >= _CLIENT_ERROR:
            attributes[ERROR_TYPE] = str(self._status)
        return attributes


# A client may be collected together with its last answers, or be let go before them.
_LOST: deque[tuple[Call, float]] = deque()


def _find() -> None:
    while _LOST:
        try:
            call, at = _LOST.popleft()
        except IndexError:
            # Another thread had it.
            return
        call.settle(None, at)


def _phase(error: BaseException) -> str:
    return next((_PHASES[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in _PHASES), "")
