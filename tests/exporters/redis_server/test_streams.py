"""Declared streams of a real Redis, their groups and consumers."""

import logging
from dataclasses import replace
from time import time

import pytest

from tests.exporters.probing import Exporter, redis_target
from tests.exporters.redis_server.declaring import calls, client, commands_that, more, probed
from tests.plugins.redis_server import RedisServer
from tests.plugins.wire_proxy import WireProxy
from watchbill.catalogue import Metric
from watchbill.catalogue.exporter import COLLECTOR
from watchbill.catalogue.redis_server import streams as catalogue
from watchbill.catalogue.redis_server.probe import REDIS_COLLECTOR_SUCCESS, REDIS_UP
from watchbill.catalogue.redis_server.streams import (
    REDIS_CONSUMER,
    REDIS_CONSUMER_IDLE,
    REDIS_CONSUMER_INACTIVE,
    REDIS_CONSUMER_PENDING,
    REDIS_GROUP,
    REDIS_GROUP_CONSUMERS,
    REDIS_GROUP_LAG,
    REDIS_GROUP_LAST_DELIVERED,
    REDIS_GROUP_OLDEST_PENDING,
    REDIS_GROUP_OLDEST_PENDING_DELIVERIES,
    REDIS_GROUP_OLDEST_UNREAD,
    REDIS_GROUP_PENDING,
    REDIS_GROUP_READ,
    REDIS_STREAM,
    REDIS_STREAM_ADDED,
    REDIS_STREAM_FIRST,
    REDIS_STREAM_GROUPS,
    REDIS_STREAM_LAST,
    REDIS_STREAM_LAST_GENERATED,
    REDIS_STREAM_LENGTH,
    REDIS_STREAM_MAX_DELETED,
    REDIS_STREAM_OLDEST,
    REDIS_STREAM_TREE_KEYS,
    REDIS_STREAM_TREE_NODES,
)
from watchbill.testing import Exposition
from watchbill_exporters.redis_server.declared import Declared, DeclaredKey

_ENTRY = {"a": "b"}


def _streams(*names: str, database: int = 0) -> Declared:
    return Declared(streams=tuple(DeclaredKey(name=name, type="stream", database=database) for name in names))


def _ago(seconds: float) -> str:
    return f"{int((time() - seconds) * 1000)}-0"


def _milliseconds(entry: str) -> int:
    return int(entry.partition("-")[0])


async def test_a_stream_and_its_groups_are_what_xinfo_says(empty_redis: RedisServer) -> None:
    with client(empty_redis, 2) as redis:
        ids = [redis.xadd("events", _ENTRY) for _ in range(20)]
        redis.xgroup_create("events", "mailers", "0")
        redis.xreadgroup("mailers", "first", {"events": ">"}, count=5)
        redis.xreadgroup("mailers", "second", {"events": ">"}, count=3)
        redis.xack("events", "mailers", ids[0])
        redis.xdel("events", ids[1])
        stream, (group,) = redis.xinfo_stream("events"), redis.xinfo_groups("events")
        consumers = {one["name"]: one["pending"] for one in redis.xinfo_consumers("events", "mailers")}

    page = await probed(empty_redis, _streams("events", database=2))

    expected: dict[Metric, float | None] = {
        REDIS_STREAM_LENGTH: stream["length"],
        REDIS_STREAM_GROUPS: stream["groups"],
        REDIS_STREAM_TREE_KEYS: stream["radix-tree-keys"],
        REDIS_STREAM_TREE_NODES: stream["radix-tree-nodes"],
        REDIS_STREAM_ADDED: stream["entries-added"],
        REDIS_STREAM_FIRST: _milliseconds(stream["first-entry"][0]),
        REDIS_STREAM_LAST: _milliseconds(stream["last-entry"][0]),
        REDIS_STREAM_LAST_GENERATED: _milliseconds(stream["last-generated-id"]),
        REDIS_STREAM_MAX_DELETED: _milliseconds(stream["max-deleted-entry-id"]),
        REDIS_GROUP_CONSUMERS: group["consumers"],
        REDIS_GROUP_PENDING: group["pending"],
        REDIS_GROUP_READ: group["entries-read"],
        REDIS_GROUP_LAST_DELIVERED: _milliseconds(group["last-delivered-id"]),
    }
    assert {metric.name: page.value(metric, {REDIS_STREAM: "events"}) for metric in expected} == {
        metric.name: value for metric, value in expected.items()
    }
    assert consumers == {
        name: page.value(REDIS_CONSUMER_PENDING, {REDIS_CONSUMER: name}) for name in ("first", "second")
    }


