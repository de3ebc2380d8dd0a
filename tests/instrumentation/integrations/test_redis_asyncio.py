"""redis-py's asyncio client behaves as ever, and what it does is counted."""

import asyncio
import pickle
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from inspect import iscoroutinefunction
from typing import Any

import pytest
import redis.asyncio as redis
from redis._parsers import _AsyncRESP2Parser
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError, WatchError

from tests.plugins.application import exposed, quiet, until
from tests.plugins.redis_server import RedisServer, taken
from watchbill import Observability
from watchbill.catalogue.cache import CACHE_OPERATIONS, CACHE_STATUS
from watchbill.catalogue.pool import (
    CONNECTION_ERRORS,
    CONNECTION_TIMEOUTS,
    CONNECTION_WAIT,
    CONNECTIONS_ACTIVE,
    CONNECTIONS_IDLE,
    CONNECTIONS_MAX,
    CONNECTIONS_OPENED,
    CONNECTIONS_WAITING,
)
from watchbill.catalogue.redis_client import (
    COMMAND,
    REDIS_BLOCKING,
    REDIS_COMMAND_DURATION,
    REDIS_COMMAND_ERRORS,
    REDIS_PIPELINE_COMMANDS,
)
from watchbill.catalogue.watching import INTERNAL_ERRORS

