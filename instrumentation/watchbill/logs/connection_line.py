"""The one log line of a WebSocket connection, written when it is over."""

from typing import Any

import structlog
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.http_attributes import HTTP_RESPONSE_STATUS_CODE, HTTP_ROUTE
from opentelemetry.semconv.attributes.url_attributes import URL_PATH
from opentelemetry.trace import SpanContext

from watchbill.http.connection import Connection
from watchbill.http.failure import exception_name
from watchbill.logs.secrets import redact_path
from watchbill.traces.ids import ids

EVENT = "websocket"
LOGGER = "watchbill.websocket"
CLOSE_CODE = "websocket.close_code"
DURATION = "websocket.duration"
RECEIVED, RECEIVED_SIZE = "websocket.received.messages", "websocket.received.size"
SENT, SENT_SIZE = "websocket.sent.messages", "websocket.sent.size"
_LONGEST_PATH = 1_000


class ConnectionLine:
    """Writes the line: an error when the application failed, else at the configured level.

    The duration, in seconds, is from acceptance to end; without acceptance, of the handshake. Sizes are bytes.
    """

    def __init__(self, level: str) -> None:
        self._level = level.lower()
        self._logger = structlog.get_logger(LOGGER)

    def write(self, connection: Connection, error: BaseException | None, context: SpanContext | None) -> None:
        """Writes it, with what the application has bound in structlog's context variables."""
        fields: dict[str, Any] = {
            HTTP_ROUTE: connection.route,
            HTTP_RESPONSE_STATUS_CODE: connection.status,
            URL_PATH: redact_path(connection.scope["path"][:_LONGEST_PATH]),
            DURATION: round(connection.ended - (connection.opened or connection.started), 6),
        }
        if connection.opened:
            fields |= {
                CLOSE_CODE: connection.code,
                RECEIVED: connection.received,
                RECEIVED_SIZE: connection.received_bytes,
                SENT: connection.sent,
                SENT_SIZE: connection.sent_bytes,
            }
        if context is not None and context.is_valid:
            fields |= ids(context)
        if isinstance(error, Exception):
            fields[ERROR_TYPE] = exception_name(error)
        level = "error" if isinstance(error, Exception) else self._level
        getattr(self._logger, level)(EVENT, **fields)
