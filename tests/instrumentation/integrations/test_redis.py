"""redis-py's sync client behaves as ever, and what it does is counted."""

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.plugins.application import exposed, freed, quiet
from tests.plugins.redis_server import RedisServer, connected
from watchbill import Observability
from watchbill.catalogue.http import EXCEPTION
from watchbill.catalogue.pool import DB
from watchbill.catalogue.redis_client import (
    COMMAND,
    REDIS_BLOCKING,
    REDIS_COMMAND_DURATION,
    REDIS_COMMAND_ERRORS,
    REDIS_PIPELINE_COMMANDS,
)
from watchbill.guard import OTHER

Act = Callable[[Any], Any]
CLIENT: Any = redis.Redis
"""Its methods have no types."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One Redis for all tests of this file."""
    yield from RedisServer(tmp_path_factory.mktemp("redis")).running()


@pytest.fixture
def client(server: RedisServer) -> Iterator[Any]:
    """A client of an empty Redis."""
    with connected(server) as found:
        found.flushall()
        yield found


@pytest.fixture
def observability() -> Iterator[Observability]:
    """Metrics alone; what it instruments is free again after the test, and nothing of it went wrong."""
    yield from freed(quiet(), redis)


def times(observability: Observability, command: str, db: str = "redis") -> float:
    """How often a command was timed."""
    return exposed(observability).count(REDIS_COMMAND_DURATION, {DB: db, COMMAND: command})


def errors(observability: Observability) -> dict[tuple[str, str], float]:
    """Errors by command and exception."""
    page = exposed(observability)
    commands = page.values_of(REDIS_COMMAND_ERRORS, COMMAND)
    kinds = page.values_of(REDIS_COMMAND_ERRORS, EXCEPTION)
    found = {
        (command, kind): page.value(REDIS_COMMAND_ERRORS, {COMMAND: command, EXCEPTION: kind})
        for command in commands
        for kind in kinds
    }
    return {key: count for key, count in found.items() if count}


def outcome(act: Act, client: Any) -> tuple[object, ...]:
    """What a call returns, or how it ends."""
    try:
        found: object = act(client)
    except Exception as error:  # noqa: BLE001  each kind is compared
        return type(error), repr(error.args)
    return type(found), found


def lua_error(client: Any) -> Any:
    """A script that fails."""
    return client.eval("return redis.error_reply('MINE went wrong')", 0)


def script(client: Any) -> Any:
    """A registered script, which Redis does not know yet."""
    client.script_flush()
    return client.register_script("return ARGV[1]")(args=["x"])


def broken_pipeline(client: Any) -> Any:
    """Raises for its first error."""
    return client.pipeline(transaction=False).set("a", "x").incr("a").lpush("a", 1).get("a").execute()


def tolerant_pipeline(client: Any) -> Any:
    """Returns its errors."""
    replies = client.pipeline().set("a", "x").incr("a").get("a").execute(raise_on_error=False)
    return [str(reply) for reply in replies]


def changed_watch(client: Any) -> Any:
    """Somebody else changes a watched key."""
    with client.pipeline() as pipe:
        pipe.watch("a")
        client.set("a", "changed")
        pipe.multi()
        pipe.set("a", "mine")
        return pipe.execute()


def optimistic(client: Any) -> Any:
    """A transaction that reads first."""

    def counted(pipe: Any) -> None:
        pipe.get("n")
        pipe.multi()
        pipe.incr("n")

    client.set("n", 1)
    return client.transaction(counted, "n")


ACTS: tuple[Act, ...] = (
    lambda client: client.set("a", "ä"),
    lambda client: (client.set("a", 0), client.get("a"), client.get("none")),
    lambda client: client.mget("a", "b", "c"),
    lambda client: (client.hset("h", mapping={"f": 1}), client.hgetall("h"), client.hmget("h", "f", "g")),
    lambda client: client.blpop(["none"], timeout=0.01),
    lambda client: client.xread({"stream": "$"}, block=5),
    lambda client: client.incr("text") if client.set("text", "x") else None,
    lambda client: client.execute_command("NONSENSE", "x"),
    lambda client: client.execute_command(),
    lambda client: client.execute_command(["GET"], "a"),
    lambda client: client.execute_command("XREAD", ["BLOCK"], "STREAMS"),
    lambda client: client.config_get("maxmemory"),
    lambda client: client.pipeline().execute(),
    lambda client: client.pipeline().set("a", 1).get("a").execute(),
    broken_pipeline,
    tolerant_pipeline,
    changed_watch,
    optimistic,
    script,
    lua_error,
)


@pytest.mark.parametrize("decode", [False, True])
@pytest.mark.parametrize("single", [False, True])
def test_a_client_returns_and_raises_what_it_did_before(
    server: RedisServer, observability: Observability, decode: bool, single: bool
) -> None:
    found: list[list[tuple[object, ...]]] = []
    for counts in (False, True):
        with connected(server, decode_responses=decode, single_connection_client=single) as client:
            client.flushall()
            if counts:
                observability.redis(client)
            found.append([outcome(act, client) for act in ACTS])

    assert found[0] == found[1]


def test_a_subclass_keeps_its_own_ways(server: RedisServer, observability: Observability) -> None:
    class Shouting(redis.Redis):
        def execute_command(self, *args: Any, **options: Any) -> Any:
            return f"{cast('Any', super()).execute_command(*args, **options)}!"

    client = connected(server, Shouting)
    observability.redis(client)

    assert client.ping() == "True!"
    assert isinstance(client, redis.Redis)
    assert type(client) is Shouting
    assert times(observability, "PING") == 1


