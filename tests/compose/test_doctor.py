"""`watchbill doctor` says what of an application is measured, and what is wrong with it or with the question."""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from watchbill import Observability
from watchbill.testing import restore_logging
from watchbill_stack.doctor.examination import Examination, examine, living
from watchbill_stack.doctor.target import NoApplication, load

_APPLICATION = """\
import watchbill
from fastapi import APIRouter, FastAPI
app = FastAPI(title="shop")
router = APIRouter(prefix="/orders")
@router.get("/{number}")
async def order(number: int) -> int:
    return number
@router.websocket("/live")
async def live(socket): ...
app.include_router(router, prefix="/api")
"""
_INSTRUMENTED = _APPLICATION + "obs = watchbill.Observability('shop', version='1.4').instrument(app)\n"


def doctor(folder: Path, text: str, target: str, *options: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Runs the command on a module `asked` that holds this text."""
    (folder / "asked.py").write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "watchbill_stack", "doctor", target, "--app-dir", str(folder), *options],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200", **variables},
    )


@pytest.fixture
def imported() -> Iterator[None]:
    """Takes out again what an import left in this process."""
    path = list(sys.path)
    yield
    sys.path[:] = path
    paid = getattr(sys.modules.pop("asked", None), "paid", None)
    if paid is not None:
        REGISTRY.unregister(paid)
    restore_logging()


def examined(folder: Path, text: str, target: str = "asked:app") -> Examination:
    """The examination of a module `asked` that holds this text, in this process."""
    (folder / "asked.py").write_text(text)
    importlib.invalidate_caches()
    application = load(target, folder)
    made = [one for one in vars(sys.modules["asked"]).values() if isinstance(one, Observability)]
    return examine(target, application, made)


def findings(examination: Examination, level: str) -> list[str]:
    """Subject and cause of each finding of a level."""
    return [f"{one.subject}: {one.cause}" for one in examination.findings if one.level == level]


def test_an_instrumented_application_is_well_and_everything_about_it_is_told(tmp_path: Path) -> None:
    done = doctor(tmp_path, _INSTRUMENTED + "print('noise')\n", "asked:app")

    assert done.returncode == 0, done.stderr
    assert "requests are measured" in done.stdout
    assert "served at /metrics" in done.stdout
    assert "/api/orders/{number}" in done.stdout
    assert "prometheus-client" in done.stdout
    assert "noise" not in done.stdout
    assert done.stderr.endswith("watchbill: all is well\n")


def test_machines_read_the_same(tmp_path: Path) -> None:
    text = (
        _INSTRUMENTED
        + "print('noise')\nimport threading, time\nwait = threading.Thread(target=time.sleep, args=(300,))\n"
    )
    done = doctor(tmp_path, text + "wait.start()\ndef make():\n    return app\n", "asked:make", "--json", "--factory")
    found = json.loads(done.stdout)

    assert done.returncode == 0, done.stderr
    assert (found["application"], found["service"], found["is_well"]) == ("asked:make", "shop", True)
    assert {"path": "/api/orders/{number}", "template": "/api/orders/{number}", "methods": "GET"} in found["routes"]
    assert {"path": "/api/orders/live", "template": "/api/orders/live", "methods": "WEBSOCKET"} in found["routes"]
    assert {"path": "/metrics", "hides": ""} in found["pages"]
    assert {"fastapi", "starlette", "structlog", "opentelemetry-sdk", "python"} <= found["versions"].keys()
    assert [part["state"] for part in found["parts"] if part["subject"] == "metrics"] == ["on"]


def test_an_application_that_nobody_instrumented_is_wrong(tmp_path: Path) -> None:
    done = doctor(tmp_path, _APPLICATION, "asked:app")

    assert done.returncode == 1
    assert "application: nobody instrumented it" in done.stdout
    assert 'watchbill.Observability("name").instrument(app)' in done.stdout


@pytest.mark.parametrize(
    ("text", "variables", "cause"),
    [
        (_APPLICATION + "obs = watchbill.Observability('shop')\n", {}, "application: there is an Observability (shop)"),
        (_INSTRUMENTED, {"MONITORING_ENABLED": "false"}, "application: not measured: MONITORING_ENABLED is false"),
        (_INSTRUMENTED, {"PROMETHEUS_ENABLED": "false"}, "metrics: PROMETHEUS_ENABLED is false"),
        (
            _APPLICATION + "app, inner = FastAPI(), app\napp.mount('/v1', inner)\n"
            "obs = watchbill.Observability('shop').instrument(inner)\n",
            {},
            "application: a mounted application is instrumented",
        ),
        (_INSTRUMENTED + "app.get('/metrics')(lambda: 1)\n", {}, "pages: Watchbill's pages answer in place of"),
        ("async def app(scope, receive, send): ...\n", {}, "application: it is an ASGI application, but neither"),
    ],
    ids=["no instrument", "monitoring off", "metrics off", "inner one", "hidden route", "no Starlette"],
)
@pytest.mark.usefixtures("imported")
def test_what_keeps_it_from_being_measured_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, variables: dict[str, str], cause: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = examined(tmp_path, text)

    assert not found.is_well
    assert any(one.startswith(cause) for one in findings(found, "wrong")), found.findings
    assert all(one.remedy for one in found.findings if one.level == "wrong")


@pytest.mark.usefixtures("imported")
def test_an_observability_of_a_class_of_the_applications_own_is_found(tmp_path: Path) -> None:
    examined(tmp_path, _APPLICATION + "class Ours(watchbill.Observability): ...\nobs = Ours('shop')\n")
    assert sys.modules["asked"].__dict__["obs"] in living()


_TRAPS = """\
from prometheus_client import Counter
from starlette.middleware.base import BaseHTTPMiddleware
from prometheus_fastapi_instrumentator.middleware import PrometheusInstrumentatorMiddleware
class Slow(BaseHTTPMiddleware): ...
class Around:
    def __init__(self, app): self.app = app
    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)
