"""Clients are instrumented once, and are as they were afterwards."""

import copy
import gc
import subprocess
import sys
from typing import Any
from weakref import ref

import pytest
import redis
from redis.client import Pipeline
from redis.connection import AbstractConnection

from tests.plugins.application import exposed, quiet
from tests.plugins.redis_server import RedisServer, connected
from watchbill import InvalidDeclaration, Observability
from watchbill.catalogue.pool import DB
from watchbill.catalogue.redis_client import (
    COMMAND,
    REDIS_COMMAND_DURATION,
)

CLIENT: Any = redis.Redis
"""Its methods have no types."""


def attributes_of_idle(client: Any) -> str:
    """The names of all attributes of a client's idle connections."""
    connections: list[Any] = client.connection_pool._available_connections
    assert connections
    return " ".join(name for one in connections for name in one.__dict__)


def times(observability: Observability, command: str, db: str = "redis") -> float:
    """How often a command was timed."""
    return exposed(observability).count(REDIS_COMMAND_DURATION, {DB: db, COMMAND: command})


def test_a_client_is_counted_once_however_often_it_is_instrumented(client: Any, observability: Observability) -> None:
    other = quiet()
    observability.redis(client).redis(client, name="again").redis()
    other.redis(client).redis()

    client.ping()
    client.pipeline().ping().execute()

    assert times(observability, "PING") == 1
    assert exposed(observability).count(REDIS_COMMAND_DURATION) == 2
    assert exposed(other).count(REDIS_COMMAND_DURATION) == 0
    assert other.report()["redis client redis"].reason == "instrumented by another Observability"
    other.uninstrument(client)


def test_uninstrumenting_leaves_the_classes_and_the_client_as_they_were(
    server: RedisServer, observability: Observability
) -> None:
    def held() -> list[dict[str, Any]]:
        classes: tuple[Any, ...] = (
            redis.Redis,
            Pipeline,
            redis.ConnectionPool,
            redis.BlockingConnectionPool,
        )
        return [dict(vars(one)) for one in (*classes, AbstractConnection, redis.RedisCluster)]

    client: Any = connected(server)
    gc.collect()
    before = held()
    attributes = (set(client.__dict__), set(client.connection_pool.__dict__))
    observability.redis(client).redis()
    client.ping()
    observability.uninstrument(client)
    client.ping()
    observability.uninstrument(redis)
    client.ping()

    assert times(observability, "PING") == 2
    assert held() == before
    assert (set(client.__dict__), set(client.connection_pool.__dict__)) == attributes
    assert "watchbill" not in attributes_of_idle(client)


def test_a_layer_of_another_library_above_ours_stays_and_works(
    client: Any, observability: Observability, monkeypatch: pytest.MonkeyPatch
) -> None:
    observability.redis(client)
    ours: Any = CLIENT.execute_command
    seen: list[str] = []

    def theirs(self: Any, *args: Any, **options: Any) -> Any:
        seen.append(args[0])
        return ours(self, *args, **options)

    monkeypatch.setattr(redis.Redis, "execute_command", theirs)
    observability.uninstrument(client)
    client.ping()
    observability.redis(client)
    client.ping()

    assert seen == ["PING", "PING"]
    assert times(observability, "PING") == 1
    observability.uninstrument(client)
    monkeypatch.undo()
    observability.redis(client)
    client.ping()
    assert times(observability, "PING") == 2


def test_without_a_client_all_of_them_are_counted(
    client: Any, server: RedisServer, observability: Observability
) -> None:
    observability.redis()

    client.get("user:1")
    with connected(server) as later:
        later.pipeline(transaction=False).get("user:1").execute()

    assert times(observability, "GET") == 1
    assert times(observability, "PIPELINE") == 1


def test_a_client_that_nobody_has_any_more_is_gone(server: RedisServer, observability: Observability) -> None:
    client = connected(server)
    observability.redis(client)
    client.ping()
    seen = ref(client)
    own = CLIENT.execute_command

    del client
    gc.collect()

    assert seen() is None
    assert CLIENT.execute_command is not own


def test_a_copy_works(client: Any, observability: Observability) -> None:
    observability.redis(client)

    assert copy.copy(client).ping() is True


def test_what_is_no_client_is_refused_with_all_that_is_wrong(observability: Observability) -> None:
    with pytest.raises(InvalidDeclaration) as refused:
        observability.redis(object(), prefixes={"user:": 3})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidDeclaration, match="the class Redis is no client of redis; give a Redis"):
        observability.redis(redis.Redis)

    assert len(refused.value.faults) == 2


def test_without_the_library_one_error_says_what_to_install() -> None:
    program = """
import sys
sys.modules["redis"] = None
from watchbill import MissingExtra, Observability
try:
    Observability("shop", tracing=None, logging=None).redis()
except MissingExtra as error:
    print(error)
"""
    # The program above, in this Python.
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert said.splitlines() == [
        "obs.redis() needs redis, which is not installed.",
        'Install it with: pip install "watchbill[redis]"',
    ]
