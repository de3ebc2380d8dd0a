"""What a reference is about: metrics by subject, and how each service of a stack departs from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from watchbill.catalogue import (
    FROM_OTHERS,
    SUBJECTS,
    Histogram,
    Label,
    Metric,
    Recorded,
    Subject,
    Synthetic,
    metrics_of,
    postgres_server,
    redis_server,
    scrape,
)
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_TIME_TO_FIRST_BYTE
from watchbill.catalogue.watching import UP
from watchbill.dependency import Postgres, Redis
from watchbill.names import CLASSIC, Names
from watchbill.service import Service
from watchbill.stack import Stack

Source = Literal["service", "exporter", "rule", "prometheus"]
LATENCIES = (HTTP_REQUEST_DURATION, HTTP_TIME_TO_FIRST_BYTE)
"""The histograms whose bounds are `Service.latency_buckets`."""
_OF_KIND = {
    kind: frozenset(metric.name for metric in metrics_of(package))
    for kind, package in ((Redis, redis_server), (Postgres, postgres_server))
}

_OF_PROMETHEUS = frozenset({UP.name} | {metric.name for metric in Subject.of(scrape).metrics})


def source_of(metric: Metric) -> Source:
    """Who makes its series: a service, the exporter, a recording rule, or Prometheus itself."""
    if isinstance(metric, Synthetic) or metric.name in _OF_PROMETHEUS:
        return "prometheus"
    if isinstance(metric, Recorded):
        return "rule"
    return "exporter" if metric.name in FROM_OTHERS else "service"


@dataclass(frozen=True, kw_only=True)
class Exposed:
    """How one service departs from the subjects: its names, its own metrics, buckets by the catalogue's name.

    `limits` are how many values a label may take beside `_other`.
    """

    service: str
    names: Names = CLASSIC
    metrics: tuple[Metric, ...] = ()
    buckets: Mapping[str, tuple[float, ...]] = field(
        default_factory=lambda: MappingProxyType(dict[str, tuple[float, ...]]())
    )
    limits: Mapping[Label, int] = field(default_factory=lambda: MappingProxyType(dict[Label, int]()))

    @classmethod
    def of(cls, service: Service) -> "Exposed":
        """What a declared service exposes."""
        bounds = service.latency_buckets
        buckets = {metric.name: bounds for metric in LATENCIES if metric.buckets != bounds}
        return cls(
            service=service.name,
            names=service.names,
            metrics=tuple(service.metrics),
            buckets=MappingProxyType(buckets),
            limits=MappingProxyType(dict(service.label_limits)),
        )

    def bounded(self, metric: Metric) -> Metric:
        """A metric of the catalogue with this service's bucket bounds."""
        bounds = self.buckets.get(metric.name)
        return replace(metric, buckets=bounds) if bounds and isinstance(metric, Histogram) else metric

    def limit(self, label: Label) -> int:
        """The largest number of values a label takes at this service, `_other` included."""
        return self.limits[label] + 1 if label in self.limits else label.limit


@dataclass(frozen=True)
class Document:
    """Metrics in catalogue names by subject; `services` say what each spells or bounds otherwise."""

    subjects: tuple[Subject, ...]
    services: tuple[Exposed, ...] = ()

    @classmethod
    def of_catalogue(cls) -> "Document":
        """Every metric Watchbill knows."""
        return cls(SUBJECTS)

    @classmethod
    def of_metrics(cls, metrics: Sequence[Metric], title: str = "Metrics") -> "Document":
        """Metrics of whoever, under one title."""
        return cls((Subject(title, tuple(metrics)),))

    @classmethod
    def of_stack(cls, stack: Stack) -> "Document":
        """What is to be seen of a stack: nothing of dependencies and objectives it does not have."""
        subjects = (
            Subject(one.title, tuple(metric for metric in one.metrics if _concerns(stack, metric))) for one in SUBJECTS
        )
        services = tuple(Exposed.of(service) for service in stack.services)
        return cls(tuple(subject for subject in subjects if subject.metrics), services)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Every metric of every subject."""
        return tuple(metric for subject in self.subjects for metric in subject.metrics)

    def metrics_of(self, service: str) -> tuple[Metric, ...]:
        """What rules and panels of a service may read, in catalogue names; KeyError where it is not in here."""
        exposed = next((one for one in self.services if one.service == service), None)
        if exposed is None:
            raise KeyError(service)
        return (*map(exposed.bounded, self.metrics), *exposed.metrics)


def _concerns(stack: Stack, metric: Metric) -> bool:
    match source_of(metric):
        case "rule":
            return any(service.objectives for service in stack.services)
        case "exporter":
            return any(_reads(dependency, metric) for dependency in stack.dependencies)
        case _:
            return True


def _reads(dependency: object, metric: Metric) -> bool:
    """Whether the exporter exposes the metric because of a dependency; what names neither kind is of all."""
    own = [kind for kind, names in _OF_KIND.items() if metric.name in names]
    return not own or type(dependency) in own
