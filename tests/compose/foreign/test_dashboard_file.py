"""Dashboards of Grafana, of any age and in any wrapping; and what is none."""

import json
from pathlib import Path
from typing import Any

import pytest

from watchbill_stack.foreign.dashboard_file import ForeignDashboard, dashboards_of, foreign_dashboards
from watchbill_stack.foreign.source import Source, WrongSource

PROMETHEUS = {"type": "prometheus", "uid": "p"}


def panel(expression: str, **more: Any) -> dict[str, Any]:
    return {"title": "Parcels", "targets": [{"expr": expression, "legendFormat": "{{job}}"}], **more}


def read(document: object) -> ForeignDashboard:
    (dashboard,) = dashboards_of(Source("board.json", json.dumps(document, indent=1)))
    return dashboard


def asked(document: object) -> list[tuple[str, str, str]]:
    return [(query.role, query.name, query.text) for query in read(document).queries]


def test_panels_are_found_however_they_are_nested() -> None:
    row = {"type": "row", "title": "Row", "panels": [panel("b")]}

    assert asked({"schemaVersion": 39, "panels": [panel("a"), row]}) == [
        ("panel", "Parcels", "a"),
        ("panel", "Parcels", "b"),
    ]
    assert asked({"schemaVersion": 14, "rows": [{"panels": [panel("c")]}]}) == [("panel", "Parcels", "c")]


def wrapped(model: dict[str, Any], how: str) -> dict[str, Any]:
    match how:
        case "interface":
            return {"dashboard": model, "meta": {"slug": "x"}}
        case "resource":
            return {"apiVersion": "dashboard.grafana.app/v1beta1", "kind": "Dashboard", "spec": model}
        case "map":
            return {"kind": "ConfigMap", "data": {"a.json": json.dumps(model)}}
        case _:
            return {"kind": "ConfigMapList", "items": [{"data": {"a.json": json.dumps(model)}}]}


@pytest.mark.parametrize("how", ["interface", "resource", "map", "list"])
def test_a_dashboard_may_be_wrapped(how: str) -> None:
    assert asked(wrapped({"title": "T", "panels": [panel("a")]}, how)) == [("panel", "Parcels", "a")]


def test_a_dashboard_of_version_2_is_read() -> None:
    query = {"kind": "DataQuery", "group": "prometheus", "spec": {"expr": "a", "legendFormat": "{{job}}"}}
    other = {"kind": "DataQuery", "group": "loki", "spec": {"expr": "{b=`c`}"}}
    queries = [{"kind": "PanelQuery", "spec": {"query": one}} for one in (query, other)]
    of_variable = {"kind": "DataQuery", "group": "prometheus", "spec": {"query": "label_values(a, job)"}}
    board = read(
        {
            "kind": "Dashboard",
            "spec": {
                "title": "T",
                "elements": {"e": {"kind": "Panel", "spec": {"title": "P", "data": {"spec": {"queries": queries}}}}},
                "variables": [
                    {"kind": "QueryVariable", "spec": {"name": "job", "query": of_variable}},
                    {"kind": "ConstantVariable", "spec": {"name": "c", "query": "x"}},
                ],
                "annotations": [{"spec": {"name": "M", "query": query}}],
            },
        }
    )

    assert [(one.role, one.name, one.text) for one in board.queries] == [
        ("variable", "$job", "label_values(a, job)"),
        ("panel", "P", "a"),
        ("annotation", "M", "a"),
    ]
    assert board.variables["c"].exact == "x"
    assert board.others == 1


def test_an_expression_knows_its_line() -> None:
    text = '{"panels": [\n {"title": "P", "targets": [\n  {"expr":\n   "up"}]}]}'

    (board,) = dashboards_of(Source("board.json", text))

    assert [str(query.place) for query in board.queries] == ["board.json:4"]