async def test_a_lag_that_redis_does_not_know_is_absent_and_the_age_of_the_unread_is_not(
    empty_redis: RedisServer,
) -> None:
    with client(empty_redis) as redis:
        for seconds in (300, 200, 100):
            last = redis.xadd("events", _ENTRY, id=_ago(seconds))
        redis.xgroup_create("events", "known", "0")
        redis.xgroup_create("events", "unknown", _ago(250))
        redis.xdel("events", redis.xrange("events")[1][0])
        redis.xgroup_create("events", "read", last)
        lags = {group["name"]: group["lag"] for group in redis.xinfo_groups("events")}
    assert lags["unknown"] is None

    page = await probed(empty_redis, _streams("events"))

    assert page.values_of(REDIS_GROUP_LAG, REDIS_GROUP) == {name for name, lag in lags.items() if lag is not None}
    unread = {name: page.value(REDIS_GROUP_OLDEST_UNREAD, {REDIS_GROUP: name}) for name in lags}
    assert unread["unknown"] == pytest.approx(100, abs=30)
    assert unread["known"] == pytest.approx(300, abs=30)
    assert unread["read"] == 0


async def test_the_oldest_pending_entry_tells_its_age_and_how_often_it_was_delivered(
    empty_redis: RedisServer,
) -> None:
    with client(empty_redis) as redis:
        first = redis.xadd("events", _ENTRY, id=_ago(500))
        redis.xadd("events", _ENTRY)
        redis.xgroup_create("events", "mailers", "0")
        redis.xgroup_create("events", "idle", "$")
        redis.xreadgroup("mailers", "one", {"events": ">"})
        redis.xclaim("events", "mailers", "other", 0, [first])

    page = await probed(empty_redis, _streams("events"))

    pending = {name: page.value(REDIS_GROUP_OLDEST_PENDING, {REDIS_GROUP: name}) for name in ("mailers", "idle")}
    assert pending == {"mailers": pytest.approx(500, abs=30), "idle": 0}
    assert page.value(REDIS_GROUP_OLDEST_PENDING_DELIVERIES, {REDIS_GROUP: "mailers"}) == 2
    assert page.value(REDIS_STREAM_OLDEST) == pytest.approx(500, abs=30)


async def test_a_long_list_of_pending_entries_is_counted_to_its_end(empty_redis: RedisServer) -> None:
    with client(empty_redis) as redis:
        pipe = redis.pipeline(transaction=False)
        for _ in range(5_000):
            pipe.xadd("events", _ENTRY)
        pipe.execute()
        redis.xgroup_create("events", "mailers", "0")
        redis.xreadgroup("mailers", "one", {"events": ">"}, count=4_000)

    page = await probed(empty_redis, _streams("events"))

    assert page.value(REDIS_GROUP_PENDING) == 4_000
    assert page.value(REDIS_CONSUMER_PENDING) == 4_000
    assert page.value(REDIS_GROUP_LAG) == 1_000


async def test_idle_consumers_are_told_by_redis_own_clock(empty_redis: RedisServer) -> None:
    with client(empty_redis) as redis:
        redis.xadd("events", _ENTRY)
        redis.xgroup_create("events", "mailers", "0")
        redis.xgroup_createconsumer("events", "mailers", "new")
        idle = redis.xinfo_consumers("events", "mailers")[0]["idle"] / 1000

    page = await probed(empty_redis, _streams("events"))

    assert page.series(REDIS_CONSUMER_IDLE, {REDIS_CONSUMER: "new"}) == 1
    assert idle <= page.value(REDIS_CONSUMER_IDLE) <= idle + 30


async def test_a_stream_that_does_not_exist_is_empty_and_listed(empty_redis: RedisServer) -> None:
    page = await probed(empty_redis, _streams("nothing"))

    for metric in (REDIS_STREAM_LENGTH, REDIS_STREAM_GROUPS, REDIS_STREAM_OLDEST):
        assert page.series(metric, {REDIS_STREAM: "nothing"}) == 1
        assert page.value(metric) == 0
    assert page.value(REDIS_COLLECTOR_SUCCESS, {COLLECTOR: "streams"}) == 1


