"""A Redis, a client of it, and what counts it."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis

from tests.plugins.application import freed, quiet
from tests.plugins.redis_server import RedisServer, connected
from watchbill import Observability


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One Redis for all tests of a file."""
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