def test_a_query_for_another_data_source_is_counted_and_left_out() -> None:
    board = read(
        {
            "templating": {
                "list": [
                    {"type": "datasource", "name": "logs", "query": "loki"},
                    {"type": "datasource", "name": "metrics", "query": "prometheus"},
                ]
            },
            "panels": [
                panel("a", datasource=PROMETHEUS),
                panel("b", datasource={"type": "loki"}),
                panel("c", datasource="$logs"),
                panel("d", datasource="${metrics}"),
                panel("e", datasource="-- Mixed --"),
                panel("f", datasource=None),
                {"targets": [{"expr": "g", "datasource": {"type": "loki"}}, {"rawSql": "select 1"}]},
            ],
        }
    )

    assert [query.text for query in board.queries] == ["a", "d", "e", "f"]
    assert board.others == 3


def test_variables_know_the_values_that_the_dashboard_writes() -> None:
    board = read(
        {
            "panels": [],
            "templating": {
                "list": [
                    {"type": "constant", "name": "c", "query": "parcel"},
                    {"type": "custom", "name": "k", "query": "One : 1, 2"},
                    {"type": "custom", "name": "o", "options": [{"value": "$__all"}, {"value": "x"}]},
                    {"type": "query", "name": "q", "query": {"query": "label_values(up, job)", "refId": "x"}},
                    {"type": "query", "name": "e", "query": ""},
                    {"type": "adhoc", "name": "a"},
                ]
            },
        }
    )

    assert board.variables["c"].exact == "parcel"
    assert board.variables["k"].values == ("1", "2")
    assert board.variables["k"].exact is None
    assert board.variables["o"].values == ("x",)
    assert set(board.variables) == {"c", "k", "o", "q", "e", "a"}
    assert [query.text for query in board.queries] == ["label_values(up, job)"]


def test_an_annotation_is_read_with_the_labels_of_its_title() -> None:
    mark = {"name": "Deploys", "expr": "changes(x[5m]) > 0", "titleFormat": "{{job}}", "datasource": PROMETHEUS}

    (query,) = read({"panels": [], "annotations": {"list": [{"name": "none"}, mark]}}).queries

    assert (query.role, query.name, query.labelled) == ("annotation", "Deploys", "{{job}}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "board.json:1: is empty"),
        ("[]", "board.json:1: is no dashboard but a list"),
        ('{"a": 1}', "board.json:1: is no dashboard but a mapping"),
        ('{"kind": "Folder",\n "spec": {}}', "board.json:1: is no dashboard but Folder"),
        ('{"panels": [\n {"a": nul}]}', "board.json:2: is no JSON: Expecting value"),
        ('{"panels": [],}', "board.json:1: is no JSON: a name in quotes should stand here"),
        ('{"panels": [1 2]}', "board.json:1: is no JSON: ',' should stand here"),
        ('{"panels" []}', "board.json:1: is no JSON: ':' should stand here"),
        ('{"panels": []} x', "board.json:1: is no JSON: something follows the value"),
        ('{"panels": [NaN]}', "board.json:1: is no JSON"),
        ('{"panels": "a\nb"}', "board.json:1: is no JSON: Invalid control character at"),
        ('{"panels": ', "board.json:1: is no JSON: Expecting value"),
    ],
)
def test_what_is_no_dashboard_is_one_clear_error(text: str, told: str) -> None:
    with pytest.raises(WrongSource) as caught:
        dashboards_of(Source("board.json", text))

    assert str(caught.value).startswith(told)
    assert len(caught.value.problems) == 1


def test_the_files_of_a_folder_are_those_that_look_right(tmp_path: Path) -> None:
    from watchbill_stack.foreign.folder import dashboard_files, rule_files

    (tmp_path / "below").mkdir()
    board, rules = tmp_path / "below" / "board.json", tmp_path / "rules.yml"
    board.write_text('{"panels": []}')
    rules.write_text("groups: []\n")
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / "notes.md").write_text("groups:\n")

    assert dashboard_files([tmp_path, board]) == (board,)
    assert rule_files([tmp_path]) == (rules,)
    assert foreign_dashboards(board)[0].queries == ()
    with pytest.raises(WrongSource, match="holds no rule file"):
        rule_files([tmp_path / "below"])
