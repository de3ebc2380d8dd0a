"""What a service promises, as the expression that measures it."""

from collections.abc import Iterator

from watchbill import duration
from watchbill.burn_rate import WINDOWS
from watchbill.expression import ratio, total
from watchbill.service import Service
from watchbill_alerts.objective_events import events_of
from watchbill_stack.check.site import Site

_SHORTEST = min(WINDOWS, key=duration.seconds)


def objective_sites(service: Service) -> Iterator[Site]:
    """One site for each objective: the share of its requests that are good."""
    for objective in service.objectives:
        events = events_of(service, objective)
        good = ratio(total(events.good.rate(_SHORTEST)), total(events.total.rate(_SHORTEST)))
        yield Site(
            role="objective",
            name=objective.name,
            service=service.name,
            place=objective.place,
            declared=objective.place,
            text=good.promql(service.names),
            names=service.names,
            subject=objective,
        )
