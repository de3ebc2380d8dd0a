"""The span of a request that is not sampled: current for other instrumentation, and nothing more."""

from random import getrandbits

from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

RANDOM: int = getattr(TraceFlags, "RANDOM_TRACE_ID", 0)
"""The flag of a trace whose id is random, where the SDK knows it."""

_FRESH = TraceFlags(RANDOM)


class UnrecordedSpan(NonRecordingSpan):
    """Its ids are made when somebody asks for them; `bits` are the low ones of its trace, unless it has a parent.

    It is made without its constructor, which wants the ids.
    """

    bits: int
    parent: SpanContext | None = None
    _ids: tuple[int, int] | None = None
    _made: SpanContext | None = None

    @property
    def ids(self) -> tuple[int, int]:
        """Trace id and span id, the same for whoever asks."""
        found = self._ids
        if found is None:
            parent, span_id = self.parent, getrandbits(64) or 1
            trace_id = (getrandbits(64) << 64 | self.bits or 1) if parent is None else parent.trace_id
            # One step: threads that ask at once are told the same.
            found = vars(self).setdefault("_ids", (trace_id, span_id))
        return found

    def get_span_context(self) -> SpanContext:
        """The ids, and that they are not sampled."""
        if self._made is None:
            parent, (trace_id, span_id) = self.parent, self.ids
            flags = _FRESH if parent is None else TraceFlags(parent.trace_flags & RANDOM)
            state = None if parent is None else parent.trace_state
            self._made = SpanContext(trace_id, span_id, is_remote=False, trace_flags=flags, trace_state=state)
        return self._made

    def __repr__(self) -> str:
        return repr(NonRecordingSpan(self.get_span_context()))
