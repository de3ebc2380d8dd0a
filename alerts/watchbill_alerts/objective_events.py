"""Which requests count for an objective, which of them are good, and how a person calls them."""

from dataclasses import dataclass

from watchbill.catalogue import SERVICE, Matcher, Recorded
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, ROUTE, STATUS
from watchbill.catalogue.objectives import SLO
from watchbill.errors import InvalidDeclaration
from watchbill.expression import CounterSelector, GaugeSelector, select
from watchbill.objective import Availability, Latency, Objective
from watchbill.service import Service

SERVER_ERROR = "5.."


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """The requests of an objective.

    Without good requests, all are bad where `good_may_lack`; elsewhere nothing is known: a histogram that lacks the
    objective's bucket bound would look like a total outage. `witness` counts the same requests in another metric.
    """

    total: CounterSelector
    good: CounterSelector
    witness: CounterSelector
    good_may_lack: bool
    requests: str
    miss: str
    missed: str
    hurt: str


def events_of(service: Service, objective: Objective) -> Events:
    """The requests of a service that an objective is about."""
    conditions = request_conditions(service, objective.route)
    counted, timed = select(HTTP_REQUESTS, *conditions), select(HTTP_REQUEST_DURATION, *conditions)
    requests = f"requests to {f'{objective.route} of ' if objective.route else ''}{service.name}"
    match objective:
        case Availability():
            return Events(
                total=counted,
                good=select(HTTP_REQUESTS, *conditions, STATUS.excludes(SERVER_ERROR)),
                witness=timed.count,
                good_may_lack=True,
                requests=requests,
                miss="fail with a server error",
                missed="failed with a server error",
                hurt="get errors",
            )
        case Latency():
            return Events(
                total=timed.count,
                good=timed.at_most(objective.seconds),
                witness=counted,
                good_may_lack=False,
                requests=requests,
                miss=f"take longer than {objective.seconds:g} s",
                missed=f"took longer than {objective.seconds:g} s",
                hurt="wait too long",
            )
        case _:
            kind = type(objective).__name__
            raise InvalidDeclaration(f"objective {kind}", ["only availability and latency are known"])


def request_conditions(service: Service, route: str | None = None) -> tuple[Matcher, ...]:
    """Requests of a service, to one route or all."""
    return (SERVICE.equals(service.name), *(() if route is None else (ROUTE.equals(route),)))


def recorded(metric: Recorded, service: Service, objective: Objective) -> GaugeSelector:
    """What a recording rule keeps about one objective."""
    return select(metric, SERVICE.equals(service.name), SLO.equals(objective.name))
