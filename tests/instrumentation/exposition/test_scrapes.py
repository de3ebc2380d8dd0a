"""Scrapes that meet: one rendering for all, compressed or not, beside requests that go on."""

import asyncio
import gzip
import threading
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from tests.plugins.application import client, keyed, quiet, served
from watchbill.asgi import App
from watchbill.catalogue.exposition import SCRAPE_DURATION
from watchbill.catalogue.http import HTTP_REQUESTS
from watchbill.exposition import OPENMETRICS, TEXT
from watchbill.exposition.page import MetricsPage
from watchbill.exposition.source import Source
from watchbill.fault import Faults
from watchbill.names import CLASSIC
from watchbill.observability import Observability
from watchbill.store.store import Store
from watchbill.testing import Exposition

WAITS = 10


class Gated(Collector):
    """Answers once it may, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.may = threading.Event()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        self.asked += 1
        assert self.may.wait(WAITS)
        yield GaugeMetricFamily("gated", "Waits.", value=self.asked)


@pytest.fixture
def gated() -> Gated:
    return Gated()


def application(collector: Collector) -> tuple[FastAPI, Observability]:
    registry, app = CollectorRegistry(), keyed("/{key}")
    registry.register(collector)
    return app, quiet(registry=registry).instrument(app)


async def test_the_loop_runs_on_while_a_page_is_rendered(gated: Gated) -> None:
    app, _ = application(gated)
    async with client(app) as caller:
        scrape = asyncio.create_task(caller.get("/metrics"))
        assert (await caller.get("/7")).json() == "7"
        gated.may.set()
        assert "\ngated 1\n" in (await scrape).text


async def test_scrapes_of_one_format_that_come_together_are_rendered_once(gated: Gated) -> None:
    app, _ = application(gated)
    async with client(app) as caller:
        scrapes = [asyncio.create_task(caller.get("/metrics")) for _ in range(10)]
        await asyncio.sleep(0.1)
        gated.may.set()
        texts = {(await scrape).text for scrape in scrapes}
        later = (await caller.get("/metrics")).text
    assert len(texts) == 1
    assert "\ngated 1\n" in texts.pop()
    assert "\ngated 2\n" in later


async def test_a_scraper_that_goes_away_leaves_the_page_to_the_others(gated: Gated) -> None:
    app, _ = application(gated)
    async with client(app) as caller:
        gone, stays = (asyncio.create_task(caller.get("/metrics")) for _ in range(2))
        await asyncio.sleep(0.1)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        gated.may.set()
        assert "\ngated 1\n" in (await stays).text


async def test_two_formats_at_once_ask_a_collector_once_and_are_both_whole(gated: Gated) -> None:
    app, _ = application(gated)
    async with client(app) as caller:
        accepts = (TEXT, OPENMETRICS)
        scrapes = [asyncio.create_task(caller.get("/metrics", headers={"accept": one})) for one in accepts]
        await asyncio.sleep(0.1)
        gated.may.set()
        text, openmetrics = [(await scrape).text for scrape in scrapes]
    assert "\ngated 1\n" in text
    assert "\ngated 1\n" in openmetrics
    assert openmetrics.endswith("# EOF\n")
    assert "# EOF" not in text


async def raw(app: App, encodings: str, method: str = "GET") -> httpx.Response:
    """The answer, its body as it was sent."""
    async with client(app) as caller:
        request = caller.build_request(method, "/metrics", headers={"accept-encoding": encodings})
        answer = await caller.send(request, stream=True)
        answer.extensions["body"] = b"".join([part async for part in answer.aiter_raw()])
        await answer.aclose()
        return answer


@pytest.mark.parametrize(
    ("encodings", "compressed"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("", False),
        ("identity", False),
        ("br, zstd", False),
        ("gzip;q=0", False),
    ],
)
async def test_a_page_is_compressed_for_who_takes_gzip(encodings: str, compressed: bool) -> None:
    registry, app = CollectorRegistry(), keyed()
    orders = Gauge("open_orders", "Open orders.", ["tier"], registry=registry)
    for number in range(5000):
        orders.labels(str(number)).set(number)
    quiet(registry=registry).instrument(app)

    answer = await raw(app, encodings)
    body: bytes = answer.extensions["body"]
    assert (answer.headers.get("content-encoding") == "gzip") == compressed
    assert int(answer.headers["content-length"]) == len(body)
    assert answer.headers["vary"] == "accept, accept-encoding"
    text = (gzip.decompress(body) if compressed else body).decode()
    assert '\nopen_orders{tier="4999"} 4999\n' in text
    assert (len(body) < len(text) / 5) == compressed


async def test_a_short_page_is_sent_as_it_is() -> None:
    faults = Faults(lambda _: None)
    registry, store = CollectorRegistry(), Store()
    page = MetricsPage(lambda: Source(registry, store, CLASSIC, faults), faults)

    answer = await raw(page, "gzip")
    assert (answer.status_code, "content-encoding" in answer.headers) == (200, False)


async def test_head_is_answered_with_the_length_alone() -> None:
    app, _ = application(ready := Gated())
    ready.may.set()
    answer = await raw(app, "gzip", "HEAD")
    assert (answer.status_code, answer.extensions["body"]) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


def test_a_real_server_sends_a_large_page_whole() -> None:
    registry, app = CollectorRegistry(), keyed()
    for name in ("open_orders", "paid_orders"):
        orders = Gauge(name, "Orders.", ["tier"], registry=registry)
        for number in range(9000):
            orders.labels(f"tier {number}").set(number)
    quiet(registry=registry).instrument(app)
    with served(app) as (host, port):
        for encodings in ("gzip", "identity"):
            answer = httpx.get(f"http://{host}:{port}/metrics", headers={"accept-encoding": encodings})
            assert answer.text.count("_orders{") == 18_000


async def test_the_page_says_how_long_its_last_rendering_took(gated: Gated) -> None:
    app, observability = application(gated)
    gated.may.set()
    async with client(app) as caller:
        await caller.get("/metrics")
        text = (await caller.get("/metrics")).text
    assert 0 < Exposition.parse(text).value(SCRAPE_DURATION) < WAITS
    assert Exposition.of(observability).value(HTTP_REQUESTS) == 0
