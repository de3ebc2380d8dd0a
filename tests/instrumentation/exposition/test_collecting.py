"""Collectors of the application's own, which may fail, hang, or say what cannot be written."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client import Metric as ClientFamily
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from tests.plugins.application import client, exposed, keyed, quiet, until
from watchbill.catalogue.exposition import COLLECTOR_NAME, COLLECTOR_SUCCESS
from watchbill.catalogue.process import PROCESS_CPU
from watchbill.catalogue.watching import COMPONENT, INTERNAL_ERRORS
from watchbill.exposition import OPENMETRICS
from watchbill.observability import Observability
from watchbill.testing import Exposition

SHORT = {"x-prometheus-scrape-timeout-seconds": "0.6"}
_LONG = 20


class Steady(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield GaugeMetricFamily("steady", "Always there.", value=3)


class Hanging(Collector):
    """Answers when it is let go."""

    def __init__(self) -> None:
        self.asked = 0
        self.released = threading.Event()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        self.asked += 1
        self.released.wait(_LONG)
        yield GaugeMetricFamily("late", "Late.", value=1)


class Slow(Collector):
    """Takes its time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def collect(self) -> Iterator[GaugeMetricFamily]:
        time.sleep(self.seconds)
        yield GaugeMetricFamily("slow", "Slow.", value=5)


class Broken(Collector):
    """Raises in the middle."""

    def __init__(self, error: Callable[[], BaseException]) -> None:
        self.error = error

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield GaugeMetricFamily("half", "Half of it.", value=1)
        raise self.error()


class Saying(Collector):
    """Says what it is given."""

    def __init__(self, *families: Any) -> None:
        self.families = families

    def collect(self) -> Any:
        return self.families


def application(*collectors: Collector) -> tuple[FastAPI, Observability]:
    registry, app = CollectorRegistry(), keyed()
    for collector in collectors:
        registry.register(collector)
    return app, quiet(registry=registry).instrument(app)


async def scrape(app: FastAPI, headers: dict[str, str] | None = None) -> httpx.Response:
    async with client(app) as caller:
        return await caller.get("/metrics", headers=headers or {})


def success(text: str, collector: type[Collector]) -> float:
    return Exposition.parse(text).value(COLLECTOR_SUCCESS, {COLLECTOR_NAME: collector.__qualname__})


def collector_threads() -> int:
    return sum(1 for thread in threading.enumerate() if thread.name == "watchbill-collector")


