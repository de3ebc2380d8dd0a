"""Clients of a Redis cluster behave as ever, and what they do is counted."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from redis.asyncio import RedisCluster as LaterCluster
from redis.exceptions import ResponseError, WatchError

from tests.plugins.application import exposed, freed, quiet
from tests.plugins.redis_cluster import RedisClusterServers
from tests.plugins.redis_server import taken
from watchbill import Observability
from watchbill.catalogue.cache import CACHE_OPERATIONS, CACHE_STATUS
from watchbill.catalogue.pool import CONNECTIONS_ACTIVE, CONNECTIONS_IDLE, CONNECTIONS_MAX
from watchbill.catalogue.redis_client import (
    COMMAND,
    REDIS_COMMAND_DURATION,
    REDIS_COMMAND_ERRORS,
    REDIS_PIPELINE_COMMANDS,
)

KEYS = [f"user:{number}" for number in range(12)]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisClusterServers]:
    """One cluster for all tests of this file."""
    found = RedisClusterServers(tmp_path_factory.mktemp("cluster"))
    try:
        found.start()
        yield found
    finally:
        found.stop()


@pytest.fixture
def observability() -> Iterator[Observability]:
    """Metrics alone; nothing of it went wrong."""
    yield from freed(quiet(), redis)


def timed(observability: Observability) -> dict[str, float]:
    """How often each command was timed."""
    page = exposed(observability)
    commands = page.values_of(REDIS_COMMAND_DURATION, COMMAND)
    return {one: page.count(REDIS_COMMAND_DURATION, {COMMAND: one}) for one in commands}


def reads(observability: Observability) -> tuple[float, float]:
    """Hits and misses."""
    page = exposed(observability)
    return page.value(CACHE_OPERATIONS, {CACHE_STATUS: "hit"}), page.value(CACHE_OPERATIONS, {CACHE_STATUS: "miss"})


def move(servers: RedisClusterServers, key: str) -> None:
    """Gives a key's slot to another master: the clients' maps are old from then on."""
    slot = servers.execute(servers.ports[0], "CLUSTER KEYSLOT", key)
    names = {port: servers.execute(port, "CLUSTER MYID") for port in servers.ports}
    target = next(port for port in servers.ports if not owns(servers, port, slot))
    for port in servers.ports:
        servers.execute(port, "CLUSTER SETSLOT", slot, "NODE", names[target])


@contextmanager
def on_the_way(servers: RedisClusterServers, key: str) -> Generator[None]:
    """A key's slot is moving to another master, which has the key already."""
    slot = servers.execute(servers.ports[0], "CLUSTER KEYSLOT", key)
    names = {port: servers.execute(port, "CLUSTER MYID") for port in servers.ports}
    source = next(port for port in servers.ports if owns(servers, port, slot))
    target = next(port for port in servers.ports if port != source)
    servers.execute(target, "CLUSTER SETSLOT", slot, "IMPORTING", names[source])
    servers.execute(source, "CLUSTER SETSLOT", slot, "MIGRATING", names[target])
    servers.execute(source, "MIGRATE", "127.0.0.1", target, key, 0, 5000)
    try:
        yield
    finally:
        for port in (target, source):
            servers.execute(port, "CLUSTER SETSLOT", slot, "NODE", names[target])


def owns(servers: RedisClusterServers, port: int, slot: int) -> bool:
    """Whether a master has a slot."""
    slots = servers.execute(port, "CLUSTER SLOTS")
    return any(first <= slot <= last and master[1] == port for first, last, master, *_ in slots)


def test_commands_redirects_and_pipelines_are_counted_once(
    servers: RedisClusterServers, observability: Observability
) -> None:
    client: Any = redis.RedisCluster("127.0.0.1", port=servers.ports[0])
    client.flushall()
    observability.redis(client, prefixes={"user:": "user"})

    assert [client.set(key, "x") for key in KEYS] == [True] * len(KEYS)
    assert client.mget_nonatomic(*KEYS, "user:none") == [b"x"] * len(KEYS) + [None]
    pipe = client.pipeline()
    for key in KEYS:
        pipe.get(key)
    assert pipe.execute() == [b"x"] * len(KEYS)
    client.get("elsewhere")
    move(servers, "elsewhere")
    assert client.get("elsewhere") is None

    found = timed(observability)
    # An mget over several slots is a pipeline of its own, with one command for each slot.
    assert found == {"SET": len(KEYS), "GET": 2, "PIPELINE": 2}
    assert exposed(observability).count(REDIS_PIPELINE_COMMANDS) == 2
    assert reads(observability) == (2 * len(KEYS), 1)
    assert exposed(observability).value(REDIS_COMMAND_ERRORS) == 0
    client.close()


def test_a_key_on_its_way_to_another_master_is_one_command(
    servers: RedisClusterServers, observability: Observability
) -> None:
    client: Any = redis.RedisCluster("127.0.0.1", port=servers.ports[0])
    client.set("moving", "x")
    observability.redis(client)

    with on_the_way(servers, "moving"):
        assert client.get("moving") == b"x"
        assert client.pipeline().get("moving").execute() == [b"x"]

    # What a pipeline was sent elsewhere for goes there as a command of its own.
    assert timed(observability) == {"GET": 2, "PIPELINE": 1}
    assert exposed(observability).value(REDIS_COMMAND_ERRORS) == 0
    client.close()


