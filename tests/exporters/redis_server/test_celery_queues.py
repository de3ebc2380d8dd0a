"""Queues of real Celery applications on a real Redis."""

import json
import logging
from dataclasses import replace
from pathlib import Path
from time import time
from typing import Any

import pytest

from tests.exporters.probing import Exporter, redis_target
from tests.exporters.redis_server.declaring import calls, client, commands_that, more, probed
from tests.plugins.celery_worker import celery_worker
from tests.plugins.celery_workshop import OTHER_QUEUE, QUEUE, workshop
from tests.plugins.programs import wait_until
from tests.plugins.redis_server import RedisServer
from tests.plugins.wire_proxy import WireProxy
from watchbill.catalogue import queue as service
from watchbill.catalogue.broker import (
    CELERY_QUEUE_LENGTH,
    CELERY_QUEUE_OLDEST,
    CELERY_QUEUE_PRIORITY_LENGTH,
    CELERY_QUEUE_SCHEDULED,
    CELERY_QUEUE_UNACKED,
    CELERY_UNACKED,
    CELERY_UNACKED_OLDEST,
    CELERY_WORKER_MAILBOXES,
    QUEUE_NAME,
)
from watchbill.catalogue.queue import PRIORITY, QUEUE_DEPTH, QUEUE_OLDEST, QUEUE_SCHEDULED
from watchbill.catalogue.redis_server.probe import REDIS_COLLECTOR_DROPPED
from watchbill.queues.envelope import DUE
from watchbill.queues.source import DEFAULT_PRIORITY
from watchbill.testing import Exposition
from watchbill_exporters.redis_server.celery_unacked import UNKNOWN
from watchbill_exporters.redis_server.declared import CeleryApplication, Declared

_QUEUES = (QUEUE, OTHER_QUEUE)


def _broker(server: RedisServer, database: int = 0) -> str:
    return f"redis://:{server.password}@{server.address}/{database}"


def _declared(queues: tuple[str, ...] = _QUEUES, **given: Any) -> Declared:
    return Declared(celery=(CeleryApplication(queues=queues, **given),))


def _send(app: Any, *, priority: int | None = None, queue: str = QUEUE, age: float | None = None, **given: Any) -> None:
    headers: dict[str, str] = {} if age is None else {DUE: str(time() - age)}
    app.tasks["done"].apply_async(queue=queue, priority=priority, headers=headers, **given)


async def test_the_length_is_that_of_all_lists_of_priorities(empty_redis: RedisServer) -> None:
    app = workshop(_broker(empty_redis))
    for priority in (None, 0, 3, 4, 6, 9, 9, 9):
        _send(app, priority=priority)
    with client(empty_redis) as redis:
        lists = {"default": QUEUE, **{str(step): f"{QUEUE}\x06\x16{step}" for step in (3, 6, 9)}}
        lengths = {priority: redis.llen(name) for priority, name in lists.items()}
    assert lengths == {"default": 2, "3": 2, "6": 1, "9": 3}

    page = await probed(empty_redis, _declared())

    assert page.value(CELERY_QUEUE_LENGTH, {QUEUE_NAME: QUEUE}) == sum(lengths.values())
    for step, length in lengths.items():
        labels = {QUEUE_NAME: QUEUE, PRIORITY: step}
        assert page.value(CELERY_QUEUE_PRIORITY_LENGTH, labels) == length


async def test_a_queue_that_does_not_exist_is_empty_and_listed(empty_redis: RedisServer) -> None:
    page = await probed(empty_redis, _declared(queues=("nothing",)))

    for metric in (CELERY_QUEUE_LENGTH, CELERY_QUEUE_OLDEST, CELERY_QUEUE_UNACKED, CELERY_QUEUE_SCHEDULED):
        assert page.series(metric, {QUEUE_NAME: "nothing"}) == 1
        assert page.value(metric) == 0
    assert page.value(CELERY_UNACKED) == page.value(CELERY_UNACKED_OLDEST) == 0


async def test_the_oldest_message_is_that_of_whichever_priority(empty_redis: RedisServer) -> None:
    app = workshop(_broker(empty_redis))
    for priority, age in ((0, 300), (0, 10), (9, 500), (9, 20)):
        _send(app, priority=priority, age=age)

    page = await probed(empty_redis, _declared())

    assert page.value(CELERY_QUEUE_OLDEST, {QUEUE_NAME: QUEUE}) == pytest.approx(500, abs=30)
    assert page.value(CELERY_QUEUE_OLDEST, {QUEUE_NAME: OTHER_QUEUE}) == 0


async def test_messages_that_tell_no_time_have_no_age(empty_redis: RedisServer) -> None:
    _send(workshop(_broker(empty_redis)))

    page = await probed(empty_redis, _declared())

    assert page.values_of(CELERY_QUEUE_OLDEST, QUEUE_NAME) == {OTHER_QUEUE}


