"""A library that is not there is one clear error, and only for who asks for it."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from watchbill import MissingExtra
from watchbill.extras import required

ROOT = Path(__file__).parents[2]
VERBS = {
    "redis": "redis",
    "valkey": "valkey",
    "sqlalchemy": "sqlalchemy",
    "asyncpg": "asyncpg",
    "psycopg": "psycopg",
    "httpx": "httpx",
    "celery": "celery",
    "arq": "arq",
    "taskiq": "taskiq",
}
"""Each verb, and its extra."""

ASK = """
import json, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in NAMES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

NAMES = set(json.loads(sys.argv[1]))
sys.meta_path.insert(0, Blocked())
import watchbill

obs = watchbill.Observability("shop", tracing=None, logging=None)
found = {}
for verb in NAMES:
    try:
        getattr(obs, verb)(*([object()] if verb == "taskiq" else []))
    except Exception as error:
        found[verb] = [type(error).__name__, str(error), error.__cause__ is None]
    else:
        found[verb] = ["nothing", "", True]
report = obs.auto().as_dict()["entries"]
told = {entry["subject"]: [entry["state"], entry["reason"]] for entry in report}
print(json.dumps({"errors": found, "report": told}))
"""


@pytest.fixture(scope="module")
def bare() -> Mapping[str, Any]:
    """What a fresh interpreter says in which none of the libraries can be imported."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", ASK, json.dumps(sorted(VERBS))],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found: Mapping[str, Any] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_without_its_library_says_who_needs_what_and_how_to_get_it(bare: Mapping[str, Any], verb: str) -> None:
    kind, message, is_first = bare["errors"][verb]

    assert (kind, is_first) == ("MissingExtra", True)
    assert message.startswith(f"obs.{verb}() needs {verb}, which is not installed.\n")
    assert message.endswith(f'pip install "watchbill[{VERBS[verb]}]"')


@pytest.mark.parametrize("verb", VERBS)
def test_auto_without_the_library_reports_it_and_goes_on(bare: Mapping[str, Any], verb: str) -> None:
    assert bare["report"][verb] == ["off", f'not installed: pip install "watchbill[{VERBS[verb]}]"']


def test_every_extra_that_is_named_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = {*VERBS.values(), "starlette", "fastapi", "cachetools", "cashews", "aiocache"}

    assert extras <= project["optional-dependencies"].keys()
    for name in extras:
        (first, *_) = project["optional-dependencies"][name]
        assert first.startswith(name)


def test_a_library_that_is_there_is_imported() -> None:
    assert required("json", needed_by="nobody") is json


def test_the_distribution_and_the_extra_may_have_other_names() -> None:
    with pytest.raises(MissingExtra) as caught:
        required("no_such_library.part", needed_by="obs.x()", distribution="no-such", extra="such")

    assert (
        str(caught.value)
        == 'obs.x() needs no-such, which is not installed.\nInstall it with: pip install "watchbill[such]"'
    )
    assert caught.value.name == "no-such"


def test_what_a_library_itself_misses_is_no_missing_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half_installed.py").write_text("import something_it_needs")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    with pytest.raises(ModuleNotFoundError) as caught:
        required("half_installed", needed_by="obs.x()")

    assert not isinstance(caught.value, MissingExtra)
    assert caught.value.name == "something_it_needs"
