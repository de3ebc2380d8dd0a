"""How people read a report."""

from dataclasses import replace
from pathlib import Path

import click
import pytest

from watchbill.flow.rule import Rule, Severity
from watchbill.problem import Place
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.report import Report
from watchbill_stack.check.site import Site
from watchbill_stack.check.text import report_lines, summary

_HERE = Place(str(Path.cwd() / "stack.py"), 12)


def _finding(
    severity: Severity = "error", message: str = "there is no metric 'ordrs'", name: str = "Orders"
) -> Finding:
    site = Site(
        role="panel",
        name=name,
        service="shop",
        place=Place("/elsewhere/panels.py", 40),
        declared=_HERE,
        text="rate(ordrs[5m])",
    )
    rule = Rule(f"some-{severity}", severity, "a title", "why")
    return Finding(rule=rule, site=site, message=message, start=5, end=10, nearest="orders")


def _report(*findings: Finding, suppressed: int = 0) -> Report:
    return Report(findings=findings, sites=(), inferences={}, services=1, expressions=1234, suppressed=suppressed)


def _lines(*findings: Finding) -> list[str]:
    return [click.unstyle(line) for line in report_lines(_report(*findings), 100)]


def test_a_finding_names_rule_severity_cause_place_and_remedy() -> None:
    assert _lines(_finding()) == [
        "error some-error: there is no metric 'ordrs'",
        "    rate(ordrs[5m])",
        "         ^^^^^",
        "  nearest: orders",
        "  stack.py:12  panel Orders of shop  made at /elsewhere/panels.py:40",
        "",
    ]


def test_one_mistake_at_many_places_is_one_block_with_a_line_for_each() -> None:
    names = [f"Panel {number}" for number in range(30)]
    lines = _lines(*(_finding(name=name) for name in names))

    assert lines[0] == "error some-error: there is no metric 'ordrs'"
    assert lines[4] == "  30 places:"
    assert [name in line for name, line in zip(names, lines[5:35], strict=True)] == [True] * 30
    assert lines[35:] == [""]


def test_a_mistake_that_one_expression_makes_twice_is_one_line() -> None:
    finding = _finding()
    lines = _lines(finding, replace(finding, start=0, end=4))

    assert [line for line in lines if "panel Orders" in line] == [
        "  stack.py:12  panel Orders of shop  made at /elsewhere/panels.py:40  2 times"
    ]


def test_different_mistakes_are_blocks_of_their_own() -> None:
    lines = _lines(_finding(), _finding(message="another"), _finding("warning"))

    assert [line.split()[0] for line in lines if line and not line.startswith(" ")] == ["error", "error", "warning"]


def test_severity_is_a_word_and_not_a_colour_alone() -> None:
    assert next(iter(report_lines(_report(_finding("warning")), 100))) != _lines(_finding("warning"))[0]
    assert _lines(_finding("warning"))[0].startswith("warning ")


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (_report(), "no findings; checked 1,234 expressions of 1 service in 0.50 s"),
        (_report(_finding()), "1 error; checked 1,234 expressions of 1 service in 0.50 s"),
        (
            _report(_finding(), _finding(), _finding("warning"), _finding("info"), suppressed=2),
            "2 errors, 1 warning, 1 info, 2 findings suppressed; checked 1,234 expressions of 1 service in 0.50 s",
        ),
    ],
)
def test_the_summary_is_one_line(report: Report, said: str) -> None:
    assert summary(report, 0.5) == said


def test_a_report_is_well_without_errors_and_when_strict_without_warnings() -> None:
    assert _report(_finding("info")).is_well(strict=True)
    assert _report(_finding("warning")).is_well()
    assert not _report(_finding("warning")).is_well(strict=True)
    assert not _report(_finding("error")).is_well()