app.add_middleware(Slow)
app.add_middleware(Around)
app.add_middleware(PrometheusInstrumentatorMiddleware)
paid = Counter("watchbill_test_orders", "Orders paid.")
second = watchbill.Observability("other")
outer = Around(app)
"""


@pytest.mark.usefixtures("imported")
def test_known_traps_are_noted_and_are_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "4")
    found = examined(tmp_path, _INSTRUMENTED + _TRAPS, "asked:outer")
    notes = "\n".join(findings(found, "note"))

    assert found.is_well
    assert "asked.Slow: a BaseHTTPMiddleware" in notes
    assert "asked.Around: it stands around the application" in notes
    assert "PrometheusInstrumentatorMiddleware: counts every request a second time" in notes
    assert "prometheus_client.REGISTRY (watchbill_test_orders)" in notes
    assert "a second Observability (other)" in notes
    assert "4 worker processes" in notes
    assert {(one.name, one.place) for one in found.middlewares} >= {
        ("asked.Around", "outside"),
        ("asked.Around", "inside"),
        ("asked.Slow", "inside"),
    }


_MISTAKES = """\
make = lambda: app
def needy(settings): ...
async def late(): ...
def nothing(): ...
number = 7
def broken():
    raise KeyError('DATABASE_URL')
class Proxy:
    def __getattr__(self, name): raise RuntimeError('no request runs')
proxy = Proxy()
"""


@pytest.mark.parametrize(
    ("target", "options", "place", "cause", "remedy"),
    [
        ("asked", [], "asked", "no application is named", "shop.main:app"),
        ("asked.py:app", [], "asked.py:app", "this is a path", "give asked:app"),
        ("src/asked.py", [], "src/asked.py", "this is a path", "give src.asked:app"),
        ("asked:a b", [], "asked:a b", "no name in Python", "shop.main:app"),
        ("absent:app", [], "absent:app", "there is no module 'absent'", "--app-dir"),
        ("asked:application", [], "asked:application", "there is no 'application' in asked", "it has: app"),
        ("asked:make", [], "asked:make", "a function that makes an application", "--factory"),
        ("asked:app", ["--factory"], "asked:app", "an application already", "leave --factory out"),
        ("asked:needy", ["--factory"], "asked:needy", "the function needs settings", "no arguments"),
        ("asked:late", ["--factory"], "asked:late", "a coroutine function", "use def"),
        ("asked:nothing", ["--factory"], "asked:nothing", "returned is None", "return the application"),
        ("asked:number", ["--factory"], "asked:number", "of type int, not a function", "name the function"),
        ("asked:number", [], "asked:number", "of type int, not an ASGI application", "shop.main:app"),
        ("asked:proxy", [], "asked:proxy", "of type Proxy, not an ASGI application", "shop.main:app"),
        ("asked:FastAPI", [], "asked:FastAPI", "the class FastAPI", "an application made from it"),
        ("asked:broken", ["--factory"], "asked.py:17", "KeyError: 'DATABASE_URL'", "mend this line"),
    ],
)
@pytest.mark.usefixtures("imported")
def test_a_wrong_question_gets_one_clear_answer(
    tmp_path: Path, target: str, options: list[str], place: str, cause: str, remedy: str
) -> None:
    (tmp_path / "asked.py").write_text(_APPLICATION + _MISTAKES)
    importlib.invalidate_caches()
    with pytest.raises(NoApplication) as wrong:
        load(target, tmp_path, makes=bool(options))

    first, second = str(wrong.value).splitlines()
    assert place in first
    assert cause in first
    assert remedy in second


def test_a_wrong_question_ends_the_command_with_status_2(tmp_path: Path) -> None:
    done = doctor(tmp_path, _APPLICATION + _MISTAKES, "asked:application")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("watchbill: asked:application: there is no 'application' in asked\n  remedy: it has: app\n")


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        ("x = 1\nimport nowhere_installed\n", 2, "No module named 'nowhere_installed'"),
        ("x = (\n", 1, "no Python"),
        ("import sys\nsys.exit(3)\n", 2, "SystemExit: 3"),
        ("import json\n\ndef read():\n    json.loads('{')\nread()\n", 4, "JSONDecodeError"),
        ("import watchbill\nwatchbill.Observability('No Name')\n", 2, "'No Name' is no service name"),
        (
            "import watchbill\n\nraise watchbill.MissingExtra(needed_by='it', distribution='that', extra='all')\n",
            3,
            "it needs that, which is not installed.\n  remedy: Install it with: pip install",
        ),
    ],
)
@pytest.mark.usefixtures("imported")
def test_an_import_that_fails_names_the_applications_own_line(tmp_path: Path, text: str, line: int, cause: str) -> None:
    (tmp_path / "asked.py").write_text(text)
    importlib.invalidate_caches()
    with pytest.raises(NoApplication) as wrong:
        load("asked:app", tmp_path)

    assert f"asked.py:{line}: " in str(wrong.value)
    assert cause in str(wrong.value)
