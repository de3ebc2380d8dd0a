"""TargetDown: a process of a service does not answer."""

from watchbill import duration
from watchbill.catalogue import INSTANCE, JOB, SERVICE
from watchbill.catalogue.process import PROCESS_START_TIME
from watchbill.catalogue.watching import UP
from watchbill.expression import Expression, select
from watchbill.profile import Profile
from watchbill.service import Service
from watchbill_alerts.alert import Alert, Panel
from watchbill_alerts.annotation import shown
from watchbill_alerts.first_queries import versions
from watchbill_alerts.runbook import Runbook
from watchbill_alerts.span import held, spoken
from watchbill_alerts.traffic import target_of
from watchbill_alerts.trial import Case, Series, Trial, blip, flapping, level, never_existed

_PENDING = 60
_FLAPPING = 300


def target_down(service: Service, profile: Profile) -> Alert:
    """A process of a service is down.

    ## Meaning
    Prometheus asks each process of $service for its metrics every $interval. One of them has not answered
    $held: it died, hangs, or cannot be reached. $flapping

    ## Impact
    Users of $service lose a part of its capacity; with a single process, they lose the service. While it is down it
    reports nothing, so error ratios of $service look better than they are.

    ## First checks
    1. See which processes of $service are down (0), and whether all of them are:

       $up

    2. Look on the machine or in the orchestrator whether the process runs, why it ended (exit status, out of
       memory), and read its last log lines. These are the latest starts, in Unix time:

       $started

    3. Look for a release: two versions in the answer mean that one is going on:

       $versions

    ## Mitigation
    - It ended: start it again. If it ends again at once, roll back to the last version that ran.
    - It runs but does not answer: take it out of the load balancer, keep a stack dump, restart it.
    - It answers users but not Prometheus: look for a firewall, a changed port, or metrics at another path.
    """
    condition: Expression = select(UP, JOB.equals(service.name), SERVICE.equals(service.name)).equal_to(0)
    window = profile.pending(_FLAPPING)
    if window:
        answered = select(UP, JOB.equals(service.name), SERVICE.equals(service.name))
        condition = condition.or_(answered.over_time("avg_over_time", duration.text(window)) < 0.5)
    pending = profile.pending(_PENDING)
    return Alert(
        name="TargetDown",
        expression=condition,
        severity="critical",
        role="cause",
        team=service.team,
        declared=service.place,
        service=service,
        pending=pending,
        summary=f"A process of {service.name} does not answer.",
        description=(
            f"{shown(INSTANCE)} of {service.name} has not answered Prometheus {held(pending)}"
            f"{', or answers less than half of the time' if window else ''}. Users of {service.name} lose its share of"
            " capacity, or the service if it was the only process."
        ),
        runbook=Runbook.of(
            target_down,
            service.names,
            service=service.name,
            interval=spoken(profile.scrape_interval),
            held=held(pending),
            flapping=(
                f"Or it comes and goes: it answered less than half of the time in the last {spoken(window)}, as a"
                " process does that crashes at start again and again. That also ends the alert a few minutes late."
                if window
                else ""
            ),
            up=select(UP, SERVICE.equals(service.name)),
            started=select(PROCESS_START_TIME, SERVICE.equals(service.name)),
            versions=versions(service),
        ),
        panel=Panel(service, "targets"),
        trials=_trials(service, with_flapping=window > 0),
    )


def _trials(service: Service, *, with_flapping: bool) -> tuple[Trial, ...]:
    target = target_of(service)
    flaps = Trial(case=Case.FIRES, series=(Series(UP, target, flapping(1, 0, 0)),), fires=target)
    return (
        Trial(case=Case.FIRES, series=(Series(UP, target, level(0)),), fires=target),
        *([flaps] if with_flapping else []),
        Trial(case=Case.HEALTHY, series=(Series(UP, target, blip(1, 0)),)),
        never_existed(),
    )
