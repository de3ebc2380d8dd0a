"""The health pages: where they are, what they answer, and to whom."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.plugins.application import client, exposed, key_back, keyed, quiet, served, until
from watchbill import Health, InvalidDeclaration, Observability, Switches
from watchbill.catalogue.health import CHECK, HEALTH_CHECK_STATUS, HEALTH_CHECK_TIME
from watchbill.catalogue.http import HTTP_REQUESTS
from watchbill.exposition.access import Access


def passes() -> dict[str, int]:
    """A check."""
    return {"rows": 3}


def fails() -> None:
    """A check that says too much."""
    raise ConnectionError("redis://shop:hunter2@cache:6379 refused")


def watched(**checks: Any) -> tuple[FastAPI, Observability]:
    """An application whose checks are critical, but for those whose name starts with `soft`."""
    app, observability = keyed(), quiet()
    for name, run in checks.items():
        observability.health.add(name, run, critical=not name.startswith("soft"))
    observability.instrument(app)
    return app, observability


async def answers(app: Any, *paths: str, root_path: str = "") -> list[tuple[int, Mapping[str, Any]]]:
    """Status and content of each path."""
    async with client(app, root_path) as caller:
        found = [await caller.get(path) for path in paths]
    return [(one.status_code, one.json()) for one in found]


async def test_nothing_is_served_until_a_check_is_registered() -> None:
    app, observability = FastAPI(), quiet()
    app.get("/health")(lambda: "mine")
    observability.instrument(app)
    async with client(app) as caller:
        assert (await caller.get("/health")).json() == "mine"
        assert (await caller.get("/health/live")).status_code == 404
        assert observability.report()["health"].reason == "no check is registered"
        observability.health.add("database", passes)
        assert (await caller.get("/health")).json()["checks"] == {"database": "ok"}
        assert (await caller.get("/status")).status_code == 404
    assert observability.report()["health"].reason == "1 check, served at /health"


async def test_a_path_that_is_given_is_served_at_once_with_two_pages_beside_it() -> None:
    app, observability = FastAPI(), quiet(health=Health(path="/api/health/"), metrics_path="/api/metrics")
    observability.instrument(app)
    paths = ["/api/health", "/api/health/", "/api/health/live", "/api/health/ready", "/api/health/detailed"]
    paths += ["/api/health/performance", "/api/performance", "/api/health/status", "/api/status"]
    assert [status for status, _ in await answers(app, *paths)] == [200] * len(paths)
    reason = observability.report()["health"].reason
    assert reason == "0 checks, served at /api/health, /api/performance and /api/status"


async def test_an_empty_path_serves_nothing() -> None:
    app, observability = FastAPI(), quiet(health=Health(path=""))
    observability.health.add("database", passes)
    observability.instrument(app)
    assert [status for status, _ in await answers(app, "/health", "/health/live")] == [404, 404]


async def test_all_is_well_while_every_check_passes() -> None:
    app, _ = watched(database=passes, cache=passes)
    health, ready, live = await answers(app, "/health", "/health/ready", "/health/live")
    assert health == (200, {"status": "ok", "service": "shop", "checks": {"database": "ok", "cache": "ok"}})
    assert ready == (200, {"status": "ok", "checks": {"database": "ok", "cache": "ok"}})
    assert live == (200, {"status": "ok"})


async def test_a_critical_check_that_fails_makes_the_service_not_ready_but_alive() -> None:
    app, _ = watched(database=fails, cache=passes)
    health, ready, live = await answers(app, "/health", "/health/ready", "/health/live")
    assert (health[0], health[1]["status"]) == (503, "failed")
    assert ready == (503, {"status": "failed", "checks": {"database": "failed", "cache": "ok"}})
    assert live[0] == 200


async def test_another_check_that_fails_degrades_it() -> None:
    app, _ = watched(database=passes, softcache=fails)
    health, ready = await answers(app, "/health", "/health/ready")
    assert health == (
        200,
        {"status": "degraded", "service": "shop", "checks": {"database": "ok", "softcache": "failed"}},
    )
    assert ready == (200, {"status": "ok", "checks": {"database": "ok"}})


async def test_the_details_tell_reason_time_and_duration_but_no_password() -> None:
    app, _ = watched(database=passes, cache=fails)
    (status, content), one = await answers(app, "/health/detailed", "/health/cache")
    assert (status, content["status"], content["service"]) == (503, "failed", "shop")
    database, cache = content["checks"]["database"], content["checks"]["cache"]
    assert database["details"] == {"rows": 3}
    assert cache["reason"] == "ConnectionError: redis://shop:[scrubbed]@cache:6379 refused"
    assert {"status", "critical", "duration_seconds", "checked_at"} <= database.keys()
    assert one == (503, {"check": "cache", **cache})
    assert "hunter2" not in str(content)


async def test_a_check_that_nobody_registered_is_not_found() -> None:
    app, _ = watched(database=passes)
    for path in ("/health/absent", "/health/database/x", "/health/database/"):
        ((status, content),) = await answers(app, path)
        assert (status, content["checks"]) == (404, ["database"])


@pytest.mark.parametrize(
    "path", ["/health", "/health/live", "/health/ready", "/health/detailed", "/health/database", "/health/absent"]
)
async def test_pages_are_json_never_cached_and_answer_head(path: str) -> None:
    app, _ = watched(database=passes)
    async with client(app) as caller:
        got, head, post = await caller.get(path), await caller.head(path), await caller.post(path)
    assert got.headers["content-type"] == "application/json"
    assert got.headers["cache-control"] == "no-store"
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    assert (post.status_code, post.headers["allow"]) == (405, "GET, HEAD")


async def test_pages_are_neither_measured_nor_part_of_the_schema() -> None:
    app, observability = watched(database=passes)
    await answers(app, "/health", "/health/database", "/health/absent")
    assert exposed(observability).value(HTTP_REQUESTS) == 0
    assert not [path for path in app.openapi()["paths"] if path.startswith("/health")]


async def test_a_prefix_that_a_proxy_put_before_does_not_matter() -> None:
    app, _ = watched(database=passes)
    for path in ("/v1/health", "/v1/health/database", "/health/database"):
        ((status, _),) = await answers(app, path, root_path="/v1")
        assert status == 200


async def test_pages_outlive_the_switch_that_turns_metrics_off() -> None:
    app, observability = FastAPI(), quiet(switches=Switches(metrics=False))
    observability.health.add("database", passes)
    observability.instrument(app)
    detailed, performance = await answers(app, "/health/detailed", "/health/performance")
    assert detailed[0] == 200
    assert performance == (404, {"error": "no metrics are kept: PROMETHEUS_ENABLED is false"})


async def test_no_page_is_left_when_monitoring_is_off_or_out() -> None:
    app, observability = FastAPI(), quiet(switches=Switches(monitoring=False))
    observability.health.add("database", passes)
    observability.instrument(app)
    assert (await answers(app, "/health"))[0][0] == 404
    assert observability.report()["health"].reason == "MONITORING_ENABLED is false"
    app, observability = watched(database=passes)
    observability.uninstrument(app)
    assert (await answers(app, "/health"))[0][0] == 404


async def test_where_metrics_ask_for_a_token_so_do_the_details(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("letmein")
    app, observability = FastAPI(), quiet(access=Access(token_file=tmp_path / "token"))
    observability.health.add("database", passes)
    observability.instrument(app)
    for path in ("/health", "/health/", "/health/live", "/health/ready"):
        assert await asked(app, path) == (200, 200)
    for path in ("/health/detailed", "/health/database", "/health/performance", "/health/status"):
        assert await asked(app, path) == (401, 200)


async def asked(app: Any, path: str) -> tuple[int, int]:
    """The status without the token, and with it."""
    async with client(app) as caller:
        without = await caller.get(path)
        return without.status_code, (await caller.get(path, headers={"Authorization": "Bearer letmein"})).status_code


async def test_a_service_that_drains_is_not_ready_but_answers() -> None:
    app, observability = watched(database=passes)
    observability.health.drain()
    ready, live, thing = await answers(app, "/health/ready", "/health/live", "/users/7")
    assert (ready[0], ready[1]["status"]) == (503, "draining")
    assert (live[0], thing[0]) == (200, 200)


async def test_probes_at_once_share_one_run_and_a_fresh_one_is_reused() -> None:
    runs: list[int] = []

    async def counted() -> None:
        runs.append(1)
        await asyncio.sleep(0.02)

    app, _ = watched(database=counted)
    async with client(app) as caller:
        await asyncio.gather(*(caller.get("/health/ready") for _ in range(20)))
        await caller.get("/health/database")
    assert len(runs) == 1


async def test_details_that_are_no_json_are_shown_as_text() -> None:
    app, _ = watched(database=lambda: {"pool": object, "when": time})
    ((status, content),) = await answers(app, "/health/database")
    assert status == 200
    assert "object" in content["details"]["pool"]


async def test_checks_added_and_removed_later_appear_and_go() -> None:
    app, observability = watched(database=passes)
    observability.health.add("cache", passes)
    assert [status for status, _ in await answers(app, "/health/cache")] == [200]
    observability.health.remove("cache")
    assert [status for status, _ in await answers(app, "/health/cache")] == [404]


async def test_the_status_page_says_what_runs() -> None:
    app = FastAPI()
    observability = Observability("shop", version="1.4", revision="abc", env="staging", tracing=None, logging=None)
    observability.health.add("database", passes)
    observability.instrument(app)
    ((status, content),) = await answers(app, "/health/status")
    assert status == 200
    told = {name: content[name] for name in ("service", "version", "revision", "env", "stage", "workers")}
    assert told == {
        "service": "shop",
        "version": "1.4",
        "revision": "abc",
        "env": "staging",
        "stage": "running",
        "workers": 1,
    }
    assert {"watchbill", "prometheus-client", "opentelemetry-sdk", "structlog", "fastapi"} <= content[
        "libraries"
    ].keys()
    assert content["uptime_seconds"] >= 0


def test_behind_a_server_checks_run_though_nobody_asks() -> None:
    app, observability, runs = FastAPI(), quiet(health=Health(every=1)), list[float]()
    observability.health.add("database", lambda: runs.append(time.monotonic()))
    observability.instrument(app)
    with served(app):
        until(lambda: len(runs) >= 2)
        found = exposed(observability)
        assert found.value(HEALTH_CHECK_STATUS, {CHECK: "database"}) == 1
        assert found.value(HEALTH_CHECK_TIME, {CHECK: "database"}) == pytest.approx(time.time(), abs=10)
        observability.health.add("later", passes)
        until(lambda: exposed(observability).value(HEALTH_CHECK_STATUS, {CHECK: "later"}) == 1)
    assert runs[1] - runs[0] > 0.5


def test_a_server_without_lifespan_events_has_its_checks_run_from_the_first_request() -> None:
    app, observability, runs = FastAPI(), quiet(health=Health(every=1)), list[int]()
    app.get("/key")(key_back)
    observability.health.add("database", lambda: runs.append(1))
    observability.instrument(app)

    async def serve() -> None:
        async with client(app) as caller:
            await caller.get("/key")
        await asyncio.to_thread(until, lambda: len(runs) >= 2)

    asyncio.run(serve())


def test_no_check_runs_before_the_application_has_started_or_once_it_stops() -> None:
    seen: list[str] = []
    state = ["made"]

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        await asyncio.sleep(0.05)
        state[0] = "started"
        yield
        state[0] = "stopped"
        await asyncio.sleep(0.05)

    async def made_on_the_loop() -> FastAPI:
        app, observability = FastAPI(lifespan=lifespan), quiet(health=Health(every=1))
        observability.health.add("database", lambda: seen.append(state[0]))
        observability.instrument(app)
        await asyncio.sleep(0.05)
        return app

    app = asyncio.run(made_on_the_loop())
    assert seen == []
    with served(app):
        until(lambda: len(seen) == 1)
    assert set(seen) == {"started"}


def test_with_no_interval_checks_run_for_those_who_ask_alone() -> None:
    app, observability, runs = FastAPI(), quiet(health=Health(every=None, max_age=0)), list[int]()
    observability.health.add("database", lambda: runs.append(1))
    observability.instrument(app)
    with served(app) as (host, port):
        time.sleep(0.05)
        assert runs == []
        assert httpx.get(f"http://{host}:{port}/health").status_code == 200
    assert runs == [1]


def test_uninstrumenting_stops_the_checks() -> None:
    app, observability, runs = FastAPI(), quiet(health=Health(every=1)), list[int]()
    observability.health.add("database", lambda: runs.append(1))
    observability.instrument(app)
    with served(app):
        until(lambda: len(runs) == 1)
        observability.uninstrument(app)
        time.sleep(1.2)
    assert runs == [1]


@pytest.mark.parametrize(
    "health",
    [
        Health(path="health"),
        Health(path="/"),
        Health(path="/health?x"),
        Health(path="/{name}"),
        Health(max_age=-1),
        Health(every=0),
        Health(every=float("inf")),
    ],
    ids=str,
)
def test_a_setting_that_cannot_be_used_is_named(health: Health) -> None:
    with pytest.raises(InvalidDeclaration, match=r"path|max_age|every"):
        quiet(health=health)


async def test_the_report_names_routes_of_the_applications_that_pages_hide() -> None:
    app, observability = watched(database=passes)
    app.get("/health")(lambda: "mine")
    app.get("/health/history")(lambda: "mine")
    found = observability.report()["hidden routes"]
    assert found.state == "failed"
    assert "/health, /health/history" in found.reason
