"""HighLatency: a percentile of answers takes longer than the service's threshold allows."""

from decimal import Decimal
from math import ceil

from watchbill import duration
from watchbill.catalogue import SERVICE
from watchbill.catalogue.http import HTTP_REQUEST_DURATION
from watchbill.errors import InvalidDeclaration
from watchbill.expression import Quantile, select, total
from watchbill.expression.node import number_text
from watchbill.objective import exact
from watchbill.profile import Profile
from watchbill.service import Service
from watchbill.threshold import MaxLatency
from watchbill_alerts.alert import Alert, Panel
from watchbill_alerts.annotation import DURATION
from watchbill_alerts.first_queries import WINDOW, breakdown, breakdown_title, everything_up, versions
from watchbill_alerts.labels import PERCENTILE
from watchbill_alerts.objective_events import request_conditions
from watchbill_alerts.runbook import Runbook
from watchbill_alerts.span import held, spoken
from watchbill_alerts.traffic import durations
from watchbill_alerts.trial import Case, Trial, never_existed

_FEWEST_REQUESTS = 10
_SAID = spoken(duration.seconds(WINDOW))


def high_latency(service: Service, threshold: MaxLatency, profile: Profile) -> Alert:
    """Answers take too long.

    ## Meaning
    The slowest $slowest of answers of $service (above percentile $percentile) took longer than $limit s in
    windows of $window, $held. Below $minimum requests in $window the alert stays silent, so that one slow answer alone
    cannot raise it.

    ## Impact
    Users of $service wait. Beyond a few seconds they leave or try again, and trying again adds load.

    ## First checks
    1. $find:

       $breakdown

    2. See whether a target or a dependency is down (0) or not seen at all (no line):

       $everything_up

    3. Look for a release; two versions in the answer mean that one is going on:

       $versions

    ## Mitigation
    - It began with a release: roll back first.
    - A dependency is slow: look at its connections and its load on the dashboard.
    - More traffic than usual: add capacity, or shed the load of the slowest route.
    """
    timed = select(HTTP_REQUEST_DURATION, *request_conditions(service))
    measurable(service, threshold)
    quantile = threshold.percentile / 100
    minimum = max(_FEWEST_REQUESTS, ceil(1 / (1 - quantile)))
    answered = total(timed.count.rate(WINDOW), SERVICE) * int(duration.seconds(WINDOW))
    pending = profile.pending(duration.seconds(threshold.pending))
    percentile, limit = number_text(threshold.percentile), number_text(threshold.limit)
    return Alert(
        name="HighLatency",
        expression=(Quantile(quantile, timed, WINDOW, (SERVICE,)) > threshold.limit).and_(answered >= minimum),
        severity=threshold.severity,
        role="symptom",
        team=service.team,
        declared=threshold.place,
        service=service,
        scope=f"percentile {percentile}",
        own_labels={PERCENTILE: percentile},
        pending=pending,
        summary=f"Answers of {service.name} take too long.",
        description=(
            f"The slowest {number_text(100 - threshold.percentile)} % of answers of {service.name} took {DURATION} or"
            f" more in the last {_SAID}; the limit of {limit} s is exceeded {held(pending)}. Its users wait."
        ),
        runbook=Runbook.of(
            high_latency,
            service.names,
            service=service.name,
            slowest=f"{number_text(100 - threshold.percentile)} %",
            percentile=percentile,
            limit=limit,
            window=_SAID,
            held=held(pending),
            minimum=str(minimum),
            find=breakdown_title(slow=True),
            breakdown=breakdown(service, slow=True),
            everything_up=everything_up(service),
            versions=versions(service),
        ),
        panel=Panel(service, "latency"),
        trials=(
            Trial(
                case=Case.FIRES,
                series=durations(service, service.latency_buckets[-1], Decimal(1)),
                fires={SERVICE: service.name},
            ),
            Trial(case=Case.HEALTHY, series=durations(service, _bound_within(service, threshold), Decimal(0))),
            never_existed(),
        ),
    )


def measurable(service: Service, threshold: MaxLatency) -> None:
    """Raises InvalidDeclaration for a limit outside the histogram's bounds: it would never or always be exceeded."""
    first, last = exact(service.latency_buckets[0]), exact(service.latency_buckets[-1])
    if not first <= threshold.limit < last:
        outcome = "never" if threshold.limit >= last else "always"
        raise InvalidDeclaration(
            f"{threshold.place}: max_latency({number_text(threshold.limit)}) of service {service.name!r}",
            [
                f"its histogram tells {first} s to {last} s apart, so the limit would {outcome} be exceeded",
                "give a limit in between, or latency_bounds around it",
            ],
        )


def _bound_within(service: Service, threshold: MaxLatency) -> float:
    return max(bound for bound in service.latency_buckets if exact(bound) <= threshold.limit)
