"""Where the server span of a request comes from."""

from typing import Protocol

from watchbill.asgi import Scope
from watchbill.traces.server_span import ServerSpan


class SpanSource(Protocol):
    """Begins the server span of a request, or finds the one that another library makes."""

    def begin(self, scope: Scope, method: str, /) -> ServerSpan:
        """Called once per request, right before the application is."""
        ...
