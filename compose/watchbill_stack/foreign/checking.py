"""The check of rule files and dashboards that Watchbill did not write."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from watchbill.flow.flow import Inference
from watchbill.flow.vocabulary import Vocabulary
from watchbill.problem import Problem
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.report import SEVERITIES, Report
from watchbill_stack.check.site import Site
from watchbill_stack.foreign.catalogue import Terms, catalogued
from watchbill_stack.foreign.dashboard_file import ForeignDashboard, foreign_dashboards
from watchbill_stack.foreign.expression import Expression, expressions_of_dashboard, expressions_of_rule
from watchbill_stack.foreign.inference import Judge
from watchbill_stack.foreign.progress import watched
from watchbill_stack.foreign.rule_file import ForeignRule, foreign_rules
from watchbill_stack.foreign.source import WrongSource
from watchbill_stack.foreign.text import text_findings
from watchbill_stack.foreign.vocabulary import base_vocabulary, names_in, with_recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What is to be checked, and against what.

    Without `catalogues`, no name is unknown. With `is_partial`, a name is unknown only where the catalogues know others
    with the same first word. `scrape_interval` is in seconds.
    """

    rules: tuple[Path, ...] = ()
    dashboards: tuple[Path, ...] = ()
    catalogues: tuple[str, ...] = ()
    terms: Terms = field(default_factory=Terms)
    is_partial: bool = False
    scrape_interval: float = 15.0


def check(inquiry: Inquiry) -> Report:
    """Every finding in the files, the worst first; raises WrongSource with every file that is not what it should be."""
    rules, dashboards = _read(inquiry)
    expressions = list(_expressions(rules, dashboards, inquiry.scrape_interval))
    vocabulary = _vocabulary(inquiry, rules, expressions)
    judge = Judge(vocabulary, inquiry.scrape_interval, is_partial=inquiry.is_partial and bool(inquiry.catalogues))
    findings: list[Finding] = []
    inferences: dict[Site, Inference] = {}
    for expression in watched(expressions, len(expressions), "expressions"):
        inference, found = judge.judged(expression)
        findings += found
        if inference is not None:
            inferences[expression.site] = inference
        findings += text_findings(expression, inference)
    return Report(
        findings=tuple(sorted(findings, key=_order)),
        sites=tuple(expression.site for expression in expressions),
        inferences=inferences,
        vocabularies={"": vocabulary},
        expressions=len(expressions),
        files=len(inquiry.rules) + len(inquiry.dashboards),
        left_out=sum(dashboard.others for dashboard in dashboards),
    )


def _read(inquiry: Inquiry) -> tuple[list[ForeignRule], list[ForeignDashboard]]:
    rules: list[ForeignRule] = []
    dashboards: list[ForeignDashboard] = []
    problems: list[Problem] = []
    for path in inquiry.rules:
        try:
            rules += foreign_rules(path)
        except WrongSource as error:
            problems += error.problems
    for path in inquiry.dashboards:
        try:
            dashboards += foreign_dashboards(path)
        except WrongSource as error:
            problems += error.problems
    if problems:
        raise WrongSource(tuple(problems))
    return rules, dashboards


def _expressions(
    rules: Iterable[ForeignRule], dashboards: Iterable[ForeignDashboard], scrape_interval: float
) -> Iterator[Expression]:
    for rule in rules:
        yield from expressions_of_rule(rule)
    for dashboard in dashboards:
        yield from expressions_of_dashboard(dashboard, scrape_interval)


def _vocabulary(inquiry: Inquiry, rules: Sequence[ForeignRule], expressions: Iterable[Expression]) -> Vocabulary:
    recorded = {rule.name for rule in rules if rule.role == "recording"}

    def used() -> frozenset[str]:
        return names_in(expression.reading for expression in expressions) - recorded

    families = catalogued(inquiry.catalogues, used, inquiry.terms)
    base = base_vocabulary(families, is_complete=bool(inquiry.catalogues), target_labels=inquiry.terms.target_labels)
    return with_recorded(base, rules, inquiry.scrape_interval)


def _order(finding: Finding) -> tuple[int, str, int, str, int]:
    place = finding.site.place
    return SEVERITIES.index(finding.rule.severity), place.file, place.line, finding.rule.id, finding.start
