"""What an instrumented process says about its event loop, thread pools and garbage collection."""

import asyncio
import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any
from weakref import ref

import pytest
import uvloop
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.gc_collector import GCCollector

from tests.plugins.application import client, exposed, keyed, quiet, until
from watchbill import InvalidDeclaration, Observability, Switches
from watchbill.catalogue.process import WORKER
from watchbill.catalogue.runtime import (
    ASYNCIO_TASKS,
    EVENT_LOOP_DELAY,
    EVENT_LOOP_LAG,
    GC_COLLECTED,
    GC_COLLECTIONS,
    GC_PAUSE,
    GC_UNCOLLECTABLE,
    GENERATION,
    POOL,
    THREAD_POOL_BUSY,
    THREAD_POOL_MAX,
    THREAD_POOL_WAITING,
)
from watchbill.runtime import runtime
from watchbill.runtime.watch import Watch
from watchbill.testing import Exposition

Run = Callable[[Coroutine[Any, Any, None]], None]
LOOPS = pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])


async def met(app: Any) -> None:
    """One request, with which the loop is met."""
    async with client(app) as calls:
        assert (await calls.get("/users/1")).status_code == 200


async def seen(
    observability: Observability, condition: Callable[[Exposition], bool], seconds: float = 5.0
) -> Exposition:
    """The first scrape that fulfils a condition."""
    async with asyncio.timeout(seconds):
        while True:
            scrape = exposed(observability)
            if condition(scrape):
                return scrape
            await asyncio.sleep(0.05)


@pytest.fixture(autouse=True)
def own_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Applications that other tests left instrumented share the process's watch; these tests have one of their own."""
    monkeypatch.setattr(runtime, "WATCH", Watch())


def traces_of_a_watch() -> list[object]:
    """Callbacks of the garbage collector, and threads that look for a stuck loop."""
    return [*gc.callbacks, *(thread for thread in threading.enumerate() if thread.name == "watchbill-runtime")]


def new_traces(before: list[object]) -> list[object]:
    """Those that were not there before; what other tests left may go meanwhile."""
    return [one for one in traces_of_a_watch() if one not in before]


@LOOPS
def test_a_call_that_blocks_the_loop_shows_as_lag(run: Run) -> None:
    app, observability = keyed(), quiet()
    observability.instrument(app)

    async def scenario() -> None:
        await met(app)
        deadline = time.monotonic() + 5
        while exposed(observability).value(EVENT_LOOP_LAG) < 0.2 and time.monotonic() < deadline:
            time.sleep(0.4)  # noqa: ASYNC251  the very mistake
            await asyncio.sleep(0.02)

    run(scenario())
    scrape = exposed(observability)
    observability.uninstrument(app)

    assert scrape.value(EVENT_LOOP_LAG) >= 0.2
    assert scrape.count(EVENT_LOOP_DELAY) > scrape.at_most(EVENT_LOOP_DELAY, 0.1)


def test_a_loop_that_is_stuck_now_is_seen_by_a_scrape_on_another_thread() -> None:
    app, observability = keyed(), quiet()
    observability.instrument(app)
    release, stuck = threading.Event(), threading.Event()

    async def scenario() -> None:
        await met(app)
        stuck.set()
        release.wait(15)

    thread = threading.Thread(target=lambda: asyncio.run(scenario()))
    thread.start()
    assert stuck.wait(5)
    try:
        until(lambda: exposed(observability).value(EVENT_LOOP_LAG) > 1)
    finally:
        release.set()
        thread.join()
        observability.uninstrument(app)


def test_a_loop_that_waits_for_nothing_is_hardly_late() -> None:
    app, observability = keyed(), quiet()
    observability.instrument(app)

    async def scenario() -> None:
        await met(app)
        await seen(observability, lambda scrape: scrape.count(EVENT_LOOP_DELAY) >= 2)

    asyncio.run(scenario())
    lag = exposed(observability).value(EVENT_LOOP_LAG)
    observability.uninstrument(app)

    assert 0 <= lag < 0.5


