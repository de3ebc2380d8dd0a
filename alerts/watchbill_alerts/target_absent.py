"""TargetAbsent: Prometheus knows no process of a service."""

from watchbill.catalogue import JOB, SERVICE
from watchbill.catalogue.watching import UP
from watchbill.expression import Absent, select, total
from watchbill.profile import Profile
from watchbill.service import Service
from watchbill_alerts.alert import Alert, Panel
from watchbill_alerts.runbook import Runbook
from watchbill_alerts.span import spoken
from watchbill_alerts.traffic import target_of
from watchbill_alerts.trial import Case, Series, Trial, level, never_existed

_PENDING = 120
_STARTING = 10


def absence_pending(profile: Profile, seconds: float = _PENDING) -> float:
    """Seconds of absence before an alert on it.

    A Prometheus that starts hands its targets over after five seconds; what is absent until then is no fault.
    """
    return max(profile.pending(seconds), _STARTING)


def target_absent(service: Service, profile: Profile) -> Alert:
    """No process of a service is known.

    ## Meaning
    For $pending Prometheus has had no target at all of $service: not one that is down, but none to ask. The service
    was removed or renamed, its discovery finds nothing, or the scrape job "$service" is gone from the configuration.

    ## Impact
    Either the service is gone for its users, or it runs unwatched: no other alert of $service can fire.

    ## First checks
    1. See whether the service answers its users: open it, or ask the load balancer.
    2. See which jobs Prometheus scrapes; the job "$service" should be among them:

       $jobs

    3. Open Prometheus' page of targets and look for the job "$service" and its discovery errors.

    ## Mitigation
    - The service is gone: start it, or roll back the change that removed it.
    - The job is gone: build the stack again, put its prometheus.yml in place and reload Prometheus.
    - The service was retired on purpose: remove it from the stack file and build again.
    """
    pending = absence_pending(profile)
    return Alert(
        name="TargetAbsent",
        expression=Absent(select(UP, JOB.equals(service.name), SERVICE.equals(service.name))),
        severity="critical",
        role="cause",
        team=service.team,
        declared=service.place,
        service=service,
        pending=pending,
        summary=f"Prometheus knows no process of {service.name}.",
        description=(
            f"For {spoken(pending)} there has been no target of {service.name} to ask. Either it is gone for its users,"
            " or it runs unwatched and no other alert of it can fire."
        ),
        runbook=Runbook.of(
            target_absent, service.names, service=service.name, pending=spoken(pending), jobs=total(select(UP), JOB)
        ),
        panel=Panel(service, "targets"),
        trials=(
            Trial(case=Case.FIRES, fires={JOB: service.name, SERVICE: service.name}),
            Trial(case=Case.HEALTHY, series=(Series(UP, target_of(service), level(1)),)),
            never_existed(fires={JOB: service.name, SERVICE: service.name}),
        ),
    )