async def test_a_key_of_another_type_is_its_own_fault_alone(
    empty_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    with client(empty_redis) as redis:
        redis.set("odd", "no stream")
        redis.xadd("events", _ENTRY)

    with caplog.at_level(logging.WARNING, "watchbill.exporter"):
        page = await probed(empty_redis, _streams("odd", "events"))

    assert page.value(REDIS_UP) == 1
    assert page.values_of(REDIS_STREAM_LENGTH, REDIS_STREAM) == {"events"}
    assert page.value(REDIS_COLLECTOR_SUCCESS, {COLLECTOR: "streams"}) == 0
    assert "'odd' in database 0: it is no stream; correct its type in the configuration" in caplog.text


async def test_a_group_with_too_many_consumers_is_counted_and_its_consumers_are_left_out(
    empty_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    with client(empty_redis) as redis:
        redis.xadd("events", _ENTRY)
        redis.xgroup_create("events", "many", "0")
        redis.xgroup_create("events", "few", "0")
        redis.xgroup_createconsumer("events", "few", "one")
        pipe = redis.pipeline(transaction=False)
        for number in range(1_001):
            pipe.xgroup_createconsumer("events", "many", f"consumer {number}")
        pipe.execute()

    with caplog.at_level(logging.WARNING, "watchbill.exporter"):
        page = await probed(empty_redis, _streams("events"))

    assert page.value(REDIS_GROUP_CONSUMERS, {REDIS_GROUP: "many"}) == 1_001
    assert page.values_of(REDIS_CONSUMER_IDLE, REDIS_CONSUMER) == {"one"}
    assert "XGROUP DELCONSUMER" in caplog.text


async def test_names_of_groups_and_consumers_may_hold_any_bytes(empty_redis: RedisServer) -> None:
    consumer, groups = b"c\xff\x00o", (b'g"r\\o\nup', b"g\xffp")
    with client(empty_redis) as redis:
        redis.xadd("events", _ENTRY)
        for group in groups:
            redis.xgroup_create("events", group, "0")
            redis.xreadgroup(group, consumer, {"events": ">"})

    page = await probed(empty_redis, _streams("events"))

    assert page.values_of(REDIS_GROUP_PENDING, REDIS_GROUP) == {one.decode(errors="replace") for one in groups}
    assert page.value(REDIS_COLLECTOR_SUCCESS, {COLLECTOR: "stream_groups"}) == 1
    # What cannot be sent back cannot be asked for.
    assert page.values_of(REDIS_GROUP_OLDEST_PENDING, REDIS_GROUP) == {groups[0].decode()}
    assert page.values_of(REDIS_CONSUMER_PENDING, REDIS_CONSUMER) == {consumer.decode(errors="replace")}


async def test_every_metric_of_streams_is_exposed_and_a_probe_writes_nothing(empty_redis: RedisServer) -> None:
    with client(empty_redis) as redis:
        redis.xadd("events", _ENTRY)
        redis.xgroup_create("events", "mailers", "0")
        redis.xreadgroup("mailers", "one", {"events": ">"})
    before = calls(empty_redis)

    page = await probed(empty_redis, _streams("events"))

    asked = {name.partition("|")[0] for name in more(before, calls(empty_redis))}
    assert {"xinfo", "xpending"} <= asked
    assert not asked & (commands_that(empty_redis, "write") | {"scan", "keys"})
    # Redis tells when a consumer was last active since 7.2.
    declared = {one for one in vars(catalogue).values() if isinstance(one, Metric)} - {REDIS_CONSUMER_INACTIVE}
    assert [one.name for one in declared if not page.series(one)] == []


async def test_twenty_lists_and_ten_streams_are_read_in_four_round_trips_at_most(empty_redis: RedisServer) -> None:
    lists, streams = [f"list {number}" for number in range(20)], [f"stream {number}" for number in range(10)]
    with client(empty_redis) as redis:
        for name in lists:
            redis.rpush(name, "a")
        for name in streams:
            redis.xadd(name, _ENTRY)
            redis.xadd(name, _ENTRY)
            redis.xgroup_create(name, "mailers", "0")
            redis.xreadgroup("mailers", "one", {name: ">"}, count=1)
    declared = Declared(keys=tuple(DeclaredKey(name=name) for name in lists), streams=_streams(*streams).streams)
    with WireProxy(empty_redis.address, delay=0.005) as proxy:
        target = replace(redis_target(empty_redis), address=proxy.address, declared=declared)
        async with Exporter(target) as exporter:
            page = Exposition.parse((await exporter.probe(target.name)).text)
            first = proxy.counts.round_trips
            await exporter.probe(target.name)
    # Connecting is one more, which the proxy does not see.
    assert first + 1 <= 4
    # Each group is behind, so its next entry is asked for once it is known which one that is.
    assert proxy.counts.round_trips - first == 2
    assert page.values_of(REDIS_GROUP_OLDEST_PENDING, REDIS_STREAM) == set(streams)
    assert page.series(REDIS_CONSUMER_IDLE) == 10


async def test_entries_too_large_for_a_probe_leave_the_length_and_the_groups(empty_redis: RedisServer) -> None:
    with client(empty_redis) as redis:
        for name in ("a", "b"):
            for _ in range(2):
                redis.xadd(name, {"payload": "x" * 5_000_000})
            redis.xgroup_create(name, "mailers", "0")

    page = await probed(empty_redis, _streams("a", "b"), times=2)

    assert {name: page.value(REDIS_STREAM_LENGTH, {REDIS_STREAM: name}) for name in ("a", "b")} == {"a": 2, "b": 2}
    assert page.values_of(REDIS_GROUP_LAG, REDIS_STREAM) == {"a", "b"}
    assert page.value(REDIS_COLLECTOR_SUCCESS, {COLLECTOR: "slowlog"}) == 1
