"""Sending spans to an OTLP collector without the application noticing when it is not there."""

import logging
from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from watchbill.errors import MissingExtra
from watchbill.fault import Faults

_TIMEOUT_SECONDS = 5.0
_CHATTY = "opentelemetry.exporter.otlp.proto.http.trace_exporter"


class ExportFailed(RuntimeError):
    """A batch of spans did not reach the collector."""


class CountedExporter(SpanExporter):
    """Passes batches on, and reports each that is lost."""

    def __init__(self, exporter: SpanExporter, endpoint: str, faults: Faults) -> None:
        self._exporter = exporter
        self._endpoint = endpoint
        self._faults = faults

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """The inner exporter's result; never raises."""
        try:
            result = self._exporter.export(spans)
        except Exception as error:  # noqa: BLE001  an exporter's error ends here
            self._faults.report("traces", error)
            return SpanExportResult.FAILURE
        if result is not SpanExportResult.SUCCESS:
            self._faults.report("traces", ExportFailed(f"{self._endpoint} did not take {len(spans)} spans"))
        return result

    def shutdown(self) -> None:
        """Interrupts a retry that is under way."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Whether the inner exporter has sent what it holds."""
        return self._exporter.force_flush(timeout_millis)


def otlp_processor(endpoint: str, faults: Faults) -> SpanProcessor:
    """A batch processor that posts to a full OTLP/HTTP address; raises MissingExtra."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise MissingExtra(
            needed_by=f"sending spans to {endpoint}",
            distribution="opentelemetry-exporter-otlp-proto-http",
            extra="otlp",
        ) from error
    # It logs every retry and every lost batch; Faults counts them and tells once.
    logging.getLogger(_CHATTY).addFilter(_silent)
    exporter = OTLPSpanExporter(endpoint=endpoint, timeout=_TIMEOUT_SECONDS)
    return BatchSpanProcessor(CountedExporter(exporter, endpoint, faults))


def _silent(_record: logging.LogRecord) -> bool:
    return False
