"""WebSockets of an application: their metrics, and one span and one log line per connection."""

from typing import Protocol

from opentelemetry.trace import SpanContext

from watchbill.asgi import App, Receive, Scope, Send
from watchbill.catalogue.http import UNMATCHED_ROUTE
from watchbill.fault import Faults
from watchbill.http.connection import Connection, Count, uncounted
from watchbill.http.failure import is_departure
from watchbill.http.middleware import MARK
from watchbill.http.route import RouteTable
from watchbill.http.websocket_series import WebSocketSeries
from watchbill.traces.outcome import Answer
from watchbill.traces.server_span import ServerSpan
from watchbill.traces.span_source import SpanSource

_METHOD = "GET"


class ConnectionLine(Protocol):
    """Writes the one log line of a connection."""

    def write(self, connection: Connection, error: BaseException | None, context: SpanContext | None) -> None: ...


class WebSockets:
    """Runs an application on its WebSockets, measuring them; errors of ours stay here, the application's pass."""

    def __init__(
        self,
        table: RouteTable,
        faults: Faults,
        *,
        series: WebSocketSeries | None,
        tracer: SpanSource | None,
        line: ConnectionLine | None,
    ) -> None:
        self._table = table
        self._faults = faults
        self._series = series
        self._tracer = tracer
        self._line = line

    async def __call__(self, app: App, scope: Scope, receive: Receive, send: Send) -> None:
        connection = Connection(scope, receive, send, self)
        scope[MARK] = connection
        span = self._span(scope)
        error: BaseException | None = None
        try:
            await app(scope, connection.receive, connection.send)
        except BaseException as raised:
            error = raised
            raise
        finally:
            connection.returned(error)
            failure = None if connection.by_client and error is not None and is_departure(error) else error
            self._end(connection, span, failure)
            # What refers to itself waits for the garbage collector; this does not.
            del error, failure
            connection.routed = scope
            scope.pop(MARK, None)

    def accept(self, connection: Connection) -> tuple[Count, Count]:
        """The handshake was accepted."""
        connection.route = self._route(connection)
        if self._series is not None:
            try:
                return self._series.opened(connection.route)
            except Exception as error:  # noqa: BLE001  never into the application
                self._faults.report("websocket", error)
        return uncounted, uncounted

    def close(self, connection: Connection) -> None:
        """The connection is over, or was refused."""
        connection.route = connection.route or self._route(connection)
        if self._series is None:
            return
        try:
            if connection.opened:
                self._series.closed(connection)
            else:
                self._series.rejected(connection)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("websocket", error)

    def _route(self, connection: Connection) -> str:
        try:
            return self._table.template(connection.routed, connection.root_path)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("route", error)
            return UNMATCHED_ROUTE

    def _span(self, scope: Scope) -> ServerSpan | None:
        if self._tracer is not None:
            try:
                return self._tracer.begin(scope, _METHOD)
            except Exception as error:  # noqa: BLE001  never into the application
                self._faults.report("traces", error)
        return None

    def _end(self, connection: Connection, span: ServerSpan | None, error: BaseException | None) -> None:
        if self._line is not None:
            try:
                self._line.write(connection, error, None if span is None else span.context)
            except Exception as failure:  # noqa: BLE001  never into the application
                self._faults.report("logs", failure)
        if span is not None:
            try:
                span.settle(Answer(connection.scope, _METHOD, connection.route, connection.status, error))
                span.end(error)
            except Exception as failure:  # noqa: BLE001  never into the application
                self._faults.report("traces", failure)
