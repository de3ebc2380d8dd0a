"""The workshop's application as a worker has it: `celery -A tests.plugins.celery_workshop_worker worker`."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import format_span_id, format_trace_id

from tests.plugins.celery_workshop import workshop
from watchbill import Observability
from watchbill.queues import poller
from watchbill.traces.tracing import Tracing


class FileExporter(SpanExporter):
    """Appends spans to a file, a line each: a worker has several processes."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Writes them."""
        with self._path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(described(span)) + "\n" for span in spans)
        return SpanExportResult.SUCCESS


def described(span: ReadableSpan) -> dict[str, Any]:
    """What a test looks at."""
    context = span.get_span_context()
    assert context is not None
    return {
        "name": span.name,
        "kind": span.kind.name,
        "status": span.status.status_code.name,
        "trace": format_trace_id(context.trace_id),
        "id": format_span_id(context.span_id),
        "parent": format_span_id(span.parent.span_id) if span.parent is not None else "",
        "attributes": dict(span.attributes or {}),
    }


poller.PERIOD_SECONDS = 0.2
_SPANS = os.environ.get("TEST_SPANS", "")
app: Any = workshop(
    os.environ["TEST_BROKER"],
    os.environ.get("TEST_BACKEND", ""),
    priorities=bool(os.environ.get("TEST_PRIORITIES")),
)
if os.environ.get("TEST_ACKS_LATE"):
    app.conf.task_acks_late = app.conf.task_reject_on_worker_lost = True
app.conf.worker_prefetch_multiplier = int(os.environ.get("TEST_PREFETCH", "1"))
observability = Observability(
    "workshop",
    tracing=Tracing(ratio=1.0, processors=(SimpleSpanProcessor(FileExporter(_SPANS)),)) if _SPANS else None,
    logging=None,
)
if not os.environ.get("TEST_BARE"):
    observability.celery(app)
    observability.serve(int(os.environ["TEST_PORT"]))
