"""HighErrorRatio: a larger share of requests fails than the service's threshold allows."""

from decimal import Decimal
from math import ceil

from watchbill import duration
from watchbill.catalogue import SERVICE
from watchbill.catalogue.http import HTTP_REQUESTS, STATUS
from watchbill.expression import ratio, select, total
from watchbill.expression.node import number_text
from watchbill.profile import Profile
from watchbill.service import Service
from watchbill.threshold import MaxErrorRatio
from watchbill_alerts.alert import Alert, Panel
from watchbill_alerts.annotation import PERCENTAGE
from watchbill_alerts.first_queries import WINDOW, breakdown, breakdown_title, everything_up, versions
from watchbill_alerts.objective_events import SERVER_ERROR, request_conditions
from watchbill_alerts.runbook import Runbook
from watchbill_alerts.span import held, spoken
from watchbill_alerts.traffic import above, answers, below
from watchbill_alerts.trial import Case, Trial, never_existed

_FEWEST_REQUESTS = 10
_SAID = spoken(duration.seconds(WINDOW))


def high_error_ratio(service: Service, threshold: MaxErrorRatio, profile: Profile) -> Alert:
    """Too large a share of requests fails.

    ## Meaning
    More than $limit of the requests to $service failed with a server error (status 5xx) in windows of $window,
    $held. Below $minimum requests in $window the alert stays silent, so that one failure alone cannot raise it.

    ## Impact
    That share of the users' requests to $service gets an error.

    ## First checks
    1. $find:

       $breakdown

    2. See whether a target or a dependency is down (0) or not seen at all (no line):

       $everything_up

    3. Look for a release; two versions in the answer mean that one is going on:

       $versions

    ## Mitigation
    - It began with a release: roll back first.
    - A dependency is down: follow the runbook of its own alert.
    - One route alone: read its errors in the logs (open an error's trace from the dashboard), switch the feature off.
    """
    conditions = request_conditions(service)
    everything = total(select(HTTP_REQUESTS, *conditions).rate(WINDOW), SERVICE)
    failing = total(select(HTTP_REQUESTS, *conditions, STATUS.matches(SERVER_ERROR)).rate(WINDOW), SERVICE)
    minimum = max(_FEWEST_REQUESTS, ceil(1 / threshold.limit))
    pending = profile.pending(duration.seconds(threshold.pending))
    return Alert(
        name="HighErrorRatio",
        expression=(ratio(failing, everything) > threshold.limit).and_(
            everything * int(duration.seconds(WINDOW)) >= minimum
        ),
        severity=threshold.severity,
        role="symptom",
        team=service.team,
        declared=threshold.place,
        service=service,
        pending=pending,
        summary=f"Too large a share of requests to {service.name} fails.",
        description=(
            f"{PERCENTAGE} of requests to {service.name} failed with a server error in the last {_SAID}; the limit of"
            f" {_percent(threshold.limit)} is exceeded {held(pending)}. That share of its users gets errors."
        ),
        runbook=Runbook.of(
            high_error_ratio,
            service.names,
            service=service.name,
            limit=_percent(threshold.limit),
            window=_SAID,
            held=held(pending),
            minimum=str(minimum),
            find=breakdown_title(slow=False),
            breakdown=breakdown(service, slow=False),
            everything_up=everything_up(service),
            versions=versions(service),
        ),
        panel=Panel(service, "errors"),
        trials=(
            Trial(case=Case.FIRES, series=answers(service, above(threshold.limit)), fires={SERVICE: service.name}),
            Trial(case=Case.HEALTHY, series=answers(service, below(threshold.limit))),
            never_existed(),
        ),
    )


def _percent(share: Decimal) -> str:
    return f"{number_text(share * 100)} %"