async def test_messages_that_a_worker_holds_are_told_by_queue_and_by_eta(
    empty_redis: RedisServer, tmp_path: Path
) -> None:
    app, broker = workshop(_broker(empty_redis)), _broker(empty_redis)
    app.tasks["slow"].apply_async(queue=QUEUE)
    _send(app, queue=OTHER_QUEUE, countdown=3_600)
    with client(empty_redis) as redis, celery_worker(tmp_path, broker, TEST_PREFETCH="3", TEST_BARE="1"):
        wait_until(lambda: redis.llen(QUEUE) == 0 and redis.hlen("unacked") == 1, "the slow task runs")
        for _ in range(6):
            _send(app)
        wait_until(lambda: redis.llen(QUEUE) == 3 and redis.hlen("unacked") == 4, "the worker has its share")

        page = await probed(empty_redis, _declared(service_names=True))

        assert page.value(CELERY_UNACKED) == redis.hlen("unacked")
        assert page.value(CELERY_WORKER_MAILBOXES) == redis.scard("_kombu.binding.celery.pidbox") == 1
        (_, since), *_ = redis.zrange("unacked_index", 0, 0, withscores=True)
        assert page.value(CELERY_UNACKED_OLDEST) == pytest.approx(time() - since, abs=10)
    assert _by_queue(page, CELERY_QUEUE_UNACKED) == {QUEUE: 3, OTHER_QUEUE: 1}
    assert _by_queue(page, CELERY_QUEUE_SCHEDULED) == {QUEUE: 0, OTHER_QUEUE: 1}
    assert page.value(QUEUE_SCHEDULED, {service.QUEUE: OTHER_QUEUE}) == 1
    assert page.value(CELERY_QUEUE_LENGTH, {QUEUE_NAME: QUEUE}) == 3


async def test_unacknowledged_messages_are_not_told_by_queue_while_they_are_too_many_to_be_read(
    empty_redis: RedisServer,
) -> None:
    app = workshop(_broker(empty_redis))
    for _ in range(5):
        _send(app)
    with app.connection_for_read() as connection:
        for _ in range(4):
            connection.default_channel.basic_get(QUEUE)
        many = await probed(empty_redis, _declared(read_unacked=3))
        few = await probed(empty_redis, _declared(read_unacked=4))
        none = await probed(empty_redis, _declared(read_unacked=0))
    assert [page.value(CELERY_UNACKED) for page in (many, few, none)] == [4, 4, 4]
    assert [page.series(CELERY_QUEUE_UNACKED) for page in (many, few, none)] == [0, 2, 0]
    assert few.value(CELERY_QUEUE_UNACKED, {QUEUE_NAME: QUEUE}) == 4


async def test_unacknowledged_messages_that_are_too_many_are_not_transferred(empty_redis: RedisServer) -> None:
    with client(empty_redis) as redis:
        redis.hset("unacked", mapping={str(number): "x" for number in range(10)})
    before = calls(empty_redis)

    await probed(empty_redis, _declared(read_unacked=9), times=2)

    assert "hrandfield" not in more(before, calls(empty_redis))


async def test_a_message_that_leads_to_no_declared_queue_is_unknown(empty_redis: RedisServer) -> None:
    app = workshop(_broker(empty_redis))
    _send(app, queue=OTHER_QUEUE)
    applications = (CeleryApplication(queues=(QUEUE,)), CeleryApplication(queues=("third",), database=1))
    with app.connection_for_read() as connection, client(empty_redis, 1) as redis:
        connection.default_channel.basic_get(OTHER_QUEUE)
        redis.hset("unacked", "tag", "not what kombu writes")
        page = await probed(empty_redis, Declared(celery=applications))
    assert page.value(CELERY_QUEUE_UNACKED, {QUEUE_NAME: QUEUE}) == 0
    assert page.value(CELERY_QUEUE_UNACKED, {QUEUE_NAME: UNKNOWN}) == 2
    assert page.value(REDIS_COLLECTOR_DROPPED) == 0


async def test_applications_that_keep_what_was_taken_in_one_hash_are_told_apart_by_their_queues(
    empty_redis: RedisServer,
) -> None:
    app = workshop(_broker(empty_redis))
    _send(app)
    _send(app, queue=OTHER_QUEUE)
    with app.connection_for_read() as connection:
        for queue in _QUEUES:
            connection.default_channel.basic_get(queue)
        declared = Declared(celery=tuple(CeleryApplication(queues=(queue,)) for queue in _QUEUES))
        page = await probed(empty_redis, declared)
    assert _by_queue(page, CELERY_QUEUE_UNACKED) == {QUEUE: 1, OTHER_QUEUE: 1}
    assert page.values_of(CELERY_QUEUE_UNACKED, QUEUE_NAME) == set(_QUEUES)
    assert page.value(CELERY_UNACKED) == 2
    assert page.value(REDIS_COLLECTOR_DROPPED) == 0


