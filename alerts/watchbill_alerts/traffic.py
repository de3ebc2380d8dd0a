"""Series of rule tests that look like a service, a dependency's probe or the exporter."""

from decimal import Decimal
from math import ceil

from watchbill.catalogue import DEPENDENCY, ENV, INSTANCE, JOB, SERVICE, Label
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, METHOD, ROUTE, STATUS
from watchbill.dependency import Dependency
from watchbill.objective import Latency, Objective
from watchbill.service import Service
from watchbill_alerts.trial import Buckets, Fed, Series, Values, growing

EXPORTER_JOB = "exporter"
EXPORTER = {JOB: EXPORTER_JOB, INSTANCE: "127.0.0.1:9121"}
PER_STEP = 10**9
"""Requests between two samples: enough for the minimum of any objective, and for exact shares."""


def target_of(service: Service) -> dict[Label, str]:
    """The labels of one of a service's targets."""
    instance = service.targets[0] if service.targets else "127.0.0.1:8000"
    return {JOB: service.name, INSTANCE: instance, SERVICE: service.name, ENV: service.env}


def probe_of(dependency: Dependency) -> dict[Label, str]:
    """The labels of a dependency's probe."""
    return {JOB: dependency.kind, INSTANCE: dependency.name, DEPENDENCY: dependency.name}


def above(limit: Decimal) -> Decimal:
    """A share just above a limit, and below 1."""
    return min(limit * Decimal("1.25"), (1 + limit) / 2)


def below(limit: Decimal) -> Decimal:
    """A share just below a limit."""
    return limit * Decimal("0.8")


def answers(service: Service, failing: Decimal, route: str = "/") -> Fed:
    """Answers of which a share fails."""
    bad = ceil(failing * PER_STEP)
    request = {**target_of(service), METHOD: "GET", ROUTE: route}
    return (
        Series(HTTP_REQUESTS, {**request, STATUS: "200"}, growing(PER_STEP - bad)),
        Series(HTTP_REQUESTS, {**request, STATUS: "500"}, growing(bad)),
    )


def durations(service: Service, bound: float, slower: Decimal, route: str = "/") -> Fed:
    """Durations of which a share is above a bucket bound, and so slow that only the last bucket holds them."""
    late = ceil(slower * PER_STEP)
    request = {**target_of(service), METHOD: "GET", ROUTE: route}

    def values(edge: float) -> Values:
        return growing(0 if edge < bound else PER_STEP - late if edge != float("inf") else PER_STEP)

    return (
        Buckets(HTTP_REQUEST_DURATION, request, service.latency_buckets, values),
        Series(HTTP_REQUEST_DURATION, request, growing(PER_STEP), "_count"),
    )


def missing(service: Service, objective: Objective, share: Decimal) -> Fed:
    """Traffic of which a share misses an objective."""
    route = objective.route or "/"
    if isinstance(objective, Latency):
        return durations(service, objective.seconds, share, route)
    return answers(service, share, route)
