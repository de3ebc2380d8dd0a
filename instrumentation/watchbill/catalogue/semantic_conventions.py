"""The catalogue under OpenTelemetry's semantic conventions 1.44.0; those for AI have a repository of their own.

A metric stands here where a convention's metric has its kind and meaning, a label where an attribute has its
meaning; one that is only near does not. What two of ours would share belongs to the one that is all of it:
`db.client.operation.duration` counts queries here and not Redis commands, and `db.client.connection.count` is
neither of the two gauges that together say the same.
"""

from collections.abc import Iterator, Mapping

from watchbill.catalogue import database, http, outbound, pool, process, queue, redis_client, runtime
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Metric
from watchbill.catalogue.unit import Unit

VERSION = "1.44.0"

STABLE_METRICS: Mapping[Metric, str] = {
    http.HTTP_REQUEST_DURATION: "http.server.request.duration",
    outbound.CLIENT_DURATION: "http.client.request.duration",
    database.QUERY_DURATION: "db.client.operation.duration",
}
DEVELOPMENT_METRICS: Mapping[Metric, str] = {
    http.HTTP_REQUESTS_IN_PROGRESS: "http.server.active_requests",
    http.HTTP_REQUEST_SIZE: "http.server.request.body.size",
    http.HTTP_RESPONSE_SIZE: "http.server.response.body.size",
    outbound.CLIENT_IN_PROGRESS: "http.client.active_requests",
    outbound.AI_CALL_DURATION: "gen_ai.client.operation.duration",
    pool.CONNECTIONS_MAX: "db.client.connection.max",
    pool.CONNECTIONS_WAITING: "db.client.connection.pending_requests",
    pool.CONNECTION_WAIT: "db.client.connection.wait_time",
    pool.CONNECTION_HOLD: "db.client.connection.use_time",
    pool.CONNECTION_TIMEOUTS: "db.client.connection.timeouts",
    queue.QUEUE_DURATION: "messaging.process.duration",
    process.PROCESS_CPU: "process.cpu.time",
    process.PROCESS_RESIDENT_MEMORY: "process.memory.usage",
    process.PROCESS_VIRTUAL_MEMORY: "process.memory.virtual",
    process.PROCESS_OPEN_FILES: "process.unix.file_descriptor.count",
    runtime.GC_COLLECTIONS: "cpython.gc.collections",
    runtime.GC_COLLECTED: "cpython.gc.collected_objects",
    runtime.GC_UNCOLLECTABLE: "cpython.gc.uncollectable_objects",
}
STABLE_LABELS: Mapping[Label, str] = {
    http.METHOD: "http.request.method",
    http.ROUTE: "http.route",
    http.STATUS: "http.response.status_code",
    http.EXCEPTION: "error.type",
    pool.DB: "db.namespace",
    database.QUERY_TYPE: "db.operation.name",
    database.TABLE: "db.collection.name",
    redis_client.COMMAND: "db.operation.name",
    process.VERSION: "service.version",
}
DEVELOPMENT_LABELS: Mapping[Label, str] = {
    outbound.UPSTREAM: "service.peer.name",
    outbound.API: "gen_ai.operation.name",
    outbound.MODEL: "gen_ai.response.model",
    outbound.DIRECTION: "gen_ai.token.type",
    queue.QUEUE: "messaging.destination.name",
    process.REVISION: "vcs.ref.head.revision",
    process.PYTHON: "process.runtime.version",
    runtime.GENERATION: "cpython.gc.generation",
}
METRICS: Mapping[Metric, str] = {**STABLE_METRICS, **DEVELOPMENT_METRICS}
LABELS: Mapping[Label, str] = {**STABLE_LABELS, **DEVELOPMENT_LABELS}

_UNITS = {Unit.SECONDS: "_seconds", Unit.BYTES: "_bytes"}


def exposed_metric(metric: Metric) -> str:
    """What Prometheus calls the convention's metric that comes over OTLP; the catalogue's name where there is none."""
    if metric not in METRICS:
        return metric.name
    total = "_total" if isinstance(metric, Counter) else ""
    return exposed_label(METRICS[metric]) + _UNITS.get(metric.unit, "") + total


def exposed_label(attribute: str) -> str:
    """What Prometheus calls an attribute that comes over OTLP."""
    return attribute.replace(".", "_")


def reference_table() -> str:
    """Every metric and label that has a convention, as a table in Markdown."""
    return "\n".join(_rows()) + "\n"


def _rows() -> Iterator[str]:
    yield from ("| Catalogue | Convention | Exposed as | Convention is |", "|---|---|---|---|")
    for metric, convention in METRICS.items():
        yield _row(metric.name, convention, exposed_metric(metric), metric in STABLE_METRICS)
    for label, convention in LABELS.items():
        yield _row(f"{{{label.name}}}", convention, exposed_label(convention), label in STABLE_LABELS)


def _row(own: str, convention: str, exposed: str, is_stable: bool) -> str:  # one mark of one row
    return f"| `{own}` | `{convention}` | `{exposed}` | {'stable' if is_stable else 'in development'} |"
