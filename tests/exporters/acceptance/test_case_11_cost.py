"""Case 11: what a scrape costs, in round trips, series and memory.

Times and processor time are measured by tests/benchmarks/exporters.py, beside the peers in the same run. Shortened:
memory is watched for some hundred scrapes instead of ten thousand.
"""

from collections.abc import Iterable
from pathlib import Path

from tests.plugins.exporter_process import ExporterProcess, exporter_process, paths, postgres_options, redis_options
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.redis_server import RedisServer, connected
from tests.plugins.wire_proxy import WireProxy
from watchbill.catalogue.postgres_server.probe import PG_UP
from watchbill.catalogue.redis_server.probe import REDIS_UP

DELAY = 0.001
MEBIBYTE = 2**20
LISTS, STREAMS = [f"list{number}" for number in range(20)], [f"stream{number}" for number in range(10)]
WARM_UP, SCRAPES = 40, 100


def fill(server: RedisServer) -> None:
    with connected(server) as client:
        for name in LISTS:
            client.rpush(name, "a", "b")
        for name in STREAMS:
            client.xadd(name, {"n": 1})
            client.xgroup_create(name, "readers", "0")
            client.xreadgroup("readers", "one", {name: ">"}, count=1)


def test_a_scrape_of_redis_with_lists_and_streams_takes_four_round_trips_at_most(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    fill(redis_server)
    with WireProxy(redis_server.address, DELAY) as proxy:
        options = redis_options(redis_server, lists=LISTS, streams=STREAMS)
        with exporter_process(tmp_path, {"cache": {**options, "address": proxy.address}}) as exporter:
            first = exporter.probe("cache")
            before = proxy.counts
            second = exporter.probe("cache")
            cost = proxy.counts - before
    assert (first.value(REDIS_UP), second.value(REDIS_UP)) == (1, 1)
    assert cost.round_trips <= 4
    assert cost.connections == 0
    assert first.series <= second.series


def test_a_scrape_of_postgres_takes_fifteen_round_trips_at_most(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    with WireProxy(postgres_server.address, DELAY) as proxy:
        options = {**postgres_options(postgres_server), "address": proxy.address}
        with exporter_process(tmp_path, {"orders": options}) as exporter:
            for _ in range(7):
                # psycopg prepares a query at its sixth use.
                exporter.probe("orders", scrape_timeout=10)
            before = proxy.counts
            scrape = exporter.probe("orders", scrape_timeout=10)
            cost = proxy.counts - before
    assert scrape.value(PG_UP) == 1
    assert cost.round_trips <= 15
    assert cost.connections == 0


def test_memory_is_small_and_does_not_grow_with_scrapes(
    tmp_path: Path, redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    fill(redis_server)
    targets = {
        "cache": redis_options(redis_server, lists=LISTS, streams=STREAMS),
        "orders": postgres_options(postgres_server),
    }
    with exporter_process(tmp_path, targets) as exporter:
        _scrape(exporter, targets, WARM_UP)
        before = exporter.resident_bytes
        _scrape(exporter, targets, SCRAPES)
        grown = exporter.resident_bytes - before
    assert before < 96 * MEBIBYTE
    assert grown < 2 * MEBIBYTE


def _scrape(exporter: ExporterProcess, names: Iterable[str], times: int) -> None:
    for path in paths(names) * times:
        exporter.get(path)
