"""Everything of this room that a stack renders to."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from watchbill.links import Links, slug
from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_alerts.alert import Alert
from watchbill_alerts.alertmanager import TEMPLATES, render_alertmanager
from watchbill_alerts.rule_files import rule_files
from watchbill_alerts.rule_tests import render_rule_tests
from watchbill_alerts.rules import render_rules
from watchbill_alerts.runbook_page import render_runbook
from watchbill_alerts.templates import render_templates

RULES, TESTS, ALERTMANAGER, RUNBOOKS = map(PurePosixPath, ("rules", "tests", "alertmanager", "runbooks"))


def render(stack: Stack, profile: Profile, links: Links | None = None) -> Mapping[PurePosixPath, str]:
    """Rules and their tests, Alertmanager's files and runbook pages, by relative path; links are the stack's."""
    files = rule_files(stack, profile, links)
    alerts = [alert for groups in files.values() for group in groups for alert in group.alerts]
    rendered: dict[PurePosixPath, str] = {}
    for name, groups in files.items():
        rendered[RULES / f"{name}.yaml"] = render_rules(groups)
        rendered[TESTS / f"{name}_test.yaml"] = render_rule_tests(f"../{RULES / name}.yaml", groups)
    rendered[ALERTMANAGER / "alertmanager.yml"] = render_alertmanager(stack, profile, alerts)
    rendered[ALERTMANAGER / TEMPLATES] = render_templates()
    return rendered | _runbooks(alerts)


def _runbooks(alerts: list[Alert]) -> dict[PurePosixPath, str]:
    pages: dict[PurePosixPath, list[Alert]] = {}
    for alert in alerts:
        pages.setdefault(RUNBOOKS / slug(alert.folder) / f"{alert.name}.md", []).append(alert)
    return {path: render_runbook(together) for path, together in pages.items()}
