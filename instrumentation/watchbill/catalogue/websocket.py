"""What a server says about its WebSocket connections."""

from watchbill.catalogue.buckets import CONNECTION_SECONDS
from watchbill.catalogue.http import ROUTE, STATUS
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge, Histogram
from watchbill.catalogue.unit import Unit

RECEIVED = "received"
SENT = "sent"

CLOSE_CODE = Label(
    name="code",
    help="The close code of the side that closed first; 1006 where the connection ended without one, 1011 where the "
    "application raised; 3xxx and 4xxx stand for a client's own codes, the server's own are kept.",
    values=("1000", "1001", "1005", "1006", "1009", "1011", "1012", "3xxx", "4xxx"),
    bound=40,
)
DIRECTION = Label(
    name="direction",
    help="Received by the server, or sent by it.",
    values=(RECEIVED, SENT),
)

WEBSOCKET_CONNECTIONS = Counter(
    name="websocket_connections_total",
    help="WebSocket connections that were accepted and have ended.",
    labels=(ROUTE, CLOSE_CODE),
)
WEBSOCKET_REJECTIONS = Counter(
    name="websocket_rejections_total",
    help="WebSocket handshakes that were answered with an HTTP status instead of a connection.",
    labels=(ROUTE, STATUS),
)
WEBSOCKET_CONNECTIONS_ACTIVE = Gauge(
    name="websocket_connections_active",
    help="WebSocket connections that are open.",
    labels=(ROUTE,),
)
WEBSOCKET_CONNECTION_DURATION = Histogram(
    name="websocket_connection_duration_seconds",
    help="Time from a WebSocket's acceptance to its end.",
    unit=Unit.SECONDS,
    labels=(ROUTE,),
    buckets=CONNECTION_SECONDS,
)
WEBSOCKET_MESSAGES = Counter(
    name="websocket_messages_total",
    help="Messages over WebSockets, counted as they pass.",
    labels=(ROUTE, DIRECTION),
)
WEBSOCKET_MESSAGE_BYTES = Counter(
    name="websocket_message_bytes_total",
    help="Bytes of messages over WebSockets, uncompressed and without framing.",
    unit=Unit.BYTES,
    labels=(ROUTE, DIRECTION),
)
