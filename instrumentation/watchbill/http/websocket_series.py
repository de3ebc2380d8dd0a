"""The metrics of WebSocket connections."""

from typing import NamedTuple

import prometheus_client as client

from watchbill.catalogue.http import ROUTE, STATUS
from watchbill.catalogue.websocket import (
    CLOSE_CODE,
    RECEIVED,
    SENT,
    WEBSOCKET_CONNECTION_DURATION,
    WEBSOCKET_CONNECTIONS,
    WEBSOCKET_CONNECTIONS_ACTIVE,
    WEBSOCKET_MESSAGE_BYTES,
    WEBSOCKET_MESSAGES,
    WEBSOCKET_REJECTIONS,
)
from watchbill.emission import Emission
from watchbill.fault import Faults
from watchbill.http.connection import Connection, Count

_OF_APPLICATIONS = range(3_000, 5_000)
_BY_ROUTE = (
    WEBSOCKET_CONNECTIONS,
    WEBSOCKET_CONNECTIONS_ACTIVE,
    WEBSOCKET_CONNECTION_DURATION,
    WEBSOCKET_MESSAGES,
    WEBSOCKET_MESSAGE_BYTES,
)


class _Row(NamedTuple):
    route: str
    active: client.Gauge
    duration: client.Histogram
    received: Count
    sent: Count


class WebSocketSeries:
    """Counts connections by route. Values beyond a label's bound are folded into `_other`. Thread-safe."""

    def __init__(self, emission: Emission, faults: Faults) -> None:
        self._faults = faults
        self._connections = emission.counter(WEBSOCKET_CONNECTIONS)
        self._rejections = emission.counter(WEBSOCKET_REJECTIONS)
        self._active = emission.gauge(WEBSOCKET_CONNECTIONS_ACTIVE)
        self._duration = emission.histogram(WEBSOCKET_CONNECTION_DURATION)
        self._messages = emission.counter(WEBSOCKET_MESSAGES)
        self._bytes = emission.counter(WEBSOCKET_MESSAGE_BYTES)
        self._routes = emission.guard(ROUTE, WEBSOCKET_CONNECTIONS)
        self._codes = emission.guard(CLOSE_CODE, WEBSOCKET_CONNECTIONS)
        self._statuses = emission.guard(STATUS, WEBSOCKET_REJECTIONS)
        self._rows: dict[str, _Row] = {}

    def opened(self, route: str) -> tuple[Count, Count]:
        """One more connection; what counts its messages, received and sent, by their bytes."""
        row = self._row(route)
        row.active.inc()
        return row.received, row.sent

    def closed(self, connection: Connection) -> None:
        """A connection that was opened is over."""
        row = self._row(connection.route)
        row.active.dec()
        row.duration.observe(connection.ended - connection.opened)
        code = self._codes.admit(_code(connection), WEBSOCKET_CONNECTIONS)
        self._connections.labels(row.route, code).inc()

    def rejected(self, connection: Connection) -> None:
        """A handshake that ended in an HTTP status."""
        route = self._routes.admit(connection.route, WEBSOCKET_REJECTIONS)
        status = self._statuses.admit(str(connection.status), WEBSOCKET_REJECTIONS)
        self._rejections.labels(route, status).inc()

    def _row(self, route: str) -> _Row:
        row = self._rows.get(route)
        if row is None:
            admitted = self._routes.admit(route, *_BY_ROUTE)
            row = _Row(
                admitted,
                self._active.labels(admitted),
                self._duration.labels(admitted),
                self._count(admitted, RECEIVED),
                self._count(admitted, SENT),
            )
            if admitted == route:
                self._rows[route] = row
        return row

    def _count(self, route: str, direction: str) -> Count:
        messages = self._messages.labels(route, direction).inc
        size = self._bytes.labels(route, direction).inc

        def count(number: int) -> None:
            try:
                messages()
                size(number)
            except Exception as error:  # noqa: BLE001  never into the application
                self._faults.report("websocket", error)

        return count


def _code(connection: Connection) -> str:
    """The close code as a label's value; whatever a client makes up is one of two."""
    code = connection.code
    if connection.by_client and code in _OF_APPLICATIONS:
        return f"{code // 1_000}xxx"
    return str(code)
