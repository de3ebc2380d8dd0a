"""Declared keys of a real Redis."""

import json
import logging
from time import time

import pytest

from tests.exporters.probing import Exporter
from tests.exporters.redis_server.declaring import calls, client, commands_that, more, probed
from tests.plugins.redis_cluster import RedisClusterServers
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.broker import DEAD_LETTERS, DECLARED_QUEUE
from watchbill.catalogue.exporter import COLLECTOR
from watchbill.catalogue.redis_server.keys import REDIS_KEY, REDIS_KEY_MEMORY, REDIS_KEY_OLDEST, REDIS_KEY_SIZE
from watchbill.catalogue.redis_server.keyspace import REDIS_DB
from watchbill.catalogue.redis_server.probe import REDIS_COLLECTOR_SUCCESS, REDIS_UP
from watchbill.testing import Exposition
from watchbill_exporters import RedisSettings
from watchbill_exporters.redis_server.declared import DeadLetters, Declared, DeclaredKey

_STRANGE = 'quote" line\nback\\slash \x06\x16 ü %'


async def test_a_size_is_what_the_command_of_the_type_says(empty_redis: RedisServer) -> None:
    with client(empty_redis) as redis:
        redis.rpush("a list", *"abc")
        redis.sadd("a set", *"abcd")
        redis.zadd("a sorted set", {"a": 1, "b": 2})
        redis.hset("a hash", mapping={"a": "1"})
        redis.set("a string", "twelve bytes")
        expected = {
            "list": redis.llen("a list"),
            "set": redis.scard("a set"),
            "sorted_set": redis.zcard("a sorted set"),
            "hash": redis.hlen("a hash"),
            "string": redis.strlen("a string"),
        }
        memory = {kind: redis.memory_usage(f"a {kind}".replace("_", " ")) for kind in expected}
    keys = tuple(DeclaredKey(name=f"a {kind}".replace("_", " "), type=kind) for kind in expected)  # type: ignore[arg-type]  # the keys are the types

    page = await probed(empty_redis, Declared(keys=keys))

    for key in keys:
        assert page.value(REDIS_KEY_SIZE, {REDIS_KEY: key.name}) == expected[key.type]
        assert page.value(REDIS_KEY_MEMORY, {REDIS_KEY: key.name}) == memory[key.type]


async def test_a_key_that_does_not_exist_is_zero_and_listed(empty_redis: RedisServer) -> None:
    page = await probed(empty_redis, Declared(keys=(DeclaredKey(name="nothing"),)))

    for metric in (REDIS_KEY_SIZE, REDIS_KEY_MEMORY):
        assert page.series(metric, {REDIS_KEY: "nothing"}) == 1
        assert page.value(metric, {REDIS_KEY: "nothing"}) == 0


async def test_keys_of_one_name_are_told_apart_by_their_database(empty_redis: RedisServer) -> None:
    with client(empty_redis) as first, client(empty_redis, 3) as other:
        first.rpush("jobs", "a")
        other.rpush("jobs", "a", "b")
    declared = Declared(keys=(DeclaredKey(name="jobs", database=3), DeclaredKey(name="jobs")))

    page = await probed(empty_redis, declared, times=2)

    assert page.value(REDIS_KEY_SIZE, {REDIS_DB: "db0", REDIS_KEY: "jobs"}) == 1
    assert page.value(REDIS_KEY_SIZE, {REDIS_DB: "db3", REDIS_KEY: "jobs"}) == 2


