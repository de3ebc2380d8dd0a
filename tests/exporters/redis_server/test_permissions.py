"""Accounts with fewer rights, and servers with fewer commands."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.exporters.probing import Exporter, redis_target
from tests.exporters.redis_server.landscape import Landscape
from tests.plugins.exposition import names, value, values
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.redis_server.clients import REDIS_CLIENTS
from watchbill.catalogue.redis_server.keyspace import REDIS_KEYS
from watchbill.catalogue.redis_server.latency import REDIS_LATENCIES
from watchbill.catalogue.redis_server.memory import REDIS_MEMORY_USED
from watchbill.catalogue.redis_server.probe import REDIS_COLLECTOR_SUCCESS, REDIS_PERMISSION, REDIS_UP
from watchbill.catalogue.redis_server.settings import REDIS_CONFIG_MAXMEMORY
from watchbill.catalogue.redis_server.slowlog import REDIS_SLOWLOG_LENGTH
from watchbill.catalogue.redis_server.traffic import REDIS_ERROR_REPLIES
from watchbill_exporters.redis_server.rights import ACL, ACL_ADD, ACL_OF_REDIS_6, ACL_OF_SENTINEL

_RIGHTS = {"info", "config|get", "slowlog|len", "slowlog|get", "latency|latest", "latency|histogram"}


async def _probed(server: RedisServer, user: str) -> str:
    async with Exporter(redis_target(server, username=user)) as exporter:
        await exporter.probe("cache")
        return (await exporter.probe("cache")).text


def _permissions(text: str) -> dict[str, float | None]:
    return {right: value(text, REDIS_PERMISSION, right) for right in _RIGHTS}


async def test_a_user_without_rights_shows_what_is_missing_and_no_zeros(redis_server: RedisServer) -> None:
    redis_server.execute("ACL", "SETUSER", "weak", "on", f">{redis_server.password}", "-@all", "+ping")
    text = await _probed(redis_server, "weak")
    assert value(text, REDIS_UP) == 1
    assert set(_permissions(text).values()) == {0}
    assert value(text, REDIS_COLLECTOR_SUCCESS, "memory") == 0
    assert value(text, REDIS_MEMORY_USED) is None


@pytest.mark.parametrize(
    ("right", "lost", "collectors"),
    [
        ("info", REDIS_MEMORY_USED.name, {"memory", "server", "clients"}),
        ("config|get", REDIS_CONFIG_MAXMEMORY.name, {"settings"}),
        ("slowlog|len", REDIS_SLOWLOG_LENGTH.name, {"slowlog"}),
        ("latency|histogram", f"{REDIS_LATENCIES.name}_count", {"latency_histograms"}),
    ],
    ids=["info", "config", "slowlog", "histogram"],
)
async def test_a_right_that_is_missing_costs_its_own_series_alone(
    redis_server: RedisServer, right: str, lost: str, collectors: set[str]
) -> None:
    redis_server.execute(*ACL.format(user="some").replace("PASSWORD", redis_server.password).split())
    redis_server.execute("ACL", "SETUSER", "some", f"-{right}")
    text = await _probed(redis_server, "some")
    assert _permissions(text) == {**dict.fromkeys(_RIGHTS, 1.0), right: 0.0}
    assert {value(text, REDIS_COLLECTOR_SUCCESS, collector) for collector in collectors} == {0}
    assert lost not in names(text)
    others = {REDIS_MEMORY_USED.name, REDIS_CONFIG_MAXMEMORY.name, REDIS_SLOWLOG_LENGTH.name} - {lost}
    assert others <= names(text)


async def test_the_name_of_an_account_does_not_change_what_it_lacks(redis_server: RedisServer) -> None:
    redis_server.execute("ACL", "SETUSER", "read-access", "on", f">{redis_server.password}", "-@all", "+ping")
    assert set(_permissions(await _probed(redis_server, "read-access")).values()) == {0}


async def test_the_line_that_grants_a_right_brings_its_series_back_at_the_next_probe(redis_server: RedisServer) -> None:
    redis_server.execute(*ACL.format(user="some").replace("PASSWORD", redis_server.password).split())
    redis_server.execute("ACL", "SETUSER", "some", "-config|get")
    async with Exporter(redis_target(redis_server, username="some")) as exporter:
        assert value((await exporter.probe("cache")).text, REDIS_PERMISSION, "config|get") == 0
        redis_server.execute(*ACL_ADD.format(user="some", right="config|get").split())
        text = (await exporter.probe("cache")).text
    assert value(text, REDIS_PERMISSION, "config|get") == 1
    assert value(text, REDIS_CONFIG_MAXMEMORY) == 0


async def test_a_refused_right_is_asked_for_once_in_a_probe(redis_server: RedisServer) -> None:
    redis_server.execute(*ACL.format(user="some").replace("PASSWORD", redis_server.password).split())
    redis_server.execute("ACL", "SETUSER", "some", "-config|get")
    async with Exporter(redis_target(redis_server, username="some")) as exporter:
        await exporter.probe("cache")
        first = value((await exporter.probe("cache")).text, REDIS_ERROR_REPLIES)
        second = value((await exporter.probe("cache")).text, REDIS_ERROR_REPLIES)
    assert first is not None
    assert second == first + 1


@pytest.mark.parametrize("line", [ACL, ACL_OF_REDIS_6], ids=["Redis 7", "Redis 6"])
async def test_the_shipped_line_grants_all_that_it_says(redis_server: RedisServer, line: str) -> None:
    redis_server.execute(*line.format(user="watchbill").replace("PASSWORD", redis_server.password).split())
    target = replace(redis_target(redis_server, username="watchbill"), latency_histograms=line == ACL, client_list=True)
    async with Exporter(target) as exporter:
        text = (await exporter.probe("cache")).text
    assert set(values(text, REDIS_PERMISSION)) == {1}
    assert set(values(text, REDIS_COLLECTOR_SUCCESS)) == {1}


async def test_the_line_for_a_sentinel_grants_all_that_is_needed_there(landscape: Landscape) -> None:
    sentinel = landscape.sentinel
    sentinel.execute(*ACL_OF_SENTINEL.format(user="watchbill").replace("PASSWORD", landscape.master.password).split())
    target = redis_target(landscape.master, name="sentinel", username="watchbill")
    try:
        async with Exporter(replace(target, address=sentinel.address)) as exporter:
            text = (await exporter.probe("sentinel")).text
    finally:
        sentinel.execute("ACL", "DELUSER", "watchbill")
    assert set(values(text, REDIS_PERMISSION)) == {1}
    assert set(values(text, REDIS_COLLECTOR_SUCCESS)) == {1}


@pytest.fixture
def managed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A server as providers rent them: without CONFIG, and with other commands under names of their own."""
    server = RedisServer(tmp_path_factory.mktemp("managed"))
    server.start("--rename-command", "CONFIG", "", "--rename-command", "SLOWLOG", "hidden-slowlog")
    try:
        yield server
    finally:
        server.stop()


async def test_commands_that_were_taken_away_cost_their_own_series_alone(managed: RedisServer) -> None:
    async with Exporter(redis_target(managed)) as exporter:
        text = (await exporter.probe("cache")).text
    refused = {right for right, granted in _permissions(text).items() if granted == 0}
    assert refused == {"config|get", "slowlog|len", "slowlog|get"}
    assert value(text, REDIS_UP) == value(text, REDIS_CLIENTS) == 1
    assert values(text, REDIS_KEYS) == [0]
    assert REDIS_CONFIG_MAXMEMORY.name not in names(text)
