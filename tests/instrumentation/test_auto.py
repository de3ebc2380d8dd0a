"""`auto` instruments what the application uses, and says why not for the rest."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.plugins.application import exposed, quiet, served
from watchbill import Observability, Switches
from watchbill.attachments import Attachments
from watchbill.auto import LIBRARIES, Auto
from watchbill.catalogue.outbound import CLIENT_REQUESTS, UNDECLARED, UPSTREAM
from watchbill.errors import InvalidDeclaration
from watchbill.fault import Faults
from watchbill.report import Entry

ROOT = Path(__file__).parents[2]
LAZY = """
import sys
import watchbill
from starlette.applications import Starlette
from starlette.testclient import TestClient

def lazily(app):
    import sqlite3, json
    sys.modules["cachetools"] = json

async def answer(scope, receive, send):
    pass

before = set(sys.modules)
obs = watchbill.Observability("shop", tracing=None, logging=None)
report = obs.auto()
names = {library.name for library in watchbill.auto.LIBRARIES} - {"httpx"}
assert not names & set(sys.modules), names & set(sys.modules)
assert report["redis"].reason.startswith("not imported so far"), report["redis"]
app = Starlette()
obs.instrument(app)
import redis
with TestClient(app):
    pass
print([entry.state for entry in obs.report().entries if entry.subject.startswith("redis")])
"""

EVERYTHING = """
import aiocache, arq, asyncpg, cachetools, cashews, celery, httpx, psycopg, redis, sqlalchemy, taskiq, valkey
import watchbill

