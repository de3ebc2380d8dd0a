"""Queries that runbooks begin with, filled in for one service."""

from collections.abc import Iterable

from watchbill.catalogue import DEPENDENCY, INSTANCE, SERVICE, Gauge
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, ROUTE, STATUS
from watchbill.catalogue.postgres_server.probe import PG_UP
from watchbill.catalogue.process import BUILD_INFO, VERSION
from watchbill.catalogue.redis_server.probe import REDIS_UP
from watchbill.catalogue.watching import UP
from watchbill.dependency import Dependency, Postgres, Redis
from watchbill.expression import Aggregate, Expression, Quantile, select, total
from watchbill.service import Service
from watchbill_alerts.objective_events import SERVER_ERROR, request_conditions

WINDOW = "5m"


def breakdown(service: Service, route: str | None = None, *, slow: bool) -> Expression:
    """Where requests fail or take long: by route, or for a single route by process."""
    conditions = request_conditions(service, route)
    place = ROUTE if route is None else INSTANCE
    if slow:
        return Quantile(0.99, select(HTTP_REQUEST_DURATION, *conditions), WINDOW, (place,))
    failing = select(HTTP_REQUESTS, *conditions, STATUS.matches(SERVER_ERROR)).rate(WINDOW)
    return total(failing, place, STATUS) > 0


def breakdown_title(route: str | None = None, *, slow: bool) -> str:
    """What the breakdown answers, as a task."""
    place, task = ("routes", "") if route is None else ("processes", f" to answer {route}")
    found = f"are slow{task} (99th percentile)" if slow else f"fail{task}, and with which status"
    return f"Find which {place} {found}"


def versions(service: Service) -> Expression:
    """How many processes run each version."""
    return Aggregate("count", select(BUILD_INFO, SERVICE.equals(service.name)), (VERSION,))


def everything_up(service: Service) -> Expression:
    """Whether each target of a service and each of its dependencies answers."""
    found: Expression = select(UP, SERVICE.equals(service.name))
    for dependency in service.uses:
        up = up_metric(dependency)
        if up is not None:
            found = found.or_(select(up, DEPENDENCY.equals(dependency.name)))
    return found


def up_metric(dependency: Dependency) -> Gauge | None:
    """The metric that says whether a dependency answers."""
    match dependency:
        case Redis():
            return REDIS_UP
        case Postgres():
            return PG_UP
        case _:
            return None


def most_important(services: Iterable[Service]) -> Service:
    """The first of the lowest tier: whose team hears of what belongs to no service."""
    return min(services, key=lambda service: service.tier)
