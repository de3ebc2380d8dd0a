"""Alerts that are not whole: no owner, runbook, panel or test."""

from collections.abc import Iterable, Iterator, Mapping

from watchbill.catalogue.label import TARGET_LABELS
from watchbill.flow.flow import Flow, Inference
from watchbill.flow.values import Values
from watchbill_alerts.alert import Alert
from watchbill_alerts.trial import Case, Trial
from watchbill_stack.check.built import Built
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.nearest import nearest
from watchbill_stack.check.rules import (
    ALERT_WITHOUT_DASHBOARD,
    ALERT_WITHOUT_OWNER,
    ALERT_WITHOUT_RUNBOOK,
    ALERT_WITHOUT_TEST,
    DEAD_LINK,
    DUPLICATE_RULE,
    OVERWRITTEN_LABEL,
    TEST_LOST_LABEL,
)
from watchbill_stack.check.site import Site

_OF_TARGETS = frozenset(label.name for label in TARGET_LABELS)


def alert_findings(built: Built, read: Iterable[Site], inferences: Mapping[Site, Inference]) -> Iterator[Finding]:
    """What each alert lacks, and which alerts cannot be told apart."""
    teams = {team.name for team in built.stack.teams}
    seen: set[tuple[str, frozenset[tuple[str, str]]]] = set()
    for site in read:
        alert = site.subject
        if not isinstance(alert, Alert) or site.role != "alert":
            continue
        if alert.team.name not in teams:
            message = f"team {alert.team.name!r} owns no service of the stack"
            yield Finding(rule=ALERT_WITHOUT_OWNER, site=site, message=message, nearest=nearest(alert.team.name, teams))
        yield from _runbook(site, alert)
        yield from _panel(built, site, alert)
        inference = inferences.get(site)
        flow = None if inference is None else inference.flow
        yield from _tests(site, alert, flow)
        yield from _overwritten(site, flow)
        identity = alert.name, frozenset(site.labels.items())
        if identity in seen:
            message = f"another alert {alert.name} has the same labels: {_listed(site.labels)}"
            yield Finding(rule=DUPLICATE_RULE, site=site, message=message)
        seen.add(identity)


def _runbook(site: Site, alert: Alert) -> Iterator[Finding]:
    missing = alert.runbook.page.lacks
    if missing:
        yield Finding(rule=ALERT_WITHOUT_RUNBOOK, site=site, message=f"its runbook has no {', no '.join(missing)}")


def _panel(built: Built, site: Site, alert: Alert) -> Iterator[Finding]:
    service, key = alert.panel.service.name, alert.panel.key
    board = built.board(service)
    known = () if board is None else board.panels
    if board is None or key not in known:
        message = f"the dashboard of service {service!r} has no panel {key!r}"
        yield Finding(rule=ALERT_WITHOUT_DASHBOARD, site=site, message=message, nearest=nearest(key, known))
        return
    for label in alert.panel.narrowed:
        if label.name not in board.choices:
            message = f"its link sets the variable {label.name!r}, which the dashboard of {service!r} does not have"
            yield Finding(rule=DEAD_LINK, site=site, message=message, nearest=nearest(label.name, board.choices))


def _tests(site: Site, alert: Alert, flow: Flow | None) -> Iterator[Finding]:
    tested = {trial.case for trial in alert.trials}
    missing = [case.value for case in Case if case not in tested]
    if missing:
        message = f"no test shows that it {' or '.join(missing)}"
        yield Finding(rule=ALERT_WITHOUT_TEST, site=site, message=message)
    if flow is None or flow.is_open:
        return
    for trial in alert.trials:
        if trial.fires is not None:
            yield from _expected(site, alert, trial, flow)


def _expected(site: Site, alert: Alert, trial: Trial, flow: Flow) -> Iterator[Finding]:
    expected = {alert.names.label(label) for label in trial.fires or ()}
    test = f"the test that it {trial.case.value}"
    for label in sorted(expected - set(flow.labels)):
        message = f"{test} expects the label {label!r}, which the expression cannot carry"
        yield Finding(rule=TEST_LOST_LABEL, site=site, message=message, nearest=nearest(label, flow.labels))
    for label in sorted(flow.certain - expected - set(site.labels)):
        message = f"{test} does not expect the label {label!r}, which the expression always carries"
        yield Finding(rule=TEST_LOST_LABEL, site=site, message=message)


def _overwritten(site: Site, flow: Flow | None) -> Iterator[Finding]:
    if flow is None:
        return
    for label in sorted(flow.labels.keys() & site.labels.keys() - _OF_TARGETS):
        values, added = flow.labels[label], site.labels[label]
        if values != Values.only([added], occur=values.occur):
            message = f"its label {label}={added!r} replaces the label of that name that its series carry"
            yield Finding(rule=OVERWRITTEN_LABEL, site=site, message=message)


def _listed(labels: Mapping[str, str]) -> str:
    return ", ".join(f'{name}="{value}"' for name, value in labels.items())
