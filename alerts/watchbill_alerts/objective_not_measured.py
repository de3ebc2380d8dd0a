"""ObjectiveNotMeasured: requests come in, but an objective has no data."""

from collections.abc import Iterator

from watchbill.catalogue import SERVICE
from watchbill.catalogue.objectives import SLO, error_ratio
from watchbill.expression import total
from watchbill.objective import Latency, Objective
from watchbill.profile import Profile
from watchbill.service import Service
from watchbill_alerts.alert import Alert, Panel
from watchbill_alerts.first_queries import WINDOW
from watchbill_alerts.objective_events import events_of, recorded
from watchbill_alerts.runbook import Runbook
from watchbill_alerts.target_absent import absence_pending
from watchbill_alerts.traffic import answers, durations, missing
from watchbill_alerts.trial import Case, Fed, Trial, never_existed

_PENDING = 600


def objectives_not_measured(service: Service, profile: Profile) -> Iterator[Alert]:
    """One alert for each objective of a service."""
    for objective in service.objectives:
        yield objective_not_measured(service, objective, profile)


def objective_not_measured(service: Service, objective: Objective, profile: Profile) -> Alert:
    """An objective is not measured although its service has traffic.

    ## Meaning
    $witness_metric counts $requests, but the objective "$title" has no ratio. Its own metric, $metric, is missing or
    renamed,$bound or the recording rules do not run.

    ## Impact
    No user is hurt by this. But the alerts on this objective cannot fire: an outage would go unnoticed.

    ## First checks
    1. See whether the objective's own requests are counted at all:

       $total

    2. See whether the good ones among them are:

       $good

    3. If both have values, look at the rules of $service in Prometheus (Status, Rules) for an error.

    ## Mitigation
    - The service was just deployed with other metric or label names: align its names profile in the stack file.
    - A latency objective was just added: deploy the service too, so that its histogram gets the new bucket bound.
    - A rule fails: its error names the cause; build the stack again and reload Prometheus.
    """
    events = events_of(service, objective)
    traffic = total(events.witness.rate(WINDOW), SERVICE) > 0
    bound = f" its histogram has no bucket bound {objective.seconds:g}," if isinstance(objective, Latency) else ""
    return Alert(
        name="ObjectiveNotMeasured",
        expression=traffic.unless(recorded(error_ratio(WINDOW), service, objective), on=(SERVICE,)),
        severity="warning",
        role="watching",
        team=service.team,
        declared=objective.place,
        service=service,
        scope=objective.name,
        own_labels={SLO: objective.name},
        pending=absence_pending(profile, _PENDING),
        summary=f"An objective of {service.name} is not measured although requests come in.",
        description=(
            f'"{objective.title}" has no data, so its alerts cannot fire: users of {service.name} could be hurt'
            " without anyone being told."
        ),
        runbook=Runbook.of(
            objective_not_measured,
            service.names,
            witness_metric=service.names.metric(events.witness.metric),
            metric=service.names.metric(events.total.metric),
            requests=events.requests,
            title=objective.title,
            bound=bound,
            service=service.name,
            total=total(events.total.rate(WINDOW), SERVICE),
            good=total(events.good.rate(WINDOW), SERVICE),
        ),
        panel=Panel(service, "budget"),
        trials=(
            Trial(case=Case.FIRES, series=_only_witnessed(service, objective), fires={SERVICE: service.name}),
            Trial(case=Case.HEALTHY, series=(*_only_witnessed(service, objective), *_measured(service, objective))),
            never_existed(),
        ),
    )


def _only_witnessed(service: Service, objective: Objective) -> Fed:
    route = objective.route or "/"
    if isinstance(objective, Latency):
        return answers(service, objective.budget / 2, route)
    return durations(service, service.latency_buckets[-1], objective.budget / 2, route)


def _measured(service: Service, objective: Objective) -> Fed:
    return missing(service, objective, objective.budget / 2)
