"""The unit, the image and the example configuration fit the exporter that they package."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
import yaml

from tests.exporters.probing import Exporter
from tests.plugins.programs import program
from watchbill.problem import Problem
from watchbill_exporters import load_configuration
from watchbill_exporters.configuration.environment import read_environment
from watchbill_stack.cli.exporter import exporter

_ROOT = Path(__file__).parents[3]
_FOLDER = _ROOT / "exporters" / "packaging"
_UNIT = (_FOLDER / "watchbill-exporter.service").read_text(encoding="utf-8")
_IMAGE = (_FOLDER / "Containerfile").read_text(encoding="utf-8")
_EXAMPLE = (_FOLDER / "exporter.example.yaml").read_text(encoding="utf-8")
_OPTIONS = {name for option in exporter.params if isinstance(option, click.Option) for name in option.opts}


def _settings(name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", _UNIT, re.MULTILINE)


def _steps(instruction: str) -> list[list[str]]:
    joined = _IMAGE.replace("\\\n", " ")
    return [line.split()[1:] for line in joined.splitlines() if line.startswith(instruction + " ")]


def test_the_example_loads() -> None:
    configuration = load_configuration(_FOLDER / "exporter.example.yaml", {})
    assert set(configuration.targets) == {"cache", "orders"}
    assert set(configuration.modules) == {"shards"}


def test_the_part_of_the_example_that_is_switched_off_is_one_of_its_settings() -> None:
    commented = "\n".join(line.removeprefix("#") for line in _EXAMPLE.splitlines() if re.match(r"#(web|  )", line))
    assert set(yaml.safe_load(commented)["web"]) == {"config_file", "bearer_token_file"}


def test_the_unit_runs_the_command_with_options_that_it_has() -> None:
    (command,) = _settings("ExecStart")
    path, *words = command.split()
    assert Path(path).name in tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert words[0] == exporter.name
    assert {word for word in words if word.startswith("-")} <= _OPTIONS
    assert "/etc/watchbill/exporter.yaml" in words


def test_the_unit_gives_every_secret_that_the_example_names() -> None:
    given = {line.partition(":")[0] for line in _settings("LoadCredential")}
    named = set(re.findall(r"^[^#\n]*/run/credentials/watchbill-exporter\.service/([\w-]+)", _EXAMPLE, re.MULTILINE))
    assert named == given


@pytest.mark.parametrize(
    "line",
    [
        "DynamicUser=yes",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "CapabilityBoundingSet=",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
        "SystemCallFilter=@system-service",
        "RestartPreventExitStatus=2",
        "LimitCORE=0",
    ],
)
def test_the_unit_is_confined(line: str) -> None:
    assert line in _UNIT.splitlines()


def test_the_unit_bounds_its_memory() -> None:
    assert _settings("MemoryMax") == ["256M"]


def test_the_image_passes_its_linter() -> None:
    linter = program("hadolint", Path(sys.executable).parent)
    done = subprocess.run([linter, _FOLDER / "Containerfile"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_everything_that_the_image_copies_is_there() -> None:
    sources = [word for words in _steps("COPY") if not words[0].startswith("--from") for word in words[:-1]]
    assert sources
    assert [source for source in sources if not (_ROOT / source).exists()] == []
    built = tomllib.loads((_ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert set(built["packages"]) <= set(sources)


def test_the_image_runs_the_command_as_nobody_and_holds_no_secret() -> None:
    assert _steps("USER")[-1] == ["65532:65532"]
    assert '["/opt/watchbill/bin/watchbill", "exporter"]' in _IMAGE
    variables = dict(re.findall(r"(WATCHBILL_EXPORTER_\w+)=(\S+)", _IMAGE))
    problems: list[Problem] = []
    read_environment(variables, (), problems)
    assert problems == []
    assert not re.search(r"PASSWORD|TOKEN|SECRET", _IMAGE)


async def test_the_image_asks_for_a_page_that_the_exporter_has() -> None:
    (url,) = re.findall(r"HEALTH_URL=http://127\.0\.0\.1:9121(\S+)", _IMAGE)
    async with Exporter() as running:
        assert (await running.get(url)).status == 200


def test_the_image_installs_the_versions_that_are_tested_each_with_its_hash() -> None:
    tested = _pins(_ROOT / "tests" / "requirements.txt")
    image = _pins(_FOLDER / "requirements.txt") | _pins(_FOLDER / "build-requirements.txt")
    assert {name: pin for name, pin in image.items() if tested.get(name, pin) != pin} == {}
    extra = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["exporters"]
    wanted = {re.split(r"[\[<>=]", one)[0] for one in (*extra, "click")}
    assert wanted <= set(_pins(_FOLDER / "requirements.txt"))
    assert all("--hash=sha256:" in pin for pin in image.values())


def _pins(file: Path) -> dict[str, str]:
    """Each package's version and hashes."""
    entries = re.split(r"\n(?=\S)", file.read_text(encoding="utf-8").strip())
    return {entry.partition("==")[0]: entry for entry in entries}
