"""The number of series is bounded, whatever clients and applications send."""

import asyncio
import logging
import sys
import threading

import pytest
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.plugins.application import client, exposed, keyed, quiet
from tests.plugins.asgi import accept, body, scope
from watchbill.catalogue.http import (
    HTTP_REQUEST_DURATION,
    HTTP_REQUESTS,
    HTTP_REQUESTS_IN_PROGRESS,
    HTTP_RESPONSE_SIZE,
    HTTP_TIME_TO_FIRST_BYTE,
    METHOD,
    ROUTE,
    STATUS,
    UNMATCHED_ROUTE,
)
from watchbill.catalogue.watching import DROPPED_SERIES
from watchbill.catalogue.watching import METRIC as FOLDED
from watchbill.exposition import OPENMETRICS
from watchbill.guard import OTHER
from watchbill.testing import Exposition, Spans


async def ok(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def test_thousands_of_made_up_paths_and_verbs_make_a_handful_of_series() -> None:
    app = keyed()
    observability = quiet().instrument(app)
    async with client(app) as caller:
        for number in range(1_500):
            await caller.request(f"V{number}", f"/{number}/%ff%00/..%2f{number}", headers={"host": f"h{number}"})
            await caller.get(f"/users/{number}?q={number}")
    found = exposed(observability)
    assert found.values_of(HTTP_REQUESTS, ROUTE) == {UNMATCHED_ROUTE, "/users/{key}"}
    assert found.series(HTTP_REQUESTS) == found.series(HTTP_REQUEST_DURATION) == 2
    assert found.series(HTTP_REQUESTS_IN_PROGRESS) == 2
    assert found.value(HTTP_REQUESTS) == 3_000


async def test_routes_beyond_the_limit_are_folded_counted_and_named_once(caplog: pytest.LogCaptureFixture) -> None:
    beyond = 30
    app = Starlette(routes=[Route(f"/r{number}", ok) for number in range(ROUTE.limit + beyond)])
    observability = quiet().instrument(app)
    async with client(app) as caller:
        with caplog.at_level(logging.WARNING, logger="watchbill"):
            for number in range(ROUTE.limit + beyond):
                await caller.get(f"/r{number}")
    found = exposed(observability)
    assert len(found.values_of(HTTP_REQUESTS, ROUTE)) == ROUTE.limit
    assert found.value(HTTP_REQUESTS, {ROUTE: OTHER}) == beyond + 1
    assert found.value(HTTP_REQUESTS) == ROUTE.limit + beyond
    assert found.value(DROPPED_SERIES, {FOLDED: HTTP_REQUESTS.name}) == beyond + 1
    warnings = [record.getMessage() for record in caplog.records if record.name == "watchbill"]
    assert len(warnings) == 1
    assert f"label '{ROUTE.name}' of metric '{HTTP_REQUESTS.name}'" in warnings[0]


async def test_statuses_beyond_the_limit_are_folded() -> None:
    async def answer(request: Request) -> Response:
        return PlainTextResponse("", status_code=int(request.path_params["status"]))

    app = Starlette(routes=[Route("/{status}", answer)])
    observability = quiet().instrument(app)
    async with client(app) as caller:
        for status in range(200, 400):
            await caller.get(f"/{status}")
    found = exposed(observability)
    assert len(found.values_of(HTTP_REQUESTS, STATUS)) == STATUS.limit
    assert found.value(HTTP_REQUESTS) == 200


async def test_latency_buckets_follow_the_bounds_given() -> None:
    app = Starlette(routes=[Route("/", ok)])
    observability = quiet(latency_bounds=(0.2, 30.0)).instrument(app)
    async with client(app) as caller:
        await caller.get("/")
    found = exposed(observability)
    assert found.at_most(HTTP_REQUEST_DURATION, 30.0, {METHOD: "GET"}) == 1
    assert found.at_most(HTTP_REQUEST_DURATION, 10.0) == 0


def test_applications_in_several_threads_lose_no_count() -> None:
    app, registry = keyed(), CollectorRegistry()
    observability = quiet(registry=registry).instrument(app)

    async def calls() -> None:
        for _ in range(300):
            await app(scope("/users/7"), body(), accept)

    threads = [threading.Thread(target=lambda: asyncio.run(calls())) for _ in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    found = exposed(observability)
    assert found.value(HTTP_REQUESTS) == found.count(HTTP_REQUEST_DURATION) == 1_200
    assert found.count(HTTP_RESPONSE_SIZE) == found.count(HTTP_TIME_TO_FIRST_BYTE) == 1_200
    assert found.value(HTTP_REQUESTS_IN_PROGRESS) == 0


async def test_each_bucket_of_a_latency_keeps_an_exemplar_of_its_own() -> None:
    async def wait(request: Request) -> Response:
        await asyncio.sleep(float(request.path_params["seconds"]))
        return PlainTextResponse("ok")

    app, spans = Starlette(routes=[Route("/{seconds}", wait)]), Spans()
    observability = quiet(tracing=spans.tracing, latency_bounds=(0.05, 30.0)).instrument(app)
    async with client(app) as caller:
        await caller.get("/0")
        await caller.get("/0.1")
        await caller.get("/0")
    found = Exposition.parse(observability.exposition(OPENMETRICS)).exemplars(HTTP_REQUEST_DURATION)
    known = [ids["trace_id"] for ids in spans.ids]
    # Within a tenth of a second a bucket's exemplar is not renewed.
    assert {exemplar.labels["trace_id"] for exemplar in found} in ({known[0], known[1]}, {known[2], known[1]})
