"""What an older Redis lacks, of which none is at hand: a newer one's INFO without what came later."""

from functools import partial

import pytest

from tests.exporters.redis_server.landscape import Landscape
from watchbill.catalogue.redis_server.commands import REDIS_COMMAND_CALLS, REDIS_COMMAND_REJECTED
from watchbill.catalogue.redis_server.memory import REDIS_MEMORY_USED
from watchbill_exporters import RedisSettings
from watchbill_exporters.collector import Collected, collected
from watchbill_exporters.redis_server.inventory import Inventory
from watchbill_exporters.redis_server.replies import DATABASES, INFO, Replies
from watchbill_exporters.redis_server.reply import Refusal, Reply
from watchbill_exporters.redis_server.request import Request

_ARRAYS = ("SLOWLOG", "LATENCY", "CONFIG")


@pytest.fixture
def info(landscape: Landscape) -> str:
    """INFO of Redis 6.0: no errors, no percentiles, calls with neither rejected nor failed ones."""
    lines = landscape.master.cli("INFO", "all").splitlines()
    version = landscape.master.info("server")["redis_version"]
    kept = [line for line in lines if not line.startswith(("errorstat_", "latency_percentiles", "evicted_clients"))]
    cut = [line.partition(",rejected_calls")[0] if line.startswith("cmdstat_") else line for line in kept]
    return "\r\n".join(cut).replace(version, "6.0.16")


def _answer(request: Request) -> Reply:
    """As a server of that age answers, briefly."""
    match request.command:
        case ("SLOWLOG", "LEN"):
            return 0
        case ("CONFIG", "GET", "databases"):
            return ["databases", "16"]
        case (first, *_) if first in _ARRAYS:
            return []
        case _:
            return Refusal("ERR unknown command")


def _read(info: str) -> tuple[Replies, list[Collected]]:
    inventory = Inventory(RedisSettings(name="cache", address="cache:6379"))
    arrived: dict[Request, Reply] = {INFO: info, DATABASES: _answer(DATABASES)}
    replies = Replies(arrived)
    flight = inventory.second(replies)
    assert flight is not None
    arrived |= {request: _answer(request) for request in flight.requests}
    outcomes = [collected(one.name, lambda: 0.0, partial(one.measure, replies)) for one in inventory.collectors]
    return replies, outcomes


def test_no_collector_fails_for_what_is_not_there(info: str) -> None:
    replies, outcomes = _read(info)
    assert replies.version == (6, 0)
    assert {one.name: one.fault for one in outcomes if one.fault} == {}
    measured = {one.metric for outcome in outcomes for one in outcome.measured}
    assert {REDIS_MEMORY_USED, REDIS_COMMAND_CALLS} <= measured
    assert REDIS_COMMAND_REJECTED not in measured


def test_a_command_that_came_later_is_not_sent(info: str) -> None:
    replies, _ = _read(info)
    assert not replies.has(Request(("LATENCY", "HISTOGRAM")))
    assert replies.has(Request(("LATENCY", "LATEST")))
