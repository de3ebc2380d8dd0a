"""One server span per request, on the OpenTelemetry SDK."""

from watchbill.traces.tracing import Tracing

__all__ = ["Tracing"]
