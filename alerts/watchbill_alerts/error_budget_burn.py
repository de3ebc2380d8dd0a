"""ErrorBudgetBurnFast, …Medium, …Slow, …Trickle: an objective's budget burns too fast."""

from collections.abc import Iterator
from decimal import Decimal

from watchbill import duration
from watchbill.burn_rate import BURN_RATES, MINIMUM_BAD_EVENTS, PERIOD, BurnRate, Tier
from watchbill.catalogue import SERVICE
from watchbill.catalogue.http import ROUTE
from watchbill.catalogue.objectives import SLO, error_ratio, events_good, events_total
from watchbill.expression import Expression
from watchbill.expression.node import number_text
from watchbill.objective import Latency, Objective
from watchbill.profile import Profile
from watchbill.service import Service
from watchbill_alerts.alert import Alert, Panel
from watchbill_alerts.annotation import PERCENTAGE
from watchbill_alerts.first_queries import breakdown, breakdown_title, everything_up, versions
from watchbill_alerts.labels import TIER
from watchbill_alerts.objective_events import Events, events_of, recorded
from watchbill_alerts.objective_records import record_interval
from watchbill_alerts.runbook import Runbook
from watchbill_alerts.span import spoken
from watchbill_alerts.traffic import above, below, missing
from watchbill_alerts.trial import Case, Trial, never_existed

_SUMMARIES: dict[Tier, str] = {
    "fast": "Far too many {requests} {miss}.",
    "medium": "Too many {requests} {miss}, for hours.",
    "slow": "More {requests} {miss} than the objective allows, for a day.",
    "trickle": "Slightly more {requests} {miss} than the objective allows, for days.",
}


def error_budget_burns(service: Service, profile: Profile) -> Iterator[Alert]:
    """Four alerts for each objective of a service."""
    for objective in service.objectives:
        for rate in BURN_RATES:
            yield error_budget_burn(service, objective, rate, profile)


def error_budget_burn(service: Service, objective: Objective, rate: BurnRate, profile: Profile) -> Alert:
    """An objective's error budget burns too fast.

    ## Meaning
    The objective is: $title, over $period. That leaves a budget of $budget bad requests, as much as $outage of total
    outage.

    In the last $long and still in the last $short, more than $threshold of $requests $missed: at least $factor times
    the pace that just uses the budget up. At this pace the whole budget lasts $lasts at most, and about $share of
    it was spent in the last $long.

    - When every request misses the objective, at steady traffic, that is noticed after $detection, plus at most
      $delay until the notification leaves.
    - The alert ends when the last $short are good again.
    - With fewer than $minimum bad requests in $long it stays silent, so that single failures at night wake nobody.

    ## Impact
    Users of $service $hurt. It is a service of tier $tier (1: the business stands on it, 3: it can wait).

    ## First checks
    1. $find:

       $breakdown

    2. Look for a release just before it began; two versions in the answer mean that one is going on:

       $versions

    3. See whether a target or a dependency is down (0) or not seen at all (no line):

       $everything_up

    4. Watch the objective itself; this is what ends the alert:

       $ratio

    ## Mitigation
    - It began with a release: roll that release back first, look for the reason later.
    - A dependency is down or slow: follow the runbook of its own alert.
    - One route alone: switch the feature off, or shed its load.
    - All routes, no release: look for saturation (connections, memory, processor) on the dashboard and add capacity.
    """
    events = events_of(service, objective)
    threshold = rate.factor * objective.budget
    short = recorded(error_ratio(rate.short), service, objective)
    conditions = _condition(service, objective, rate)
    return Alert(
        name=f"ErrorBudgetBurn{rate.tier.title()}",
        expression=conditions,
        severity=rate.severity,
        role="symptom",
        team=service.team,
        declared=objective.place,
        service=service,
        scope=objective.name,
        own_labels={SLO: objective.name, TIER: rate.tier},
        summary=_SUMMARIES[rate.tier].format(requests=events.requests, miss=events.miss),
        description=(
            f"{PERCENTAGE} of {events.requests} {events.missed} in the last {_said(rate.long)}; the objective allows"
            f" {_percent(objective.budget)}. Users of {service.name} {events.hurt}. At this pace the error budget of"
            f" 30 days is gone within {_lasts(rate)}."
        ),
        runbook=Runbook.of(
            error_budget_burn,
            service.names,
            **_facts(service, objective, rate, events, profile),
            find=breakdown_title(objective.route, slow=isinstance(objective, Latency)),
            breakdown=breakdown(service, objective.route, slow=isinstance(objective, Latency)),
            versions=versions(service),
            everything_up=everything_up(service),
            ratio=short,
        ),
        panel=Panel(
            service,
            "latency" if isinstance(objective, Latency) else "errors",
            {} if objective.route is None else {ROUTE: objective.route},
        ),
        trials=(
            Trial(
                case=Case.FIRES,
                series=missing(service, objective, above(threshold)),
                fires={SERVICE: service.name, SLO: objective.name},
            ),
            Trial(case=Case.HEALTHY, series=missing(service, objective, below(threshold))),
            never_existed(),
        ),
    )


def _condition(service: Service, objective: Objective, rate: BurnRate) -> Expression:
    threshold = rate.factor * objective.budget
    long, short = (recorded(error_ratio(window), service, objective) for window in (rate.long, rate.short))
    bad = recorded(events_total(rate.long), service, objective) - recorded(events_good(rate.long), service, objective)
    enough = bad * int(duration.seconds(rate.long)) >= MINIMUM_BAD_EVENTS
    return (long > threshold).and_(short > threshold).and_(enough)


def _facts(service: Service, objective: Objective, rate: BurnRate, events: Events, profile: Profile) -> dict[str, str]:
    threshold = rate.factor * objective.budget
    delay = profile.scrape_interval + record_interval(profile, rate.long) + profile.evaluation_interval
    return {
        "title": objective.title,
        "period": "30 days",
        "budget": _percent(objective.budget),
        "outage": spoken(duration.seconds(PERIOD) * float(objective.budget)),
        "long": _said(rate.long),
        "short": _said(rate.short),
        "threshold": _percent(threshold),
        "factor": number_text(rate.factor),
        "share": _percent(rate.budget_share),
        "lasts": _lasts(rate),
        "detection": spoken(float(threshold) * duration.seconds(rate.long)),
        "delay": spoken(delay + profile.group_wait),
        "minimum": str(MINIMUM_BAD_EVENTS),
        "requests": events.requests,
        "missed": events.missed,
        "hurt": events.hurt,
        "service": service.name,
        "tier": str(service.tier),
    }


def _lasts(rate: BurnRate) -> str:
    return spoken(duration.seconds(PERIOD) / float(rate.factor))


def _percent(share: Decimal) -> str:
    return f"{number_text(share * 100)} %"


def _said(window: str) -> str:
    return spoken(duration.seconds(window))
