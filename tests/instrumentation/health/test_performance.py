"""The figures of the HTTP side, from its metrics."""

from itertools import pairwise
from math import isnan

import pytest
from fastapi import FastAPI, HTTPException

from tests.plugins.application import client, quiet
from watchbill import Names
from watchbill.catalogue.http import ROUTE
from watchbill.health.performance import Totals


def totals(at: float, buckets: list[float], *, requests: float = 0, failed: float = 0, seconds: float = 0) -> Totals:
    """Counted until a time, by buckets up to 0.1 s, 0.5 s, and more."""
    return Totals(at, requests or sum(buckets), failed, buckets, (0.1, 0.5), seconds, 0, None)


def test_a_quantile_is_that_of_prometheus() -> None:
    found = totals(0, [50, 40, 10])
    assert found.quantile(0.25) == pytest.approx(0.05)
    assert found.quantile(0.5) == pytest.approx(0.1)
    assert found.quantile(0.7) == pytest.approx(0.3)
    assert found.quantile(0.99) == 0.5
    assert isnan(totals(0, [0, 0, 0]).quantile(0.5))


def test_figures_between_two_looks_are_their_difference() -> None:
    before, after = totals(0, [10, 0, 0], failed=1, seconds=1), totals(20, [30, 20, 0], failed=5, seconds=9)
    found = after.since(before).figures(20)
    assert found["requests"] == 40
    assert found["requests_per_second"] == 2
    assert found["error_ratio"] == 0.1
    assert found["latency_seconds"]["mean"] == 0.2
    assert found["latency_seconds"]["p50"] == 0.1


def test_a_counter_that_began_anew_counts_from_zero() -> None:
    after = totals(20, [3, 0, 0])
    assert after.since(totals(0, [10, 0, 0])) is after


@pytest.mark.parametrize("names", [Names.classic(), Names({ROUTE.name: "endpoint"})])
async def test_the_page_tells_rate_errors_and_latency(names: Names) -> None:
    app, observability = FastAPI(), quiet(names=names)

    @app.get("/{status}")
    async def answer(status: int) -> None:
        if status > 200:
            raise HTTPException(status)

    observability.health.add("database", lambda: None)
    observability.instrument(app)
    async with client(app) as caller:
        for status in (200, 200, 404, 503):
            await caller.get(f"/{status}")
        found = (await caller.get("/health/performance")).json()
    start = found["since_start"]
    assert (start["requests"], start["error_ratio"]) == (4, 0.25)
    assert start["requests_per_second"] > 0
    latency = start["latency_seconds"]
    assert all(low <= high for low, high in pairwise(latency[name] for name in ("p50", "p95", "p99")))
    assert 0 < latency["mean"] < 5
    assert found["in_progress"] == 0
    assert found["recent"]["window_seconds"] <= start["window_seconds"]


async def test_without_requests_nothing_is_made_up() -> None:
    app, observability = FastAPI(), quiet()
    observability.health.add("database", lambda: None)
    observability.instrument(app)
    async with client(app) as caller:
        found = (await caller.get("/health/performance")).json()["since_start"]
    assert (found["requests"], found["error_ratio"], found["latency_seconds"]["p99"]) == (0, None, None)
