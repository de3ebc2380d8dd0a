"""One request and its answer, as they pass between server and application."""

from asyncio import CancelledError
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from types import MethodType
from typing import TYPE_CHECKING, Any, Protocol

from watchbill.asgi import Message, Receive, Scope, Send
from watchbill.catalogue.http import CLIENT_LEFT, UNMATCHED_ROUTE
from watchbill.http.current import CURRENT
from watchbill.traces.current import attach, get_current
from watchbill.traces.server_span import OwnSpan, ServerSpan

if TYPE_CHECKING:
    from watchbill.http.afterwards import Afterwards, Work
    from watchbill.totals import Totals

_SERVER_ERROR = 500


class Account(Protocol):
    """Is told what becomes of a request; nothing of it raises."""

    def count(self, exchange: "Exchange") -> None:
        """Called once, right before the last byte is handed to the server, or in its place. The status is final."""
        ...

    def settle(self, exchange: "Exchange") -> None:
        """Called once after that, when the last byte has been handed over."""
        ...


class Exchange:
    """What happened so far.

    Times are of `perf_counter`, in seconds; `first` is 0 and `status` is 0 until the answer starts. `routed` is the
    scope the router works on, which is a copy when a middleware made one. `route` is known once it is counted.
    """

    __slots__ = (
        "_account",
        "_receive",
        "_send",
        "_trailers",
        "background",
        "counted",
        "ended",
        "error",
        "first",
        "left",
        "method",
        "received",
        "root_path",
        "route",
        "routed",
        "row",
        "scope",
        "sent",
        "settled",
        "span",
        "started",
        "status",
        "totals",
    )

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, method: str, root_path: str, account: Account
    ) -> None:
        self.started = perf_counter()
        self.scope = self.routed = scope
        self.root_path = root_path
        self.method = method
        self.route = UNMATCHED_ROUTE
        self.span: ServerSpan | None = None
        self.error: BaseException | None = None
        self.background: Work | None = None
        self.row: Any = None
        self.totals: Totals | None = None
        self.status = self.received = self.sent = 0
        self.first = self.ended = 0.0
        self.left = self.counted = self.settled = self._trailers = False
        self._receive = receive
        self._send = send
        self._account = account

    @property
    def afterwards(self) -> "Afterwards | None":
        """What accounts for background work of this request."""
        return getattr(self._account, "afterwards", None)

    @property
    def matched(self) -> str:
        """The route's template, before it is counted too."""
        template = getattr(self._account, "template", None)
        return self.route if self.counted or template is None else str(template(self))

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
        kind, last = message["type"], False
        if kind == "http.response.start":
            self.first = perf_counter()
            self.status = message["status"]
            if "trailers" in message:
                self._trailers = message["trailers"]
        elif kind == "http.response.body":
            body = message.get("body")
            # Applications answer HEAD as they answer GET; the server keeps the body.
            if body and self.method != "HEAD":
                self.sent += len(body)
            last = not (message.get("more_body") or self._trailers)
        else:
            last = self._ends(kind, message)
        if last and not self.counted:
            # A server may report the end of the connection while it takes the last bytes; that is no early leaving.
            if self.left or (type(self._receive) is MethodType and self._is_left()):
                self.status = CLIENT_LEFT
            self.counted = True
            self._account.count(self)
        try:
            await (self._hand_over(message) if last else self._send(message))
        except OSError:
            self.left = True
            raise
        if last and not self.settled:
            self.ended = perf_counter()
            self.settled = True
            self._account.settle(self)

    async def _hand_over(self, message: Message) -> None:
        """Sends the last message outside our context: what a server begins there would keep us alive.

        uvicorn's timer for the connection's next request has a copy of the context variables until that arrives.
        """
        inside, span = get_current(), self.span
        before = span.before if isinstance(span, OwnSpan) else inside
        CURRENT.set(None)
        if before is not inside:
            attach(before)
        try:
            await self._send(message)
        finally:
            if before is not inside:
                attach(inside)
            CURRENT.set(self)

    def abandon(self, error: BaseException | None) -> None:
        """The application ended, by an error or without one, before its answer did."""
        self.error = error
        if self._is_left() or isinstance(error, CancelledError):
            self.status = CLIENT_LEFT
        elif self.status == 0:
            self.status = _SERVER_ERROR
        if not self.counted:
            self.counted = True
            self._account.count(self)
        self.ended = perf_counter()
        self.settled = True
        self._account.settle(self)

    def _is_left(self) -> bool:
        # uvicorn drops what is sent to a client that left without a word; its request object knows.
        return self.left or getattr(getattr(self._receive, "__self__", None), "disconnected", False)

    def _ends(self, kind: str, message: Message) -> bool:
        """The extensions of ASGI that end an answer without a body message."""
        if kind == "http.response.pathsend":
            if self.method != "HEAD":
                with suppress(OSError):
                    self.sent += Path(message["path"]).stat().st_size
            return not self._trailers
        return kind == "http.response.trailers" and not message.get("more_trailers", False)
