"""Runs the HTTP suite on old, new and other surroundings: `python -m tests.matrix.run [NAME…]`, from the root.

Each environment is made by uv under .watchbill/matrix and kept until its list of packages changes.
"""

import argparse
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.plugins.programs import descendants

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).with_name("environments.toml")
PINNED = ROOT / "tests" / "requirements.txt"
KEPT = ROOT / ".watchbill" / "matrix"
SUITE = (
    "tests/instrumentation/http",
    "tests/instrumentation/integrations/test_starlette.py",
    "tests/instrumentation/integrations/test_starlette_background.py",
    "tests/instrumentation/traces/test_server_span.py",
    "tests/instrumentation/test_observability.py",
)
SHOWN = ("fastapi", "starlette", "prometheus-client", "opentelemetry-sdk")
REQUIRED_PYTHON = "3.11"
LIMIT_SECONDS = 300
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_COUNT = re.compile(r"(\d+) (passed|failed|skipped|errors?)")


@dataclass(frozen=True)
class Environment:
    """One section of the file."""

    name: str
    about: str
    packages: tuple[str, ...]
    fixed: tuple[str, ...]
    python: str = REQUIRED_PYTHON
    tests: tuple[str, ...] = SUITE
    more: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    under: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()

    @classmethod
    def read(cls) -> list["Environment"]:
        """All of them, in the file's order."""
        content = tomllib.loads(FILE.read_text())
        fixed = tuple(content.pop("fixed"))
        return [cls(name=name, fixed=fixed, **_tuples(section)) for name, section in content.items()]

    def constraints(self) -> str:
        """The suite's own pins of everything that this environment does not pin itself."""
        own = {_name(package) for package in self.packages if "==" in package}
        pins = {_name(name): version for name, version in _PIN.findall(PINNED.read_text())}
        return "".join(f"{name}=={version}\n" for name, version in pins.items() if name not in own)

    def folder(self) -> Path:
        """Where it stands; another list of packages is another place."""
        text = "\n".join((*self.packages, *self.fixed, self.python, self.constraints()))
        return KEPT / f"{self.name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class Outcome:
    """What came of one environment. An empty `reason` is a success."""

    environment: Environment
    versions: dict[str, str]
    counts: dict[str, int]
    seconds: float
    reason: str = ""
    absent: bool = False


