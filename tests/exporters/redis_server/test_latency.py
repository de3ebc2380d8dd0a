"""How long commands take, as the server itself tells it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from tests.exporters.probing import Exporter, redis_target
from tests.plugins.exposition import names, samples, value, values
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.buckets import bound_text
from watchbill.catalogue.redis_server.commands import (
    REDIS_COMMAND_CALLS,
    REDIS_COMMAND_FAILED,
    REDIS_COMMAND_REJECTED,
    REDIS_COMMAND_SECONDS,
    REDIS_ERRORS,
)
from watchbill.catalogue.redis_server.latency import (
    LATENCY_BOUNDS,
    REDIS_LATENCIES,
    REDIS_LATENCY_COUNT,
    REDIS_LATENCY_PERCENTILES,
    REDIS_LATENCY_SUM,
    REDIS_SPIKE_LAST,
    REDIS_SPIKE_MAX,
    REDIS_SPIKE_SECONDS,
)
from watchbill.catalogue.redis_server.probe import REDIS_COLLECTOR_SUCCESS


@pytest.fixture(scope="module")
def worn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A server that has been slow, and refused some."""
    server = RedisServer(tmp_path_factory.mktemp("worn"))
    server.start("--enable-debug-command", "local", "--latency-monitor-threshold", "5")
    try:
        for seconds in ("0.02", "0.07", "0.04"):
            server.execute("DEBUG", "SLEEP", seconds)
        server.cli("RPUSH", "list", "a", "b")
        server.cli("INCR", "list")
        server.cli("INCR", "one", "two")
        server.cli("NOSUCH")
        yield server
    finally:
        server.stop()


async def _probed(server: RedisServer) -> str:
    async with Exporter(redis_target(server)) as exporter:
        return (await exporter.probe("cache")).text


def _parts(text: str) -> Mapping[str, str]:
    return {name: value for name, _, value in (part.partition("=") for part in text.split(","))}


async def test_calls_by_command_are_what_commandstats_says(worn: RedisServer) -> None:
    text, told = await _probed(worn), worn.info("commandstats")
    for command in ("debug", "rpush", "incr"):
        statistics = _parts(told[f"cmdstat_{command}"])
        assert value(text, REDIS_COMMAND_CALLS, command) == float(statistics["calls"])
        assert value(text, REDIS_COMMAND_SECONDS, command) == pytest.approx(float(statistics["usec"]) / 1e6)
        assert value(text, REDIS_COMMAND_FAILED, command) == float(statistics["failed_calls"])
        assert value(text, REDIS_COMMAND_REJECTED, command) == float(statistics["rejected_calls"])
    assert (value(text, REDIS_COMMAND_FAILED, "incr"), value(text, REDIS_COMMAND_REJECTED, "incr")) == (1, 1)


async def test_errors_are_told_by_their_first_word(worn: RedisServer) -> None:
    text, told = await _probed(worn), worn.info("errorstats")
    found = {labels[0]: number for (name, labels), number in samples(text).items() if name == REDIS_ERRORS.name}
    assert found == {name.removeprefix("errorstat_"): float(_parts(one)["count"]) for name, one in told.items()}
    assert found["WRONGTYPE"] == 1


async def test_percentiles_are_those_of_latencystats(worn: RedisServer) -> None:
    text, told = await _probed(worn), worn.info("latencystats")
    for percentile, number in _parts(told["latency_percentiles_usec_debug"]).items():
        assert value(text, REDIS_LATENCY_PERCENTILES, "debug", percentile.removeprefix("p")) == float(number)
    statistics = _parts(worn.info("commandstats")["cmdstat_debug"])
    assert value(text, REDIS_LATENCY_SUM, "debug") == float(statistics["usec"])
    assert value(text, REDIS_LATENCY_COUNT, "debug") == float(statistics["calls"])


async def test_a_commands_histogram_counts_what_latency_histogram_counts(worn: RedisServer) -> None:
    text = await _probed(worn)
    _, _, calls, _, *counts = worn.cli("LATENCY", "HISTOGRAM", "debug").split()
    told = [(float(bound), float(count)) for bound, count in zip(counts[::2], counts[1::2], strict=True)]
    found = samples(text)
    for bound in LATENCY_BOUNDS:
        below = max((count for one, count in told if one <= bound), default=0.0)
        assert found[f"{REDIS_LATENCIES.name}_bucket", ("debug", bound_text(bound))] == below
    assert found[f"{REDIS_LATENCIES.name}_bucket", ("debug", "+Inf")] == float(calls) == 3
    assert found[f"{REDIS_LATENCIES.name}_count", ("debug",)] == 3
    assert 130_000 <= found[f"{REDIS_LATENCIES.name}_sum", ("debug",)] < 1_000_000


async def test_every_command_has_the_same_buckets(worn: RedisServer) -> None:
    text = await _probed(worn)
    buckets: dict[str, set[str]] = {}
    for name, labels in samples(text):
        if name == f"{REDIS_LATENCIES.name}_bucket":
            buckets.setdefault(labels[0], set()).add(labels[1])
    assert len(buckets) > 3
    assert set(map(frozenset, buckets.values())) == {frozenset([*map(bound_text, LATENCY_BOUNDS), "+Inf"])}


async def test_the_slowest_events_are_those_of_latency_latest(worn: RedisServer) -> None:
    text = await _probed(worn)
    event, at, last, most = worn.cli("LATENCY", "LATEST").split()
    assert value(text, REDIS_SPIKE_LAST, event) == float(at)
    assert value(text, REDIS_SPIKE_SECONDS, event) == float(last) / 1000
    assert value(text, REDIS_SPIKE_MAX, event) == float(most) / 1000
    assert 40 <= float(last) <= float(most)


async def test_histograms_can_be_left_out(worn: RedisServer) -> None:
    target = replace(redis_target(worn), latency_histograms=False)
    async with Exporter(target) as exporter:
        text = (await exporter.probe("cache")).text
    assert not {name for name in names(text) if name.startswith(REDIS_LATENCIES.name)}
    assert value(text, REDIS_LATENCY_COUNT, "debug") == 3


@pytest.mark.parametrize(
    ("setting", "off", "on", "left"),
    [
        ("latency-tracking", "no", "yes", set[str]()),
        ("latency-tracking-info-percentiles", "", "50 99 99.9", {REDIS_LATENCY_COUNT.name, REDIS_LATENCIES.name}),
    ],
    ids=["tracking", "percentiles"],
)
async def test_what_a_server_does_not_track_is_absent_and_no_fault(
    worn: RedisServer, setting: str, off: str, on: str, left: set[str]
) -> None:
    worn.execute("CONFIG", "SET", setting, off)
    try:
        text = await _probed(worn)
    finally:
        worn.execute("CONFIG", "SET", setting, on)
    found = {name.removesuffix("_bucket") for name in names(text)}
    assert found & {REDIS_LATENCY_PERCENTILES.name, REDIS_LATENCY_COUNT.name, REDIS_LATENCIES.name} == left
    assert set(values(text, REDIS_COLLECTOR_SUCCESS)) == {1}
