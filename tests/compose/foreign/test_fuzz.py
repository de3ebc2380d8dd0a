"""Whatever a file holds, it is read, found wrong, or refused in one clear error."""

import json
from contextlib import suppress
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from watchbill_stack.check.finding import Finding
from watchbill_stack.foreign.dashboard_file import dashboards_of
from watchbill_stack.foreign.exposition import families_of_exposition
from watchbill_stack.foreign.expression import expressions_of_dashboard, expressions_of_rule
from watchbill_stack.foreign.inference import Judge
from watchbill_stack.foreign.rule_file import rules_of
from watchbill_stack.foreign.source import Source, WrongSource
from watchbill_stack.foreign.text import text_findings
from watchbill_stack.foreign.vocabulary import base_vocabulary, with_recorded

SCRAPE = '# TYPE a_total counter\na_total{x="1",y="2"} 1\n# TYPE b_bucket histogram\nb_bucket{le="1"} 1\nc{x="1"} 1\n'
KNOWN = base_vocabulary(families_of_exposition(Source("scrape", SCRAPE)), is_complete=True)
FRAGMENTS = some.sampled_from(
    [
        "a_total",
        "b_bucket",
        "c",
        "n:r:o",
        "rate(",
        "sum(",
        "sum",
        "by(x)",
        "topk(",
        ")",
        "{",
        "}",
        "[5m]",
        "[$__rate_interval]",
        "[",
        'x="$v"',
        "x=~'[[w]]'",
        "$v",
        "${v:regex}",
        "[[w]]",
        "/",
        "on(x)",
        "and",
        ",",
        "0.9",
        "1_0",
        "offset",
        "'",
        '"',
        "#",
        "histogram_quantile(",
        "label_values(",
        "label_replace(",
        "query_result(",
        "group_left",
        "$__from",
        "@",
        "`",
        "\\",
        "é",
        "$v[5m]",
        "max_over_time(",
        ">",
        "bool",
        "==",
        "-",
    ]
)
EXPRESSIONS = some.one_of(some.text(max_size=60), some.lists(FRAGMENTS, max_size=14).map(" ".join))
TEXTS = some.one_of(some.text(max_size=30), some.sampled_from(["{{ $labels.x }}", "{{ x }} {{", '{{ query "c" }}']))
FIELDS = some.sampled_from(
    [
        "groups",
        "rules",
        "alert",
        "record",
        "expr",
        "labels",
        "annotations",
        "kind",
        "spec",
        "items",
        "data",
        "apiVersion",
        "panels",
        "rows",
        "targets",
        "templating",
        "list",
        "query",
        "type",
        "name",
        "datasource",
        "elements",
        "dashboard",
        "schemaVersion",
        "variables",
        "legendFormat",
        "repeat",
        "options",
        "value",
        "x",
        "<<",
    ]
)
TREES = some.recursive(
    some.one_of(some.none(), some.booleans(), some.integers(), some.floats(allow_nan=False), EXPRESSIONS),
    lambda inner: some.one_of(some.lists(inner, max_size=4), some.dictionaries(FIELDS, inner, max_size=5)),
    max_leaves=25,
)
RULES = some.lists(
    some.fixed_dictionaries(
        {"expr": EXPRESSIONS, "annotations": some.dictionaries(some.text(max_size=4), TEXTS, max_size=2)},
        optional={"alert": some.text(max_size=5), "record": some.sampled_from(["n:r:o", "a_total", "", "\x1b"])},
    ),
    max_size=4,
)
QUICK = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def judged_rules(text: str) -> list[Finding]:
    try:
        rules = rules_of(Source("a.yaml", text))
    except WrongSource:
        return []
    judge = Judge(with_recorded(KNOWN, rules, 15.0), 15.0)
    return [one for rule in rules for expression in expressions_of_rule(rule) for one in judged(judge, expression)]


def judged_dashboards(text: str) -> list[Finding]:
    try:
        boards = dashboards_of(Source("a.json", text))
    except WrongSource:
        return []
    judge = Judge(KNOWN, 15.0)
    return [
        one
        for board in boards
        for expression in expressions_of_dashboard(board, 15.0)
        for one in judged(judge, expression)
    ]


def judged(judge: Judge, expression: Any) -> list[Finding]:
    inference, findings = judge.judged(expression)
    return [*findings, *text_findings(expression, inference)]


def assert_placed(findings: list[Finding]) -> None:
    for one in findings:
        assert one.site.place.line > 0
        if one.site.text:
            assert 0 <= one.start <= one.end <= len(one.site.text)


@QUICK
@given(some.one_of(some.text(), TREES.map(json.dumps), TREES.map(yaml.safe_dump)))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert_placed(judged_rules(text))
    assert_placed(judged_dashboards(text))
    with suppress(WrongSource):
        families_of_exposition(Source("scrape", text))


@QUICK
@given(RULES)
def test_any_rule_is_judged(rules: list[dict[str, Any]]) -> None:
    assert_placed(judged_rules(json.dumps({"groups": [{"name": "g", "rules": rules}]})))


@QUICK
@given(EXPRESSIONS, EXPRESSIONS, TEXTS, some.text(max_size=8))
def test_any_query_of_a_dashboard_is_judged(expression: str, query: str, legend: str, value: str) -> None:
    variables = [
        {"type": "query", "name": "v", "query": query},
        {"type": "constant", "name": "w", "query": value},
        {"type": "custom", "name": "u", "query": value},
    ]
    targets = [{"expr": expression, "legendFormat": legend}]
    board = {"panels": [{"targets": targets, "repeat": value}], "templating": {"list": variables}}

    assert_placed(judged_dashboards(json.dumps(board)))
