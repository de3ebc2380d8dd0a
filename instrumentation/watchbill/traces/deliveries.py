"""Spans of work on a message: current while it lasts, and continuing the trace of whoever sent the message."""

from collections.abc import Callable, Mapping
from contextvars import Token
from random import getrandbits

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.trace import Span, SpanContext, SpanKind, StatusCode

from watchbill.traces.calls import Attributes, told
from watchbill.traces.current import attach, detach, get_current
from watchbill.traces.propagation import extract
from watchbill.traces.recorded import SCOPE, Recording
from watchbill.traces.server_span import CURRENT_SPAN
from watchbill.traces.unrecorded import UnrecordedSpan

_NOWHERE = Context()


class Deliveries:
    """Begins spans of work on messages. Thread-safe."""

    def __init__(self, provider: Callable[[], trace.TracerProvider]) -> None:
        self._provider = provider
        self._tracer: trace.Tracer | None = None
        self._recording: Recording | None = None

    def begin(
        self, name: str, carrier: Mapping[str, str] | None = None, kind: SpanKind = SpanKind.CONSUMER
    ) -> "DeliverySpan":
        """In the trace whose headers the carrier has, else in a new one; the sampler decides whether it is recorded."""
        if self._tracer is None:
            provider = self._provider()
            self._tracer = provider.get_tracer(SCOPE.name)
            self._recording = Recording.of(provider, self._tracer)
        caller, parent = extract(carrier) if carrier else (_NOWHERE, None)
        return DeliverySpan(self._span(name, kind, caller, parent), caller)

    def _span(self, name: str, kind: SpanKind, caller: Context, parent: SpanContext | None) -> Span:
        recording, tracer = self._recording, self._tracer
        if recording is None:
            assert tracer is not None  # noqa: S101  made above
            return tracer.start_span(name, caller, kind)
        bits = getrandbits(64)
        if recording.rule.records(bits, parent):
            recorded = recording.span(name, bits, parent, kind)
            recorded.start(parent_context=caller)
            return recorded
        span = object.__new__(UnrecordedSpan)
        span.bits, span.parent = bits, parent
        return span


class DeliverySpan:
    """The span of one delivery."""

    __slots__ = ("_before", "_token", "span")

    def __init__(self, span: Span, caller: Context) -> None:
        self.span = span
        self._before = get_current()
        self._token: Token[Context] = attach(Context({**caller, CURRENT_SPAN: span}))

    @property
    def context(self) -> SpanContext:
        """Its ids."""
        return self.span.get_span_context()

    def end(self, attributes: Attributes, error: BaseException | None = None) -> None:
        """Ends it, and puts back what was current before."""
        try:
            detach(self._token)
        except ValueError:
            # Closed from outside, it may end in another task's context, where the token is of no use.
            if get_current().get(CURRENT_SPAN) is self.span:
                attach(self._before)
        if not self.span.is_recording():
            return
        self.span.set_attributes({**attributes, **(told(error) if error is not None else {})})
        if error is not None or ERROR_TYPE in attributes:
            self.span.set_status(StatusCode.ERROR)
        self.span.end()
