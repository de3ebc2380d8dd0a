"""How spans are made: what an Observability is told about them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from opentelemetry import trace
from opentelemetry.sdk.trace import SpanProcessor

from watchbill.problem import is_a, is_list
from watchbill.traces.destination import REMEDY, is_address
from watchbill.traces.export import PROTOCOLS, Protocol, shown

Engine = Literal["watchbill", "fastapi", "contrib"]
"""Who makes the server spans."""

Inside = Literal["dependencies", "endpoint", "background"]
"""What of a request may have a span of its own beside the server span."""

ENGINES: tuple[str, ...] = get_args(Engine)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracing:
    """Spans of an Observability.

    `engine` makes the server spans: Watchbill itself, FastAPI's own telemetry (0.142 or later), or
    opentelemetry-instrumentation-fastapi; spans are equal. `spans` adds children to them: of FastAPI's dependencies,
    of its endpoint, of background tasks.

    `ratio` is the share of traces recorded where the caller has not decided, 0 to 1; by default OTEL_TRACES_SAMPLER
    decides, and without it every trace is recorded as long as spans have somewhere to go: an endpoint or a processor.
    `endpoint` is the base address of an OTLP collector (default: OTEL_EXPORTER_OTLP_ENDPOINT), `protocol` what it
    speaks (default: OTEL_EXPORTER_OTLP_PROTOCOL, else http/protobuf, for which `/v1/traces` is appended).

    `provider` is used as it is instead of one of our own, and never shut down; so is OpenTelemetry's global one where
    the application has set it and nothing is said here. With `shared` our provider becomes the global one, so that
    other instrumentation joins in.
    """

    engine: Engine = "watchbill"
    spans: Collection[Inside] = ()
    ratio: float | None = None
    endpoint: str | None = None
    protocol: Protocol | None = None
    processors: Sequence[SpanProcessor] = ()
    provider: trace.TracerProvider | None = None
    shared: bool = False

    @classmethod
    def of(cls, given: "Tracing | Engine | None") -> "Tracing | None":
        """An engine's name alone is short for a Tracing with it."""
        return cls(engine=given) if isinstance(given, str) else given

    @property
    def says_where(self) -> bool:
        """Whether the code has decided where spans go, so that a global provider is not asked."""
        return self.ratio is not None or bool(self.endpoint or self.processors or self.provider or self.shared)

    def faults(self) -> list[str]:
        """Every contradiction."""
        faults = [*self._faults_of_choice(), *self._faults_of_sending()]
        if self.provider is not None and not is_a(self.provider, trace.TracerProvider):
            faults.append(f"provider is a {type(self.provider).__name__}, not a TracerProvider")
        if self.provider is not None and (self.ratio is not None or self.endpoint or self.processors):
            faults.append("a provider brings its own sampler and processors: give it alone")
        return faults

    def _faults_of_choice(self) -> list[str]:
        faults: list[str] = []
        if self.engine not in ENGINES:
            faults.append(f"engine={self.engine!r} is unknown: give {', '.join(ENGINES)}")
        known = get_args(Inside)
        if is_a(self.spans, str) or not is_a(self.spans, Collection):
            faults.append(f"spans={self.spans!r} is no set: give some of {', '.join(known)}")
        else:
            unknown = sorted(str(one) for one in self.spans if one not in known)
            faults += [f"spans has {one!r}, which is unknown: give some of {', '.join(known)}" for one in unknown]
        return faults

    def _faults_of_sending(self) -> list[str]:
        faults: list[str] = []
        if self.ratio is not None and not ((is_a(self.ratio, float) or is_a(self.ratio, int)) and 0 <= self.ratio <= 1):
            faults.append(f"ratio={self.ratio!r} is no share: give 0 to 1")
        if self.endpoint is not None and not is_address(self.endpoint):
            faults.append(f"endpoint={shown(str(self.endpoint))!r} is no address: {REMEDY}")
        if self.protocol is not None and self.protocol not in PROTOCOLS:
            faults.append(f"protocol={self.protocol!r} is unknown: give {' or '.join(PROTOCOLS)}")
        if not is_list(self.processors) or not all(is_a(one, SpanProcessor) for one in self.processors):
            faults.append("processors is no list of SpanProcessors; an exporter goes into a BatchSpanProcessor")
        return faults