Act = Callable[[Any], Coroutine[Any, Any, Any]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One Redis for all tests of this file."""
    yield from RedisServer(tmp_path_factory.mktemp("redis")).running()


@pytest.fixture
async def client(server: RedisServer) -> AsyncIterator[Any]:
    """A client of an empty Redis."""
    async with connected(server) as found:
        await found.flushall()
        yield found


@pytest.fixture
def observability() -> Iterator[Observability]:
    """Metrics alone; nothing of it went wrong."""
    found = quiet()
    yield found
    assert exposed(found).value(INTERNAL_ERRORS) == 0


def connected(server: RedisServer, **given: Any) -> Any:
    """A client."""
    return redis.Redis(port=server.port, password=server.password, **given)


def pooled(server: RedisServer, kind: Any = redis.ConnectionPool, **given: Any) -> Any:
    """A client of a pool of its own."""
    return redis.Redis.from_pool(kind(port=server.port, password=server.password, **given))


async def outcome(act: Act, client: Any) -> tuple[object, ...]:
    """What a call returns, or how it ends."""
    try:
        found: object = await act(client)
    except Exception as error:  # noqa: BLE001  each kind is compared
        return type(error), repr(error.args)
    return type(found), found


async def changed_watch(client: Any) -> Any:
    """Somebody else changes a watched key."""
    async with client.pipeline() as pipe:
        await pipe.watch("a")
        await client.set("a", "changed")
        pipe.multi()
        pipe.set("a", "mine")
        return await pipe.execute()


async def broken_pipeline(client: Any) -> Any:
    """Raises for its first error."""
    return await client.pipeline(transaction=False).set("a", "x").incr("a").lpush("a", 1).get("a").execute()


async def tolerant_pipeline(client: Any) -> Any:
    """Returns its errors."""
    replies = await client.pipeline().set("a", "x").incr("a").get("a").execute(raise_on_error=False)
    return [str(reply) for reply in replies]


async def script(client: Any) -> Any:
    """A registered script, which Redis does not know yet."""
    await client.script_flush()
    return await client.register_script("return ARGV[1]")(args=["x"])


ACTS: tuple[Act, ...] = (
    lambda client: client.set("a", "ä"),
    lambda client: client.get("none"),
    lambda client: client.mget("a", "b", "c"),
    lambda client: client.blpop(["none"], timeout=0.01),
    lambda client: client.incr("a"),
    lambda client: client.execute_command("NONSENSE", "x"),
    lambda client: client.pipeline().execute(),
    lambda client: client.pipeline().set("a", 1).get("a").execute(),
    broken_pipeline,
    tolerant_pipeline,
    changed_watch,
    script,
)


@pytest.mark.parametrize("decode", [False, True])
@pytest.mark.parametrize("single", [False, True])
async def test_a_client_returns_and_raises_what_it_did_before(
    server: RedisServer, observability: Observability, decode: bool, single: bool
) -> None:
    found: list[list[tuple[object, ...]]] = []
    for counts in (False, True):
        async with connected(server, decode_responses=decode, single_connection_client=single) as client:
            await client.flushall()
            if counts:
                observability.redis(client)
            found.append([await outcome(act, client) for act in ACTS])

    assert found[0] == found[1]


async def test_commands_and_pipelines_are_counted(client: Any, observability: Observability) -> None:
    observability.redis(client, prefixes={"user:": "user"})

    await client.set("user:1", "x")
    await client.mget("user:1", "user:2")
    with pytest.raises(ResponseError):
        await broken_pipeline(client)
    with pytest.raises(WatchError):
        await changed_watch(client)

    page = exposed(observability)
    timed = {one: page.count(REDIS_COMMAND_DURATION, {COMMAND: one}) for one in ("SET", "MGET", "PIPELINE", "WATCH")}
    assert timed == {"SET": 2, "MGET": 1, "PIPELINE": 1, "WATCH": 1}
    assert page.total(REDIS_PIPELINE_COMMANDS) == 5
    errors = {one: page.value(REDIS_COMMAND_ERRORS, {COMMAND: one}) for one in ("INCRBY", "LPUSH", "TRANSACTION")}
    assert errors == {"INCRBY": 1, "LPUSH": 1, "TRANSACTION": 0}
    statuses = {one: page.value(CACHE_OPERATIONS, {CACHE_STATUS: one}) for one in ("hit", "miss", "ok")}
    assert statuses == {"hit": 1, "miss": 1, "ok": 1}


async def test_a_wait_that_is_cancelled_is_no_error_and_not_timed(
    server: RedisServer, observability: Observability
) -> None:
    client = connected(server, socket_timeout=None)
    observability.redis(client)

    waits = asyncio.create_task(client.blpop(["none"]))
    await until_async(lambda: exposed(observability).value(REDIS_BLOCKING, {COMMAND: "BLPOP"}) == 1)
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waits

    page = exposed(observability)
    assert page.value(REDIS_COMMAND_ERRORS) == 0
    assert page.count(REDIS_COMMAND_DURATION) == 0
    await client.aclose()


async def until_async(condition: Callable[[], bool]) -> None:
    """Waits for a condition while the loop runs."""
    await asyncio.to_thread(until, condition)


async def test_the_pools_numbers_are_those_of_the_pool_at_every_step(
    server: RedisServer, observability: Observability
) -> None:
    client = pooled(server, max_connections=3)
    pool = client.connection_pool
    observability.redis(client)

    def agrees() -> tuple[float, float]:
        page = exposed(observability)
        found = page.value(CONNECTIONS_ACTIVE), page.value(CONNECTIONS_IDLE)
        assert list(found) == [len(pool._in_use_connections), len(pool._available_connections)]
        return found

    assert agrees() == (0, 0)
    first, second, third = [await taken(pool) for _ in range(3)]
    assert agrees() == (3, 0)
    with pytest.raises(RedisConnectionError):
        await client.ping()
    await pool.release(first)
    assert agrees() == (2, 1)
    await client.ping()
    await pool.release(second)
    await pool.release(third)
    assert agrees() == (0, 3)
    await pool.disconnect()
    await client.ping()

    page = exposed(observability)
    assert page.value(CONNECTIONS_MAX) == 3
    assert page.value(CONNECTION_TIMEOUTS) == 1
    assert page.value(CONNECTIONS_OPENED) == 4
    assert exposed(observability).count(CONNECTION_WAIT) == 5
    await client.aclose()


async def test_callers_of_a_full_pool_wait_and_give_up(server: RedisServer, observability: Observability) -> None:
    client = pooled(server, redis.BlockingConnectionPool, max_connections=1, timeout=0.2)
    observability.redis(client)

    held = await taken(client.connection_pool)
    waits = asyncio.create_task(client.ping())
    await until_async(lambda: exposed(observability).value(CONNECTIONS_WAITING) == 1)
    with pytest.raises(RedisConnectionError, match="No connection available"):
        await waits
    await client.connection_pool.release(held)
    await asyncio.gather(*(client.ping() for _ in range(5)))

    page = exposed(observability)
    assert (page.value(CONNECTION_TIMEOUTS), page.value(CONNECTION_ERRORS)) == (1, 0)
    assert (page.value(CONNECTIONS_ACTIVE), page.value(CONNECTIONS_IDLE)) == (0, 1)
    assert page.value(CONNECTIONS_OPENED) == 1
    await client.aclose()


async def test_an_outage_is_an_error_of_the_pool(redis_server: RedisServer, observability: Observability) -> None:
    client = pooled(redis_server)
    observability.redis(client)
    redis_server.stop()

    with pytest.raises(RedisConnectionError):
        await client.ping()

    assert exposed(observability).value(CONNECTION_ERRORS) == 1
    assert exposed(observability).value(CONNECTIONS_ACTIVE) == 0


async def test_an_idle_connection_that_the_server_closed_is_not_given_at_once(
    redis_server: RedisServer, observability: Observability
) -> None:
    # Of redis-py's parsers, this one tells the pool.
    client = pooled(redis_server, parser_class=_AsyncRESP2Parser, protocol=2, retry=Retry(NoBackoff(), 0))
    observability.redis(client)
    await client.ping()
    (connection,) = client.connection_pool._available_connections
    redis_server.stop()
    await until_async(connection._reader.at_eof)

    with pytest.raises(RedisConnectionError):
        await client.ping()

    page = exposed(observability)
    assert (page.value(CONNECTION_ERRORS), page.count(CONNECTION_WAIT)) == (1, 1)


async def test_a_client_without_a_running_loop_is_pickled_as_ever(observability: Observability) -> None:
    def can_be_pickled(client: Any) -> bool:
        try:
            return isinstance(pickle.loads(pickle.dumps(client)), redis.Redis)  # noqa: S301  our own
        except (TypeError, AttributeError, pickle.PicklingError):
            return False

    client: Any = redis.Redis()
    before = can_be_pickled(client)
    observability.redis(client)

    assert can_be_pickled(client) is before
    assert iscoroutinefunction(client.execute_command)