async def test_a_key_on_its_way_is_one_command_of_the_asyncio_client(
    servers: RedisClusterServers, observability: Observability
) -> None:
    async with LaterCluster("127.0.0.1", port=servers.ports[0]) as plain:
        client: Any = plain
        await client.set("leaving", "x")
        observability.redis(client)

        with on_the_way(servers, "leaving"):
            assert await client.get("leaving") == b"x"
            assert await client.pipeline().get("leaving").execute() == [b"x"]

    # What a pipeline was sent elsewhere for goes there as a command of its own.
    assert timed(observability) == {"GET": 2, "PIPELINE": 1}
    assert exposed(observability).value(REDIS_COMMAND_ERRORS) == 0


def test_errors_in_a_pipeline_are_those_of_their_commands(
    servers: RedisClusterServers, observability: Observability
) -> None:
    client: Any = redis.RedisCluster("127.0.0.1", port=servers.ports[1])
    observability.redis(client)

    with pytest.raises(ResponseError):
        client.pipeline().set("a", "x").incr("a").lpush("a", 1).execute()
    assert [str(one)[:9] for one in client.pipeline().get("a").lpush("a", 1).execute(raise_on_error=False)] == [
        "b'x'",
        "WRONGTYPE",
    ]

    page = exposed(observability)
    errors = {one: page.value(REDIS_COMMAND_ERRORS, {COMMAND: one}) for one in ("INCRBY", "LPUSH")}
    assert errors == {"INCRBY": 1, "LPUSH": 2}
    client.close()


def test_a_watched_transaction_is_counted_and_a_change_is_no_error(
    servers: RedisClusterServers, observability: Observability
) -> None:
    client: Any = redis.RedisCluster("127.0.0.1", port=servers.ports[0])
    as_ever = client.pipeline(transaction=True).set("{t}a", 1).get("{t}a").execute()
    observability.redis(client)

    with client.pipeline(transaction=True) as pipe:
        pipe.watch("{t}a")
        client.set("{t}a", "changed")
        pipe.multi()
        pipe.set("{t}a", "mine")
        with pytest.raises(WatchError):
            pipe.execute()
    assert client.pipeline(transaction=True).set("{t}a", 1).get("{t}a").execute() == as_ever

    assert timed(observability) == {"WATCH": 1, "SET": 1, "TRANSACTION": 2}
    assert exposed(observability).value(REDIS_COMMAND_ERRORS) == 0
    client.close()


def test_the_pools_of_all_nodes_add_up(servers: RedisClusterServers, observability: Observability) -> None:
    client: Any = redis.RedisCluster("127.0.0.1", port=servers.ports[0], max_connections=4)
    observability.redis(client)
    for key in KEYS:
        client.get(key)

    pools = [node.redis_connection.connection_pool for node in client.get_nodes() if node.redis_connection]
    held = taken(pools[0])

    page = exposed(observability)
    assert page.value(CONNECTIONS_ACTIVE) == 1
    assert page.value(CONNECTIONS_IDLE) == sum(len(pool._available_connections) for pool in pools)
    assert page.value(CONNECTIONS_MAX) == 4 * len(pools)
    pools[0].release(held)
    client.close()


async def test_the_asyncio_client_is_counted_too(servers: RedisClusterServers, observability: Observability) -> None:
    async with LaterCluster("127.0.0.1", port=servers.ports[0]) as plain:
        client: Any = plain
        await client.flushall()
        observability.redis(client, prefixes={"user:": "user"})

        for key in KEYS:
            await client.set(key, "x")
        pipe = client.pipeline()
        for key in KEYS:
            pipe.get(key)
        assert await pipe.execute() == [b"x"] * len(KEYS)
        with pytest.raises(ResponseError):
            await client.pipeline().get("user:none").lpush("user:1", 1).execute()
        await client.get("later")
        move(servers, "later")
        assert await client.get("later") is None

        page = exposed(observability)
        nodes = client.get_nodes()
        assert page.value(CONNECTIONS_IDLE) == sum(len(node._free) for node in nodes) > 0
        assert page.value(CONNECTIONS_ACTIVE) == 0

    assert timed(observability) == {"SET": len(KEYS), "PIPELINE": 2, "GET": 2}
    assert reads(observability) == (len(KEYS), 1)
    assert page.value(REDIS_COMMAND_ERRORS, {COMMAND: "LPUSH"}) == 1


def test_without_a_client_clusters_are_counted_too(servers: RedisClusterServers, observability: Observability) -> None:
    observability.redis()

    client: Any = redis.RedisCluster("127.0.0.1", port=servers.ports[0])
    client.get("a")
    client.pipeline().get("a").get("b").execute()

    found = timed(observability)
    assert (found["GET"], found["PIPELINE"]) == (1, 1)
    client.close()
