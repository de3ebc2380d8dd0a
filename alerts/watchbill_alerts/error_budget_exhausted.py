"""ErrorBudgetExhausted: an objective's budget of 30 days is spent."""

from collections.abc import Iterator
from math import ceil

from watchbill import duration
from watchbill.burn_rate import PERIOD
from watchbill.catalogue import SERVICE
from watchbill.catalogue.objectives import (
    BUDGET_REMAINING,
    EVENTS_TOTAL_INCREASE,
    PERIOD_ERROR_RATIO,
    SLO,
    error_ratio,
)
from watchbill.objective import Objective
from watchbill.profile import Profile
from watchbill.service import Service
from watchbill_alerts.alert import Alert, Panel
from watchbill_alerts.annotation import PERCENTAGE
from watchbill_alerts.objective_events import events_of, recorded
from watchbill_alerts.objective_records import INCREASE_WINDOW, record_interval
from watchbill_alerts.runbook import Runbook
from watchbill_alerts.traffic import above, below, missing
from watchbill_alerts.trial import Case, Trial, never_existed

_FEWEST_BAD = 3


def error_budgets_exhausted(service: Service, profile: Profile) -> Iterator[Alert]:
    """One alert for each objective of a service."""
    for objective in service.objectives:
        yield error_budget_exhausted(service, objective, profile)


def error_budget_exhausted(service: Service, objective: Objective, profile: Profile) -> Alert:
    """The error budget of an objective is spent.

    ## Meaning
    The objective is: $title, over 30 days. In the last 30 days more requests missed it than it allows. The budget is
    weighted by traffic: a busy hour counts for more than a quiet one. It comes back only as bad days leave the window.

    Below $minimum requests in 30 days the alert stays silent, because then the budget is less than $fewest requests.

    ## Impact
    Nothing need be broken now. But users of $service had a worse month than they were promised, and the next incident
    comes on top.

    ## First checks
    1. See which days cost the budget; draw this over 30 days and look for the steps:

       $remaining

    2. See whether it still burns; anything above the objective's own budget means yes:

       $now

    ## Mitigation
    - Hold risky releases of $service until the budget is positive; reliability work goes first.
    - Write down which incidents spent it and what each of them lacked: a test, a limit, a fallback.
    - If nobody missed anything, the objective asks for more than users need: agree on a lower one.
    """
    events = events_of(service, objective)
    minimum = ceil(_FEWEST_BAD / objective.budget)
    # Recorded increases overlap, so their sum counts each request this many times.
    overlap = duration.seconds(INCREASE_WINDOW) / record_interval(profile, PERIOD)
    requests = recorded(EVENTS_TOTAL_INCREASE, service, objective).over_time("sum_over_time", PERIOD)
    remaining = recorded(BUDGET_REMAINING, service, objective)
    return Alert(
        name="ErrorBudgetExhausted",
        expression=(remaining <= 0).and_(requests >= ceil(minimum * overlap)),
        severity="warning",
        role="consequence",
        team=service.team,
        declared=objective.place,
        service=service,
        scope=objective.name,
        own_labels={SLO: objective.name},
        summary=f"The error budget of {service.name} is spent: too many {events.requests} {events.missed} in 30 days.",
        description=(
            f"{PERCENTAGE} of the budget is left (negative is overspent). Users of {service.name} were served worse"
            f" than promised ({objective.title}); hold risky releases until it recovers."
        ),
        runbook=Runbook.of(
            error_budget_exhausted,
            service.names,
            title=objective.title,
            minimum=str(minimum),
            fewest=str(_FEWEST_BAD),
            service=service.name,
            remaining=recorded(BUDGET_REMAINING, service, objective),
            now=recorded(error_ratio("1h"), service, objective).or_(recorded(PERIOD_ERROR_RATIO, service, objective)),
        ),
        panel=Panel(service, "budget"),
        trials=(
            Trial(
                case=Case.FIRES,
                series=missing(service, objective, above(objective.budget)),
                fires={SERVICE: service.name, SLO: objective.name},
            ),
            Trial(case=Case.HEALTHY, series=missing(service, objective, below(objective.budget))),
            never_existed(),
        ),
    )
