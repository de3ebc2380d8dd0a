"""Spans inside a request, or of a task, beside the server span: children of what is current."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import SpanKind

from watchbill.traces.outcome import fail

_FUNCTION = "code.function.name"
_NO_FAILURES = frozenset({"HTTPException", "RequestValidationError", "WebSocketRequestValidationError"})


class Spanning:
    """Makes spans with one provider."""

    def __init__(self, provider: Callable[[], trace.TracerProvider]) -> None:
        self._provider = provider

    def background_span(self, name: str) -> AbstractContextManager[object]:
        """The span of a background task: a child of its request's server span, which may have ended, or a root."""
        return self._made(f"background {name}", {}, frozenset())

    def span(self, kind: str, function: Any = None) -> AbstractContextManager[object]:
        """The span of a part of a request. An answer raised as an exception is no failure of it."""
        named = _qualified(function) if function is not None else ""
        return self._made(kind, {_FUNCTION: named} if named else {}, _NO_FAILURES)

    @contextmanager
    def _made(self, name: str, attributes: dict[str, str], harmless: frozenset[str]) -> Generator[None]:
        tracer = self._provider().get_tracer("watchbill")
        with tracer.start_as_current_span(
            name,
            kind=SpanKind.INTERNAL,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except Exception as error:
                if harmless.isdisjoint(kind.__name__ for kind in type(error).__mro__):
                    fail(span, error)
                raise


def _qualified(function: Any) -> str:
    module = getattr(function, "__module__", type(function).__module__)
    return f"{module}.{getattr(function, '__qualname__', type(function).__qualname__)}"
