"""How spans are made and where they go."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from opentelemetry import trace
from opentelemetry.sdk.environment_variables import (
    OTEL_EXPORTER_OTLP_ENDPOINT,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
    OTEL_SDK_DISABLED,
    OTEL_TRACES_SAMPLER,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, Sampler, TraceIdRatioBased

from watchbill.errors import InvalidDeclaration
from watchbill.fault import Faults
from watchbill.problem import is_a, is_list
from watchbill.traces.export import otlp_processor, shown

_TRACES_EXPORTER = "OTEL_TRACES_EXPORTER"
_TRACES_PATH = "/v1/traces"
_REMEDY = "give http://host:4318 or the like"
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
        if self.ratio is not None and not ((is_a(self.ratio, float) or is_a(self.ratio, int)) and 0 <= self.ratio <= 1):
            faults.append(f"ratio={self.ratio!r} is no share: give 0 to 1")
        if self.endpoint is not None and not _is_address(self.endpoint):
            faults.append(f"endpoint={shown(str(self.endpoint))!r} is no address: {_REMEDY}")
        if not is_list(self.processors) or not all(is_a(one, SpanProcessor) for one in self.processors):
            faults.append("processors is no list of SpanProcessors; an exporter goes into a BatchSpanProcessor")
        if self.provider is not None and not is_a(self.provider, trace.TracerProvider):
            faults.append(f"provider is a {type(self.provider).__name__}, not a TracerProvider")
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
        """Where spans go, in a person's words, without a password that the address holds."""
        if self._tracing.provider is not None:
            return "the given provider"
        if self._endpoint:
            return shown(self._endpoint)
        return "the given processors" if self._tracing.processors else ""

    @property
    def sampler_reads_attributes(self) -> bool:
        """Whether the sampler may look at a request's attributes; the SDK's own decide by trace id and parent alone."""
        if self._tracing.provider is not None:
            return True
        chosen = _said(OTEL_TRACES_SAMPLER).lower()
        return self._tracing.ratio is None and chosen.removeprefix("parentbased_") not in _BY_ID

    def get(self) -> trace.TracerProvider:
        """The provider.

        Raises MissingExtra when an endpoint is set and the OTLP exporter is not installed, InvalidDeclaration when
        OpenTelemetry's variables are at fault.
        """
        with self._lock:
            if self._provider is None:
                self._provider = self._made()
            if self._tracing.shared and trace.get_tracer_provider() is not self._provider:
                trace.set_tracer_provider(self._provider)
            return self._provider

    def shut_down(self) -> None:
        """Sends what is left and stops our own thread. Processors given stay open: they may be instrumented again."""
        with self._lock:
            made = self._provider
            if made is self._tracing.provider or not isinstance(made, TracerProvider):
                return
            keeps = bool(self._tracing.processors) and not self._endpoint
            if not keeps:
                self._provider = None
        if keeps:
            made.force_flush()
        else:
            made.shutdown()

    @property
    def _endpoint(self) -> str:
        if self._tracing.endpoint:
            return self._tracing.endpoint.rstrip("/").removesuffix(_TRACES_PATH) + _TRACES_PATH
        if _said(_TRACES_EXPORTER).lower() == "none":
            return ""
        base = _said(OTEL_EXPORTER_OTLP_ENDPOINT)
        return _said(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) or (base.rstrip("/") + _TRACES_PATH if base else "")

    @property
    def disabled(self) -> bool:
        """Whether OpenTelemetry's SDK makes no spans at all in this process."""
        return self._tracing.provider is None and _said(OTEL_SDK_DISABLED).lower() == "true"

    def _made(self) -> TracerProvider:
        endpoint = self._endpoint
        if endpoint and not _is_address(endpoint):
            fault = f"{shown(endpoint)!r}, from {OTEL_EXPORTER_OTLP_ENDPOINT}, is no address: {_REMEDY}"
            raise InvalidDeclaration("environment", [fault])
        exporting = [otlp_processor(endpoint, self._faults)] if endpoint else []
        provider = TracerProvider(sampler=self._sampler(), resource=Resource.create(dict(self._resource)))
        for processor in (*self._tracing.processors, *exporting):
            provider.add_span_processor(processor)
        return provider

    def _sampler(self) -> Sampler | None:
        """None leaves the choice to the SDK, which reads OTEL_TRACES_SAMPLER."""
        if self._tracing.ratio is not None:
            return ParentBased(TraceIdRatioBased(self._tracing.ratio))
        if not self.destination and not _said(OTEL_TRACES_SAMPLER):
            # Recording what nobody will read costs a request 20 µs; the ids are there all the same.
            return ParentBased(ALWAYS_OFF)
        return None


def _said(variable: str) -> str:
    return os.environ.get(variable, "").strip()


def _is_address(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))
