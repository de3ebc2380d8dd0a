"""One request and its answer, as they pass between server and application."""

from asyncio import CancelledError
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import perf_counter

from watchbill.asgi import Message, Receive, Scope, Send
from watchbill.catalogue.http import CLIENT_LEFT
from watchbill.traces.server_span import ServerSpan

_SERVER_ERROR = 500


class Exchange:
    """What happened so far; `settle` is called once, right after the last byte of the answer or in its place.

    Times are of `perf_counter`, in seconds; `first` is 0 and `status` is 0 until the answer starts. `routed` is the
    scope the router works on, which is a copy when a middleware made one; `root_path` a prefix put before by a proxy.
    """

    __slots__ = (
        "_receive",
        "_send",
        "_server",
        "_settle",
        "_trailers",
        "background",
        "ended",
        "error",
        "first",
        "left",
        "method",
        "received",
        "root_path",
        "routed",
        "scope",
        "sent",
        "settled",
        "span",
        "started",
        "status",
    )

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, method: str, settle: Callable[["Exchange"], None]
    ) -> None:
        self.started = perf_counter()
        self.scope = self.routed = scope
        self.root_path: str = scope.get("root_path", "")
        self.method = method
        self.span: ServerSpan | None = None
        self.error: BaseException | None = None
        self.status = self.received = self.sent = 0
        self.first = self.ended = 0.0
        self.left = self.settled = self.background = self._trailers = False
        self._receive = receive
        self._send = send
        self._settle = settle
        # uvicorn drops what is sent to a client that left without a word; its request object knows.
        self._server: object = getattr(receive, "__self__", None)

    async def receive(self) -> Message:
        """Hands a message to the application, counting the body's bytes."""
        message = await self._receive()
        kind = message["type"]
        if kind == "http.request":
            self.received += len(message.get("body", b""))
        elif kind == "http.disconnect":
            self.left = True
        return message

    async def send(self, message: Message) -> None:
        """Hands a message to the server; the answer is complete once its last byte is handed over."""
        kind = message["type"]
        last = False
        if kind == "http.response.body":
            self.sent += len(message.get("body", b""))
            last = not message.get("more_body", False) and not self._trailers
        elif kind == "http.response.start":
            self.first = perf_counter()
            self.status = message["status"]
            self._trailers = message.get("trailers", False)
        else:
            last = self._ends(kind, message)
        # A server may report the end of the connection while it takes the last bytes; that is no early leaving.
        left = last and (self.left or getattr(self._server, "disconnected", False))
        try:
            await self._send(message)
        except OSError:
            self.left = True
            raise
        if last and not self.settled:
            if left:
                self.status = CLIENT_LEFT
            self._complete()

    def abandon(self, error: BaseException | None) -> None:
        """The application ended, by an error or without one, before its answer did."""
        self.error = error
        if self.left or isinstance(error, CancelledError) or getattr(self._server, "disconnected", False):
            self.status = CLIENT_LEFT
        elif self.status == 0:
            self.status = _SERVER_ERROR
        self._complete()

    def _ends(self, kind: str, message: Message) -> bool:
        """The extensions of ASGI that end an answer without a body message."""
        if kind == "http.response.pathsend":
            with suppress(OSError):
                self.sent += Path(message["path"]).stat().st_size
            return not self._trailers
        return kind == "http.response.trailers" and not message.get("more_trailers", False)

    def _complete(self) -> None:
        self.settled = True
        self.ended = perf_counter()
        if self.method == "HEAD":
            # Applications answer it as they answer GET; the server keeps the body.
            self.sent = 0
        self._settle(self)
