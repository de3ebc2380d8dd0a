"""Case 3: scrapers that give up and come again while the server is frozen.

Shortened: six scrapes in half a second instead of six seconds.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.exporters.acceptance.test_case_01_frozen_target import frozen, late
from tests.plugins.exporter_process import exporter_process, paths, postgres_options, redis_options
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.programs import wait_until
from tests.plugins.redis_server import RedisServer

SCRAPE, IMPATIENT = 2.0, 0.08


def test_a_pile_up_of_impatient_scrapes_holds_one_connection_answers_all_and_leaves_none(
    tmp_path: Path, redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    targets = {"cache": redis_options(redis_server), "orders": postgres_options(postgres_server)}
    ports = (redis_server.port, postgres_server.port)
    held: list[int] = []
    with exporter_process(tmp_path, targets) as exporter, ThreadPoolExecutor(2) as pool:
        exporter.at_once(paths(targets))
        with frozen(redis_server, postgres_server):
            for _ in range(6):
                for name in targets:
                    with pytest.raises(httpx.TimeoutException):
                        exporter.probe(name, scrape_timeout=SCRAPE, patience=IMPATIENT)
                    held += map(exporter.connections_to, ports)
            patient = pool.submit(exporter.at_once, paths(targets) * 6, scrape_timeout=SCRAPE)
            while not patient.done():
                held += map(exporter.connections_to, ports)
            answers = patient.result()
        wait_until(lambda: [*map(exporter.connections_to, ports)] == [0, 0], "the exporter lets go", seconds=3)
    assert max(held) == 1
    assert late(answers, SCRAPE - 0.3) == []
