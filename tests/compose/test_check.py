"""`watchbill check`, `watchbill uses` and the check before `watchbill build`, as people run them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from watchbill.catalogue.http import HTTP_REQUESTS, STATUS
from watchbill_stack.check.rules import RULES
from watchbill_stack.cli import watchbill

_REFERENCE = Path(__file__).parents[2] / "compose" / "watchbill_reference" / "stack.py"
_SPOILT = """\
from watchbill import Service, Team, chart
from watchbill_stack import Slack, Stack, Webhook
team = Team("storefront", page=Webhook("https://pager.example.com"), ticket=Slack("#shop", url_file="/run/secrets/s"))
drawn = chart("Load", {expression!r}, help="Load.")
shop = Service("shop", team=team, targets=["shop:8000"], charts=[drawn])
stack = Stack(shop, dashboards="https://grafana.example.com", runbooks="https://runbooks.example.com")
"""
_ERROR, _SHORT = f"rate({HTTP_REQUESTS.name[:-1]}[5m])", f"rate({HTTP_REQUESTS.name}[30s])"
_WARNING = f"sum by ({STATUS.name}) (rate({HTTP_REQUESTS.name}[5m])) or vector(0)"


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(watchbill, list(map(str, arguments)))


def _spoilt(folder: Path, expression: str) -> Path:
    file = folder / "stack.py"
    file.write_text(_SPOILT.format(expression=expression), encoding="utf-8")
    return file


def test_the_reference_stack_has_no_finding_and_no_suppression_without_reason() -> None:
    done = _run("check", _REFERENCE, "--strict", "--json")

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["findings"] == []


def test_a_warning_fails_only_when_strict(tmp_path: Path) -> None:
    file = _spoilt(tmp_path, _WARNING)

    assert [_run("check", file, *more).exit_code for more in ((), ("--strict",))] == [0, 1]


def test_an_error_fails(tmp_path: Path) -> None:
    done = _run("check", _spoilt(tmp_path, _ERROR))

    assert done.exit_code == 1
    assert "1 error" in done.stderr
    assert f"nearest: {HTTP_REQUESTS.name}" in done.stdout


def test_a_stack_file_that_is_wrong_itself_ends_with_status_2(tmp_path: Path) -> None:
    file = _spoilt(tmp_path, "rate(")
    command = [sys.executable, "-m", "watchbill_stack", "check", str(file)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert f"{file}:4" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_full_disk_behind_the_output_is_one_line() -> None:
    command = [sys.executable, "-m", "watchbill_stack", "check", "--list"]

    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)

    assert (done.returncode, done.stderr) == (1, "watchbill: No space left on device\n")


def test_the_profile_decides_which_windows_are_short(tmp_path: Path) -> None:
    file = _spoilt(tmp_path, _SHORT)

    assert [_run("check", file, "--profile", pace).exit_code for pace in ("production", "development")] == [1, 0]


def test_findings_annotate_a_pull_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    done = _run("check", _spoilt(tmp_path, _ERROR), "--format", "github")

    assert done.stdout.startswith("::error file=stack.py,line=4,title=unknown-metric::")


def test_every_rule_is_listed_and_explained() -> None:
    listed = json.loads(_run("check", "--list", "--json").stdout)

    assert [rule["id"] for rule in listed] == [rule["id"] for rule in sorted(listed, key=_worst_first)]
    assert {rule["id"] for rule in listed} == set(RULES)
    assert all(rule_id in _run("check", "--list").stdout for rule_id in RULES)
    for rule_id in list(RULES)[:3]:
        assert _run("check", "--explain", rule_id).stdout.startswith(rule_id)


def _worst_first(rule: dict[str, str]) -> tuple[int, str]:
    return ["error", "warning", "info"].index(rule["severity"]), rule["id"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check",), "give a STACK"),
        (("check", "--explain", "unknown-metrik"), "did you mean unknown-metric?"),
        (("check", "--explain", "zzz"), "--list` shows all"),
        (("check", _REFERENCE, "--format", "markdown"), "goes with --list"),
        (("uses", _REFERENCE), "give a METRIC, or --unused"),
        (("uses", _REFERENCE, "up", "--unused"), "give a METRIC, or --unused"),
        (("uses", _REFERENCE, "rate(up)"), "write METRIC"),
    ],
)
def test_wrong_input_ends_with_status_2_and_what_to_do(arguments: tuple[str | Path, ...], said: str) -> None:
    done = _run(*arguments)

    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


def test_uses_are_printed_and_given_to_machines() -> None:
    asked = f'{HTTP_REQUESTS.name}{{{STATUS.name}="500"}}'
    people, machines = _run("uses", _REFERENCE, asked), json.loads(_run("uses", _REFERENCE, asked, "--json").stdout)

    assert people.exit_code == 0
    assert len(people.stdout.splitlines()) == len(machines["uses"]) > 10
    assert machines["label"] == STATUS.name
    assert {"alert", "panel", "recording", "objective", "runbook", "test"} <= {use["role"] for use in machines["uses"]}
    assert all(use["line"] > 0 and use["file"] for use in machines["uses"])


def test_a_metric_that_does_not_exist_ends_with_status_1_and_the_nearest_name() -> None:
    done = _run("uses", _REFERENCE, HTTP_REQUESTS.name[:-1])

    assert done.exit_code == 1
    assert f"nearest: {HTTP_REQUESTS.name}" in done.stderr


def test_metrics_that_nobody_reads_are_listed() -> None:
    unread = {row["metric"] for row in json.loads(_run("uses", _REFERENCE, "--unused", "--json").stdout)}

    assert unread
    assert HTTP_REQUESTS.name not in unread


def test_the_build_is_silent_about_the_check_when_all_is_well(tmp_path: Path) -> None:
    done = _run("build", _REFERENCE, "-o", tmp_path)

    assert done.exit_code == 0
    assert "finding" not in done.stderr
    assert "warning" not in done.stderr


def test_the_build_counts_warnings_and_writes(tmp_path: Path) -> None:
    done = _run("build", _spoilt(tmp_path, _WARNING), "-o", tmp_path / "out")

    assert done.exit_code == 0
    assert "1 warning; watchbill check" in done.stderr
    assert (tmp_path / "out").is_dir()


def test_the_build_writes_nothing_after_an_error_not_even_a_check(tmp_path: Path) -> None:
    for more in ((), ("--check",)):
        done = _run("build", _spoilt(tmp_path, _ERROR), "-o", tmp_path / "out", *more)

        assert done.exit_code == 1
        assert "nothing is written: 1 error" in done.stderr
        assert not (tmp_path / "out").exists()
