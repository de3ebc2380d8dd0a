"""How spans are made and where they go."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from opentelemetry import trace
from opentelemetry.sdk.environment_variables import (
    OTEL_EXPORTER_OTLP_ENDPOINT,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
    OTEL_TRACES_SAMPLER,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, Sampler, TraceIdRatioBased

from watchbill.fault import Faults
from watchbill.traces.export import otlp_processor

_TRACES_PATH = "/v1/traces"
_BY_ID = frozenset({"", "always_on", "always_off", "traceidratio"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracing:
    """Spans of an Observability.

    `ratio` is the share of traces recorded where the caller has not decided, 0 to 1; by default OTEL_TRACES_SAMPLER
    decides, and without it every trace is recorded as long as spans have somewhere to go: an endpoint or a processor.
    `endpoint` is the base address of an OTLP/HTTP collector (default: OTEL_EXPORTER_OTLP_ENDPOINT); the address with
    `/v1/traces` is used. `provider` is used as it is instead of one of our own, and never shut down. With `shared`
    the provider becomes OpenTelemetry's global one, so that other instrumentation joins in.
    """

    ratio: float | None = None
    endpoint: str | None = None
    processors: Sequence[SpanProcessor] = ()
    provider: trace.TracerProvider | None = None
    shared: bool = False

    def faults(self) -> list[str]:
        """Every contradiction."""
        faults: list[str] = []
        if self.ratio is not None and not 0 <= self.ratio <= 1:
            faults.append(f"ratio={self.ratio:g} is no share: give 0 to 1")
        if self.endpoint is not None and not self.endpoint.startswith(("http://", "https://")):
            faults.append(f"endpoint={self.endpoint!r} is no address: give http://host:4318 or the like")
        if self.provider is not None and (self.ratio is not None or self.endpoint or self.processors):
            faults.append("a provider brings its own sampler and processors: give it alone")
        return faults


class Provider:
    """The tracer provider of one Observability, made on first use. Thread-safe."""

    def __init__(self, tracing: Tracing, resource: dict[str, str], faults: Faults) -> None:
        self._tracing = tracing
        self._resource = resource
        self._faults = faults
        self._provider = tracing.provider
        self._lock = Lock()

    @property
    def destination(self) -> str:
        """Where spans go, in a person's words."""
        if self._tracing.provider is not None:
            return "the given provider"
        if self._endpoint:
            return self._endpoint
        return "the given processors" if self._tracing.processors else ""

    @property
    def sampler_reads_attributes(self) -> bool:
        """Whether the sampler may look at a request's attributes; the SDK's own decide by trace id and parent alone."""
        if self._tracing.provider is not None:
            return True
        chosen = os.environ.get(OTEL_TRACES_SAMPLER, "").strip().lower()
        return self._tracing.ratio is None and chosen.removeprefix("parentbased_") not in _BY_ID

    def get(self) -> trace.TracerProvider:
        """The provider; raises MissingExtra when an endpoint is set and the OTLP exporter is not installed."""
        with self._lock:
            if self._provider is None:
                self._provider = self._made()
            if self._tracing.shared and trace.get_tracer_provider() is not self._provider:
                trace.set_tracer_provider(self._provider)
            return self._provider

    def shut_down(self) -> None:
        """Sends what is left and stops our own provider's thread."""
        with self._lock:
            made, self._provider = self._provider, self._tracing.provider
        if isinstance(made, TracerProvider) and made is not self._tracing.provider:
            made.shutdown()

    @property
    def _endpoint(self) -> str:
        if self._tracing.endpoint:
            return self._tracing.endpoint.rstrip("/").removesuffix(_TRACES_PATH) + _TRACES_PATH
        if exact := os.environ.get(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, "").strip():
            return exact
        base = os.environ.get(OTEL_EXPORTER_OTLP_ENDPOINT, "").strip()
        return base.rstrip("/") + _TRACES_PATH if base else ""

    def _made(self) -> TracerProvider:
        endpoint = self._endpoint
        exporting = [otlp_processor(endpoint, self._faults)] if endpoint else []
        provider = TracerProvider(sampler=self._sampler(), resource=Resource.create(dict(self._resource)))
        for processor in (*self._tracing.processors, *exporting):
            provider.add_span_processor(processor)
        return provider

    def _sampler(self) -> Sampler | None:
        """None leaves the choice to the SDK, which reads OTEL_TRACES_SAMPLER."""
        if self._tracing.ratio is not None:
            return ParentBased(TraceIdRatioBased(self._tracing.ratio))
        if not self.destination and not os.environ.get(OTEL_TRACES_SAMPLER):
            # Recording what nobody will read costs a request 20 µs; the ids are there all the same.
            return ParentBased(ALWAYS_OFF)
        return None
