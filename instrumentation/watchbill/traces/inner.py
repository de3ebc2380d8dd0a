"""The span of a library that the application itself has put inside its middleware stack: read, never changed."""

from opentelemetry import trace
from opentelemetry.trace import SpanContext

from watchbill.asgi import App, Receive, Scope, Send
from watchbill.traces.outcome import Answer
from watchbill.traces.server_span import ServerSpan

_KEY = "watchbill.inner"


class InnerSpan:
    """Known once the request reaches the router, where the library has begun its span."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: SpanContext | None = None

    @property
    def context(self) -> SpanContext:
        """Its ids; those of the span that is current as long as the router was not reached."""
        return self._seen or trace.get_current_span().get_span_context()

    def see(self) -> None:
        """Notes the current span."""
        self._seen = trace.get_current_span().get_span_context()

    def settle(self, answer: Answer) -> None:
        """Nothing: its maker settles it."""

    def end(self, error: BaseException | None) -> None:
        """Nothing: its maker ends it."""


class InnerTracer:
    """Begins nothing, and has the router tell of the span inside."""

    def begin(self, scope: Scope, _method: str) -> ServerSpan:
        """The span as it will be known."""
        span = scope[_KEY] = InnerSpan()
        return span


def seeing(router: App) -> App:
    """A router that tells the request's InnerSpan which span is current."""

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        span = scope.get(_KEY)
        if span is not None:
            span.see()
        await router(scope, receive, send)

    return route
