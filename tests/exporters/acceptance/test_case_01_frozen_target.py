"""Case 1: a server that is stopped in the middle of everything.

Shortened: twenty rounds with a scrape timeout of half a second, and one with two seconds, instead of twenty with ten.
"""

import signal
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.plugins.exporter_process import Scrape, exporter_process, paths, postgres_options, redis_options
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.exporter import REASON
from watchbill.catalogue.postgres_server.probe import PG_UP, PG_UP_REASON
from watchbill.catalogue.redis_server.probe import REDIS_UP, REDIS_UP_REASON

ROUNDS = 20
SHORT, LONG = 0.5, 2.0
KEPT, NEW = ("cache-kept", "orders-kept"), ("cache-new", "orders-new")


@contextmanager
def frozen(*servers: RedisServer | PostgresServer) -> Generator[None]:
    """Servers whose processes are stopped; their connections stay open."""
    for server in servers:
        server.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for server in servers:
            server.signal(signal.SIGCONT)


def is_down(scrape: Scrape) -> bool:
    """Whether it says with 200 that the server is down because it is too slow."""
    ups = [scrape.value(metric) for metric in (REDIS_UP, PG_UP)]
    reasons = [scrape.value(metric, {REASON: "timeout"}) for metric in (REDIS_UP_REASON, PG_UP_REASON)]
    return scrape.status == 200 and set(ups) <= {0, None} and 1 in reasons


def late(scrapes: Sequence[Scrape], limit: float) -> list[Scrape]:
    return [scrape for scrape in scrapes if scrape.seconds >= limit or not is_down(scrape)]


def test_a_frozen_target_is_down_before_every_scrape_ends_over_a_kept_connection_and_a_new_one(
    tmp_path: Path, redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    cache, orders = redis_options(redis_server), postgres_options(postgres_server)
    targets = {"cache-kept": cache, "cache-new": cache, "orders-kept": orders, "orders-new": orders}
    with exporter_process(tmp_path, targets) as exporter:
        warm = exporter.at_once(paths(KEPT))
        with frozen(redis_server, postgres_server):
            rounds = [exporter.at_once(paths((*KEPT, *NEW)), scrape_timeout=SHORT) for _ in range(ROUNDS)]
            longer = exporter.at_once(paths((*KEPT, *NEW)), scrape_timeout=LONG)
        after = exporter.at_once(paths((*KEPT, *NEW)))
    assert [scrape.value(metric) for scrape, metric in zip(warm, (REDIS_UP, PG_UP), strict=True)] == [1, 1]
    assert [found for scrapes in rounds if (found := late(scrapes, SHORT))] == []
    assert late(longer, LONG - 0.3) == []
    assert [scrape.value(REDIS_UP) or scrape.value(PG_UP) for scrape in after] == [1] * 4


def test_a_frozen_target_on_the_metrics_page_is_down_and_hides_nothing_else(
    tmp_path: Path, redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    cache = redis_options(redis_server, on_metrics=True)
    orders = postgres_options(postgres_server, on_metrics=True)
    with exporter_process(tmp_path, {"cache": cache, "orders": orders}) as exporter:
        exporter.get("/metrics")
        with frozen(postgres_server):
            scrapes = [exporter.get("/metrics", scrape_timeout=SHORT) for _ in range(3)]
    for scrape in scrapes:
        assert scrape.status == 200
        assert scrape.seconds < SHORT
        assert scrape.of_target(PG_UP, "orders") == 0
        assert scrape.of_target(REDIS_UP, "cache") == 1
