"""Memory that is left, and for how long."""

from collections.abc import Mapping

import pytest

from tests.exporters.probing import Exporter, redis_target
from tests.plugins.exposition import value
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue import Metric
from watchbill.catalogue.redis_server.keyspace import REDIS_EVICTED
from watchbill.catalogue.redis_server.memory import (
    REDIS_HEADROOM,
    REDIS_MEMORY_MAX,
    REDIS_MEMORY_USED,
    REDIS_NOT_COUNTED_FOR_EVICTION,
    REDIS_SYSTEM_MEMORY,
    REDIS_TIME_TO_FULL,
)
from watchbill_exporters.redis_server.memory import GROWTH_SECONDS, Headroom
from watchbill_exporters.redis_server.replies import INFO, Replies

_MEGABYTE = 1024 * 1024


async def test_the_headroom_is_what_the_limit_leaves(redis_server: RedisServer) -> None:
    async with Exporter(redis_target(redis_server)) as exporter:
        unlimited = (await exporter.probe("cache")).text
        redis_server.execute("CONFIG", "SET", "maxmemory", "100mb")
        limited = (await exporter.probe("cache")).text
    system = value(unlimited, REDIS_SYSTEM_MEMORY) or 0
    assert system > 0
    assert system - 100 * _MEGABYTE < (value(unlimited, REDIS_HEADROOM) or 0) < system
    assert value(limited, REDIS_MEMORY_MAX) == 100 * _MEGABYTE
    used, exempt = value(limited, REDIS_MEMORY_USED) or 0, value(limited, REDIS_NOT_COUNTED_FOR_EVICTION) or 0
    assert value(limited, REDIS_HEADROOM) == 100 * _MEGABYTE - used + exempt


async def test_evictions_and_no_headroom_are_told_of_a_full_server(redis_server: RedisServer) -> None:
    redis_server.execute("CONFIG", "SET", "maxmemory", "3mb", "maxmemory-policy", "allkeys-lru")
    for number in range(40):
        redis_server.cli("SET", f"key{number}", "x" * 100_000)
    async with Exporter(redis_target(redis_server)) as exporter:
        text = (await exporter.probe("cache")).text
    assert (value(text, REDIS_EVICTED) or 0) > 10
    assert (value(text, REDIS_HEADROOM) or 0) < _MEGABYTE


class _Growing:
    """Headroom's view of a server of 100 MB, at times that the test tells."""

    def __init__(self) -> None:
        self.now = 0.0
        self._headroom = Headroom(lambda: self.now)

    def after(self, seconds: float, used: float, run: str = "first") -> Mapping[Metric, float]:
        """What is said of so many megabytes used, so many seconds later."""
        self.now += seconds
        fields = {"run_id": run, "maxmemory": 100 * _MEGABYTE, "used_memory": int(used * _MEGABYTE)}
        info = "# Memory\r\n" + "".join(f"{name}:{value}\r\n" for name, value in fields.items())
        measured = self._headroom.collector.measure(Replies({INFO: info}))
        return {one.metric: one.values[0] for one in measured}


def test_steady_growth_tells_when_memory_is_full() -> None:
    server = _Growing()
    assert REDIS_TIME_TO_FULL not in server.after(0, 10)
    assert REDIS_TIME_TO_FULL not in server.after(30, 20)
    found = server.after(30, 30)
    assert found[REDIS_HEADROOM] == 70 * _MEGABYTE
    assert found[REDIS_TIME_TO_FULL] == pytest.approx(70 * 3)


@pytest.mark.parametrize("second", [10, 9], ids=["steady", "shrinking"])
def test_memory_that_does_not_grow_is_never_full(second: float) -> None:
    server = _Growing()
    server.after(0, 10)
    assert REDIS_TIME_TO_FULL not in server.after(100, second)


def test_only_the_last_minutes_count() -> None:
    server = _Growing()
    for _ in range(20):
        server.after(30, 10)
    for step in range(1, 40):
        server.after(30, 10 + step)
    found = server.after(30, 50)
    assert found[REDIS_TIME_TO_FULL] == pytest.approx(50 * 30, rel=0.01)
    assert GROWTH_SECONDS == 600


def test_a_restart_forgets_the_growth_before_it() -> None:
    server = _Growing()
    server.after(0, 10)
    assert REDIS_TIME_TO_FULL in server.after(60, 50)
    assert REDIS_TIME_TO_FULL not in server.after(60, 90, run="second")


def test_scrapers_that_ask_often_do_not_hide_the_trend() -> None:
    server = _Growing()
    server.after(0, 10)
    for step in range(1, 1200):
        server.after(0.5, 10 + step / 20)
    found = server.after(0.5, 70)
    assert found[REDIS_TIME_TO_FULL] == pytest.approx(30 * 10, rel=0.01)