async def test_transport_options_of_the_application_are_followed(empty_redis: RedisServer) -> None:
    app = workshop(_broker(empty_redis, 4))
    app.conf.broker_transport_options = {
        "priority_steps": [0, 5],
        "sep": ":",
        "unacked_key": "taken",
        "unacked_index_key": "taken_index",
        "global_keyprefix": "shop.",
    }
    for priority in (0, 5, 5):
        _send(app, priority=priority)
    declared = _declared(
        database=4,
        priority_steps=(0, 5),
        separator=":",
        unacked_key="taken",
        unacked_index_key="taken_index",
        key_prefix="shop.",
        label_prefix="shop/",
    )
    with app.connection_for_read() as connection:
        connection.default_channel.basic_get(QUEUE)
        page = await probed(empty_redis, declared)
    name = f"shop/{QUEUE}"
    assert page.value(CELERY_QUEUE_PRIORITY_LENGTH, {QUEUE_NAME: name, PRIORITY: DEFAULT_PRIORITY}) == 0
    assert page.value(CELERY_QUEUE_PRIORITY_LENGTH, {QUEUE_NAME: name, PRIORITY: "5"}) == 2
    assert page.value(CELERY_UNACKED) == 1
    assert page.value(CELERY_QUEUE_UNACKED, {QUEUE_NAME: name}) == 1


async def test_names_of_services_are_exposed_where_they_are_asked_for(empty_redis: RedisServer) -> None:
    app = workshop(_broker(empty_redis))
    for priority in (0, 9, 9):
        _send(app, priority=priority, age=60)

    page = await probed(empty_redis, _declared(service_names=True))
    without = await probed(empty_redis, _declared())

    assert page.value(QUEUE_DEPTH, {service.QUEUE: QUEUE, PRIORITY: DEFAULT_PRIORITY}) == 1
    assert page.value(QUEUE_DEPTH, {service.QUEUE: QUEUE, PRIORITY: "9"}) == 2
    assert page.value(QUEUE_OLDEST, {service.QUEUE: QUEUE}) == pytest.approx(60, abs=30)
    assert without.series(QUEUE_DEPTH) == without.series(QUEUE_OLDEST) == 0


async def test_two_hundred_queues_are_read_in_one_round_trip_of_a_kept_connection(empty_redis: RedisServer) -> None:
    queues = tuple(f"queue {number}" for number in range(200))
    with client(empty_redis) as redis:
        pipe = redis.pipeline(transaction=False)
        for number, queue in enumerate(queues):
            for step in (0, 3, 6, 9):
                message = json.dumps({"headers": {DUE: str(time())}})
                name = f"{queue}\x06\x16{step}" if step else queue
                pipe.lpush(name, *([message] * (number % 5 + step)) or [message])
        pipe.execute()
        lengths = {queue: sum(redis.llen(f"{queue}\x06\x16{step}") for step in (3, 6, 9)) for queue in queues}
        lengths = {queue: number + redis.llen(queue) for queue, number in lengths.items()}
    with WireProxy(empty_redis.address, delay=0.005) as proxy:
        target = replace(redis_target(empty_redis), address=proxy.address, declared=_declared(queues=queues))
        async with Exporter(target) as exporter:
            await exporter.probe(target.name)
            first = proxy.counts.round_trips
            page = Exposition.parse((await exporter.probe(target.name)).text)
            second = proxy.counts.round_trips - first
    assert first <= 3
    assert second == 1
    assert {queue: page.value(CELERY_QUEUE_LENGTH, {QUEUE_NAME: queue}) for queue in queues} == lengths
    assert page.series(CELERY_QUEUE_OLDEST) == 200


async def test_a_key_that_is_no_queue_is_its_own_fault_alone(
    empty_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    _send(workshop(_broker(empty_redis)))
    with client(empty_redis) as redis:
        redis.set(OTHER_QUEUE, "no list")

    with caplog.at_level(logging.WARNING, "watchbill.exporter"):
        page = await probed(empty_redis, _declared())

    assert _by_queue(page, CELERY_QUEUE_LENGTH) == {QUEUE: 1, OTHER_QUEUE: 0}
    assert page.values_of(CELERY_QUEUE_LENGTH, QUEUE_NAME) == {QUEUE}
    assert f"'{OTHER_QUEUE}' in database 0: WRONGTYPE" in caplog.text


async def test_a_probe_writes_nothing_to_the_broker_and_walks_through_no_keys(empty_redis: RedisServer) -> None:
    _send(workshop(_broker(empty_redis)))
    before = calls(empty_redis)

    await probed(empty_redis, _declared(service_names=True))

    asked = {name.partition("|")[0] for name in more(before, calls(empty_redis))}
    assert {"llen", "lindex", "hlen", "hrandfield"} <= asked
    assert not asked & (commands_that(empty_redis, "write", "pubsub") | {"scan", "hscan", "keys"})


def _by_queue(page: Exposition, metric: Any) -> dict[str, float]:
    return {queue: page.value(metric, {QUEUE_NAME: queue}) for queue in _QUEUES}
