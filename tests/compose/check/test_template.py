"""Texts that Prometheus refuses, and those that it takes: as promtool says."""

import json
import subprocess
from pathlib import Path

import pytest

from watchbill_stack.check.template import faults_of_template

BROKEN = {
    "{{ $lables.instance }}": "there is no variable $lables; nearest is $labels",
    "{{ $value | humanise }}": "there is no function humanise; nearest is humanize",
    "{{ $labels.instance }": "the action '{{ $labels.instance ' is not closed by }}",
    "{{ if $labels.instance }}x": "1 blocks are opened, but 0 are ended",
    "{{ $labels.instance }}{{ end }}": "0 blocks are opened, but 1 are ended",
}
SOUND = (
    "no template, $5 {a}",
    "{{ $labels.instance }} {{- $value | humanize -}} {{ .Value }}",
    '{{ range $i, $e := query "up{job=\\"x\\"}" }}{{ $i }} {{ $e.Labels.pod }} {{ .Labels.pod }}{{ end }}',
    "{{ with printf \"up{instance='%s'}\" .Labels.instance | query }}{{ . | first | value }}{{ else }}{{ 1 }}{{ end }}",
    "{{ $l := .Labels }}{{ $l.foo }} {{/* said }} $x */}} {{ `}} $y` }} {{ $externalLabels.cluster }}",
    '{{ if and (gt $value 1.5e3) (eq "a" $labels.b) }}{{ (query "up" | first).Value }}{{ else if true }}{{ end }}',
    '{{ define "x" }}{{ .Anything }}{{ end }}{{ template "x" $ }}{{ humanizeTimestamp .Value }}',
)


def is_taken(text: str, folder: Path) -> bool:
    rule = {"alert": "A", "expr": "up", "annotations": {"text": text}}
    file = folder / "rules.yaml"
    file.write_text(json.dumps({"groups": [{"name": "g", "rules": [rule]}]}))
    return subprocess.run(["promtool", "check", "rules", str(file)], check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize("text", BROKEN)
def test_what_prometheus_refuses_is_told(text: str, tmp_path: Path) -> None:
    assert not is_taken(text, tmp_path)
    assert faults_of_template(text) == (BROKEN[text],)


@pytest.mark.parametrize("text", SOUND)
def test_what_prometheus_takes_has_no_fault(text: str, tmp_path: Path) -> None:
    assert is_taken(text, tmp_path)
    assert faults_of_template(text) == ()


def test_a_field_that_an_alert_lacks_is_told_although_prometheus_fails_only_when_it_fires() -> None:
    assert faults_of_template("{{ .Label.instance }}") == ("an alert has no .Label; nearest is .Labels",)


def test_a_function_that_looks_like_none_may_be_newer() -> None:
    assert faults_of_template("{{ $value | zyxwv }}") == ()


def test_a_long_text_that_is_never_closed_is_told_at_once() -> None:
    assert "is not closed" in faults_of_template("{{" + "/**/" * 10_000)[0]