def _tuples(section: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in section.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  TOML


def _name(package: str) -> str:
    return re.split(r"[=<>\[; ]", package, maxsplit=1)[0].lower().replace("_", "-").replace(".", "-")


def uv(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Runs uv, which never downloads a Python here."""
    program = next((path for path in (ROOT / ".venv/bin/uv", shutil.which("uv")) if path and Path(path).exists()), None)
    if program is None:
        raise SystemExit("uv is not installed: run compose/install tests")
    environ = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1"}
    command = [str(program), "--quiet", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environ, input=text, capture_output=True, text=True, check=False)


def prepared(environment: Environment, base: str) -> tuple[Path, str]:
    """Its Python, and why there is none."""
    folder = environment.folder()
    python = folder / "bin" / "python"
    if (folder / "ready").exists():
        return python, ""
    for old in KEPT.glob(f"{environment.name}-????????????"):
        shutil.rmtree(old, ignore_errors=True)
    made = uv("venv", "--python", base, str(folder))
    if made.returncode:
        return python, made.stderr.strip()
    (folder / "constraints.txt").write_text(environment.constraints())
    wanted = [*environment.packages, *environment.fixed]
    installed = uv("pip", "install", "--python", str(python), "-c", str(folder / "constraints.txt"), *wanted)
    if installed.returncode:
        return python, installed.stderr.strip()
    (folder / "ready").touch()
    return python, ""


def interpreter(version: str) -> str:
    """A Python of that version on this machine: uv's find, or pyenv's; empty where there is none."""
    if uv("python", "find", version).returncode == 0:
        return version
    folder = os.environ.get("PYENV_ROOT")
    found = sorted(Path(folder).glob(f"versions/{version}.*/bin/python")) if folder else []
    return str(found[-1]) if found else ""


def run(environment: Environment, extra: Sequence[str]) -> Outcome:
    """Makes the environment where it is missing, and runs its tests."""
    started = monotonic()
    base = interpreter(environment.python)
    if not base:
        reason = f"Python {environment.python} is not on this machine"
        return Outcome(environment, {}, {}, 0, reason, absent=environment.python != REQUIRED_PYTHON)
    python, reason = prepared(environment, base)
    if reason:
        return Outcome(environment, {}, {}, monotonic() - started, reason)
    versions = installed(python)
    found = [name for name in environment.without if name in versions]
    if found:
        return Outcome(environment, versions, {}, monotonic() - started, f"{', '.join(found)} must not be there")
    output, status = tested(environment, python, extra)
    lines = output.strip().splitlines()
    counts = {word.removesuffix("s"): int(number) for number, word in _COUNT.findall(lines[-1] if lines else "")}
    reason = output or f"pytest ended with {status}" if status else "" if counts.get("passed") else "no test passed"
    return Outcome(environment, versions, counts, monotonic() - started, reason)


def installed(python: Path) -> dict[str, str]:
    """The versions of what is there."""
    listed = uv("pip", "freeze", "--python", str(python)).stdout
    return {_name(name): version for name, version in _PIN.findall(listed)}


def tested(environment: Environment, python: Path, extra: Sequence[str]) -> tuple[str, int]:
    """What pytest says, and its status."""
    environ = {**os.environ, "PYTHONPATH": f"{ROOT / 'instrumentation'}{os.pathsep}{ROOT}"}
    environ |= dict(variable.split("=", 1) for variable in environment.variables)
    environ["PATH"] = f"{python.parent}{os.pathsep}{environ['PATH']}"
    options = [
        "-q",
        "-p",
        "no:cacheprovider",
        "--confcutdir=tests/instrumentation",
        "--show-capture=no",
        "--tb=short",
        "-o",
        "faulthandler_timeout=30",
    ]
    # Old libraries warn about newer ones; that is not ours to mend.
    options += ["-o", "filterwarnings=default", "--disable-warnings"]
    command = [*environment.under, str(python), "-m", "pytest", *options, *environment.tests, *environment.more, *extra]
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            return process.communicate(timeout=LIMIT_SECONDS)[0], process.returncode
        except subprocess.TimeoutExpired:
            # The servers it started hold its output open.
            for pid in descendants(process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return f"{process.communicate()[0]}\nit did not end within {LIMIT_SECONDS} s", 1


def table(outcomes: Sequence[Outcome]) -> Table:
    """One row for each environment."""
    shown = Table("environment", "python", *SHOWN, "passed", "skipped", "failed", "seconds", "", box=None)
    for one in outcomes:
        state = "not here" if one.absent else "failed" if one.reason else "ok"
        shown.add_row(
            one.environment.name,
            one.environment.python,
            *(one.versions.get(name, "–") for name in SHOWN),
            *(str(one.counts.get(word, 0)) for word in ("passed", "skipped")),
            str(one.counts.get("failed", 0) + one.counts.get("error", 0)),
            f"{one.seconds:.0f}",
            state,
        )
    return shown


def main() -> None:
    """Runs all or the named ones; exit 1 when one failed."""
    environments = Environment.read()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("-k", default="", help="Only tests that match, as for pytest.")
    parser.add_argument("--at-once", type=int, default=2, metavar="N", help="How many run side by side.")
    asked = parser.parse_args()
    unknown = set(asked.names) - {one.name for one in environments}
    if unknown:
        parser.error(f"no such environment: {', '.join(sorted(unknown))}; {FILE.name} has them all")
    chosen = [one for one in environments if not asked.names or one.name in asked.names]
    extra = ["-k", asked.k] if asked.k else []
    KEPT.mkdir(parents=True, exist_ok=True)
    console, errors = Console(width=140, highlight=False), Console(stderr=True)
    with ThreadPoolExecutor(asked.at_once) as pool:
        outcomes = list(track(pool.map(partial(run, extra=extra), chosen), "environments", len(chosen), console=errors))
    failed = [one for one in outcomes if one.reason and not one.absent]
    for one in failed:
        console.rule(one.environment.name)
        console.out(one.reason)
    console.print(table(outcomes))
    for one in outcomes:
        if one.absent:
            console.print(f"{one.environment.name}: {one.reason}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
