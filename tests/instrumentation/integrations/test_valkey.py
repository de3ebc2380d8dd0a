"""valkey-py's clients are counted as redis-py's are."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import valkey
import valkey.asyncio

from tests.plugins.application import exposed, freed, quiet
from tests.plugins.redis_server import RedisServer
from watchbill import InvalidDeclaration, Observability
from watchbill.catalogue.cache import CACHE_OPERATIONS, CACHE_STATUS
from watchbill.catalogue.pool import CONNECTIONS_IDLE, CONNECTIONS_OPENED, DB
from watchbill.catalogue.redis_client import (
    COMMAND,
    REDIS_BLOCKING,
    REDIS_COMMAND_DURATION,
    REDIS_COMMAND_ERRORS,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One server for all tests of this file: the protocol is the same."""
    yield from RedisServer(tmp_path_factory.mktemp("redis")).running()


@pytest.fixture
def observability() -> Iterator[Observability]:
    """Metrics alone; nothing of it went wrong."""
    yield from freed(quiet(), valkey)


def counted(observability: Observability) -> dict[str, float]:
    """Times, errors and reads."""
    page = exposed(observability)
    commands = page.values_of(REDIS_COMMAND_DURATION, COMMAND)
    return {
        **{one: page.count(REDIS_COMMAND_DURATION, {DB: "valkey", COMMAND: one}) for one in commands},
        "errors": page.value(REDIS_COMMAND_ERRORS, {COMMAND: "LPUSH"}),
        "blocking": page.value(REDIS_BLOCKING),
        "hits": page.value(CACHE_OPERATIONS, {CACHE_STATUS: "hit"}),
        "opened": page.value(CONNECTIONS_OPENED),
        "idle": page.value(CONNECTIONS_IDLE),
    }


EXPECTED = {"SET": 1, "GET": 1, "PIPELINE": 1, "errors": 1, "blocking": 1, "hits": 2, "opened": 1, "idle": 1}


def test_the_sync_client_is_counted(server: RedisServer, observability: Observability) -> None:
    client: Any = valkey.Valkey(port=server.port, password=server.password)
    observability.valkey(client, prefixes={"user:": "user"})

    assert client.set("user:1", "x") is True
    assert client.get("user:1") == b"x"
    assert client.blpop(["none"], timeout=0.01) is None
    with pytest.raises(valkey.ResponseError):
        client.pipeline(transaction=False).get("user:1").lpush("user:1", 1).execute()

    assert counted(observability) == EXPECTED
    client.close()


async def test_the_asyncio_client_is_counted(server: RedisServer, observability: Observability) -> None:
    client: Any = valkey.asyncio.Valkey(port=server.port, password=server.password)
    observability.valkey(client, prefixes={"user:": "user"})

    assert await client.set("user:1", "x") is True
    assert await client.get("user:1") == b"x"
    assert await client.blpop(["none"], timeout=0.01) is None
    with pytest.raises(valkey.ResponseError):
        await client.pipeline(transaction=False).get("user:1").lpush("user:1", 1).execute()

    assert counted(observability) == EXPECTED
    await client.aclose()


def test_without_a_client_all_of_them_are_counted_until_it_ends(
    server: RedisServer, observability: Observability
) -> None:
    client: Any = valkey.Valkey(port=server.port, password=server.password)
    kind: Any = valkey.Valkey
    own = kind.execute_command
    observability.valkey()

    client.ping()
    observability.uninstrument(valkey)
    client.ping()

    assert counted(observability)["PING"] == 1
    assert kind.execute_command is own
    client.close()


def test_what_is_no_client_is_refused(observability: Observability) -> None:
    with pytest.raises(InvalidDeclaration, match="a object is no client of valkey; give a Valkey or ValkeyCluster"):
        observability.valkey(object())


def test_without_the_library_one_error_says_what_to_install() -> None:
    program = """
import sys
sys.modules["valkey"] = None
from watchbill import MissingExtra, Observability
try:
    Observability("shop", tracing=None, logging=None).valkey()
except MissingExtra as error:
    print(error)
"""
    # The program above, in this Python.
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert said.splitlines() == [
        "obs.valkey() needs valkey, which is not installed.",
        'Install it with: pip install "watchbill[valkey]"',
    ]
