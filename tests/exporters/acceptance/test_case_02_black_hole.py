"""Case 2: addresses that swallow packets or answer a byte a second, and a healthy neighbour."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.exporters.acceptance.test_case_01_frozen_target import late
from tests.plugins.exporter_process import exporter_process, paths, redis_options
from tests.plugins.ill_server import black_hole, dripping_postgres, dripping_redis, ill_server
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.redis_server.probe import REDIS_UP

SCRAPE = 2.0
HEALTHY = 0.5
"""Seconds that no scrape of a healthy server comes near, even on a busy machine."""


def test_a_black_hole_and_a_dripping_server_are_down_in_time_and_delay_no_healthy_target(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    with (
        black_hole() as hole,
        ill_server(dripping_redis) as redis_drip,
        ill_server(dripping_postgres) as postgres_drip,
        ThreadPoolExecutor(1) as pool,
    ):
        ill = {
            "redis-hole": {"kind": "redis", "address": f"127.0.0.1:{hole}"},
            "redis-drip": {"kind": "redis", "address": redis_drip.address},
            "postgres-hole": {"kind": "postgres", "address": f"127.0.0.1:{hole}"},
            "postgres-drip": {"kind": "postgres", "address": postgres_drip.address},
        }
        with exporter_process(tmp_path, {**ill, "cache": redis_options(redis_server)}) as exporter:
            exporter.probe("cache")
            waiting = pool.submit(exporter.at_once, paths(ill), scrape_timeout=SCRAPE)
            healthy = [exporter.probe("cache", scrape_timeout=SCRAPE) for _ in range(30)]
            assert not waiting.done(), "the healthy target is scraped while the others wait"
            answers = waiting.result()
    assert late(answers, SCRAPE - 0.3) == []
    assert {scrape.value(REDIS_UP) for scrape in healthy} == {1}
    assert max(scrape.seconds for scrape in healthy) < HEALTHY
