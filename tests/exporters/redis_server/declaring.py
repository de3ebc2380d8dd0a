"""Probes of a Redis with declared keys, streams and queues, and what the server says itself."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import redis

from tests.exporters.probing import Exporter, redis_target
from tests.plugins.exposition import samples
from tests.plugins.redis_server import RedisServer
from watchbill.testing import Exposition
from watchbill_exporters.redis_server.declared import Declared


async def probed(server: RedisServer, declared: Declared, *, username: str | None = None, times: int = 1) -> Exposition:
    """The last of some scrapes over one exporter."""
    target = replace(redis_target(server, username=username), declared=declared)
    async with Exporter(target) as exporter:
        answers = [await exporter.probe(target.name) for _ in range(times)]
    assert answers[-1].status == 200
    # Twice the same series would spoil the scrape.
    assert samples(answers[-1].text)
    return Exposition.parse(answers[-1].text)


@contextmanager
def client(server: RedisServer, database: int = 0) -> Generator[Any]:
    """A client of the default user."""
    with redis.Redis(port=server.port, password=server.password, db=database, decode_responses=True) as found:
        yield found


def calls(server: RedisServer) -> Mapping[str, int]:
    """How often each command was carried out so far."""
    with client(server) as connection:
        found: dict[str, dict[str, Any]] = connection.info("commandstats")
    return {name.removeprefix("cmdstat_"): int(one["calls"]) for name, one in found.items()}


def more(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """Calls between two readings, without those that the readings themselves made."""
    grown = {name: number - before.get(name, 0) for name, number in after.items()}
    own = {"auth": 1, "select": 0, "info": 1}
    return {name: left for name, number in grown.items() if (left := number - own.get(name, 0)) > 0}


def commands_that(server: RedisServer, *categories: str) -> set[str]:
    """The commands of some ACL categories, such as `write`."""
    return {
        name
        for category in categories
        for name in server.cli("COMMAND", "LIST", "FILTERBY", "ACLCAT", category).split()
    }
