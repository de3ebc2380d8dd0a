"""Watchdog: always fires, so that its silence tells that the way to people is broken."""

from watchbill.expression import Raw
from watchbill.stack import Stack
from watchbill_alerts.alert import Alert, Panel
from watchbill_alerts.first_queries import most_important
from watchbill_alerts.runbook import Runbook
from watchbill_alerts.trial import Case, Trial, never_existed

WATCHDOG = "Watchdog"


def watchdog(stack: Stack) -> Alert:
    """The signal that never ends.

    ## Meaning
    This alert always fires. It travels the whole way: rules, Prometheus, Alertmanager, receiver. A dead-man's switch
    outside of this stack expects it and raises the alarm when it stops.

    ## Impact
    None while it arrives. When it stops, no alert at all reaches anyone.

    ## First checks
    1. When it stopped: see whether Prometheus runs, and whether this alert fires on its page of alerts.
    2. See whether Alertmanager runs, and lists this alert.
    3. Read Alertmanager's log for errors of the receiver `watchdog`.

    ## Mitigation
    - Start what ended; until the signal is back, watch the dashboards by eye.
    - It never arrived: give the stack a `watchdog=` receiver and build again.
    """
    service = most_important(stack.services)
    return Alert(
        name=WATCHDOG,
        expression=Raw("vector(1)", reads=()),
        severity="none",
        role="watching",
        team=service.team,
        declared=stack.place,
        summary="The way from rules to people works.",
        description="This alert always fires. When it stops arriving, no alert reaches anyone.",
        runbook=Runbook.of(watchdog),
        panel=Panel(service, "targets"),
        trials=(Trial(case=Case.FIRES, fires={}), Trial(case=Case.HEALTHY, fires={}), never_existed(fires={})),
    )