@pytest.mark.parametrize("error", [lambda: RuntimeError("no reading"), lambda: SystemExit(3), KeyboardInterrupt])
async def test_a_failing_collector_loses_its_own_metrics_alone_and_is_counted(
    error: Callable[[], BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    app, observability = application(Broken(error), Steady())

    answer = await scrape(app)
    assert answer.status_code == 200
    assert "\nsteady 3\n" in answer.text
    assert "\nhalf " not in answer.text
    assert (success(answer.text, Broken), success(answer.text, Steady)) == (0, 1)
    assert Exposition.parse(answer.text).value(PROCESS_CPU) > 0
    assert exposed(observability).value(INTERNAL_ERRORS, {COMPONENT: "exposition"}) >= 1
    assert "The collector Broken failed" in caplog.text


async def test_a_collector_that_hangs_is_left_out_in_time_and_not_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    hanging = Hanging()
    app, observability = application(hanging, Steady())
    try:
        began = time.monotonic()
        first = await scrape(app, SHORT)
        waited = time.monotonic() - began
        again = [await scrape(app, SHORT) for _ in range(5)]
        in_all = time.monotonic() - began
        assert collector_threads() == 1
    finally:
        hanging.released.set()

    assert 0.5 < waited < 3
    assert in_all < waited + 2
    for answer in (first, *again):
        assert "\nsteady 3\n" in answer.text
        assert "\nlate " not in answer.text
        assert (success(answer.text, Hanging), success(answer.text, Steady)) == (0, 1)
    assert hanging.asked == 1
    assert "the collector Hanging has not answered in 0." in caplog.text
    assert exposed(observability).value(INTERNAL_ERRORS, {COMPONENT: "exposition"}) == 1


async def test_a_collector_that_hung_is_asked_again_once_it_is_done() -> None:
    hanging = Hanging()
    app, _ = application(hanging)
    await scrape(app, SHORT)
    hanging.released.set()
    await asyncio.to_thread(until, lambda: not collector_threads())

    text = (await scrape(app)).text
    assert "\nlate 1\n" in text
    assert (hanging.asked, success(text, Hanging)) == (2, 1)


async def test_several_that_hang_together_cost_one_timeout() -> None:
    class Other(Hanging):
        pass

    several = [Hanging(), Other(), Hanging()]
    app, _ = application(*several)
    began = time.monotonic()
    try:
        text = (await scrape(app, SHORT)).text
    finally:
        for one in several:
            one.released.set()

    assert time.monotonic() - began < 3
    assert (success(text, Hanging), success(text, Other)) == (0, 0)


@pytest.mark.parametrize("header", ["", "nonsense", "-1", "0", "nan", "inf"])
async def test_a_timeout_that_makes_no_sense_is_taken_for_none(header: str) -> None:
    app, _ = application(Steady())

    assert "\nsteady 3\n" in (await scrape(app, {"x-prometheus-scrape-timeout-seconds": header})).text


@pytest.mark.parametrize(("header", "seconds"), [("1e-9", 0.02), ("1e300", 0.6)])
async def test_a_timeout_beyond_reason_costs_no_collector(header: str, seconds: float) -> None:
    app, observability = application(Slow(seconds))

    text = (await scrape(app, {"x-prometheus-scrape-timeout-seconds": header})).text

    assert "\nslow 5\n" in text
    assert Exposition.of(observability).value(INTERNAL_ERRORS) == 0


@pytest.mark.parametrize(
    "nonsense",
    [None, 7, ["text"], GaugeMetricFamily("bad", "Bad.", value="many")],  # type: ignore[arg-type]
)
async def test_what_cannot_be_written_costs_its_collector_alone(nonsense: Any) -> None:
    app, observability = application(Saying(nonsense), Steady())

    for accept in ("", OPENMETRICS):
        text = (await scrape(app, {"accept": accept})).text
        assert "\nsteady 3\n" in text
        assert "\nbad " not in text
    assert exposed(observability).value(INTERNAL_ERRORS, {COMPONENT: "exposition"}) >= 1


async def test_a_family_that_stands_on_the_page_already_is_left_out() -> None:
    twice = ClientFamily("steady", "Again.", "gauge")
    twice.add_sample("steady", {}, 9)
    app, observability = application(Steady(), Saying(twice))

    text = (await scrape(app)).text
    assert "\nsteady 3\n" in text
    assert text.count("# TYPE steady ") == 1
    assert exposed(observability).value(INTERNAL_ERRORS, {COMPONENT: "exposition"}) >= 1


async def test_the_registrys_target_info_is_on_the_page() -> None:
    registry, app = CollectorRegistry(target_info={"zone": "a"}), keyed()
    quiet(registry=registry).instrument(app)

    assert '\ntarget_info{zone="a"} 1\n' in (await scrape(app)).text


async def test_a_gauge_whose_function_raises_costs_itself_alone() -> None:
    registry, app = CollectorRegistry(), keyed()
    Gauge("depth", "Depth.", registry=registry).set_function(lambda: 1 / 0)
    Gauge("width", "Width.", registry=registry).set_function(lambda: 4)
    quiet(registry=registry).instrument(app)

    text = (await scrape(app)).text
    assert "\nwidth 4\n" in text
    assert "\ndepth " not in text
    assert Exposition.parse(text).value(COLLECTOR_SUCCESS, {COLLECTOR_NAME: "gauge:depth"}) == 0
