"""ExporterDown: the exporter, through which dependencies are watched, does not answer."""

from watchbill.catalogue import JOB
from watchbill.catalogue.watching import UP
from watchbill.expression import Absent, select
from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_alerts.alert import Alert, Panel
from watchbill_alerts.enumeration import listed
from watchbill_alerts.first_queries import most_important
from watchbill_alerts.runbook import Runbook
from watchbill_alerts.span import held
from watchbill_alerts.target_absent import absence_pending
from watchbill_alerts.traffic import EXPORTER, EXPORTER_JOB
from watchbill_alerts.trial import Case, Series, Trial, level, never_existed

EXPORTER_DOWN = "ExporterDown"


def exporter_down(stack: Stack, profile: Profile) -> Alert:
    """The exporter does not answer.

    ## Meaning
    Prometheus has not reached the exporter at $address $held, or does not know it at all. Through it $dependencies
    are watched.

    ## Impact
    No user is hurt by this. But nobody would be told that one of $dependencies is down; only its consequences in the
    services would show. Alerts on dependencies are silenced while this one fires, because nothing is known of them.

    ## First checks
    1. See what Prometheus says of the exporter (0: no answer; no line: no such job):

       $state

    2. On its host, see whether `watchbill exporter` runs, and read its last log lines.
    3. Ask it: `curl http://$address/metrics`.

    ## Mitigation
    - It ended: start it again. If it ends at once, its configuration or a password file is at fault; its log names it.
    - The job is gone: build the stack again, put its prometheus.yml in place and reload Prometheus.
    """
    pending = absence_pending(profile)
    selector = select(UP, JOB.equals(EXPORTER_JOB))
    service = most_important(service for service in stack.services if service.uses)
    dependencies = listed(one.name for one in stack.dependencies)
    return Alert(
        name=EXPORTER_DOWN,
        expression=selector.equal_to(0).or_(Absent(selector)),
        severity="warning",
        role="watching",
        team=service.team,
        declared=stack.place,
        pending=pending,
        summary="The exporter does not answer, so dependencies are not watched.",
        description=(
            f"{stack.exporter} has not answered Prometheus {held(pending)}. No user is hurt yet, but nobody would be"
            f" told that {dependencies} went down."
        ),
        runbook=Runbook.of(
            exporter_down,
            address=stack.exporter,
            dependencies=dependencies,
            held=held(pending),
            state=selector,
        ),
        panel=Panel(service, "dependencies"),
        trials=(
            Trial(case=Case.FIRES, series=(Series(UP, EXPORTER, level(0)),), fires=EXPORTER),
            Trial(case=Case.HEALTHY, series=(Series(UP, EXPORTER, level(1)),)),
            never_existed(fires={JOB: EXPORTER_JOB}),
        ),
    )