def test_commands_are_timed_by_name_without_subcommands(client: Any, observability: Observability) -> None:
    observability.redis(client, name="cache")

    client.set("a", 1)
    client.get("a")
    client.get("b")
    client.config_get("maxmemory")
    client.client_list()
    client.execute_command(b"get", "a")

    page = exposed(observability)
    assert page.values_of(REDIS_COMMAND_DURATION, COMMAND) == {"SET", "GET", "CONFIG", "CLIENT"}
    assert page.count(REDIS_COMMAND_DURATION, {DB: "cache", COMMAND: "GET"}) == 3
    assert 0 < page.total(REDIS_COMMAND_DURATION, {COMMAND: "GET"}) < 1


def test_a_client_that_a_client_makes_of_itself_is_counted_too(client: Any, observability: Observability) -> None:
    observability.redis(client)

    with client.client() as single:
        single.ping()
        single.pipeline().ping().execute()

    assert (times(observability, "PING"), times(observability, "TRANSACTION")) == (1, 1)


def test_commands_that_nobody_knows_stay_few(client: Any, observability: Observability) -> None:
    observability.redis(client)

    for number in range(200):
        with pytest.raises(redis.ResponseError):
            client.execute_command(f"MY{number}.COMMAND")
    with pytest.raises(redis.ResponseError):
        client.execute_command("secret token=\n{}")
    client.ping()

    commands = exposed(observability).values_of(REDIS_COMMAND_DURATION, COMMAND)
    assert len(commands) < 25
    assert {OTHER, "PING"} < commands


def test_errors_are_counted_by_command_and_kind(client: Any, observability: Observability) -> None:
    observability.redis(client)
    client.set("a", "x")

    with pytest.raises(redis.ResponseError):
        client.incr("a")
    with pytest.raises(redis.ResponseError):
        lua_error(client)
    with pytest.raises(redis.ResponseError):
        client.lpush("a", 1)

    assert set(errors(observability)) == {
        ("INCRBY", "redis.exceptions.ResponseError"),
        ("EVAL", "redis.exceptions.ResponseError"),
        ("LPUSH", "redis.exceptions.ResponseError"),
    }


def test_a_changed_watch_and_an_unknown_script_are_no_errors(client: Any, observability: Observability) -> None:
    observability.redis(client)

    with pytest.raises(redis.WatchError):
        changed_watch(client)
    script(client)

    assert errors(observability) == {}
    assert times(observability, "WATCH") == 1
    assert times(observability, "TRANSACTION") == 1
    assert times(observability, "EVALSHA") == 2


def test_a_pipeline_is_one_round_trip_with_its_number_of_commands(client: Any, observability: Observability) -> None:
    observability.redis(client)

    client.pipeline().set("a", 1).get("a").incr("n").execute()
    client.pipeline(transaction=False).get("a").execute()
    client.pipeline().execute()

    page = exposed(observability)
    assert page.values_of(REDIS_COMMAND_DURATION, COMMAND) == {"TRANSACTION", "PIPELINE"}
    assert page.count(REDIS_COMMAND_DURATION) == 2
    assert (page.count(REDIS_PIPELINE_COMMANDS), page.total(REDIS_PIPELINE_COMMANDS)) == (2, 4)


def test_every_error_inside_a_pipeline_is_counted_for_its_command(client: Any, observability: Observability) -> None:
    observability.redis(client)

    with pytest.raises(redis.ResponseError):
        broken_pipeline(client)
    tolerant_pipeline(client)

    kind = "redis.exceptions.ResponseError"
    assert errors(observability) == {("INCRBY", kind): 2, ("LPUSH", kind): 1}


def test_commands_that_wait_are_counted_and_not_timed(client: Any, observability: Observability) -> None:
    observability.redis(client)

    assert client.blpop(["none"], timeout=0.01) is None
    assert client.xread({"stream": "$"}, block=5) in ([], {})
    client.xadd("stream", {"a": 1})
    assert client.xread({"stream": "0"})
    client.wait(0, 1)

    page = exposed(observability)
    waited = {one: page.value(REDIS_BLOCKING, {COMMAND: one}) for one in ("BLPOP", "XREAD", "WAIT")}
    assert waited == {"BLPOP": 1, "XREAD": 1, "WAIT": 1}
    timed = {one: times(observability, one) for one in ("BLPOP", "XREAD", "WAIT")}
    assert timed == {"BLPOP": 0, "XREAD": 1, "WAIT": 0}
    assert errors(observability) == {}


def test_listening_to_a_channel_is_not_timed(client: Any, observability: Observability) -> None:
    observability.redis(client)

    with client.pubsub() as listener:
        listener.subscribe("news")
        assert listener.get_message(timeout=1)["type"] == "subscribe"
        client.publish("news", "x")
        assert listener.get_message(timeout=1)["data"] == b"x"

    assert exposed(observability).values_of(REDIS_COMMAND_DURATION, COMMAND) == {"PUBLISH"}


def test_an_outage_is_counted_and_raised_as_ever(redis_server: RedisServer, observability: Observability) -> None:
    client = connected(redis_server)
    client.set_retry(Retry(NoBackoff(), 0))
    observability.redis(client)
    client.get("user:1")
    redis_server.stop()

    with pytest.raises(redis.ConnectionError):
        client.get("user:1")
    with pytest.raises(redis.ConnectionError):
        client.pipeline().get("user:1").execute()

    kind = "redis.exceptions.ConnectionError"
    assert errors(observability) == {("GET", kind): 1, ("TRANSACTION", kind): 1}
