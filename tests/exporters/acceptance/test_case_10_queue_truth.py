"""Case 10: queues of Celery with priorities and unacknowledged messages, of arq, and streams, 200 of them."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from arq import create_pool
from arq.connections import RedisSettings
from celery import Celery
from kombu import Queue

from tests.plugins.exporter_process import exporter_process, redis_options
from tests.plugins.redis_server import RedisServer, connected
from tests.plugins.wire_proxy import WireProxy
from watchbill.catalogue.broker import (
    ARQ_QUEUE_DEFERRED,
    ARQ_QUEUE_DUE,
    CELERY_QUEUE_LENGTH,
    CELERY_UNACKED,
    QUEUE_NAME,
)
from watchbill.catalogue.redis_server.keys import REDIS_KEY, REDIS_KEY_SIZE
from watchbill.catalogue.redis_server.probe import REDIS_UP
from watchbill.catalogue.redis_server.streams import REDIS_STREAM, REDIS_STREAM_LENGTH

MANY = 200
DELAY = 0.001
"""Seconds on the way to the server and back each, so that what is sent without waiting stays together."""
PRIORITIES = {"images": (0, 0, 3, 6, 9, 9, 9), "mail": (0, 5)}
STATE = {"ping", "hello", "auth", "info", "config", "latency", "slowlog", "cluster", "client", "select", "time"}
READS = {
    *("llen", "lindex", "zcard", "zcount", "zrange", "zscore", "hlen", "hvals", "hmget", "hrandfield", "scard"),
    *("strlen", "type", "object", "memory", "xinfo", "xlen", "xpending", "xrange", "xrevrange", "get", "mget", "pttl"),
    "exists",
}
"""Commands that change nothing and walk over no keys."""


def publish(server: RedisServer) -> None:
    """Messages of many priorities; one of `images` is taken and never acknowledged."""
    app: Any = Celery("shop", broker=f"redis://:{server.password}@{server.address}/0", set_as_current=False)
    app.conf.broker_transport_options = {"queue_order_strategy": "priority", "priority_steps": list(range(10))}
    app.conf.task_queues = [Queue(name) for name in PRIORITIES]
    for queue, priorities in PRIORITIES.items():
        for priority in priorities:
            app.send_task("work", queue=queue, priority=priority)
    with app.connection_for_read() as connection:
        channel = connection.channel()
        assert channel.basic_get("images") is not None
        # A channel that closes gives back what it has not acknowledged; a worker that is killed does not.
        channel.qos.restore_at_shutdown = False
        channel._delivered = None
    app.close()


async def defer(server: RedisServer) -> None:
    """Three jobs of arq that are due, two that are not."""
    pool = await create_pool(RedisSettings(port=server.port, password=server.password, database=1))
    for _ in range(3):
        await pool.enqueue_job("thumbnail", 1)
    for _ in range(2):
        await pool.enqueue_job("thumbnail", 1, _defer_by=timedelta(hours=1))
    await pool.aclose()


def commands_since(server: RedisServer, before: Mapping[str, Any]) -> set[str]:
    """Which commands the server has carried out more often than before."""
    after = cast("Mapping[str, Any]", server.execute("INFO", "commandstats"))
    calls = {name: one["calls"] for name, one in after.items()}
    return {name.removeprefix("cmdstat_") for name in calls if calls[name] > before.get(name, {"calls": 0})["calls"]}


def test_queues_are_told_as_they_are_in_few_round_trips_without_a_write_or_a_scan(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    publish(redis_server)
    asyncio.run(defer(redis_server))
    with connected(redis_server) as client:
        client.rpush("filled", "a", "b")
        client.xadd("events", {"n": 1})
        for number in range(MANY):
            client.lpush(f"queue{number}", *["x"] * (number % 5 + 1))
    celery = {"queues": [*PRIORITIES, "nobody", *(f"queue{number}" for number in range(MANY))]}
    options = redis_options(
        redis_server,
        celery=[{**celery, "priority_steps": list(range(10))}],
        arq=[{"queues": ["arq:queue", "absent"], "db": 1}],
        lists=["filled", "missing"],
        streams=["events", "nothing"],
    )
    with (
        WireProxy(redis_server.address, DELAY) as proxy,
        exporter_process(tmp_path, {"broker": {**options, "address": proxy.address}}) as exporter,
    ):
        exporter.probe("broker")
        known = cast("Mapping[str, Any]", redis_server.execute("INFO", "commandstats"))
        before = proxy.counts
        scrape = exporter.probe("broker", scrape_timeout=10)
        cost = proxy.counts - before
    done = commands_since(redis_server, known)
    assert scrape.value(REDIS_UP) == 1
    lengths = {name: scrape.value(CELERY_QUEUE_LENGTH, {QUEUE_NAME: name}) for name in celery["queues"]}
    assert {name: lengths[name] for name in ("images", "mail", "nobody")} == {"images": 6, "mail": 2, "nobody": 0}
    assert [lengths[f"queue{number}"] for number in range(MANY)] == [number % 5 + 1 for number in range(MANY)]
    assert scrape.value(CELERY_UNACKED) == 1
    assert [scrape.value(one, {QUEUE_NAME: "arq:queue"}) for one in (ARQ_QUEUE_DUE, ARQ_QUEUE_DEFERRED)] == [3, 2]
    assert [scrape.value(one, {QUEUE_NAME: "absent"}) for one in (ARQ_QUEUE_DUE, ARQ_QUEUE_DEFERRED)] == [0, 0]
    assert [scrape.value(REDIS_KEY_SIZE, {REDIS_KEY: name}) for name in ("filled", "missing")] == [2, 0]
    assert [scrape.value(REDIS_STREAM_LENGTH, {REDIS_STREAM: name}) for name in ("events", "nothing")] == [1, 0]
    assert cost.round_trips <= 4
    assert cost.connections == 0
    assert {name.partition("|")[0] for name in done} - STATE - READS == set()