def test_sync_endpoints_use_up_the_threads_of_anyio() -> None:
    app, observability = FastAPI(), quiet()
    release = threading.Event()
    app.get("/wait")(lambda: release.wait(10))
    observability.instrument(app)

    async def scenario() -> Exposition:
        async with client(app) as calls:
            waiting = [asyncio.create_task(calls.get("/wait")) for _ in range(45)]
            scrape = await seen(observability, lambda scrape: scrape.value(THREAD_POOL_WAITING, {POOL: "anyio"}) > 0)
            release.set()
            await asyncio.gather(*waiting)
        return scrape

    scrape = asyncio.run(scenario())
    observability.uninstrument(app)

    assert scrape.value(THREAD_POOL_BUSY, {POOL: "anyio"}) == 40
    assert scrape.value(THREAD_POOL_MAX, {POOL: "anyio"}) == 40
    assert scrape.value(THREAD_POOL_WAITING, {POOL: "anyio"}) == 5
    assert scrape.value(ASYNCIO_TASKS) >= 45


@LOOPS
def test_calls_in_the_default_executor_use_up_the_threads_of_asyncio(run: Run) -> None:
    app, observability = keyed(), quiet()
    observability.instrument(app)
    release = threading.Event()
    scrapes: list[Exposition] = []

    async def scenario() -> None:
        await met(app)
        limit = min(32, (os.cpu_count() or 1) + 4)
        calls = [asyncio.get_running_loop().run_in_executor(None, release.wait, 10) for _ in range(limit + 3)]
        scrapes.append(await seen(observability, lambda one: one.value(THREAD_POOL_WAITING, {POOL: "asyncio"}) == 3))
        release.set()
        await asyncio.gather(*calls)

    run(scenario())
    observability.uninstrument(app)

    assert scrapes[0].value(THREAD_POOL_BUSY, {POOL: "asyncio"}) == scrapes[0].value(THREAD_POOL_MAX, {POOL: "asyncio"})


def test_an_executor_that_nobody_has_used_has_no_series() -> None:
    app, observability = keyed(), quiet()
    observability.instrument(app)

    async def scenario() -> Exposition:
        await met(app)
        return await seen(observability, lambda scrape: scrape.count(EVENT_LOOP_DELAY) > 0)

    scrape = asyncio.run(scenario())
    observability.uninstrument(app)

    assert scrape.values_of(THREAD_POOL_MAX, POOL) == {"anyio"}


def test_garbage_collections_are_counted_and_timed_by_generation() -> None:
    app, observability = keyed(), quiet()
    observability.instrument(app)

    async def scenario() -> Exposition:
        await met(app)
        cycle: list[object] = []
        cycle.append(cycle)
        del cycle
        gc.collect()
        return await seen(observability, lambda scrape: scrape.count(GC_PAUSE, {GENERATION: "2"}) >= 1)

    scrape = asyncio.run(scenario())
    observability.uninstrument(app)

    assert scrape.total(GC_PAUSE, {GENERATION: "2"}) > 0
    assert scrape.value(GC_COLLECTIONS, {GENERATION: "2"}) >= 1
    assert scrape.value(GC_COLLECTED, {GENERATION: "2"}) >= 1
    assert scrape.value(GC_UNCOLLECTABLE) == gc.get_stats()[2]["uncollectable"]


def test_two_in_one_process_count_each_collection_once() -> None:
    registry = CollectorRegistry()
    before = traces_of_a_watch()
    apps = keyed(), keyed(), keyed()
    same, twin, other = quiet(registry=registry), quiet(registry=registry), quiet()
    for observability, app in zip((same, twin, other), apps, strict=True):
        observability.instrument(app)

    async def scenario() -> None:
        for app in apps:
            await met(app)
        gc.disable()
        try:
            gc.collect()
            for observability in (same, other):
                await seen(observability, lambda scrape: scrape.count(GC_PAUSE, {GENERATION: "2"}) >= 1)
        finally:
            gc.enable()

    asyncio.run(scenario())
    pauses = [exposed(one).count(GC_PAUSE, {GENERATION: "2"}) for one in (same, twin, other)]
    for observability, app in zip((same, twin, other), apps, strict=True):
        observability.uninstrument(app)

    assert pauses == [1, 1, 1]
    assert new_traces(before) == []


