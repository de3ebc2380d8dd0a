"""Every metric Watchbill knows, as typed values: one file per subject."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType

from watchbill.catalogue import (
    background,
    broker,
    cache,
    cdn,
    compression,
    database,
    exporter,
    exposition,
    health,
    http,
    nginx,
    objectives,
    outbound,
    pool,
    postgres_server,
    process,
    queue,
    rabbitmq,
    rate_limit,
    redis_client,
    redis_server,
    request_totals,
    runtime,
    scrape,
    tracing,
    watching,
    websocket,
    work,
)
from watchbill.catalogue.label import DEPENDENCY, ENV, INSTANCE, JOB, LE, SERVICE, Label, Matcher, Origin
from watchbill.catalogue.metric import Counter, Gauge, Histogram, Metric, Recorded, Synthetic
from watchbill.catalogue.unit import Unit


@dataclass(frozen=True, slots=True)
class Subject:
    """The metrics of one file of the catalogue; the title is the file's docstring."""

    title: str
    metrics: tuple[Metric, ...]

    @classmethod
    def of(cls, module: ModuleType, *series: Metric) -> "Subject":
        """What a module declares, and a series of metrics it makes by a rule."""
        declared = (value for value in vars(module).values() if isinstance(value, Metric))
        title = (module.__doc__ or module.__name__).splitlines()[0].rstrip(".")
        return cls(title, (*declared, *series))


def metrics_of(package: ModuleType) -> tuple[Metric, ...]:
    """What the modules of a package declare, each once."""
    found = (metric for module in package.MODULES for metric in Subject.of(module).metrics)
    return tuple({metric.name: metric for metric in found}.values())


FROM_EXPORTERS = (scrape, exporter, *redis_server.MODULES, broker, *postgres_server.MODULES, rabbitmq, nginx, cdn)
"""Modules whose metrics no service exposes."""
SUBJECTS = (
    *(
        Subject.of(module)
        for module in (
            http,
            websocket,
            compression,
            rate_limit,
            background,
            request_totals,
            database,
            pool,
            redis_client,
            cache,
            queue,
            outbound,
            work,
            health,
            process,
            runtime,
            tracing,
            watching,
            exposition,
            *FROM_EXPORTERS,
        )
    ),
    Subject.of(objectives, *objectives.PER_WINDOW),
)
METRICS: Mapping[str, Metric] = MappingProxyType(
    {metric.name: metric for subject in SUBJECTS for metric in subject.metrics}
)
"""Every metric by its name."""
FROM_OTHERS = frozenset(
    {watching.UP.name, watching.ALERTS.name, watching.ALERTS_FOR_STATE.name}
    | {metric.name for module in FROM_EXPORTERS for metric in Subject.of(module).metrics}
)
"""Names of metrics that no service exposes: those of Prometheus and of the exporter."""

__all__ = [
    "DEPENDENCY",
    "ENV",
    "FROM_OTHERS",
    "INSTANCE",
    "JOB",
    "LE",
    "METRICS",
    "SERVICE",
    "SUBJECTS",
    "Counter",
    "Gauge",
    "Histogram",
    "Label",
    "Matcher",
    "Metric",
    "Origin",
    "Recorded",
    "Subject",
    "Synthetic",
    "Unit",
    "metrics_of",
]
