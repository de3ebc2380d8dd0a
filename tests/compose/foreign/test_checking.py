"""Checks of rule files and dashboards: chains, variables, languages, catalogues."""

import json
from pathlib import Path
from typing import Any

import pytest

from watchbill_stack.check.report import Report
from watchbill_stack.foreign.catalogue import Terms
from watchbill_stack.foreign.checking import Inquiry, check
from watchbill_stack.foreign.source import WrongSource

SCRAPE = """\
# TYPE parcels_total counter
parcels_total{quay="7",size="large"} 3
# TYPE crane_up gauge
crane_up{crane="a"} 1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scrape.txt").write_text(SCRAPE)
    return tmp_path


def rules(folder: Path, *written: dict[str, Any], name: str = "rules.yaml") -> Path:
    path = folder / name
    path.write_text(json.dumps({"groups": [{"name": "a", "rules": list(written)}]}, indent=1))
    return path


def board(folder: Path, *expressions: str, legend: str = "", **model: Any) -> Path:
    path = folder / "board.json"
    targets = [{"expr": one, "legendFormat": legend} for one in expressions]
    path.write_text(json.dumps({"title": "Quay", "panels": [{"title": "P", "targets": targets}], **model}, indent=1))
    return path


def recording(name: str, expression: str, **labels: str) -> dict[str, Any]:
    return {"record": name, "expr": expression, "labels": labels}


def alert(expression: str, **annotations: str) -> dict[str, Any]:
    return {"alert": "Late", "expr": expression, "annotations": annotations}


def told(report: Report) -> list[tuple[str, str]]:
    return [(one.rule.id, one.site.text[one.start : one.end]) for one in report.findings]


def checked(folder: Path, *files: Path, boards: tuple[Path, ...] = (), **more: Any) -> Report:
    given: dict[str, Any] = {"catalogues": (str(folder / "scrape.txt"),), **more}
    return check(Inquiry(rules=files, dashboards=boards, **given))


def test_what_one_file_records_another_may_read_in_any_order(folder: Path) -> None:
    reads = rules(folder, recording("quay:a:sum", "sum by (quay) (size:a:sum)"), alert("quay:a:sum > 1"), name="1.yaml")
    writes = rules(folder, recording("size:a:sum", "sum by (size) (rate(parcels_total[5m]))"), name="2.yaml")

    assert told(checked(folder, reads, writes)) == [("lost-label", "quay")]
    assert told(checked(folder, writes, reads)) == [("lost-label", "quay")]


def test_a_name_that_several_rules_record_has_the_labels_of_all(folder: Path) -> None:
    one = recording("a:b:sum", "sum by (quay) (rate(parcels_total[5m]))", kind="x")
    other = recording("a:b:sum", "sum by (size) (rate(parcels_total[5m]))")
    file = rules(folder, one, other, alert("a:b:sum{kind='x', quay='7', size='s'} > 1"), alert("a:b:sum{pier='1'} > 1"))

    assert told(checked(folder, file)) == [("unknown-label", "pier")]


def test_rules_that_record_from_one_another_in_a_circle_are_survived(folder: Path) -> None:
    file = rules(
        folder,
        recording("a:a:sum", "b:b:sum + 1"),
        recording("b:b:sum", "a:a:sum + 1"),
        recording("c:c:max", "max_over_time(c:c:max[1d]) or crane_up"),
        alert("a:a:sum{anything='x'} > c:c:max"),
    )
    assert told(checked(folder, file)) == []


def test_a_label_that_a_template_shows_in_vain_is_found(folder: Path) -> None:
    file = rules(
        folder,
        alert(
            "sum by (quay) (rate(parcels_total[5m])) > 1",
            summary="{{ $labels.quay }} {{ $labels.size }}",
            description='{{ index $labels "crane" }} {{ $externalLabels.x }} {{ $value }}',
            queries='{{ range query "crane_upp" }}{{ .Labels.crane }}{{ end }}',
        ),
    )
    report = checked(folder, file)

    assert [one.message.partition(",")[0] for one in report.findings] == [
        "the summary shows the label 'size'",
        "the description shows the label 'crane'",
        "nothing exposes crane_upp",
    ]


def test_a_label_that_the_rule_itself_adds_comes_too_late_for_its_texts(folder: Path) -> None:
    written = alert("crane_up == 0", summary="{{ $labels.severity }}: {{ $labels.crane }}")
    late = {**written, "labels": {"severity": "x"}}

    (finding,) = checked(folder, rules(folder, late)).findings

    assert finding.rule.id == "template-lost-label"
    assert "'severity', which the rule adds too late for its texts" in finding.message


def test_a_legend_that_shows_a_lost_label_is_found(folder: Path) -> None:
    one = board(folder, "sum by (quay) (rate(parcels_total[5m]))", legend="{{ quay }} {{ size }}")

    assert told(checked(folder, boards=(one,))) == [("template-lost-label", "")]


def test_an_unknown_variable_is_found_with_the_nearest(folder: Path) -> None:
    one = board(
        folder,
        'sum(rate(parcels_total{quay="$quai"}[$__rate_intervall])) > $limit',
        templating={"list": [{"type": "custom", "name": "quay", "query": "7,8"}]},
    )
    report = checked(folder, boards=(one,))

    assert [(*place, one.nearest) for place, one in zip(told(report), report.findings, strict=True)] == [
        ("unknown-variable", "$quai", "quay"),
        ("unknown-variable", "$__rate_intervall", "__rate_interval"),
        ("unknown-variable", "$limit", ""),
    ]


def test_what_is_in_another_language_is_told_and_no_error(folder: Path) -> None:
    report = checked(
        folder, rules(folder, alert("rollup_rate(parcels_total[5m]) > 0"), alert("rate(parcels_total[5m]"))
    )

    assert [(one.rule.id, one.rule.severity) for one in report.findings] == [
        ("syntax", "error"),
        ("other-language", "info"),
    ]


def test_label_values_that_a_scrape_does_not_show_may_exist_unless_asked(folder: Path) -> None:
    file = rules(folder, alert('crane_up{crane="b"} == 0'))

    assert told(checked(folder, file)) == []
    assert told(checked(folder, file, terms=Terms(are_values_all=True))) == [("impossible-value", '"b"')]


def test_a_label_that_only_this_scrape_adds_can_be_named(folder: Path) -> None:
    file = rules(folder, alert('crane_up{pier="b", namespace="c"} == 0'))

    assert told(checked(folder, file)) == [("unknown-label", "pier")]
    assert told(checked(folder, file, terms=Terms(target_labels=("pier",)))) == []


def test_without_a_catalogue_only_the_expression_itself_is_judged(folder: Path) -> None:
    file = rules(
        folder,
        alert("sum by (job) (anything{x='y'}) > 1", summary="{{ $labels.quay }}"),
        alert("rate(anything_total[10s]) > 1"),
        alert("anything_total > 5"),
        alert("histogram_quantile(0.9, sum by (job) (rate(anything_bucket[5m]))) > 1"),
    )
    report = checked(folder, file, catalogues=())

    assert [(one.rule.id, one.rule.severity) for one in report.findings] == [
        ("template-lost-label", "error"),
        ("short-window", "error"),
        ("lost-le", "error"),
        ("raw-counter", "info"),
    ]


def test_bounds_that_are_picked_by_a_pattern_are_no_mistake_where_no_bound_is_known(folder: Path) -> None:
    picked = rules(
        folder, recording("a:b:rate5m", r'sum by (job) (rate(crane_wait_seconds_bucket{le=~"1(\\.0)?"}[5m]))')
    )

    assert told(checked(folder, picked, catalogues=())) == []


def test_the_values_of_a_variables_series_do_not_matter(folder: Path) -> None:
    query = {"name": "quay", "type": "query", "query": "query_result(sum by (quay) (parcels_total))"}

    assert told(checked(folder, boards=(board(folder, templating={"list": [query]}),))) == []


def test_a_partial_catalogue_is_silent_on_families_it_does_not_know(folder: Path) -> None:
    file = rules(folder, alert("crane_upp == 0"), alert("other_up == 0"), alert("a:b:sum > 1"))

    assert told(checked(folder, file, is_partial=True)) == [("unknown-metric", "crane_upp")]
    assert len(told(checked(folder, file))) == 3


def test_control_characters_of_a_foreign_file_do_not_reach_the_terminal(folder: Path) -> None:
    file = rules(folder, {"alert": "\x1b[31mLate", "expr": "nothing\x1b_here > 1"})
    report = checked(folder, file)

    assert report.findings
    assert not [one for one in report.findings if "\x1b" in one.site.name + one.site.text + one.message + one.nearest]


def test_every_file_that_is_wrong_is_told_at_once(folder: Path) -> None:
    (folder / "broken.yaml").write_text("groups: [")

    with pytest.raises(WrongSource) as caught:
        checked(folder, folder / "broken.yaml", folder / "missing.yaml", boards=(folder / "scrape.txt",))

    assert len(caught.value.problems) == 3
