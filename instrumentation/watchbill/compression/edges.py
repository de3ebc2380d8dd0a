"""Two layers, one around a compressing middleware and one inside it, that compare what goes in with what comes out."""

from collections.abc import Awaitable, Callable
from time import perf_counter

from watchbill.asgi import App, Message, Receive, Scope, Send
from watchbill.compression.policy import Policy, header
from watchbill.compression.series import CompressionSeries

_Failed = Callable[[Exception], None]


class Passage:
    """One answer on its way through a compressing middleware.

    The time in the middleware is what passes between a message's entering it and the next one's leaving it.
    """

    __slots__ = ("after", "before", "done", "encoding", "headers", "mark", "pathsend", "scope", "single", "spent")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.headers: list[tuple[bytes, bytes]] = []
        self.before = self.after = 0
        self.spent = self.mark = 0.0
        self.encoding = ""
        self.single: bool | None = None
        self.done = self.pathsend = False

    def enters(self, message: Message) -> None:
        """The application sends a message."""
        kind = message["type"]
        if kind == "http.response.body":
            self.before += len(message.get("body") or b"")
            if self.single is None:
                self.single = not message.get("more_body", False)
            self.mark = perf_counter()
        elif kind == "http.response.start":
            # The middleware changes this list in place.
            self.headers = list(message.get("headers", ()))
        else:
            self.mark = 0.0
            self.pathsend = kind == "http.response.pathsend"

    def leaves(self, message: Message) -> bool:
        """The middleware sends a message; whether it is the answer's last."""
        if self.mark:
            self.spent += perf_counter() - self.mark
            self.mark = 0.0
        kind = message["type"]
        if kind == "http.response.start":
            self.encoding = header(message.get("headers", ()), b"content-encoding")
            return False
        if kind == "http.response.body":
            self.after += len(message.get("body") or b"")
            return not message.get("more_body", False)
        return False


class Edges:
    """`outside(app)` goes around the middleware and `inside(app)` around what the middleware calls.

    With `timed=False` other middlewares lie between the two, and time is not measured. Messages are passed on as they
    are. Answers to HEAD are not counted: their bodies stay in the server.
    """

    def __init__(self, series: CompressionSeries, policy: Policy, failed: _Failed, *, timed: bool) -> None:
        self.detached = False
        self._series = series
        self._policy = policy
        self._failed = failed
        self._timed = timed
        self._mark = f"watchbill.compression.{id(self)}"

    def outside(self, app: App) -> App:
        """The layer that sees what the client gets."""

        async def layer(scope: Scope, receive: Receive, send: Send) -> None:
            if self.detached or scope["type"] != "http" or scope["method"] == "HEAD":
                await app(scope, receive, send)
                return
            passage = scope[self._mark] = Passage(scope)

            async def sent(message: Message) -> None:
                last = passage.leaves(message)
                await send(message)
                if last:
                    self._count(passage)
                else:
                    # What comes in may leave in several pieces.
                    passage.mark = perf_counter()

            try:
                await app(scope, receive, sent)
            finally:
                self._count(passage)
                scope.pop(self._mark, None)

        return layer

    def inside(self, app: App) -> App:
        """The layer that sees what the application made."""
        mark = self._mark

        def layer(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            passage: Passage | None = scope.get(mark)
            if passage is None:
                return app(scope, receive, send)

            def sent(message: Message) -> Awaitable[None]:
                passage.enters(message)
                return send(message)

            return app(scope, receive, sent)

        return layer

    def _count(self, passage: Passage) -> None:
        if passage.done:
            return
        passage.done = True
        if not passage.headers and not passage.before:
            return
        try:
            given = header(passage.headers, b"content-encoding")
            if passage.encoding and not given:
                algorithm = passage.encoding.strip().lower()
                spent = passage.spent if self._timed else None
                self._series.compressed(algorithm, passage.before, passage.after, spent)
            elif passage.before or passage.pathsend:
                size = passage.before if passage.single else None
                request = passage.scope.get("headers", ())
                self._series.left_alone(self._policy.reason(request, passage.headers, size))
        except Exception as error:  # noqa: BLE001  never into the application
            self._failed(error)
