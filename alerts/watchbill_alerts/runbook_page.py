"""Runbook pages as Markdown: one for all alerts of one name and service."""

from collections.abc import Iterator, Sequence

from watchbill.promql import canonical
from watchbill_alerts.alert import Alert, AlertSeverity
from watchbill_alerts.runbook import SECTIONS
from watchbill_alerts.span import spoken

_TOLD: dict[AlertSeverity, str] = {
    "critical": "it wakes someone now",
    "warning": "it waits for office hours",
    "info": "it is context and notifies nobody",
    "none": "it is part of the watching",
}
_ORIGIN = "_Written by `watchbill build` from the alert's docstring._"


def render_runbook(alerts: Sequence[Alert]) -> str:
    """The page of alerts that share a name.

    What differs between them stands together under each one's objective or dependency, what is the same stands last.
    """
    first = alerts[0]
    pages = [_sections(alert) for alert in alerts]
    common = [title for title in pages[0] if len({page[title] for page in pages}) == 1]
    lines = [f"# {first.name}: {first.folder}", ""]
    for alert, page in zip(alerts, pages, strict=True):
        own = {title: body for title, body in page.items() if title not in common}
        if own:
            lines += [f"## {alert.scope}", "", alert.summary, "", *_written(own, "###")]
    lines += [] if len(common) < len(pages[0]) else [first.summary, ""]
    lines += [*_written({title: pages[0][title] for title in common}, "##"), _ORIGIN, ""]
    return "\n".join(lines)


def _sections(alert: Alert) -> dict[str, str]:
    link = alert.annotations.get("dashboard_url")
    look = f" [Open its panel]({link})." if link else ""
    told = f"Team {alert.team.name}, severity {alert.severity}: {_TOLD[alert.severity]}.{look}"
    return {
        **{title: alert.runbook.sections.get(title, "") for title in SECTIONS},
        "Who is told": told,
        "Rule": _rule(alert),
    }


def _rule(alert: Alert) -> str:
    when = f"once this has had a value for {spoken(alert.pending)}" if alert.pending else "as soon as this has a value"
    expression = canonical(alert.expression.promql(alert.names))
    return f"It fires {when}:\n\n```promql\n{expression}\n```"


def _written(sections: dict[str, str], level: str) -> Iterator[str]:
    for title, body in sections.items():
        yield from (f"{level} {title}", "", body, "")
