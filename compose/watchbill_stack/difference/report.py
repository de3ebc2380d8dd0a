"""A difference as people and programs read it."""

import json
from collections.abc import Iterator

from watchbill_stack.difference.change import Area, Change
from watchbill_stack.difference.comparison import Difference

_TITLES: dict[Area, str] = {
    "service": "Services",
    "metric": "Metrics and names",
    "objective": "Objectives",
    "dependency": "Dependencies",
    "alert": "Alerts",
    "recording": "Recording rules",
    "route": "Routes",
    "receiver": "Receivers",
    "inhibition": "Inhibitions",
    "dashboard": "Dashboards",
    "panel": "Panels",
    "scraping": "Scraping",
    "runbook": "Runbooks",
    "file": "Other files",
}
_MARK = "BREAKING "
_COMMENT = 60_000
"""Characters of a Markdown comment; GitHub takes 65 536."""


def summary(difference: Difference) -> str:
    """How much changed, in one line."""
    number, breaking = len(difference.changes), len(difference.breaking)
    changes = f"{number} change{'' if number == 1 else 's'}" if number else "no change"
    return f"{changes} from {difference.before} to {difference.after}{f', {breaking} breaking' if number else ''}"


def as_text(difference: Difference) -> str:
    """One line a change, each behind its area."""
    lines = [
        f"{_marked(change)}{change.area} {_line(change)}" for _, changes in _by_area(difference) for change in changes
    ]
    return "".join(f"{line}\n" for line in lines)


def as_markdown(difference: Difference) -> str:
    """A comment for a pull request: the breaking changes first, the rest by area."""
    lines = [f"### {_escaped(summary(difference))}", ""]
    if difference.breaking:
        lines += ["**Breaking**", "", *map(_item, difference.breaking), ""]
    for area, changes in _by_area(difference):
        rest = [change for change in changes if not change.breaking]
        if rest:
            lines += [f"**{_TITLES[area]}**", "", *map(_item, rest), ""]
    lines += [f"_{_escaped(remark)}_" for remark in difference.remarks]
    return "\n".join(_fitting(lines)).rstrip("\n") + "\n"


def _fitting(lines: list[str]) -> list[str]:
    """As many lines as fit a comment, and how many items do not."""
    left, kept = _COMMENT, 0
    while kept < len(lines) and len(lines[kept]) < left:
        left -= len(lines[kept]) + 1
        kept += 1
    missing = sum(line.startswith("- ") for line in lines[kept:])
    return [*lines[:kept], "", f"_and {missing} more: `watchbill diff` shows them_"] if missing else lines


def as_json(difference: Difference) -> str:
    """Every change with all that is known of it; `version` is raised when a reader must change."""
    content = {
        "version": 1,
        "before": difference.before,
        "after": difference.after,
        "breaking": len(difference.breaking),
        "remarks": list(difference.remarks),
        "changes": [
            {
                "area": change.area,
                "name": change.name,
                "verb": change.verb,
                "detail": change.detail,
                "breaking": change.breaking,
                "service": change.service,
                "alerts": change.alerts,
                "follows": change.follows,
            }
            for _, changes in _by_area(difference)
            for change in changes
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _by_area(difference: Difference) -> Iterator[tuple[Area, list[Change]]]:
    for area in _TITLES:
        changes = [change for change in difference.changes if change.area == area]
        if changes:
            yield area, changes


def _marked(change: Change) -> str:
    return _MARK if change.breaking else ""


def _line(change: Change) -> str:
    return " ".join(change.line.split())


def _item(change: Change) -> str:
    return f"- {change.area} {_escaped(_line(change))}"


def _escaped(text: str) -> str:
    """Text in which Markdown and HTML find nothing of theirs."""
    for character in "\\`*_[]<>|#~@":
        text = text.replace(
            character,
            f"\\{character}" if character not in "<>@" else {"<": "&lt;", ">": "&gt;", "@": "&#64;"}[character],
        )
    return text
