"""What machines read of a report."""

from pathlib import Path

from watchbill.flow.rule import Rule
from watchbill.problem import Place
from watchbill_stack.check.document import github_annotations, report_document
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.report import Report
from watchbill_stack.check.site import Site

_RULE = Rule("some-rule", "warning", "a title", "why")


def _report(text: str = "a + b") -> Report:
    site = Site(
        role="alert",
        name="Late",
        service="shop",
        place=Place("/elsewhere/alerts.py", 4),
        declared=Place(str(Path.cwd() / "shop, new.py"), 9),
        text=text,
    )
    finding = Finding(rule=_RULE, site=site, message="100 % wrong", start=4, end=5, nearest="c")
    return Report(findings=(finding,), sites=(site,), inferences={}, services=1, expressions=1)


def test_the_document_holds_every_fact_of_a_finding() -> None:
    assert report_document(_report(), 0.1234) == {
        "version": 1,
        "well": True,
        "findings": [
            {
                "rule": "some-rule",
                "severity": "warning",
                "title": "a title",
                "message": "100 % wrong",
                "nearest": "c",
                "role": "alert",
                "name": "Late",
                "service": "shop",
                "file": "/elsewhere/alerts.py",
                "line": 4,
                "declared": {"file": "shop, new.py", "line": 9},
                "expression": "a + b",
                "start": 4,
                "end": 5,
            }
        ],
        "count": {"error": 0, "warning": 1, "info": 0},
        "suppressed": 0,
        "services": 1,
        "files": 0,
        "expressions": 1,
        "left_out": 0,
        "seconds": 0.123,
    }
    assert report_document(_report(), 0, strict=True)["well"] is False


def test_an_annotation_stands_at_the_line_of_the_stack_file() -> None:
    assert list(github_annotations(_report("a\n+ b"))) == [
        "::warning file=shop%2C new.py,line=9,title=some-rule::100 %25 wrong (nearest: c): alert Late of shop%0Aa%0A+ b"
    ]
