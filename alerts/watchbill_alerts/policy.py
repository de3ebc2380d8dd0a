"""What every alert gets, whatever it is about: its texts and links, under the service's names."""

from collections.abc import Iterable
from dataclasses import replace

from watchbill.errors import InvalidDeclaration
from watchbill.links import Links, overview_uid
from watchbill_alerts.alert import Alert
from watchbill_alerts.annotation import renamed


def with_policy(alert: Alert, links: Links) -> Alert:
    """The alert with the annotations that rules carry: texts, first step, and where to look."""
    names = {label.name: alert.names.label(label) for label in alert.expression.labels}
    panel = alert.panel
    variables = {label.name: value for label, value in panel.narrowed.items()}
    return replace(
        alert,
        annotations={
            "summary": renamed(alert.summary, names),
            "description": renamed(alert.description, names),
            "first_step": renamed(alert.runbook.first_check, names),
            "runbook_url": links.runbook(alert.folder, alert.name),
            "dashboard_url": links.dashboard(overview_uid(panel.service.name), panel.key, **variables),
        },
    )


def distinct(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """The alerts, unless two of them cannot be told apart: then raises InvalidDeclaration, naming all such."""
    seen: set[tuple[str, frozenset[tuple[str, str]]]] = set()
    found: list[Alert] = []
    twice: list[str] = []
    for alert in alerts:
        labels = {label.name: value for label, value in alert.labels.items()}
        key = alert.name, frozenset(labels.items())
        if key in seen:
            twice.append(f"{alert.name} with the labels {labels} stands twice; remove one or change its severity")
        seen.add(key)
        found.append(alert)
    if twice:
        raise InvalidDeclaration("alerts", twice)
    return tuple(found)
