"""The numbers of sync pools are those of the pools themselves."""

from threading import Thread
from typing import Any

import pytest
import redis

from tests.plugins.application import exposed, until
from tests.plugins.redis_server import RedisServer, taken
from watchbill import Observability
from watchbill.catalogue.pool import (
    CONNECTION_ERRORS,
    CONNECTION_TIMEOUTS,
    CONNECTION_WAIT,
    CONNECTIONS_ACTIVE,
    CONNECTIONS_IDLE,
    CONNECTIONS_MAX,
    CONNECTIONS_OPENED,
    CONNECTIONS_WAITING,
    DB,
)

BLOCKING: Any = redis.BlockingConnectionPool
"""Its fields have no types."""


def pooled(server: RedisServer, kind: Any = redis.ConnectionPool, **given: Any) -> Any:
    """A client of a pool of its own."""
    return redis.Redis(connection_pool=kind(port=server.port, password=server.password, **given))


def gauges(observability: Observability, db: str = "redis") -> tuple[float, float]:
    """Connections in use, and idle."""
    page = exposed(observability)
    return page.value(CONNECTIONS_ACTIVE, {DB: db}), page.value(CONNECTIONS_IDLE, {DB: db})


def own(pool: Any) -> tuple[int, int]:
    """The same, as the pool keeps them."""
    if type(pool) is BLOCKING:
        idle = sum(one is not None for one in pool.pool.queue)
        return len(pool._connections) - idle, idle
    return len(pool._in_use_connections), len(pool._available_connections)


@pytest.mark.parametrize("kind", [redis.ConnectionPool, redis.BlockingConnectionPool])
def test_the_numbers_are_the_pools_own_at_every_step(
    server: RedisServer, observability: Observability, kind: Any
) -> None:
    client = pooled(server, kind, max_connections=3)
    pool = client.connection_pool
    observability.redis(client)

    def agrees() -> tuple[float, float]:
        found = gauges(observability)
        assert list(found) == list(own(pool))
        return found

    assert agrees() == (0, 0)
    first, second = taken(pool), taken(pool)
    assert agrees() == (2, 0)
    pool.release(first)
    assert agrees() == (1, 1)
    with client.pubsub() as listener:
        listener.subscribe("news")
        assert agrees() == (2, 0)
    assert agrees() == (1, 1)
    pool.disconnect()
    pool.release(second)
    assert agrees() == (0, 2)
    client.ping()
    pool.reset()
    assert agrees() == (0, 0)

    page = exposed(observability)
    assert page.value(CONNECTIONS_MAX) == 3
    assert page.value(CONNECTIONS_OPENED) == 3
    assert page.count(CONNECTION_WAIT) == 4


def test_a_full_pool_is_a_timeout_and_a_dead_server_an_error(
    redis_server: RedisServer, observability: Observability
) -> None:
    client = pooled(redis_server, max_connections=1)
    observability.redis(client)
    held = taken(client.connection_pool)
    with pytest.raises(redis.ConnectionError, match="Too many"):
        client.ping()
    held.disconnect()
    client.connection_pool.release(held)
    redis_server.stop()
    with pytest.raises(redis.ConnectionError):
        client.ping()

    page = exposed(observability)
    assert (page.value(CONNECTION_TIMEOUTS), page.value(CONNECTION_ERRORS)) == (1, 1)
    assert gauges(observability)[0] == 0


def test_callers_that_wait_are_seen_and_what_they_waited(server: RedisServer, observability: Observability) -> None:
    client = pooled(server, redis.BlockingConnectionPool, max_connections=1, timeout=10)
    observability.redis(client)
    held = taken(client.connection_pool)
    waits = Thread(target=client.ping)
    waits.start()
    until(lambda: exposed(observability).value(CONNECTIONS_WAITING) == 1)

    client.connection_pool.release(held)
    waits.join(10)

    page = exposed(observability)
    assert page.value(CONNECTIONS_WAITING) == 0
    assert page.count(CONNECTION_WAIT) == 2
    assert page.value(CONNECTION_TIMEOUTS) == 0


def test_a_pool_of_two_clients_stands_under_the_first_ones_name(
    server: RedisServer, observability: Observability
) -> None:
    first = pooled(server)
    second: Any = redis.Redis(connection_pool=first.connection_pool)
    plain: Any = redis.Redis(connection_pool=first.connection_pool)
    observability.redis(first, name="first").redis(second, name="second").redis()

    plain.ping()
    held = taken(first.connection_pool)
    assert [gauges(observability, name) for name in ("first", "second", "redis")] == [(1, 0), (0, 0), (0, 0)]
    observability.uninstrument(first)
    assert [gauges(observability, name) for name in ("first", "second", "redis")] == [(0, 0), (1, 0), (0, 0)]
    observability.uninstrument(second)
    first.connection_pool.release(held)
    plain.ping()
    assert [gauges(observability, name) for name in ("first", "second", "redis")] == [(0, 0), (0, 0), (0, 1)]


def test_pools_of_one_name_add_up(server: RedisServer, observability: Observability) -> None:
    one, other = pooled(server, max_connections=2), pooled(server, max_connections=5)
    observability.redis(one, name="cache").redis(other, name="cache")

    held = taken(one.connection_pool)
    other.ping()

    assert gauges(observability, "cache") == (1, 1)
    assert exposed(observability).value(CONNECTIONS_MAX, {DB: "cache"}) == 7
    one.connection_pool.release(held)
