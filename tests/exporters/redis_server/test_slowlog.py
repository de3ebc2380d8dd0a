"""The slow log as counters."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.exporters.probing import Exporter, redis_target
from tests.plugins.exposition import samples, value
from tests.plugins.programs import wait_until
from tests.plugins.redis_server import RedisServer
from tests.plugins.wire_proxy import WireProxy
from watchbill.catalogue.redis_server.slowlog import (
    REDIS_SLOWLOG_ENTRIES,
    REDIS_SLOWLOG_LAST_ID,
    REDIS_SLOWLOG_LAST_SECONDS,
    REDIS_SLOWLOG_LENGTH,
    REDIS_SLOWLOG_RECORDED,
    REDIS_SLOWLOG_SECONDS,
    REDIS_SLOWLOG_SLOWEST,
)

SECRET = "customer-4711"


@pytest.fixture
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A server that logs what takes more than five milliseconds."""
    server = RedisServer(tmp_path_factory.mktemp("slow"))
    server.start("--enable-debug-command", "local", "--slowlog-log-slower-than", "5000")
    try:
        yield server
    finally:
        server.stop()


def _be_slow(server: RedisServer, times: int = 1) -> None:
    for _ in range(times):
        server.execute("DEBUG", "SLEEP", "0.006")


async def test_entries_are_counted_by_command_from_the_first_look_on(slow: RedisServer) -> None:
    _be_slow(slow, 2)
    async with Exporter(redis_target(slow)) as exporter:
        first = (await exporter.probe("cache")).text
        _be_slow(slow, 3)
        slow.execute("EVAL", f"-- {SECRET}\nlocal t = 0; for i = 1, 3000000 do t = t + i end; return t", "0")
        second = (await exporter.probe("cache")).text
        third = (await exporter.probe("cache")).text
    assert value(first, REDIS_SLOWLOG_LENGTH) == 2
    assert value(first, REDIS_SLOWLOG_RECORDED) == 0
    assert value(first, REDIS_SLOWLOG_ENTRIES, "debug") == 0
    assert value(first, REDIS_SLOWLOG_SLOWEST) is None
    number, _, microseconds, *_ = slow.cli("SLOWLOG", "GET", "1").splitlines()
    assert value(second, REDIS_SLOWLOG_LAST_ID) == int(number)
    assert value(second, REDIS_SLOWLOG_LAST_SECONDS) == pytest.approx(int(microseconds) / 1e6)
    assert value(second, REDIS_SLOWLOG_RECORDED) == 4
    assert value(second, REDIS_SLOWLOG_ENTRIES, "debug") == 3
    assert value(second, REDIS_SLOWLOG_ENTRIES, "eval") == 1
    assert 0.018 < (value(second, REDIS_SLOWLOG_SECONDS, "debug") or 0) < 1
    assert (value(second, REDIS_SLOWLOG_SLOWEST) or 0) >= int(microseconds) / 1e6
    assert value(third, REDIS_SLOWLOG_RECORDED) == 4
    assert SECRET not in second


async def test_more_entries_than_one_look_asks_for_are_all_counted(slow: RedisServer) -> None:
    slow.execute("CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "1000")
    async with Exporter(redis_target(slow)) as exporter:
        before = (await exporter.probe("cache")).text
        for number in range(60):
            slow.execute("GET", f"{SECRET}-{number}")
        after = (await exporter.probe("cache")).text
    assert value(before, REDIS_SLOWLOG_ENTRIES, "get") is None
    assert value(after, REDIS_SLOWLOG_ENTRIES, "get") == 60


async def test_a_reset_loses_nothing_and_a_restart_begins_anew(slow: RedisServer) -> None:
    async with Exporter(redis_target(slow)) as exporter:
        await exporter.probe("cache")
        _be_slow(slow, 2)
        await exporter.probe("cache")
        slow.execute("SLOWLOG", "RESET")
        empty = (await exporter.probe("cache")).text
        _be_slow(slow)
        reset = (await exporter.probe("cache")).text
        slow.stop()
        slow.start("--enable-debug-command", "local", "--slowlog-log-slower-than", "5000")
        _be_slow(slow)
        restarted = (await exporter.probe("cache")).text
    assert value(empty, REDIS_SLOWLOG_LENGTH) == 0
    assert value(empty, REDIS_SLOWLOG_LAST_ID) is None
    assert value(empty, REDIS_SLOWLOG_RECORDED) == 2
    assert value(reset, REDIS_SLOWLOG_ENTRIES, "debug") == 3
    assert value(restarted, REDIS_SLOWLOG_ENTRIES, "debug") == 4
    assert [name for name, _ in samples(restarted)].count(REDIS_SLOWLOG_ENTRIES.name) == 1


async def test_entries_that_were_thrown_away_before_the_first_look_are_not_counted(slow: RedisServer) -> None:
    _be_slow(slow, 3)
    slow.execute("SLOWLOG", "RESET")
    async with Exporter(redis_target(slow)) as exporter:
        await exporter.probe("cache")
        _be_slow(slow)
        text = (await exporter.probe("cache")).text
    assert value(text, REDIS_SLOWLOG_LAST_ID) == 3
    assert value(text, REDIS_SLOWLOG_RECORDED) == value(text, REDIS_SLOWLOG_ENTRIES, "debug") == 1


async def test_what_another_server_had_logged_before_it_took_over_is_not_counted(
    slow: RedisServer, redis_server: RedisServer
) -> None:
    redis_server.execute("CONFIG", "SET", "slowlog-log-slower-than", "0")
    for number in range(5):
        redis_server.execute("GET", str(number))
    wait_until(lambda: int(redis_server.info("server")["uptime_in_seconds"]) >= 2, "it is known to be older")
    with WireProxy(slow.address) as proxy:
        async with Exporter(replace(redis_target(slow), address=proxy.address)) as exporter:
            await exporter.probe("cache")
            proxy.lead_to(redis_server.address)
            moved = (await exporter.probe("cache")).text
            redis_server.execute("GET", "one more")
            after = (await exporter.probe("cache")).text
    assert value(moved, REDIS_SLOWLOG_RECORDED) == 0
    assert value(after, REDIS_SLOWLOG_ENTRIES, "get") == 1
