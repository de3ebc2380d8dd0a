"""The span of a request that is sampled: the SDK's, ended at a third of the cost where nobody has added to it."""

from collections.abc import Mapping
from random import getrandbits
from typing import Any, NamedTuple, Self

from opentelemetry.sdk.trace import ReadableSpan, Span, SpanLimits, Tracer
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags

from watchbill.traces.decision import Rule, rule_of
from watchbill.traces.unrecorded import RANDOM

SCOPE = InstrumentationScope("watchbill")
_SAMPLED = TraceFlags(TraceFlags.SAMPLED | RANDOM)
_ENOUGH_ATTRIBUTES = 32
_NO_METRICS = {"NoneType", "NoOpTracerMetrics"}


class Recording(NamedTuple):
    """How spans of a provider are decided and made without asking its tracer."""

    tracer: Tracer
    limits: SpanLimits
    rule: Rule

    @classmethod
    def of(cls, provider: object, tracer: object) -> Self | None:
        """None where the SDK has to be asked.

        That is for another sampler than its own, ids of another kind, limits that touch our attributes, where it counts
        its spans, and where it has turned the tracer off.
        """
        rule = rule_of(provider)
        if rule is None or type(tracer) is not Tracer or type(tracer.id_generator) is not RandomIdGenerator:
            return None
        if not getattr(tracer, "_is_enabled", lambda: True)():
            return None
        limits = vars(provider).get("_span_limits")
        counted = type(vars(tracer).get("_tracer_metrics")).__name__ not in _NO_METRICS
        if counted or not isinstance(limits, SpanLimits) or limits.max_span_attribute_length is not None:
            return None
        most = limits.max_span_attributes
        return cls(tracer, limits, rule) if most is None or most >= _ENOUGH_ATTRIBUTES else None

    def span(
        self, name: str, bits: int, parent: SpanContext | None, kind: SpanKind = SpanKind.SERVER
    ) -> "RecordedSpan":
        """In the parent's trace, or in a new one whose id's low bits are given."""
        span_id = getrandbits(64) or 1
        if parent is None:
            trace_id = getrandbits(64) << 64 | bits or 1
            context = SpanContext(trace_id, span_id, is_remote=False, trace_flags=_SAMPLED)
        else:
            flags = TraceFlags(TraceFlags.SAMPLED | parent.trace_flags & RANDOM)
            context = SpanContext(parent.trace_id, span_id, False, flags, parent.trace_state)
        return RecordedSpan(self.tracer, self.limits, name, context, parent, kind)


class RecordedSpan(Span):
    """`finish` hands all at once to the processors; what an application adds goes the SDK's way, which checks it.

    Attributes given to `finish` are of atoms, and within the limits.
    """

    touched = False
    finished = False

    def __init__(
        self,
        tracer: Tracer,
        limits: SpanLimits,
        name: str,
        context: SpanContext,
        parent: SpanContext | None,
        kind: SpanKind,
    ) -> None:
        super().__init__(
            name,
            context,
            parent,
            tracer.sampler,
            resource=tracer.resource,
            kind=kind,
            span_processor=tracer.span_processor,
            limits=limits,
            instrumentation_scope=SCOPE,
        )
        self.processor = tracer.span_processor

    def finish(self, name: str, attributes: Mapping[str, str | int | float], ended_at: int) -> None:
        """Ends the span at nanoseconds since the epoch, described at once, and named anew unless the name is empty."""
        self.finished = True
        self.processor.on_end(
            ReadableSpan(
                name or self.name,
                self.context,
                self.parent,
                self.resource,
                attributes,
                kind=self.kind,
                start_time=self.start_time,
                end_time=ended_at,
                instrumentation_scope=SCOPE,
            )
        )

    def is_recording(self) -> bool:
        """Not once it has ended."""
        return not self.finished and super().is_recording()

    def end(self, end_time: int | None = None) -> None:
        """Ends it the SDK's way, unless it has ended."""
        if not self.finished:
            super().end(end_time)

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """As the SDK does."""
        self.touched = True
        super().set_attributes(attributes)

    def set_attribute(self, key: str, value: Any) -> None:
        """As the SDK does."""
        self.touched = True
        super().set_attribute(key, value)

    def add_event(self, name: str, attributes: Any = None, timestamp: int | None = None) -> None:
        """As the SDK does."""
        self.touched = True
        super().add_event(name, attributes, timestamp)

    def add_link(self, context: SpanContext, attributes: Any = None) -> None:
        """As the SDK does."""
        self.touched = True
        super().add_link(context, attributes)

    def set_status(self, status: Any, description: str | None = None) -> None:
        """As the SDK does."""
        self.touched = True
        super().set_status(status, description)

    def update_name(self, name: str) -> None:
        """As the SDK does."""
        self.touched = True
        super().update_name(name)