async def test_a_database_that_may_not_be_selected_is_left_out_and_never_mistaken_for_another(
    empty_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    with client(empty_redis) as redis:
        redis.rpush("jobs", "a")
    declared = Declared(keys=(DeclaredKey(name="jobs"), DeclaredKey(name="jobs", database=900)))

    with caplog.at_level(logging.WARNING, "watchbill.exporter"):
        page = await probed(empty_redis, declared)

    assert page.value(REDIS_KEY_SIZE, {REDIS_DB: "db0"}) == 1
    assert page.series(REDIS_KEY_SIZE) == 1
    assert "'jobs' in database 900" in caplog.text


async def test_a_key_of_another_type_is_its_own_fault_alone(
    empty_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    with client(empty_redis) as redis:
        redis.rpush("jobs", "a")
        redis.set("odd", "no list")

    with caplog.at_level(logging.WARNING, "watchbill.exporter"):
        page = await probed(empty_redis, Declared(keys=(DeclaredKey(name="odd"), DeclaredKey(name="jobs"))))

    assert page.value(REDIS_UP) == 1
    assert page.value(REDIS_KEY_SIZE, {REDIS_KEY: "jobs"}) == 1
    assert page.series(REDIS_KEY_SIZE) == 1
    assert page.value(REDIS_COLLECTOR_SUCCESS, {COLLECTOR: "keys"}) == 0
    assert "'odd' in database 0: it is no list; correct its type in the configuration" in caplog.text


async def test_a_name_with_quotes_line_ends_and_control_characters_is_served_as_it_is(
    empty_redis: RedisServer,
) -> None:
    with client(empty_redis) as redis:
        redis.rpush(_STRANGE, "a", "b")

    page = await probed(empty_redis, Declared(keys=(DeclaredKey(name=_STRANGE),)))

    assert page.value(REDIS_KEY_SIZE, {REDIS_KEY: _STRANGE}) == 2


@pytest.mark.parametrize(
    ("item", "where"),
    [
        ('{"at": NOW}', "at"),
        ('{"meta": {"made": NOW000}}', "meta.made"),
        ('{"headers": {"watchbill-due": "NOW"}}', "celery"),
    ],
    ids=["seconds", "milliseconds", "celery"],
)
async def test_the_oldest_item_tells_its_age(empty_redis: RedisServer, item: str, where: str) -> None:
    with client(empty_redis) as redis:
        redis.lpush("jobs", item.replace("NOW", str(int(time() - 600))), json.dumps({"at": time()}))

    page = await probed(empty_redis, Declared(keys=(DeclaredKey(name="jobs", time=where),)))

    assert page.value(REDIS_KEY_OLDEST, {REDIS_KEY: "jobs"}) == pytest.approx(600, abs=30)


async def test_scores_that_are_times_tell_the_age_of_a_sorted_set(empty_redis: RedisServer) -> None:
    with client(empty_redis) as redis:
        redis.zadd("later", {"a": time() - 60, "b": time()})
        redis.zadd("sooner", {"a": (time() - 120) * 1000})
    declared = Declared(
        keys=(
            DeclaredKey(name="later", type="sorted_set", scores="seconds"),
            DeclaredKey(name="sooner", type="sorted_set", scores="milliseconds"),
            DeclaredKey(name="empty", type="sorted_set", scores="seconds"),
        )
    )

    page = await probed(empty_redis, declared)

    assert page.value(REDIS_KEY_OLDEST, {REDIS_KEY: "later"}) == pytest.approx(60, abs=30)
    assert page.value(REDIS_KEY_OLDEST, {REDIS_KEY: "sooner"}) == pytest.approx(120, abs=30)
    assert page.series(REDIS_KEY_OLDEST, {REDIS_KEY: "empty"}) == 1


async def test_an_item_that_tells_no_time_has_no_age(
    empty_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    with client(empty_redis) as redis:
        redis.lpush("jobs", "not even JSON")

    with caplog.at_level(logging.WARNING, "watchbill.exporter"):
        page = await probed(empty_redis, Declared(keys=(DeclaredKey(name="jobs", time="at"),)))

    assert page.series(REDIS_KEY_OLDEST) == 0
    assert page.value(REDIS_KEY_SIZE) == 1
    assert "'jobs' in database 0: its oldest item tells no time" in caplog.text


async def test_each_key_of_a_cluster_is_told_by_the_node_that_holds_it(
    cluster: RedisClusterServers, caplog: pytest.LogCaptureFixture
) -> None:
    declared = Declared(keys=tuple(DeclaredKey(name=f"jobs {number}") for number in range(12)))
    nodes = [RedisSettings(name=f"n{port}", address=f"127.0.0.1:{port}", declared=declared) for port in cluster.ports]

    with caplog.at_level(logging.WARNING, "watchbill.exporter"):
        async with Exporter(*nodes) as exporter:
            pages = [Exposition.parse((await exporter.probe(node.name)).text) for node in nodes]

    told = [page.values_of(REDIS_KEY_SIZE, REDIS_KEY) for page in pages]
    assert sorted(name for names in told for name in names) == sorted(key.name for key in declared.keys)
    assert all(page.value(REDIS_COLLECTOR_SUCCESS, {COLLECTOR: "keys"}) == 1 for page in pages)
    assert caplog.text == ""


async def test_dead_letters_are_counted_under_their_queue(empty_redis: RedisServer) -> None:
    with client(empty_redis) as redis:
        redis.rpush("failed", "a", "b")
        redis.xadd("refused", {"a": "b"})
    declared = Declared(
        dead_letters=(
            DeadLetters(queue="images", key=DeclaredKey(name="failed")),
            DeadLetters(queue="mails", key=DeclaredKey(name="refused", type="stream")),
        )
    )

    page = await probed(empty_redis, declared)

    assert page.value(DEAD_LETTERS, {DECLARED_QUEUE: "images"}) == 2
    assert page.value(DEAD_LETTERS, {DECLARED_QUEUE: "mails"}) == 1


async def test_dead_letters_of_one_queue_in_several_keys_are_added_up(empty_redis: RedisServer) -> None:
    with client(empty_redis) as redis:
        redis.rpush("failed", "a", "b")
        redis.rpush("expired", "c")
        redis.set("odd", "no list")
    half = DeadLetters(queue="mails", key=DeclaredKey(name="odd"))
    both = (DeadLetters(queue="images", key=DeclaredKey(name=name)) for name in ("failed", "expired"))

    page = await probed(
        empty_redis, Declared(dead_letters=(*both, half, DeadLetters(queue="mails", key=DeclaredKey(name="failed"))))
    )

    assert page.value(DEAD_LETTERS, {DECLARED_QUEUE: "images"}) == 3
    assert page.values_of(DEAD_LETTERS, DECLARED_QUEUE) == {"images"}


async def test_a_time_beyond_all_numbers_is_none_and_costs_no_other_key(empty_redis: RedisServer) -> None:
    with client(empty_redis) as redis:
        redis.rpush("odd", f'{{"at": {10**350}}}')
        redis.rpush("jobs", f'{{"at": {time() - 60}}}')

    page = await probed(
        empty_redis, Declared(keys=tuple(DeclaredKey(name=name, time="at") for name in ("odd", "jobs")))
    )

    assert page.values_of(REDIS_KEY_OLDEST, REDIS_KEY) == {"jobs"}


async def test_an_item_too_large_for_a_probe_costs_its_own_collector_and_no_other(
    empty_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    with client(empty_redis) as redis:
        redis.rpush("jobs", "x" * (17 * 1024 * 1024))

    with caplog.at_level(logging.WARNING, "watchbill.exporter"):
        page = await probed(empty_redis, Declared(keys=(DeclaredKey(name="jobs", time="at"),)), times=2)

    assert page.value(REDIS_UP) == 1
    assert page.value(REDIS_KEY_SIZE) == 1
    assert page.value(REDIS_COLLECTOR_SUCCESS, {COLLECTOR: "key_ages"}) == 0
    assert page.value(REDIS_COLLECTOR_SUCCESS, {COLLECTOR: "keys"}) == 1
    assert "more than a probe accepts" in caplog.text


async def test_an_item_too_large_for_a_probe_hides_nothing_of_another_database_or_of_the_server(
    empty_redis: RedisServer,
) -> None:
    with client(empty_redis) as redis, client(empty_redis, 3) as other:
        redis.rpush("jobs", "x" * (17 * 1024 * 1024))
        other.rpush("mails", "a")
    declared = Declared(keys=(DeclaredKey(name="jobs", time="at"), DeclaredKey(name="mails", database=3)))

    page = await probed(empty_redis, declared, times=2)

    assert page.value(REDIS_KEY_SIZE, {REDIS_KEY: "mails"}) == 1
    # What is asked for only once INFO is answered, such as the slow log, is no exception.
    collectors = page.values_of(REDIS_COLLECTOR_SUCCESS, COLLECTOR)
    assert {one for one in collectors if not page.value(REDIS_COLLECTOR_SUCCESS, {COLLECTOR: one})} == {"key_ages"}


async def test_a_probe_writes_nothing_and_walks_through_no_keys(empty_redis: RedisServer) -> None:
    with client(empty_redis) as redis:
        redis.rpush("jobs", "a")
    keys = (DeclaredKey(name="jobs", time="at"), DeclaredKey(name="z", type="sorted_set", scores="seconds", database=2))
    before = calls(empty_redis)

    await probed(empty_redis, Declared(keys=keys))

    asked = {name.partition("|")[0] for name in more(before, calls(empty_redis))}
    assert {"llen", "zcard", "memory"} <= asked
    assert not asked & (commands_that(empty_redis, "write") | {"scan", "keys", "randomkey"})
