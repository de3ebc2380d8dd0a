"""One WebSocket connection, as its messages pass between server and application."""

from asyncio import CancelledError
from collections.abc import Callable
from time import perf_counter
from typing import Protocol

from watchbill.asgi import Message, Receive, Scope, Send
from watchbill.catalogue.http import CLIENT_LEFT

SWITCHING_PROTOCOLS = 101
_FORBIDDEN, _SERVER_ERROR = 403, 500
_NORMAL, _WITHOUT_CODE, _BROKEN, _INTERNAL_ERROR, _RESTART = 1_000, 1_005, 1_006, 1_011, 1_012

Count = Callable[[int], None]
"""Counts one message of so many bytes."""


class Watch(Protocol):
    """Is told what becomes of a connection; must not raise."""

    def accept(self, connection: "Connection") -> tuple[Count, Count]:
        """The handshake was accepted; what counts received and sent messages from now on."""
        ...

    def close(self, connection: "Connection") -> None:
        """The connection is over or was refused; called once."""
        ...


class Connection:
    """What happened so far. Times are of `perf_counter`; `opened` is 0 unless the handshake was accepted.

    `status` is the answer to the handshake: 101 for a connection, 403 where the application closed instead, 499 where
    the client did not wait. `code` is that of the side which closed first; `by_client` says that it was the client.
    """

    __slots__ = (
        "_count_received",
        "_count_sent",
        "_receive",
        "_send",
        "_settled",
        "_watch",
        "by_client",
        "code",
        "ended",
        "opened",
        "received",
        "received_bytes",
        "root_path",
        "route",
        "routed",
        "scope",
        "sent",
        "sent_bytes",
        "started",
        "status",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send, watch: Watch) -> None:
        self.started = perf_counter()
        self.scope = self.routed = scope
        self.root_path: str = scope.get("root_path", "")
        self.route = ""
        self.opened = self.ended = 0.0
        self.status = self.code = 0
        self.received = self.received_bytes = self.sent = self.sent_bytes = 0
        self.by_client = self._settled = False
        self._receive = receive
        self._send = send
        self._watch = watch
        self._count_received: Count = uncounted
        self._count_sent: Count = uncounted

    async def receive(self) -> Message:
        """Hands a message to the application."""
        message = await self._receive()
        kind = message["type"]
        if kind == "websocket.receive":
            size = _size(message)
            self.received += 1
            self.received_bytes += size
            self._count_received(size)
        elif kind == "websocket.disconnect":
            code = _code(message, _WITHOUT_CODE)
            if code == _WITHOUT_CODE and "reason" not in message:
                # uvicorn says so of a connection that broke; a close frame without a code comes with a reason.
                code = _BROKEN
            self._end(code, CLIENT_LEFT, by_client=True)
            self._settle()
        return message

    async def send(self, message: Message) -> None:
        """Hands a message to the server."""
        kind = message["type"]
        if kind == "websocket.close":
            # Before it is sent: the server may report the end as the client's while it takes the message.
            first = self._end(_code(message, _NORMAL), _FORBIDDEN)
            await self._sending(message, first=first)
            self._settle()
            return
        await self._sending(message, first=False)
        if kind == "websocket.send":
            size = _size(message)
            self.sent += 1
            self.sent_bytes += size
            self._count_sent(size)
        elif kind == "websocket.accept":
            self.opened = perf_counter()
            self.status = SWITCHING_PROTOCOLS
            self._count_received, self._count_sent = self._watch.accept(self)
        elif kind == "websocket.http.response.start":
            self._end(0, message["status"])
            self._settle()

    def returned(self, error: BaseException | None) -> None:
        """The application returned, or raised an error, and nobody has closed."""
        if isinstance(error, CancelledError | GeneratorExit):
            self._end(_RESTART, CLIENT_LEFT)
        elif error is not None:
            self._end(_INTERNAL_ERROR, _SERVER_ERROR)
        else:
            self._end(_BROKEN, _SERVER_ERROR)
        self._settle()

    async def _sending(self, message: Message, *, first: bool) -> None:
        try:
            await self._send(message)
        except OSError:
            if first:
                self.code = _BROKEN
            else:
                self._end(_BROKEN, CLIENT_LEFT, by_client=True)
            self._settle()
            raise

    def _end(self, code: int, status: int, *, by_client: bool = False) -> bool:
        """Notes how it ended, unless it has ended already; `status` is for a handshake not accepted."""
        if self.ended:
            return False
        self.ended = perf_counter()
        self.by_client = by_client
        if self.opened:
            self.code = code
        else:
            self.status = status
        return True

    def _settle(self) -> None:
        if not self._settled:
            self._settled = True
            self._watch.close(self)


def uncounted(_size: int) -> None:
    """Messages before a connection is accepted: there are none."""


def _code(message: Message, otherwise: int) -> int:
    code = message.get("code")
    # wsproto hands over an enumeration's member.
    return int(code) if code and isinstance(code, int) else otherwise


def _size(message: Message) -> int:
    data = message.get("bytes")
    if data is not None:
        return len(data)
    text: str = message.get("text") or ""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
