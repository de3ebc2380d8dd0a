"""Every metric Watchbill knows, as typed values: one file per subject."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType

from watchbill.catalogue import (
    background,
    cache,
    compression,
    database,
    exporter,
    exposition,
    health,
    http,
    objectives,
    outbound,
    pool,
    postgres,
    process,
    queue,
    rate_limit,
    redis,
    redis_client,
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
            scrape,
            exposition,
            exporter,
            redis,
            postgres,
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
    | {metric.name for module in (scrape, exporter, redis, postgres) for metric in Subject.of(module).metrics}
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
]