obs = watchbill.Observability("shop", logging=None)
obs.auto()
print(sorted(one.kind for one in obs._clients.all))
obs._clients.clear()
print([entry.subject for entry in obs._clients.entries()])
"""


@pytest.fixture
def observability() -> Iterator[Observability]:
    """One whose automatic part ends with the test."""
    found = quiet()
    yield found
    vars(found)["_clients"].clear()


def subjects(found: Observability, name: str) -> list[tuple[str, str]]:
    """What the report says of a library."""
    return [(one.state, one.reason) for one in found.report().entries if one.subject.startswith(name)]


def call(client: httpx.Client) -> None:
    """One call."""
    client.get("http://shop.test/")


def client() -> httpx.Client:
    """A client whose server is a function."""
    return httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200)))


def test_what_is_imported_is_instrumented_in_all_of_its_objects(observability: Observability) -> None:
    report = observability.auto()
    call(client())

    assert report["httpx (all clients)"].state == "on"
    assert exposed(observability).value(CLIENT_REQUESTS, {UPSTREAM: UNDECLARED}) == 1


def test_each_library_is_spoken_of(observability: Observability) -> None:
    entries = observability.auto().entries

    assert [one.name for one in LIBRARIES if not any(entry.subject.startswith(one.name) for entry in entries)] == []
    assert all(entry.reason for entry in entries)


def test_twice_is_once(observability: Observability) -> None:
    first = observability.auto()
    second = observability.auto()
    call(client())

    assert first.entries == second.entries
    assert exposed(observability).value(CLIENT_REQUESTS) == 1


@pytest.mark.parametrize("auto_first", [True, False])
def test_verbs_before_and_after_keep_their_names(observability: Observability, auto_first: bool) -> None:
    one = client()
    steps: list[Callable[[], object]] = [
        observability.auto,
        lambda: observability.httpx(one, upstreams="own"),
        observability.auto,
    ]
    for step in steps if auto_first else steps[1:]:
        step()
    call(one)
    call(client())

    scrape = exposed(observability)
    assert scrape.value(CLIENT_REQUESTS, {UPSTREAM: "own"}) == 1
    assert scrape.value(CLIENT_REQUESTS, {UPSTREAM: UNDECLARED}) == 1


@pytest.mark.parametrize("auto_first", [True, False])
def test_a_verb_for_all_objects_knows_more_than_auto(observability: Observability, auto_first: bool) -> None:
    steps: list[Callable[[], object]] = [
        observability.auto,
        lambda: observability.httpx(upstreams={"shop.test": "shop"}),
    ]
    for step in steps if auto_first else reversed(steps):
        step()
    call(client())

    scrape = exposed(observability)
    assert scrape.value(CLIENT_REQUESTS, {UPSTREAM: "shop"}) == scrape.value(CLIENT_REQUESTS) == 1


def test_what_another_observability_has_is_left_to_it(observability: Observability) -> None:
    second = quiet()
    observability.auto()
    report = second.auto()
    call(client())

    assert report["httpx (all clients)"] == Entry("httpx (all clients)", "off", "instrumented by another Observability")
    assert exposed(observability).value(CLIENT_REQUESTS) == 1
    assert exposed(second).value(CLIENT_REQUESTS) == 0


def test_what_was_taken_out_stays_out_when_the_application_starts(observability: Observability) -> None:
    app = Starlette()
    observability.instrument(app).auto()
    observability.uninstrument(httpx)
    with served(app):
        assert subjects(observability, "httpx") == []

    observability.auto()
    assert [state for state, _ in subjects(observability, "httpx")] == ["on"]


def test_what_is_switched_off_stays_off() -> None:
    dark = quiet(switches=Switches(monitoring=False))

    assert dark.auto()["auto"].reason == "MONITORING_ENABLED is false"
    assert not hasattr(httpx.Client.send, "__wrapped__")


def test_nothing_is_imported_for_it_and_what_comes_later_is_found_when_the_application_starts() -> None:
    ran = subprocess.run([sys.executable, "-c", LAZY], capture_output=True, text=True, cwd=ROOT, check=False)

    assert (ran.stdout.strip(), ran.returncode) == ("['on']", 0), ran.stderr


def test_all_libraries_together_are_instrumented_and_left_again() -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", EVERYTHING], capture_output=True, text=True, cwd=ROOT, check=False
    )

    attached = sorted(one.name for one in LIBRARIES if not one.instead)
    left = [one.name for one in LIBRARIES if one.instead]
    assert ran.stdout.splitlines() == [str(attached), str(left)], ran.stderr


def looked_at(monkeypatch: pytest.MonkeyPatch, verb: Any, version: str = "5.4.0") -> tuple[list[Entry], list[str]]:
    """What one look notes where Celery alone is imported, in this version; and whose errors it reported."""
    told: list[str] = []
    for library in LIBRARIES:
        monkeypatch.delitem(sys.modules, library.name, raising=False)
    monkeypatch.setitem(sys.modules, "celery", ModuleType("celery"))

    def installed(_name: str) -> str:
        return version

    monkeypatch.setattr("watchbill.auto.version", installed)
    attachments = Attachments()
    Auto(attachments, Faults(told.append), lambda _: verb).run()
    return [entry for entry in attachments.entries() if entry.subject == "celery"], told


@pytest.mark.parametrize(("version", "wanted"), [("5.3.6", False), ("5.4.0", True), ("5.10.0rc1", True), ("6", True)])
def test_a_version_that_is_too_old_is_left_alone(monkeypatch: pytest.MonkeyPatch, version: str, wanted: bool) -> None:
    asked: list[str] = []
    entries, _ = looked_at(monkeypatch, lambda: asked.append("celery"), version)

    assert bool(asked) == wanted
    assert wanted or entries == [Entry("celery", "off", "version 5.3 is not supported: 5.4 or later is")]


def broken() -> None:
    """A verb with a mistake of ours."""
    raise ZeroDivisionError


def test_a_library_that_refuses_is_reported_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise InvalidDeclaration("celery(app)", ["not today"])

    entries, told = looked_at(monkeypatch, refuse)

    assert entries == [Entry("celery", "failed", "celery(app): not today")]
    assert told == []


def test_an_error_of_ours_is_counted_and_the_others_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    entries, told = looked_at(monkeypatch, broken)

    assert [(entry.state, entry.reason) for entry in entries] == [
        ("failed", "ZeroDivisionError; the log has its traceback")
    ]
    assert told == ["auto"]
