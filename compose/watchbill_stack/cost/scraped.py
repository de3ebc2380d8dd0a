"""The scrape jobs of a stack, as its Prometheus configuration has them, each with what its targets may expose."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from watchbill.catalogue import Metric, Subject, exporter, metrics_of, postgres_server, process, redis_server, scrape
from watchbill.catalogue.watching import UP
from watchbill.dependency import Dependency, Postgres, Redis
from watchbill.profile import Profile
from watchbill.service import Service
from watchbill.stack import Stack
from watchbill_stack.cost.emitted import Emitted, emitted
from watchbill_stack.cost.estimate import Estimate, estimate
from watchbill_stack.cost.job import Job

EXPORTER = "exporter"
_SCRAPE = "each scrape"
_PROBE = "the exporter"
_BY_KIND: dict[type[Dependency], tuple[Metric, ...]] = {
    Redis: metrics_of(redis_server),
    Postgres: metrics_of(postgres_server),
}


class Scraped:
    """The jobs of a stack; services that are alike share their estimates."""

    def __init__(self, profile: Profile) -> None:
        self._interval = profile.scrape_interval
        self._of_each = _estimates((UP, *Subject.of(scrape).metrics), _SCRAPE)
        self._shapes: dict[object, tuple[Estimate, ...]] = {}

    def jobs(self, stack: Stack) -> Iterator[Job]:
        """One for each service and dependency, and the exporter's own."""
        for service in stack.services:
            yield Job(
                kind="service",
                name=service.name,
                interval=self._interval,
                estimates=self.of_service(service),
                service=service.name,
                env=service.env,
                addresses=tuple(service.targets),
            )
        for dependency in stack.dependencies:
            yield self._of_dependency(dependency)
        if stack.dependencies:
            # The exporter is one process, whose numbers nobody labels.
            own = [replace(one, labels=()) for one in _estimates(Subject.of(process).metrics, EXPORTER)]
            # What the stack writes for it has no discovery files.
            probes = _estimates(
                [one for one in Subject.of(exporter).metrics if exporter.DISCOVERY_FILE not in one.labels], EXPORTER
            )
            yield Job(
                kind="exporter",
                name=EXPORTER,
                interval=self._interval,
                estimates=(*probes, *own, *self._of_each),
                addresses=(stack.exporter,),
            )

    def of_service(self, service: Service) -> tuple[Estimate, ...]:
        """What each target of a service may expose, and what Prometheus adds to it."""
        shape = (
            service.names,
            service.latency_buckets,
            tuple(type(one) for one in service.uses),
            tuple(service.metrics),
            frozenset(service.label_limits.items()),
        )
        found = self._shapes.get(shape)
        if found is None:
            own = tuple(estimate(one, service) for one in emitted(service))
            found = self._shapes[shape] = (*own, *self._of_each)
        return found

    def _of_dependency(self, dependency: Dependency) -> Job:
        metrics = next((found for kind, found in _BY_KIND.items() if isinstance(dependency, kind)), ())
        found = self._shapes.get(type(dependency))
        if found is None:
            found = self._shapes[type(dependency)] = (*_estimates(metrics, _PROBE), *self._of_each)
        return Job(
            kind="dependency",
            name=dependency.kind,
            interval=self._interval,
            estimates=found,
            dependency=dependency.name,
            addresses=(dependency.name,),
        )


def _estimates(metrics: Iterable[Metric], because: str) -> tuple[Estimate, ...]:
    return tuple(estimate(Emitted(metric, because), None) for metric in metrics)
