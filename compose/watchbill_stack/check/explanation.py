"""What each rule is about, for `--explain`, `--list` and the page of rules."""

from collections.abc import Iterator, Mapping
from textwrap import fill

from watchbill.flow.rule import Rule
from watchbill_stack.check.report import SEVERITIES

COMMAND = "watchbill check --list --format markdown > compose/RULES.md"


def explained(rule: Rule, width: int) -> str:
    """The rule's title, how bad it is, and its paragraph."""
    return f"{rule.id} ({rule.severity}): {rule.title}\n\n{fill(rule.why, width)}\n"


def by_severity(rules: Mapping[str, Rule]) -> list[Rule]:
    """The worst first, then in the order of the alphabet."""
    return sorted(rules.values(), key=lambda rule: (SEVERITIES.index(rule.severity), rule.id))


def page(rules: Mapping[str, Rule]) -> str:
    """The page of all rules, in Markdown."""
    return "\n".join(_page_lines(rules)) + "\n"


def _page_lines(rules: Mapping[str, Rule]) -> Iterator[str]:
    ordered = by_severity(rules)
    yield f"<!-- Generated from the rules; do not edit. To renew it: {COMMAND} -->"
    yield ""
    yield "# Rules of `watchbill check`"
    yield ""
    yield "An error fails `check` and `build`, a warning fails `check --strict`, info never fails."
    yield "`watchbill check --explain ID` prints one of these paragraphs."
    yield ""
    yield "| rule | severity | finds |"
    yield "|---|---|---|"
    yield from (f"| [`{rule.id}`](#{rule.id}) | {rule.severity} | {_cell(rule.title)} |" for rule in ordered)
    for rule in ordered:
        yield ""
        yield f"## {rule.id}"
        yield ""
        yield f"{rule.severity.capitalize()}: {rule.title}"
        yield ""
        yield rule.why


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
