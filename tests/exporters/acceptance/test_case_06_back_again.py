"""Case 6: a server that is back, elsewhere or under another password, is up with the next scrape."""

from pathlib import Path

from tests.plugins.exporter_process import exporter_process, postgres_options, redis_options
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.redis_server import RedisServer
from tests.plugins.wire_proxy import WireProxy
from watchbill.catalogue.exporter import REASON
from watchbill.catalogue.postgres_server.probe import PG_UP
from watchbill.catalogue.redis_server.probe import REDIS_UP, REDIS_UP_REASON
from watchbill.catalogue.redis_server.server import REDIS_INSTANCE_INFO, REDIS_RUN


def test_a_restarted_server_is_up_with_the_next_scrape(
    tmp_path: Path, redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    targets = {"cache": redis_options(redis_server), "orders": postgres_options(postgres_server)}
    with exporter_process(tmp_path, targets) as exporter:
        before = exporter.probe("cache").value(REDIS_UP), exporter.probe("orders").value(PG_UP)
        redis_server.stop()
        postgres_server.stop()
        between = exporter.probe("cache").value(REDIS_UP), exporter.probe("orders").value(PG_UP)
        redis_server.start()
        postgres_server.start()
        after = exporter.probe("cache").value(REDIS_UP), exporter.probe("orders").value(PG_UP)
    assert (before, between, after) == ((1, 1), (0, 0), (1, 1))


def test_after_a_failover_behind_one_address_the_new_server_is_read(tmp_path: Path, redis_server: RedisServer) -> None:
    folder = tmp_path / "replica"
    folder.mkdir()
    other = RedisServer(folder)
    other.start("--replicaof", "127.0.0.1", str(redis_server.port), "--masterauth", redis_server.password)
    try:
        with WireProxy(redis_server.address) as service:
            options = {**redis_options(redis_server), "address": service.address}
            with exporter_process(tmp_path, {"cache": options}) as exporter:
                before = exporter.probe("cache")
                redis_server.stop()
                other.execute("REPLICAOF", "NO", "ONE")
                service.lead_to(other.address)
                after = exporter.probe("cache")
    finally:
        other.stop()
    assert (before.value(REDIS_UP), after.value(REDIS_UP)) == (1, 1)
    assert before.exposition.values_of(REDIS_INSTANCE_INFO, REDIS_RUN) != after.exposition.values_of(
        REDIS_INSTANCE_INFO, REDIS_RUN
    )


def test_a_password_rotated_in_its_file_is_used_at_the_next_scrape(tmp_path: Path, redis_server: RedisServer) -> None:
    with exporter_process(tmp_path, {"cache": redis_options(redis_server)}) as exporter:
        before = exporter.probe("cache")
        redis_server.execute("CONFIG", "SET", "requirepass", "rotated")
        redis_server.password = "rotated"
        redis_server.execute("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        between = exporter.probe("cache")
        redis_server.password_file.write_text("rotated\n", encoding="utf-8")
        after = exporter.probe("cache")
    assert before.value(REDIS_UP) == 1
    assert between.value(REDIS_UP_REASON, {REASON: "auth"}) == 1
    assert after.value(REDIS_UP) == 1
