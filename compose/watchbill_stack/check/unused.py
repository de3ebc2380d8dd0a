"""Metrics that nobody reads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from watchbill.catalogue.metric import Metric
from watchbill.service import Service
from watchbill.stack import Stack
from watchbill_stack.check.evidence import Evidence
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.rules import UNUSED_METRIC
from watchbill_stack.check.site import Site


@dataclass(frozen=True, slots=True)
class Unread:
    """A metric that services may expose and nothing reads; `because` says what of the stack file brings it."""

    name: str
    metric: Metric
    services: tuple[str, ...]
    because: str


def unused_metrics(stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """A finding for each of a service's own metrics that no expression of the stack reads."""
    for service in stack.services:
        for metric in service.metrics:
            if not _is_read(service, metric, evidence.readers):
                name = service.names.metric(metric)
                message = f"nothing reads {name!r}, which service {service.name!r} declares"
                yield Finding(rule=UNUSED_METRIC, site=_site(service, metric), message=message)


def unread(stack: Stack, evidence: Evidence) -> list[Unread]:
    """Metrics of all services that nothing reads: their own, and the catalogue's as far as they may expose them."""
    from watchbill_stack.cost.emitted import emitted

    found: dict[tuple[str, str], tuple[Metric, list[str]]] = {}
    for service in stack.services:
        for one in emitted(service):
            if not _is_read(service, one.metric, evidence.readers):
                key = service.names.metric(one.metric), one.because
                found.setdefault(key, (one.metric, []))[1].append(service.name)
    return [Unread(name, metric, tuple(them), because) for (name, because), (metric, them) in sorted(found.items())]


def _is_read(service: Service, metric: Metric, read: Mapping[str, object]) -> bool:
    return any(service.names.metric(metric) + suffix in read for suffix in metric.suffixes)


def _site(service: Service, metric: Metric) -> Site:
    return Site(
        role="metric",
        name=service.names.metric(metric),
        service=service.name,
        place=metric.place,
        declared=service.place,
        names=service.names,
        subject=metric,
    )
