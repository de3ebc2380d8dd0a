"""Rule files, plain and as Kubernetes objects; and what is none."""

from pathlib import Path

import pytest

from watchbill_stack.foreign.rule_file import foreign_rules, rules_of
from watchbill_stack.foreign.source import DEEPEST_TREE, LARGEST_FILE, LONGEST_EXPRESSION, Source, WrongSource

PLAIN = """\
groups:
  - name: harbour
    rules:
      - record: job:parcels:rate5m
        expr: sum by (job) (rate(parcels_total[5m]))
        labels: {quay: "7"}
      - alert: Late
        expr: |
          job:parcels:rate5m
            == 0
        annotations:
          summary: "{{ $labels.job }}"
  - name: empty
    rules:
"""
OBJECT = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
spec:
  groups:
    - name: a
      rules:
        - {alert: A, expr: up == 0}
"""


def source(text: str) -> Source:
    return Source("rules.yaml", text)


def wrong(text: str) -> list[str]:
    with pytest.raises(WrongSource) as caught:
        rules_of(source(text))
    return [f"{problem.place.line}: {problem.cause}" for problem in caught.value.problems]


def test_a_rule_knows_the_line_of_its_expression() -> None:
    recording, alert = rules_of(source(PLAIN))

    assert (recording.role, recording.name, recording.place.line) == ("recording", "job:parcels:rate5m", 5)
    assert recording.labels == {"quay": "7"}
    assert (alert.role, alert.name, alert.place.line) == ("alert", "Late", 9)
    assert alert.expression == "job:parcels:rate5m\n  == 0\n"
    assert alert.texts == {"summary": "{{ $labels.job }}"}


def test_objects_of_kubernetes_hold_rules_alone_in_documents_and_in_lists() -> None:
    indented = "".join(f"  {line}\n" for line in OBJECT.splitlines())
    listed = "kind: List\nitems:\n" + indented.replace("  apiVersion", "- apiVersion", 1)
    of_one_kind = "kind: PrometheusRuleList\nitems:\n- spec:\n    groups: [{name: a, rules: [{alert: A, expr: up}]}]\n"

    assert [rule.name for rule in rules_of(source(f"---\n{OBJECT}---\n{OBJECT}"))] == ["A", "A"]
    assert [rule.name for rule in rules_of(source(listed))] == ["A"]
    assert [rule.name for rule in rules_of(source(of_one_kind))] == ["A"]


def test_a_config_map_holds_files_whose_lines_are_those_of_the_map() -> None:
    indented = "".join(f"    {line}\n" for line in PLAIN.splitlines())

    rules = rules_of(source(f"kind: ConfigMap\ndata:\n  a.yaml: |\n{indented}  note.txt: hello\n"))

    assert [(rule.name, rule.place.line) for rule in rules] == [("job:parcels:rate5m", 8), ("Late", 12)]


def test_a_rule_file_may_be_json() -> None:
    text = '{"groups": [{"name": "a",\n "rules": [\n {"alert": "A", "expr": "up\\t== 0"}]}]}'

    assert [(rule.expression, rule.place.line) for rule in rules_of(source(text))] == [("up\t== 0", 3)]


def test_anchors_and_merge_keys_are_followed() -> None:
    text = """\
groups:
  - name: a
    rules:
      - &late {alert: Late, expr: up == 0, labels: {quay: "7"}}
      - {<<: *late, alert: Later}
      - *late
"""
    assert [rule.name for rule in rules_of(source(text))] == ["Late", "Later", "Late"]


def test_every_mistake_of_shape_is_told_at_once() -> None:
    text = """\
groups:
  - name: a
    rules:
      - {alert: A, record: b, expr: up}
      - {expr: up}
      - {alert: C}
      - just a word
  - name: b
    rules: {alert: D}
  - name: c
"""
    assert wrong(text) == [
        "4: a rule has both `alert` and `record`",
        "5: a rule has neither `alert` nor `record`",
        "6: C has no expression",
        "7: text stands where a rule should",
        "9: `rules` is a mapping, not a list",
        "10: there is no `rules`",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1: is empty"),
        ("just a word", "1: text stands where a mapping with `groups` should"),
        ("rules: []", "1: there is no `groups`"),
        ("apiVersion: v1\nkind: Service\n", "1: is a Service, which holds no rules"),
        ("groups: [\n", "2: is no YAML: did not find expected node content"),
        (
            "groups: !!python/object/apply:os.system [id]",
            "1: the tag !!python/object/apply:os.system asks for an object",
        ),
        ("groups: &a [*a]", "1: no finished value is called 'a'"),
        ("groups: *a", "1: no finished value is called 'a'"),
    ],
)
def test_what_is_no_rule_file_is_one_clear_error(text: str, told: str) -> None:
    assert wrong(text) == [told]


def test_a_template_that_was_not_rendered_is_told_from_broken_yaml() -> None:
    with pytest.raises(WrongSource, match="render the template first"):
        rules_of(source("groups:\n{{- range .Values.groups }}\n  - name: {{ .name }}\n{{- end }}\n"))


def test_aliases_that_repeat_without_end_are_refused() -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    merges = [f"m{n}: &m{n}\n  <<: *m{n - 1}\n  k{n}: 1" for n in range(1, 3000)]

    assert wrong("a0: &a0 [x, x]\n" + "\n".join(levels)) == ["7: aliases repeat too many values"]
    assert wrong("m0: &m0 {k0: 1}\n" + "\n".join(merges))[0].endswith("merge keys repeat too many values")


@pytest.mark.parametrize("sign", ["[", "- ", "{a: ", "? "])
def test_nesting_without_end_is_refused(sign: str) -> None:
    assert len(wrong(f"groups: {sign * 100_000}" if sign != "- " else sign * 100_000)) == 1
    assert len(wrong('{"groups": ' + "[" * (DEEPEST_TREE + 5))) == 1


def test_an_expression_of_endless_length_is_refused() -> None:
    text = f"groups: [{{name: a, rules: [{{alert: A, expr: '{'x' * (LONGEST_EXPRESSION + 1)}'}}]}}]"

    assert wrong(text) == ["1: the expression of A has more than 20000 characters"]


def test_groups_in_other_languages_of_vmalert_are_passed_over() -> None:
    text = "groups:\n  - {name: a, type: graphite, rules: [{alert: A, expr: 'sum(a.b)'}]}\n"

    assert rules_of(source(text)) == ()


def test_a_file_that_cannot_be_read_is_one_clear_error(tmp_path: Path) -> None:
    binary, large = tmp_path / "binary.yaml", tmp_path / "large.yaml"
    binary.write_bytes(b"groups:\n\xff\xfe")
    with large.open("wb") as opened:
        opened.truncate(LARGEST_FILE + 1)

    for path, told in (
        (tmp_path / "missing.yaml", "No such file"),
        (tmp_path, "Is a directory"),
        (binary, r"binary.yaml:2: is no UTF-8"),
        (large, "is larger than 32 MiB"),
    ):
        with pytest.raises(WrongSource, match=told):
            foreign_rules(path)
