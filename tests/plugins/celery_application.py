"""A Celery application whose task counts itself, and whose main process serves the page of all."""

import os
from typing import Any

from celery import Celery
from prometheus_client import Counter

from watchbill import Observability

COUNTER = "test_thumbnails_total"
app: Any = Celery("images", broker=os.environ["TEST_BROKER"])
app.conf.worker_prefetch_multiplier = 1
observability = Observability("images", tracing=None, logging=None)
THUMBNAILS = Counter(COUNTER, "Thumbnails made.", ["process"], registry=observability.registry)


@app.task  # type: ignore[untyped-decorator]  # as above
def thumbnail() -> None:
    """Counts under the process that does it."""
    THUMBNAILS.labels(str(os.getpid())).inc()


observability.serve(int(os.environ["TEST_PORT"]))
