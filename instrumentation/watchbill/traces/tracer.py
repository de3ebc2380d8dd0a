"""Beginning server spans, at the SDK's cost only where one is recorded."""

from random import getrandbits

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.semconv.attributes.http_attributes import HTTP_REQUEST_METHOD
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind

from watchbill.asgi import Scope
from watchbill.catalogue.http import UNMATCHED_ROUTE
from watchbill.traces.current import get_current
from watchbill.traces.outcome import name_of
from watchbill.traces.recorded import Recording
from watchbill.traces.request_attributes import request_attributes
from watchbill.traces.server_span import OWN, ForeignSpan, OwnSpan, RecordingSpan, ServerSpan
from watchbill.traces.traceparent import HEADER, is_w3c, remote_parent
from watchbill.traces.unrecorded import UnrecordedSpan

_NOWHERE = Context()


class Tracer:
    """Begins server spans, unless something around the application has begun one already."""

    def __init__(self, provider: trace.TracerProvider, sampler_reads_attributes: bool) -> None:
        self._tracer = provider.get_tracer("watchbill")
        self._headers: dict[bytes, str] | None = None
        self._is_w3c = False
        self._sampler_reads = sampler_reads_attributes
        self._recording = Recording.of(provider, self._tracer)
        # Where the SDK has to be asked, no trace is above the bound.
        self._bound = 1 << 64 if self._recording is None else self._recording.rule.bound

    def begin(self, scope: Scope, method: str) -> ServerSpan:
        """A span that is current until its end; another's server span is left alone and only read."""
        before = caller = get_current()
        if before:
            current, own = trace.get_current_span(before), before.get(OWN)
            if _is_server_span(current, own):
                return ForeignSpan(current)
            if isinstance(own, OwnSpan) and own.settled:
                # uvicorn begins a request inside an earlier one of its connection, which is no parent of it.
                caller = _NOWHERE
        wanted = self._headers
        if wanted is None:
            wanted = self._headers = self._propagated()
        for name, _ in scope["headers"]:
            if name in wanted:
                return self._continued(scope, method, before, wanted)
        if caller:
            return self._under(scope, method, before, caller)
        bits = getrandbits(64)
        if bits >= self._bound:
            span = object.__new__(UnrecordedSpan)
            span.bits = bits
            return OwnSpan(span, before, caller)
        return self._begun(scope, method, before, caller, None, bits)

    def _propagated(self) -> dict[bytes, str]:
        """The headers of the propagator, as servers spell them and as it does; it may be set as late as at start-up."""
        propagator = propagate.get_global_textmap()
        self._is_w3c = is_w3c(propagator)
        return {name.lower().encode("latin-1"): name for name in propagator.fields}

    def _continued(self, scope: Scope, method: str, before: Context, wanted: dict[bytes, str]) -> ServerSpan:
        """The headers name a caller, in the propagator's way (W3C by default)."""
        carrier: dict[str, str] = {}
        for name, value in scope["headers"]:
            if name in wanted:
                key, text = wanted[name], value.decode("latin-1")
                carrier[key] = f"{carrier[key]},{text}" if key in carrier else text
        if self._is_w3c and carrier.keys() == {HEADER}:
            parent = remote_parent(carrier[HEADER])
            if parent is not None:
                caller = trace.set_span_in_context(NonRecordingSpan(parent), _NOWHERE)
                return self._begun(scope, method, before, caller, parent, 0)
        return self._under(scope, method, before, propagate.extract(carrier))

    def _under(self, scope: Scope, method: str, before: Context, caller: Context) -> ServerSpan:
        """Within a context, in which there may be a parent."""
        parent = trace.get_current_span(caller).get_span_context()
        return self._begun(scope, method, before, caller, parent if parent.is_valid else None, getrandbits(64))

    def _begun(
        self, scope: Scope, method: str, before: Context, caller: Context, parent: SpanContext | None, bits: int
    ) -> ServerSpan:
        recording = self._recording
        if recording is None:
            return self._by_sdk(scope, method, before, caller)
        if recording.rule.records(bits, parent):
            recorded = recording.span(name_of(method, UNMATCHED_ROUTE), bits, parent)
            recorded.start(parent_context=caller)
            return RecordingSpan(recorded, before, caller)
        span = object.__new__(UnrecordedSpan)
        span.bits, span.parent = bits, parent
        return OwnSpan(span, before, caller)

    def _by_sdk(self, scope: Scope, method: str, before: Context, caller: Context) -> ServerSpan:
        attributes: dict[str, str | int] | None = None
        if self._sampler_reads:
            attributes = {HTTP_REQUEST_METHOD: method, **request_attributes(scope)}
        span = self._tracer.start_span(name_of(method, UNMATCHED_ROUTE), caller, SpanKind.SERVER, attributes)
        return (RecordingSpan if span.is_recording() else OwnSpan)(span, before, caller)


def _is_server_span(span: Span, own: object) -> bool:
    """A live server span, or one that its maker decided not to record."""
    context = span.get_span_context()
    if not context.is_valid or context.is_remote or (isinstance(own, OwnSpan) and span is own.span):
        # A span of ours around this request belongs to a caller in the same process.
        return False
    if isinstance(span, NonRecordingSpan):
        return True
    return isinstance(span, ReadableSpan) and span.kind is SpanKind.SERVER and span.is_recording()
