"""The tracer provider of one Observability."""

from threading import Lock

from opentelemetry import trace
from opentelemetry.sdk.environment_variables import OTEL_SDK_DISABLED, OTEL_TRACES_SAMPLER
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, Sampler, TraceIdRatioBased

from watchbill.errors import InvalidDeclaration
from watchbill.fault import Faults
from watchbill.traces.destination import Destination, said
from watchbill.traces.export import Lose, otlp_sender
from watchbill.traces.tracing import Tracing

_BY_ID = frozenset({"", "always_on", "always_off", "traceidratio"})


class Provider:
    """Made on first use, unless one is given or the application has set a global one. Thread-safe.

    `lose` is told how many spans were lost, and why.
    """

    def __init__(self, tracing: Tracing, resource: dict[str, str], faults: Faults, lose: Lose) -> None:
        self._tracing = tracing
        self._resource = resource
        self._faults = faults
        self._lose = lose
        self._provider = tracing.provider
        self._made_here = self._sends = False
        self._lock = Lock()

    @property
    def destination(self) -> str:
        """Where spans go, in a person's words, without a password that the address holds."""
        if self._tracing.provider is not None:
            return "the given provider"
        if self._found is not None:
            return f"the application's global provider ({type(self._found).__module__.partition('.')[0]})"
        return self._collector.shown or ("the given processors" if self._tracing.processors else "")

    @property
    def sampler_reads_attributes(self) -> bool:
        """Whether the sampler may look at a request's attributes; the SDK's own decide by trace id and parent alone."""
        if self._tracing.provider is not None or self._found is not None:
            return True
        chosen = said(OTEL_TRACES_SAMPLER).lower()
        return self._tracing.ratio is None and chosen.removeprefix("parentbased_") not in _BY_ID

    @property
    def disabled(self) -> bool:
        """Whether OpenTelemetry's SDK makes no spans at all in this process."""
        return self._tracing.provider is None and said(OTEL_SDK_DISABLED).lower() == "true"

    @property
    def is_global(self) -> bool:
        """Whether whatever asks OpenTelemetry for a provider gets this one."""
        return self._provider is not None and global_provider() is self._provider

    def get(self) -> trace.TracerProvider:
        """The provider.

        Raises MissingExtra when spans are to go by gRPC and grpcio is not installed, InvalidDeclaration when
        OpenTelemetry's variables are at fault.
        """
        with self._lock:
            found = self._found
            if self._provider is None or found is not None:
                self._made_here = found is None
                self._provider = found or self._made()
            if self._tracing.shared and global_provider() is None:
                trace.set_tracer_provider(self._provider)
            return self._provider

    def shut_down(self) -> None:
        """Sends what is left and stops our own thread. Processors given stay open: they may be instrumented again."""
        with self._lock:
            made = self._provider
            if not self._made_here or not isinstance(made, TracerProvider):
                return
            keeps = bool(self._tracing.processors) and not self._collector.endpoint
            if not keeps:
                self._provider = None
        if keeps:
            made.force_flush()
        else:
            made.shutdown()

    @property
    def _collector(self) -> Destination:
        return Destination.of(self._tracing.endpoint, self._tracing.protocol)

    @property
    def _found(self) -> trace.TracerProvider | None:
        """The application's own, also one set late, unless ours sends spans; one that we made global is not it."""
        if self._tracing.says_where or (self._made_here and self._sends):
            return None
        return global_provider()

    def _made(self) -> TracerProvider:
        collector = self._collector
        if faults := collector.faults():
            raise InvalidDeclaration("environment", faults)
        exporting = (
            [otlp_sender(collector.endpoint, collector.protocol, self._faults, self._lose)]
            if collector.endpoint
            else []
        )
        self._sends = bool(collector.endpoint)
        provider = TracerProvider(sampler=self._sampler(), resource=Resource.create(dict(self._resource)))
        for processor in (*self._tracing.processors, *exporting):
            provider.add_span_processor(processor)
        return provider

    def _sampler(self) -> Sampler | None:
        """None leaves the choice to the SDK, which reads OTEL_TRACES_SAMPLER."""
        if self._tracing.ratio is not None:
            return ParentBased(TraceIdRatioBased(self._tracing.ratio))
        if not self.destination and not said(OTEL_TRACES_SAMPLER):
            # Recording what nobody will read costs a request 20 µs; the ids are there all the same.
            return ParentBased(ALWAYS_OFF)
        return None


def global_provider() -> trace.TracerProvider | None:
    """OpenTelemetry's global provider, once somebody has set one that makes spans."""
    found = trace.get_tracer_provider()
    return None if isinstance(found, trace.ProxyTracerProvider | trace.NoOpTracerProvider) else found
