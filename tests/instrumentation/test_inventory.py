"""What a report says beside what is instrumented: hidden routes and versions."""

import subprocess
import sys

import pytest
from fastapi import APIRouter, FastAPI

from tests.plugins.application import quiet
from watchbill import Observability
from watchbill.inventory import hidden_by
from watchbill.pages import Pages
from watchbill.versions import versions


async def page(*_: object) -> None:
    """A page."""


def test_a_page_hides_the_routes_at_and_below_its_path_and_no_other() -> None:
    app, inner, pages = FastAPI(), FastAPI(), Pages()
    router = APIRouter(prefix="/api")
    router.get("/health/past")(lambda: 1)
    router.get("/healthy")(lambda: 1)
    app.include_router(router)
    inner.get("/deep")(lambda: 1)
    app.mount("/api/health", inner)
    pages.add("/api/health", page)
    pages.add_below("/api/health", page)
    hidden = hidden_by(pages, app)
    assert {"/api/health", "/api/health/past", "/api/health/deep"} <= set(hidden)
    assert "/api/healthy" not in hidden
    assert pages.paths == ("/api/health", "/api/health/…")


def test_the_observability_of_an_application_is_found() -> None:
    app, observability = FastAPI(), quiet()
    assert Observability.of(app) is None
    observability.instrument(app)
    assert Observability.of(app) is observability
    observability.uninstrument(app)
    assert Observability.of(app) is None
    assert Observability.of(None) is None


def test_the_report_names_versions_and_is_readable_by_machines() -> None:
    report = quiet().instrument(FastAPI()).report()
    assert {"python", "watchbill", "prometheus-client", "opentelemetry-sdk", "structlog", "fastapi", "starlette"} <= {
        *report.versions
    }
    assert f"structlog {report.versions['structlog']}" in str(report)
    told = report.as_dict()
    assert (told["service"], told["versions"]) == ("shop", report.versions)
    assert {"subject": "metrics", "state": "on", "reason": "served at /metrics"} in told["entries"]


def test_the_version_of_a_library_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    before = versions()
    monkeypatch.delattr("watchbill.versions.version")
    assert versions() == before


def test_the_libraries_of_clients_are_among_them() -> None:
    script = """
import aiocache, arq, asyncpg, cachetools, cashews, celery, httpx, psycopg, redis, sqlalchemy, taskiq, valkey
from watchbill.auto import LIBRARIES
from watchbill.versions import versions
print({library.name for library in LIBRARIES} - versions().keys())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_only_libraries_that_are_in_use_are_named() -> None:
    script = "from watchbill.versions import versions; print(*versions())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "fastapi" not in done.stdout.split()
    assert "fastapi" in versions()
