"""The built wheel alone, in an environment that holds nothing but what the bare package asks for."""

import subprocess
import sys
import venv
from importlib.metadata import version
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]
_BARE = ("prometheus-client", "opentelemetry-sdk", "structlog")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of such an environment."""
    folder = tmp_path_factory.mktemp("bare")
    _run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, _ROOT)
    venv.create(folder / "venv", with_pip=True)
    pinned = [f"{name}=={version(name)}" for name in _BARE]
    (wheel,) = folder.glob("*.whl")
    _run(folder / "venv/bin/python", "-m", "pip", "install", "--quiet", *pinned, wheel)
    return folder / "venv" / "bin"


def _run(*command: str | Path) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_the_command_names_the_extra_it_lacks(bare: Path) -> None:
    done = subprocess.run([bare / "watchbill", "--help"], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert 'pip install "watchbill[stack]"' in done.stderr
    assert "Traceback" not in done.stderr


def test_an_application_that_imports_watchbill_loads_no_framework(bare: Path) -> None:
    code = "import sys, watchbill; print(watchbill.__version__, {'fastapi', 'starlette', 'yaml'} & set(sys.modules))"

    assert _run(bare / "python", "-c", code).stdout.strip() == f"{version('watchbill')} set()"


@pytest.mark.parametrize("module", ["watchbill", "watchbill_stack", "watchbill_alerts"])
def test_the_wheel_carries_types(bare: Path, module: str) -> None:
    code = f"import {module}, pathlib; print((pathlib.Path({module}.__file__).parent / 'py.typed').is_file())"

    assert _run(bare / "python", "-c", code).stdout.strip() == "True"
