"""Spans of calls to what is behind the running code: children of a recorded span, and nothing without one."""

from collections.abc import Callable, Mapping
from random import getrandbits
from time import time_ns
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.exception_attributes import EXCEPTION_MESSAGE, EXCEPTION_TYPE
from opentelemetry.trace import Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from watchbill.logs.secrets import redact
from watchbill.traces.current import get_current
from watchbill.traces.recorded import SCOPE, Recording
from watchbill.traces.server_span import CURRENT_SPAN
from watchbill.traces.unrecorded import RANDOM, UnrecordedSpan

Attributes = Mapping[str, str | int | float | bool]
_SAMPLED = TraceFlags.SAMPLED
_PARTS = "_span_processors"
_OK, _FAILED = Status(StatusCode.UNSET), Status(StatusCode.ERROR)


class Calls:
    """Begins spans of calls. Thread-safe."""

    def __init__(self, provider: Callable[[], trace.TracerProvider]) -> None:
        self._provider = provider
        self._tracer: trace.Tracer | None = None
        self._recording: Recording | None = None
        self._parts: Mapping[str, Any] = {}
        self._seen: Any = None

    def begin(self, name: str, kind: SpanKind = SpanKind.CLIENT) -> "CallSpan | None":
        """None where no recorded span is current: a poll of an idle worker leaves none.

        The span is not made current: what a call leads to in this process is no child of it.
        """
        parent = get_current().get(CURRENT_SPAN)
        if parent is None or type(parent) is UnrecordedSpan or not isinstance(parent, Span):
            return None
        if not parent.is_recording():
            return None
        # Processors may be added later.
        if self._tracer is None or self._parts.get(_PARTS) is not self._seen:
            self._meet()
        found = parent.get_span_context()
        # A sampler that heeds no parent, or one of the application's own, has to be asked.
        if self._recording is not None and self._recording.rule.records(0, found):
            return CallSpan(name, kind, found, self._recording)
        return SdkCallSpan.of(self._tracer, name, kind)

    def _meet(self) -> None:
        provider = self._provider()
        tracer = provider.get_tracer(SCOPE.name)
        recording = Recording.of(provider, tracer)
        # Processors that look at a span when it begins get one of the SDK's.
        self._recording = recording if recording is not None and _only_ends(recording.tracer.span_processor) else None
        self._parts = vars(recording.tracer.span_processor) if recording is not None else {}
        self._seen = self._parts.get(_PARTS)
        self._tracer = tracer


class CallSpan:
    """One call. It exists for the SDK only when it has ended, which costs a third."""

    __slots__ = ("_began", "_kind", "_parent", "_recording", "context", "name")

    def __init__(self, name: str, kind: SpanKind, parent: SpanContext, recording: Recording) -> None:
        self.name = name
        self._kind = kind
        self._parent = parent
        self._recording = recording
        flags = TraceFlags(_SAMPLED | parent.trace_flags & RANDOM)
        self.context = SpanContext(parent.trace_id, getrandbits(64) or 1, False, flags, parent.trace_state)
        self._began = time_ns()

    def end(self, attributes: Attributes, error: BaseException | None = None) -> None:
        """Ends it. The error's class is kept, and its text with secrets replaced.

        Attributes with `error.type` make it a failed one too, without an error to tell of.
        """
        if error is not None:
            attributes = {**attributes, **told(error)}
        status = _FAILED if ERROR_TYPE in attributes else _OK
        tracer = self._recording.tracer
        tracer.span_processor.on_end(
            ReadableSpan(
                self.name,
                self.context,
                self._parent,
                tracer.resource,
                attributes,
                kind=self._kind,
                status=status,
                start_time=self._began,
                end_time=time_ns(),
                instrumentation_scope=SCOPE,
            )
        )


class SdkCallSpan(CallSpan):
    """The same, where the SDK has to be asked."""

    __slots__ = ("_span",)

    def __init__(self, span: Span) -> None:
        self._span = span
        self.name: str = getattr(span, "name", "")
        self.context = span.get_span_context()

    @classmethod
    def of(cls, tracer: trace.Tracer | None, name: str, kind: SpanKind) -> "SdkCallSpan | None":
        """None where the SDK records none."""
        span = tracer.start_span(name, kind=kind) if tracer is not None else None
        return cls(span) if span is not None and span.is_recording() else None

    def end(self, attributes: Attributes, error: BaseException | None = None) -> None:
        """Ends it."""
        self._span.set_attributes({**attributes, **(told(error) if error is not None else {})})
        if error is not None or ERROR_TYPE in attributes:
            self._span.set_status(StatusCode.ERROR)
        self._span.end()


def told(error: BaseException) -> dict[str, str]:
    """What a span says of an error: a call may fail in a loop, so no stack."""
    kind = type(error).__qualname__
    return {ERROR_TYPE: kind, EXCEPTION_TYPE: kind, EXCEPTION_MESSAGE: redact(str(error))}


def _only_ends(processor: object) -> bool:
    """Whether a processor, or each of those it passes on to, does nothing when a span begins."""
    parts = vars(processor).get(_PARTS)
    if parts is not None:
        return all(map(_only_ends, parts))
    start = getattr(type(processor), "on_start", None)
    module = type(processor).__module__
    return start is SpanProcessor.on_start or module.startswith(("opentelemetry.sdk.trace.export", "watchbill."))
