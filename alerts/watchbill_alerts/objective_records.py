"""Recording rules of objectives: events per window, error ratios, and the period's budget."""

from collections.abc import Iterator
from itertools import groupby

from watchbill import duration
from watchbill.burn_rate import PERIOD, WINDOWS
from watchbill.catalogue import SERVICE, Recorded
from watchbill.catalogue.objectives import (
    BUDGET_REMAINING,
    EVENTS_GOOD_INCREASE,
    EVENTS_TOTAL_INCREASE,
    OBJECTIVE_RATIO,
    PERIOD_ERROR_RATIO,
    SLO,
    error_ratio,
    events_good,
    events_total,
)
from watchbill.expression import Expression, Raw, or_zero, ratio, total
from watchbill.expression.node import number_text
from watchbill.objective import Objective
from watchbill.problem import Place
from watchbill.profile import Profile
from watchbill.service import Service
from watchbill_alerts.objective_events import Events, events_of, recorded
from watchbill_alerts.recording import Recording
from watchbill_alerts.rule_group import RuleGroup

INCREASE_WINDOW = "5m"
# The slowest pace is half of Prometheus' 5-minute lookback, so that no recorded series goes stale in between.
_PACES = (("1h", 2), ("6h", 4), (PERIOD, 10))


def objective_groups(service: Service, profile: Profile) -> Iterator[RuleGroup]:
    """The groups that record a service's objectives: short windows often, long ones seldom."""
    if not service.objectives:
        return
    for interval, members in groupby(WINDOWS, key=lambda window: record_interval(profile, window)):
        windows = tuple(members)
        rules = [rule for one in service.objectives for window in windows for rule in _of_window(service, one, window)]
        name = f"{service.name} objectives {windows[0]} to {windows[-1]}"
        yield RuleGroup(name=name, interval=interval, rules=tuple(rules))
    budget = [rule for one in service.objectives for rule in _of_period(service, one)]
    yield RuleGroup(
        name=f"{service.name} error budgets", interval=record_interval(profile, PERIOD), rules=tuple(budget)
    )


def record_interval(profile: Profile, window: str) -> float:
    """Seconds between two evaluations of a window's rules: at a production's pace, the longer the slower."""
    multiple = next(multiple for limit, multiple in _PACES if duration.seconds(window) <= duration.seconds(limit))
    return profile.evaluation_interval * max(1, multiple * profile.pending_factor)


def _of_window(service: Service, objective: Objective, window: str) -> Iterator[Recording]:
    events = events_of(service, objective)
    all_events, good_events = events_total(window), events_good(window)
    good: Expression = total(events.good.rate(window), SERVICE)
    if events.good_may_lack:
        good = or_zero(good, total(recorded(all_events, service, objective), SERVICE))
    else:
        good = good.unless(_began_within(events, window))
    yield _record(service, objective, all_events, total(events.total.rate(window), SERVICE))
    yield _record(service, objective, good_events, good)
    share = ratio(recorded(good_events, service, objective), recorded(all_events, service, objective))
    yield _record(service, objective, error_ratio(window), 1 - share)


def _of_period(service: Service, objective: Objective) -> Iterator[Recording]:
    """The budget, weighted by traffic.

    Increases over 5 minutes overlap, since they are recorded more often; in a ratio of two sums that cancels.
    """
    events = events_of(service, objective)
    everything: Expression = total(events.total.increase(INCREASE_WINDOW), SERVICE)
    good: Expression = total(events.good.increase(INCREASE_WINDOW), SERVICE)
    if events.good_may_lack:
        good = or_zero(good, everything)
    else:
        good = good.unless(_began_within(events, INCREASE_WINDOW))
        everything = everything.and_(good)
    yield _record(service, objective, EVENTS_TOTAL_INCREASE, everything)
    yield _record(service, objective, EVENTS_GOOD_INCREASE, good)
    share = ratio(
        recorded(EVENTS_GOOD_INCREASE, service, objective).over_time("sum_over_time", PERIOD),
        recorded(EVENTS_TOTAL_INCREASE, service, objective).over_time("sum_over_time", PERIOD),
    )
    yield _record(service, objective, PERIOD_ERROR_RATIO, 1 - share)
    spent = recorded(PERIOD_ERROR_RATIO, service, objective) / objective.budget
    yield _record(service, objective, BUDGET_REMAINING, 1 - spent)
    constant = Raw(f"vector({number_text(objective.ratio)})", reads=())
    labels = {SERVICE: service.name, SLO: objective.name}
    yield Recording(
        metric=OBJECTIVE_RATIO, expression=constant, labels=labels, names=service.names, declared=objective.place
    )


def _began_within(events: Events, window: str) -> Raw:
    """Requests were counted before the window, but good ones were not: a new bucket bound, which is no outage."""
    sums = [f"sum by ({SERVICE.name}) ({one.promql()} offset {window})" for one in (events.total, events.good)]
    return Raw(" unless ".join(sums), reads=(events.total.metric,), carries=frozenset({SERVICE}))


def _record(service: Service, objective: Objective, metric: Recorded, expression: Expression) -> Recording:
    return Recording(
        metric=metric,
        expression=expression,
        labels={SLO: objective.name},
        names=service.names,
        place=Place.of_call(),
        declared=objective.place,
    )
