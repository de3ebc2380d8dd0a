"""Sending spans to an OTLP collector without the application noticing when it is not there."""

import logging
from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from watchbill.errors import InvalidDeclaration, MissingExtra
from watchbill.fault import Faults

_TIMEOUT_SECONDS = 5.0
_CHATTY = "opentelemetry.exporter.otlp.proto.http.trace_exporter"


class ExportFailed(RuntimeError):
    """A batch of spans did not reach the collector."""


class CountedExporter(SpanExporter):
    """Passes batches on, and reports each that is lost. Once closing, the first loss ends all attempts."""

    def __init__(self, exporter: SpanExporter, endpoint: str, faults: Faults) -> None:
        self.closing = False
        self._exporter = exporter
        self._endpoint = endpoint
        self._faults = faults
        self._given_up = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """The inner exporter's result; never raises."""
        error: Exception = ExportFailed(f"{shown(self._endpoint)} did not take {len(spans)} spans")
        try:
            if not self._given_up and self._exporter.export(spans) is SpanExportResult.SUCCESS:
                return SpanExportResult.SUCCESS
        except Exception as raised:  # noqa: BLE001  an exporter's error ends here
            error = raised
        self._given_up = self.closing
        self._faults.report("traces", error)
        return SpanExportResult.FAILURE

    def shutdown(self) -> None:
        """Interrupts a retry that is under way."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Whether the inner exporter has sent what it holds."""
        return self._exporter.force_flush(timeout_millis)


class Sender(BatchSpanProcessor):
    """A batch processor that waits for one attempt, not for one per batch, when it is shut down."""

    def __init__(self, exporter: CountedExporter) -> None:
        super().__init__(exporter)
        self._counted = exporter

    def shutdown(self) -> None:
        """Sends what is left, as long as it is taken."""
        self._counted.closing = True
        super().shutdown()  # type: ignore[no-untyped-call]  # the SDK leaves it unannotated


def shown(endpoint: str) -> str:
    """An address as people may read it: without user, password and query."""
    scheme = next((known for known in ("http://", "https://") if endpoint.startswith(known)), "")
    return scheme + endpoint.removeprefix(scheme).rpartition("@")[2].partition("?")[0]


def otlp_processor(endpoint: str, faults: Faults) -> SpanProcessor:
    """A batch processor that posts to a full OTLP/HTTP address; raises MissingExtra, or InvalidDeclaration.

    The latter is for variables of OpenTelemetry's that contradict each other.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise MissingExtra(
            needed_by=f"sending spans to {shown(endpoint)}",
            distribution="opentelemetry-exporter-otlp-proto-http",
            extra="otlp",
        ) from error
    # It logs every retry and every lost batch; Faults counts them and tells once.
    logging.getLogger(_CHATTY).addFilter(_silent)
    try:
        exporter = OTLPSpanExporter(endpoint=endpoint, timeout=_TIMEOUT_SECONDS)
        return Sender(CountedExporter(exporter, endpoint, faults))
    except ValueError as error:
        raise InvalidDeclaration("environment", [f"OTEL_BSP_* or OTEL_EXPORTER_OTLP_*: {error}"]) from error


def _silent(_record: logging.LogRecord) -> bool:
    return False
