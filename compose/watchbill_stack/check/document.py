"""A report for machines: a JSON document, and annotations of a pull request."""

from collections.abc import Iterable, Iterator

from watchbill.flow.rule import Severity
from watchbill.problem import Place
from watchbill_stack.check.consumers import Use
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.location import shown_file
from watchbill_stack.check.report import SEVERITIES, Report
from watchbill_stack.check.site import Site
from watchbill_stack.check.subject import Subject

VERSION = 1
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def report_document(report: Report, seconds: float, *, strict: bool = False) -> dict[str, object]:
    """Fields are only ever added; another meaning gets another version."""
    return {
        "version": VERSION,
        "well": report.is_well(strict=strict),
        "findings": [finding_document(finding) for finding in report.findings],
        "count": {severity: report.count(severity) for severity in SEVERITIES},
        "suppressed": report.suppressed,
        "services": report.services,
        "files": report.files,
        "expressions": report.expressions,
        "left_out": report.left_out,
        "seconds": round(seconds, 3),
    }


def finding_document(finding: Finding) -> dict[str, object]:
    """`start` and `end` count characters of the expression."""
    return {
        "rule": finding.rule.id,
        "severity": finding.rule.severity,
        "title": finding.rule.title,
        "message": finding.message,
        "nearest": finding.nearest or None,
        **site_document(finding.site),
        "start": finding.start,
        "end": finding.end,
    }


def site_document(site: Site) -> dict[str, object]:
    """`file` and `line` are where the object is made, `declared` where the stack file asks for it."""
    return {
        "role": site.role,
        "name": site.name,
        "service": site.service or None,
        **_place(site.place),
        "declared": None if site.declared is None else _place(site.declared),
        "expression": site.text or None,
    }


def uses_document(subject: Subject, uses: Iterable[Use], *, exists: bool, nearest: str) -> dict[str, object]:
    """`through` are recorded names, the nearest to the metric first."""
    return {
        "version": VERSION,
        "metric": subject.metric,
        "label": subject.label or None,
        "value": subject.value,
        "exists": exists,
        "nearest": nearest or None,
        "uses": [{**site_document(use.site), "through": list(use.through)} for use in uses],
    }


def github_annotations(report: Report) -> Iterator[str]:
    """Workflow commands that GitHub shows beside the lines of a pull request."""
    for finding in report.findings:
        site = finding.site
        place = site.declared or site.place
        remedy = f" (nearest: {finding.nearest})" if finding.nearest else ""
        where = f"{site.role} {site.name}" + (f" of {site.service}" if site.service else "")
        message = _escaped(f"{finding.message}{remedy}: {where}\n{site.text}".rstrip())
        head = f"file={_property(shown_file(place.file))},line={place.line or 1},title={_property(finding.rule.id)}"
        yield f"::{_LEVELS[finding.rule.severity]} {head}::{message}"


def _place(place: Place) -> dict[str, object]:
    return {"file": shown_file(place.file), "line": place.line}


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
