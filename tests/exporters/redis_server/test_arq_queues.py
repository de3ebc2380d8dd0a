"""Queues of real arq workers on a real Redis."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from time import time
from typing import Any

import pytest
from arq import create_pool
from arq.connections import RedisSettings as ArqSettings
from arq.worker import Worker, func

from tests.exporters.probing import Exporter, redis_target
from tests.exporters.redis_server.declaring import calls, client, commands_that, more, probed
from tests.plugins.programs import wait_until
from tests.plugins.redis_server import RedisServer
from tests.plugins.wire_proxy import WireProxy
from watchbill.catalogue import queue as service
from watchbill.catalogue.broker import (
    ARQ_QUEUE_DEFERRED,
    ARQ_QUEUE_DUE,
    ARQ_QUEUE_IN_PROGRESS,
    ARQ_QUEUE_OLDEST,
    ARQ_WORKER_COMPLETE,
    ARQ_WORKER_FAILED,
    ARQ_WORKER_ONGOING,
    ARQ_WORKER_RETRIED,
    ARQ_WORKER_UNTIL,
    ARQ_WORKER_UP,
    QUEUE_NAME,
)
from watchbill.catalogue.queue import QUEUE_DEPTH, QUEUE_OLDEST, QUEUE_SCHEDULED
from watchbill.testing import Exposition
from watchbill_exporters.redis_server.arq_queues import LOOKED_AT
from watchbill_exporters.redis_server.declared import ArqApplication, Declared

_QUEUE = "arq:queue"
_DECLARED = Declared(arq=(ArqApplication(),))


@asynccontextmanager
async def _pool(server: RedisServer) -> AsyncGenerator[Any]:
    pool = await create_pool(ArqSettings(port=server.port, password=server.password))
    try:
        yield pool
    finally:
        await pool.aclose()


@asynccontextmanager
async def _worker(server: RedisServer, pool: Any) -> AsyncGenerator[None]:
    """A worker that works on one job and has given a sign of life."""
    begun, end = asyncio.Event(), asyncio.Event()

    async def work(ctx: dict[Any, Any]) -> None:
        assert ctx["job_try"] == 1
        begun.set()
        await end.wait()

    job: Any = work
    worker = Worker([func(job, name="work")], redis_pool=pool, handle_signals=False, poll_delay=0.02)
    running = asyncio.create_task(worker.async_run())
    try:
        await asyncio.wait_for(begun.wait(), 10)
        sign = partial(server.execute, "EXISTS", f"{_QUEUE}:health-check")
        await asyncio.to_thread(wait_until, lambda: bool(sign()), "the worker gives a sign of life")
        yield
    finally:
        end.set()
        # redis-py may take a cancellation for a lost connection, which arq then tries anew.
        while not running.done():
            running.cancel()
            await asyncio.wait({running}, timeout=0.1)


async def test_due_jobs_are_told_from_deferred_ones(empty_redis: RedisServer) -> None:
    async with _pool(empty_redis) as pool:
        for defer in (None, None, None, 3_600, 7_200):
            await pool.enqueue_job("work", _defer_by=defer)

    page = await probed(empty_redis, _DECLARED)

    assert page.value(ARQ_QUEUE_DUE, {QUEUE_NAME: _QUEUE}) == 3
    assert page.value(ARQ_QUEUE_DEFERRED, {QUEUE_NAME: _QUEUE}) == 2
    assert page.value(ARQ_QUEUE_IN_PROGRESS) == 0


async def test_a_queue_that_does_not_exist_is_empty_and_listed(empty_redis: RedisServer) -> None:
    page = await probed(empty_redis, Declared(arq=(ArqApplication(queues=("nothing",), database=5),)))

    for metric in (ARQ_QUEUE_DUE, ARQ_QUEUE_DEFERRED, ARQ_QUEUE_IN_PROGRESS, ARQ_QUEUE_OLDEST, ARQ_WORKER_UP):
        assert page.series(metric, {QUEUE_NAME: "nothing"}) == 1
        assert page.value(metric) == 0
    assert page.series(ARQ_WORKER_COMPLETE) == 0


async def test_the_oldest_due_job_is_one_that_no_worker_works_on(empty_redis: RedisServer) -> None:
    with client(empty_redis) as redis:
        redis.zadd(_QUEUE, {job: (time() - age) * 1000 for job, age in (("a", 900), ("b", 600), ("c", 30))})
        redis.set("arq:in-progress:a", "1")

    page = await probed(empty_redis, _DECLARED, times=2)

    assert page.value(ARQ_QUEUE_OLDEST) == pytest.approx(600, abs=30)
    assert page.value(ARQ_QUEUE_DUE) == 2
    assert page.value(ARQ_QUEUE_IN_PROGRESS) == 1


async def test_a_worker_shows_itself_and_what_it_works_on(empty_redis: RedisServer) -> None:
    async with _pool(empty_redis) as pool:
        for defer in (None, 3_600, 7_200):
            await pool.enqueue_job("work", _defer_by=defer)
        async with _worker(empty_redis, pool):
            page = await probed(empty_redis, Declared(arq=(ArqApplication(service_names=True),)))
            sign = await pool.get(f"{_QUEUE}:health-check")
    assert page.value(ARQ_QUEUE_IN_PROGRESS) == 1
    assert page.value(ARQ_QUEUE_DUE) == page.value(QUEUE_DEPTH, {service.QUEUE: _QUEUE}) == 0
    assert page.value(ARQ_QUEUE_DEFERRED) == page.value(QUEUE_SCHEDULED, {service.QUEUE: _QUEUE}) == 2
    assert page.value(ARQ_WORKER_UP) == 1
    assert 0 < page.value(ARQ_WORKER_UNTIL) <= 3_601
    told = dict(pair.split("=") for pair in sign.decode().split() if "=" in pair)
    expected = {
        ARQ_WORKER_COMPLETE: "j_complete",
        ARQ_WORKER_FAILED: "j_failed",
        ARQ_WORKER_RETRIED: "j_retried",
        ARQ_WORKER_ONGOING: "j_ongoing",
    }
    for metric, name in expected.items():
        assert page.series(metric) == 1
        assert page.value(metric) == float(told[name])
    assert page.series(QUEUE_OLDEST) == 1


async def test_a_long_queue_is_counted_to_its_end(empty_redis: RedisServer) -> None:
    with client(empty_redis) as redis:
        redis.zadd(_QUEUE, {f"due {one}": (time() - 60) * 1000 + one for one in range(LOOKED_AT + 100)})
        redis.zadd(_QUEUE, {f"deferred {one}": (time() + 600) * 1000 for one in range(70)})
        redis.set("arq:in-progress:due 3", "1")

    page = await probed(empty_redis, _DECLARED)

    assert page.value(ARQ_QUEUE_DUE) == LOOKED_AT + 99
    assert page.value(ARQ_QUEUE_DEFERRED) == 70


async def test_a_probe_takes_two_round_trips_and_writes_nothing(empty_redis: RedisServer) -> None:
    with client(empty_redis) as redis:
        redis.zadd(_QUEUE, {"due": (time() - 60) * 1000})
    with WireProxy(empty_redis.address, delay=0.005) as proxy:
        target = replace(redis_target(empty_redis), address=proxy.address, declared=_DECLARED)
        async with Exporter(target) as exporter:
            await exporter.probe(target.name)
            first, before = proxy.counts.round_trips, calls(empty_redis)
            page = Exposition.parse((await exporter.probe(target.name)).text)
    asked = {name.partition("|")[0] for name in more(before, calls(empty_redis))}
    assert proxy.counts.round_trips - first <= 2
    assert page.value(ARQ_QUEUE_DUE) == 1
    assert {"zrange", "mget"} <= asked
    assert not asked & (commands_that(empty_redis, "write") | {"scan", "keys"})
