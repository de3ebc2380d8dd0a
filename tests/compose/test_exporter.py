"""`watchbill exporter --check`: what is printed, and the exit status."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.plugins.programs import free_port
from tests.plugins.redis_server import RedisServer
from watchbill_stack.cli import watchbill

_TARGETS, _CONFIG = "WATCHBILL_EXPORTER_TARGETS", "WATCHBILL_EXPORTER_CONFIG"


def _run(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(watchbill, ["exporter", *arguments], env=environ)


def test_variables_alone_are_enough(redis_server: RedisServer) -> None:
    password = {"WATCHBILL_EXPORTER_CACHE_PASSWORD_FILE": str(redis_server.password_file)}
    done = _run("--check", **{_TARGETS: f"cache=redis://{redis_server.address}"}, **password)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("cache (redis): up, answered a ping in ")
    assert done.output.endswith("1 of 1 targets are up\n")


def test_a_target_that_is_down_is_status_1_with_cause_and_remedy() -> None:
    done = _run("--check", "--json", **{_TARGETS: f"cache=redis://127.0.0.1:{free_port()}"})
    assert done.exit_code == 1
    (target,) = json.loads(done.output)["targets"]
    assert (target["target"], target["up"], target["reason"]) == ("cache", False, "refused")
    assert target["remedy"]


@pytest.mark.parametrize("arguments", [(), ("--check",)])
def test_a_mistake_in_the_configuration_is_status_2_with_its_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    file = tmp_path / "exporter.yaml"
    file.write_text("targets: {cache: {kind: redes, address: 'a:1'}}", encoding="utf-8")
    done = _run(*arguments, **{_CONFIG: str(file)})
    assert done.exit_code == 2
    assert done.output.startswith(f"{file}:1: target 'cache' has the unknown kind 'redes'\n  remedy: use redis or ")


def test_json_goes_with_check_alone() -> None:
    assert _run("--json").exit_code == 2
    assert _run("--check", "--sample", "cache").exit_code == 2
