"""Whether a trace is recorded, decided without the SDK where the sampler's rule is known exactly."""

from typing import Any, NamedTuple

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    ParentBased,
    ParentBasedTraceIdRatio,
    TraceIdRatioBased,
)
from opentelemetry.trace import SpanContext

LOW_BITS = (1 << 64) - 1
_PARENT_BASED = (ParentBased, ParentBasedTraceIdRatio)


class Rule(NamedTuple):
    """Recorded are traces whose id's low 64 bits are below `bound`, unless a parent decides."""

    bound: int
    heeds_parent: bool

    def records(self, bits: int, parent: SpanContext | None) -> bool:
        """The decision for a span with a valid parent, or in a new trace whose low bits are given."""
        if parent is None:
            return bits < self.bound
        return parent.trace_flags.sampled if self.heeds_parent else parent.trace_id & LOW_BITS < self.bound


def rule_of(provider: object) -> Rule | None:
    """The rule of a provider whose sampler is one of the SDK's own, not a kind derived from it; None for any other."""
    sampler = provider.sampler if type(provider) is TracerProvider else None
    if type(sampler) not in _PARENT_BASED:
        bound = None if sampler is None else _bound(sampler)
        return None if bound is None else Rule(bound, heeds_parent=False)
    parts = vars(sampler)
    root: Any = parts.get("_root")
    bound = _bound(root)
    # Equal where whoever has a parent does as it does.
    return Rule(bound, heeds_parent=True) if bound is not None and parts == vars(ParentBased(root)) else None


def _bound(sampler: object) -> int | None:
    if sampler is ALWAYS_ON:
        return LOW_BITS + 1
    if sampler is ALWAYS_OFF:
        return 0
    return sampler.bound if type(sampler) is TraceIdRatioBased else None
