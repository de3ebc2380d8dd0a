"""REQUIREMENTS E: the queries that stand in the shop's Grafana today return what a load generator counted."""

import asyncio
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from statistics import quantiles
from typing import Any

import httpx
import psycopg
import pytest

from watchbill.catalogue.buckets import HTTP_SECONDS
from watchbill_reference.backends import backends
from watchbill_reference.stack import stack
from watchbill_stack.native.running import RunningStack, running
from watchbill_stack.native.site import PROMETHEUS

_TERMS, _TIMES, _FOUND, _MISSING = 40, 5, 60, 30
_PATIENCE_SECONDS = 30.0

pytestmark = pytest.mark.golden


class Load:
    """Asks the shop, and keeps its own counts."""

    def __init__(self, started: RunningStack) -> None:
        self.site = started.site
        self.http = httpx.Client(base_url=started.site.url("shop"), timeout=20)
        self.prometheus = httpx.Client(base_url=started.site.url(PROMETHEUS), timeout=20)
        self.hits = self.misses = 0
        self.statuses: list[int] = []
        self.seconds: dict[str, list[float]] = {}

    def get(self, route: str, path: str, **parameters: str) -> None:
        """One request."""
        began = time.perf_counter()
        self.statuses.append(self.http.get(path, params=parameters).status_code)
        self.seconds.setdefault(route, []).append(time.perf_counter() - began)

    def work(self) -> None:
        """Searches, of which the first of each term cannot be cached, and products, of which some do not exist."""
        for term in range(_TERMS):
            for time_ in range(_TIMES):
                self.get("/api/search", "/api/search", q=f"term {term} {id(self)}")
                self.hits, self.misses = self.hits + (time_ > 0), self.misses + (time_ == 0)
            for number in range(1, 1 + (_FOUND + _MISSING) // 30):
                exists = (term * 3 + number) % 3 > 0
                self.get("/api/products/{number}", f"/api/products/{number if exists else 999_999}")
            time.sleep(0.1)

    def query(self, text: str) -> list[dict[str, Any]]:
        """What Prometheus answers."""
        answer = self.prometheus.get("/api/v1/query", params={"query": text}).json()
        assert answer["status"] == "success", answer
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    def value(self, text: str) -> float:
        """Of a query with one series; nothing counts as minus one."""
        found = self.query(text)
        return float(found[0]["value"][1]) if found else -1.0


@pytest.fixture(scope="module")
def started() -> Iterator[RunningStack]:
    with running(stack, backends=lambda stack, site: backends(stack, site)[:1]) as started:
        yield started


@pytest.fixture(scope="module")
def load(started: RunningStack) -> Iterator[Load]:
    """One that has done its work, and of which Prometheus knows all."""
    load = Load(started)
    with load.http, load.prometheus:
        _prepare(load)
        yield load


def _prepare(load: Load) -> None:
    _until(lambda: load.value("sum(cache_operations_total)") == 0)
    # A series that begins above zero has lost its first increase.
    load.get("/api/products/{number}", "/api/products/999999")
    load.get("/api/products/{number}", "/api/products/1")
    load.get("/api/search", "/api/search", q="")
    _until(lambda: load.value("count(http_requests_total)") >= 3)
    load.work()
    _until(lambda: load.value("sum(http_requests_total)") == len(load.statuses))


def test_the_cache_hit_rate_is_that_of_the_searches(load: Load) -> None:
    query = 'sum(rate(cache_operations_total{status="hit"}[5m])) / sum(rate(cache_operations_total[5m]))'

    assert load.value(query) == pytest.approx(load.hits / (load.hits + load.misses), rel=0.01)


def test_the_error_rate_is_that_of_the_answers(load: Load) -> None:
    query = 'sum(rate(http_requests_total{status=~"4..|5.."}[5m])) / sum(rate(http_requests_total[5m]))'
    failed = sum(status >= 400 for status in load.statuses)

    assert load.value(query) == pytest.approx(failed / len(load.statuses), rel=0.1)


def test_the_95th_percentile_is_within_a_bucket_of_what_clients_measured(load: Load) -> None:
    found = load.query("histogram_quantile(0.95, rate(http_request_duration_seconds_bucket[5m]))")

    assert {one["metric"]["endpoint"] for one in found} == set(load.seconds)
    for one in found:
        measured = quantiles(load.seconds[one["metric"]["endpoint"]], n=20)[-1]
        assert 0 < float(one["value"][1]) <= HTTP_SECONDS[bisect_left(HTTP_SECONDS, measured)]


def test_pool_use_is_that_of_the_requests_that_wait_for_the_database(load: Load) -> None:
    query = "db_connections_active / db_connections_max"

    def use() -> float:
        return next((float(one["value"][1]) for one in load.query(query) if one["metric"]["db"] == "orders"), -1)

    async def three() -> list[int]:
        async with httpx.AsyncClient(base_url=load.site.url("shop"), timeout=60) as client:
            waiting = [asyncio.create_task(client.get(f"/api/products/{number}")) for number in (1, 2, 3)]
            await asyncio.to_thread(_until, lambda: use() == pytest.approx(0.3))
            await asyncio.to_thread(locked.rollback)
            return [(await one).status_code for one in waiting]

    _until(lambda: use() == 0)
    host, port = load.site.address("orders").split(":")
    password = load.site.secret("orders-owner").read_text().strip()
    with psycopg.connect(host=host, port=port, user="shop", dbname="shop", password=password) as locked:
        locked.execute("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")
        assert asyncio.run(three()) == [200, 200, 200]
    _until(lambda: use() == 0)


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)
