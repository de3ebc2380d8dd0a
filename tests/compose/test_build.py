"""From one stack to all files: stable, current, valid, and following every name."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

import watchbill
from watchbill import Names
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, ROUTE
from watchbill.profile import Profile
from watchbill_reference.stack import shop, stack
from watchbill_stack import Stack, output
from watchbill_stack.build import render
from watchbill_stack.loading import load

_ROOT = Path(__file__).parents[2]
_FILE = _ROOT / "compose" / "watchbill_reference" / "stack.py"


def _written(folder: Path, stack: Stack) -> Path:
    output.write(render(stack, Profile.production()), folder)
    return folder


def _run(*command: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.golden
def test_the_committed_output_is_what_the_reference_stack_renders_to() -> None:
    difference = output.drift(render(load(_FILE), Profile.production()), _ROOT)

    assert list(difference.lines()) == []


def test_rendering_twice_gives_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-m", "watchbill_stack", "build", str(_FILE), "-o", str(tmp_path / seed)],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    assert _run("diff", "-r", tmp_path / "1", tmp_path / "2").returncode == 0


def test_check_exits_1_and_names_the_file_that_drifted(tmp_path: Path) -> None:
    _written(tmp_path, load(_FILE))
    drifted = tmp_path / "compose" / "rendered" / "prometheus.yml"
    drifted.write_text("edited\n")

    done = _run(sys.executable, "-m", "watchbill_stack", "build", _FILE, "-o", tmp_path, "--check")

    assert done.returncode == 1
    assert "changed  compose/rendered/prometheus.yml" in done.stdout
    assert drifted.read_text() == "edited\n"


def test_engines_accept_everything(tmp_path: Path) -> None:
    folder = _written(tmp_path, stack)

    rules = sorted((folder / "alerts/rendered/rules").glob("*.yaml"))
    tests = sorted((folder / "alerts/rendered/tests").glob("*.yaml"))
    commands: list[tuple[str | Path, ...]] = [
        ("promtool", "check", "rules", *rules),
        ("promtool", "test", "rules", *tests),
        ("promtool", "check", "config", folder / "compose/rendered/prometheus.yml"),
        ("amtool", "check-config", folder / "alerts/rendered/alertmanager/alertmanager.yml"),
    ]
    for command in commands:
        done = _run(*command)
        assert done.returncode == 0, done.stdout + done.stderr


async def test_a_rename_reaches_code_dashboards_rules_and_their_tests(tmp_path: Path) -> None:
    """Renaming a label and a metric in one place leaves the old names nowhere."""
    names = Names(labels={ROUTE.name: "handler"}, metrics={HTTP_REQUESTS.name: "renamed_by_the_profile_total"})
    renamed = replace(shop, names=names)
    folder = _written(tmp_path, Stack(renamed, dashboards="https://g.example.com", runbooks="https://r.example.com"))

    for room in ("dashboards/rendered", "alerts/rendered/rules", "alerts/rendered/tests", "alerts/rendered/runbooks"):
        text = "\n".join(
            path.read_text() for path in (folder / room).rglob("*.*") if path.suffix != ".md" or "runbooks" in room
        )
        assert "renamed_by_the_profile_total" in text, room
        assert not re.search(rf"\b{HTTP_REQUESTS.name}\b", text), room
    rules = (folder / "alerts/rendered/rules/shop.yaml").read_text()
    assert 'handler="/api/search"' in rules
    assert not re.search(rf"(?<![-\w]){ROUTE.name}=", rules)
    done = _run("promtool", "test", "rules", *sorted((folder / "alerts/rendered/tests").glob("*.yaml")))
    assert done.returncode == 0, done.stdout + done.stderr

    exposed = await _exposed(renamed)
    assert 'renamed_by_the_profile_total{method="GET",handler="/things/{number}",status="200"} 1' in exposed
    assert f'{HTTP_REQUEST_DURATION.name}_count{{method="GET",handler="/things/{{number}}"}} 1' in exposed
    assert HTTP_REQUESTS.name not in exposed


async def _exposed(service: watchbill.Service) -> str:
    app = FastAPI()

    @app.get("/things/{number}")
    def thing(number: int) -> int:  # pyright: ignore[reportUnusedFunction]  # FastAPI calls it
        return number

    watchbill.Observability(service, logging=None).instrument(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as client:
        await client.get("/things/7")
        return (await client.get("/metrics")).text


def test_a_folder_that_cannot_be_written_is_named_without_a_traceback(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()

    done = _run(sys.executable, "-m", "watchbill_stack", "build", _FILE, "-o", in_the_way)

    assert done.returncode == 2
    assert f"{in_the_way}" in done.stderr
    assert "Not a directory" in done.stderr
    assert "Traceback" not in done.stderr