def test_the_last_uninstrument_leaves_no_thread_timer_or_callback() -> None:
    app, observability = keyed(), quiet()
    before = traces_of_a_watch()

    async def scenario() -> None:
        observability.instrument(app)
        await met(app)
        await seen(observability, lambda scrape: scrape.value(ASYNCIO_TASKS) > 0)
        assert len(new_traces(before)) == 2
        observability.uninstrument(app)
        assert new_traces(before) == []
        counted = exposed(observability).count(EVENT_LOOP_DELAY)
        await asyncio.sleep(1.2)
        assert exposed(observability).count(EVENT_LOOP_DELAY) == counted

    asyncio.run(scenario())

    scrape = exposed(observability)
    assert (scrape.value(ASYNCIO_TASKS), scrape.value(EVENT_LOOP_LAG)) == (0, 0)
    assert scrape.series(THREAD_POOL_BUSY) == 0


def test_it_can_be_instrumented_again_on_another_loop() -> None:
    observability = quiet()

    async def scenario(app: Any) -> float:
        observability.instrument(app)
        await met(app)
        scrape = await seen(observability, lambda scrape: scrape.value(ASYNCIO_TASKS) > 0)
        observability.uninstrument(app)
        return scrape.value(GC_COLLECTIONS)

    first, second = asyncio.run(scenario(keyed())), asyncio.run(scenario(keyed()))

    assert first <= second <= sum(one["collections"] for one in gc.get_stats())


def test_a_registry_with_the_clients_own_collector_keeps_it() -> None:
    registry = CollectorRegistry(auto_describe=True)
    GCCollector(registry)
    app, observability = keyed(), quiet(registry=registry)
    observability.instrument(app)

    async def scenario() -> Exposition:
        await met(app)
        return await seen(observability, lambda scrape: scrape.count(EVENT_LOOP_DELAY) > 0)

    scrape = asyncio.run(scenario())
    observability.uninstrument(app)

    assert scrape.series(GC_COLLECTIONS) == 3


def test_a_name_that_the_registry_has_from_elsewhere_is_one_clear_error() -> None:
    registry = CollectorRegistry()
    Gauge(EVENT_LOOP_LAG.name, "Of somebody else.", registry=registry)

    with pytest.raises(InvalidDeclaration, match=EVENT_LOOP_LAG.name):
        quiet(registry=registry).instrument(keyed())


def test_without_metrics_nothing_is_watched() -> None:
    app, observability = keyed(), quiet(switches=Switches(metrics=False))
    before = traces_of_a_watch()
    observability.instrument(app)

    asyncio.run(met(app))

    assert new_traces(before) == []
    observability.uninstrument(app)


def test_no_series_carries_a_worker_where_there_is_one_process() -> None:
    app, observability = keyed(), quiet()
    observability.instrument(app)

    async def scenario() -> Exposition:
        await met(app)
        return await seen(observability, lambda scrape: scrape.value(ASYNCIO_TASKS) > 0)

    scrape = asyncio.run(scenario())
    observability.uninstrument(app)

    assert scrape.values_of(EVENT_LOOP_LAG, WORKER) == frozenset()


def test_a_registry_that_nobody_holds_any_more_goes_with_its_series() -> None:
    app, observability = keyed(), quiet()
    observability.instrument(app).uninstrument(app)
    registry = ref(observability.registry)
    del app, observability
    gc.collect()
    assert registry() is None


FORKED = """
import asyncio, os
from starlette.applications import Starlette
from watchbill import Observability
from watchbill.catalogue.runtime import EVENT_LOOP_DELAY
from watchbill.runtime import runtime
from watchbill.runtime.watch import Watch
from watchbill.testing import Exposition

def beats():
    return Exposition.of(observability).count(EVENT_LOOP_DELAY)

async def scenario(before):
    events = iter(["lifespan.startup", "lifespan.shutdown"])
    async def receive():
        return {"type": next(events)}
    async def send(message):
        pass
    await app({"type": "lifespan", "asgi": {}, "state": {}}, receive, send)
    async with asyncio.timeout(5):
        while beats() <= before:
            await asyncio.sleep(0.05)

app, observability = Starlette(), Observability("shop", tracing=None, logging=None)
observability.instrument(app)
asyncio.run(scenario(0))
if os.fork() == 0:
    asyncio.run(scenario(beats()))
    print("watched", flush=True)
    os._exit(0)
os.wait()
"""


def test_a_child_process_watches_its_own_loop() -> None:
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, timeout=30, check=True)

    assert done.stdout.split() == ["watched"], done.stderr
