"""Tracers and providers for libraries that make the server spans in Watchbill's place."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanKind

from watchbill.asgi import Scope
from watchbill.traces.guest import AWAITED, GuestSpan, HostedSpan
from watchbill.traces.provider import Provider
from watchbill.traces.server_span import ServerSpan


class EngineProvider(trace.TracerProvider):
    """What a library is given as its provider: its server spans become guests, its other spans are not made.

    Spans of dependencies and background tasks are Watchbill's own, the same whoever makes the server spans.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def get_tracer(
        self,
        instrumenting_module_name: str,
        instrumenting_library_version: str | None = None,
        schema_url: str | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> trace.Tracer:
        """A tracer under the library's name."""
        named = (instrumenting_module_name, instrumenting_library_version, schema_url, attributes)
        return _EngineTracer(self._provider, lambda provider: provider.get_tracer(*named))


class _EngineTracer(trace.Tracer):
    def __init__(self, source: Provider, made: Callable[[trace.TracerProvider], trace.Tracer]) -> None:
        self._source = source
        self._made = made
        self._of: tuple[trace.TracerProvider, trace.Tracer] | None = None

    @property
    def _real(self) -> trace.Tracer:
        """Of the provider as it is now: the application may set a global one late."""
        provider, known = self._source.get(), self._of
        if known is None or known[0] is not provider:
            known = self._of = (provider, self._made(provider))
        return known[1]

    def start_span(
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Mapping[str, Any] | None = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,  # noqa: ARG002  the interface's; the edge records
        set_status_on_exception: bool = True,  # noqa: ARG002  as above
    ) -> Span:
        awaited = AWAITED.get()
        if awaited is not None and awaited.guest is not None:
            awaited = None
        if awaited is None and kind is not SpanKind.SERVER:
            return NonRecordingSpan(trace.get_current_span(context).get_span_context())
        if awaited is not None and kind is not SpanKind.SERVER:
            # It found a span around the request and would make a child of it.
            context = _callers(awaited.scope) or context
        seen = attributes if self._source.sampler_reads_attributes else None
        real = self._real.start_span(name, context, SpanKind.SERVER, seen, links, start_time)
        guest = GuestSpan(real, attributes)
        if awaited is not None:
            awaited.bind(guest)
        return guest

    @contextmanager
    def _as_current(self, *given: Any, **more: Any) -> Generator[Span]:
        span = self.start_span(*given, **more)
        if isinstance(span, GuestSpan):
            with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
                yield span
        else:
            yield trace.get_current_span()

    def start_as_current_span(self, *given: Any, **more: Any) -> Any:
        """The span current around is left so where the library asks for a child."""
        more.pop("end_on_exit", None)
        return self._as_current(*given, **more)


class EngineTracer:
    """Begins nothing: adopts the span that the library around the request has begun, or waits for the one inside."""

    def begin(self, scope: Scope, _method: str) -> ServerSpan:
        """The server span as it will be known."""
        current = trace.get_current_span()
        if isinstance(current, GuestSpan) and not current.adopted:
            return HostedSpan(scope, current)
        return HostedSpan(scope)


def _callers(scope: Scope) -> Context | None:
    wanted = {name.encode("latin-1"): name for name in propagate.get_global_textmap().fields}
    carrier = {wanted[name]: value.decode("latin-1") for name, value in scope["headers"] if name in wanted}
    return propagate.extract(carrier) if carrier else None
