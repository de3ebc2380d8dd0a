"""Case 8: requests that try to reach, read or learn what nobody allowed, and a target that never stops talking."""

import socket
from collections.abc import Generator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.plugins.exporter_process import ExporterProcess, exporter_process, redis_options
from tests.plugins.ill_server import (
    IllServer,
    flooding_postgres,
    flooding_redis,
    ill_server,
    redirecting,
    speaking_http,
)
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.exporter import REASON
from watchbill.catalogue.postgres_server.probe import PG_UP_REASON
from watchbill.catalogue.rabbitmq import RABBITMQ_UP
from watchbill.catalogue.redis_server.probe import REDIS_UP, REDIS_UP_REASON

MODULE = "caches"
SECRET = "hunter2"
MEBIBYTE = 2**20
ALLOWED = "127.0.0.1:6379"
"""The module allows this address alone; what listens on the decoy's port must never hear of a probe."""


@pytest.fixture(scope="module")
def decoy() -> Generator[IllServer]:
    """A server that counts who knocks, on IPv4 and IPv6 of loopback where there is any."""
    with ill_server(speaking_http) as server:
        yield server


@pytest.fixture(scope="module")
def exporter(tmp_path_factory: pytest.TempPathFactory) -> Generator[ExporterProcess]:
    """An exporter with a named target, and a module for one address."""
    folder = tmp_path_factory.mktemp("hostile")
    password = folder / "password"
    password.write_text(SECRET, encoding="utf-8")
    modules = {MODULE: {"kind": "redis", "password_file": str(password), "allow": [ALLOWED]}}
    targets = {"cache": {"kind": "redis", "address": "127.0.0.1:1", "password_file": str(password)}}
    with exporter_process(folder, targets, modules=modules) as running:
        yield running


def spellings(port: int) -> list[str]:
    """One address of loopback in many forms, none of which the module allows."""
    hosts = ["127.0.0.1", "localhost", "LOCALHOST", "localhost.", "127.1", "2130706433", "0x7f000001", "0177.0.0.1"]
    hosts += ["0", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::1%lo]", "127.0.0.1.", "①27.0.0.1"]  # noqa: S104  # asked for, not bound
    hosts += ["127.0.0.1\u3002", "127%2e0%2e0%2e1", "[::]", "ip6-localhost", socket.gethostname()]
    return [f"{host}:{port}" for host in hosts]


def test_an_address_that_no_module_allows_is_refused_however_it_is_spelled_and_no_packet_is_sent(
    exporter: ExporterProcess, decoy: IllServer
) -> None:
    asked = [f"/probe?module={MODULE}&target={quote(one)}" for one in spellings(decoy.port)]
    asked += [f"/probe?target={quote(one)}" for one in spellings(decoy.port)]
    answers = {path: exporter.get(path) for path in asked}
    assert {path: one.status for path, one in answers.items() if one.status not in {400, 404}} == {}
    assert decoy.accepted == 0


@pytest.mark.parametrize(
    "query",
    [
        "target=user:{secret}@{address}",
        "target=redis://:{secret}@{address}",
        "target=redis%3A%2F%2F%3A{secret}%40{address}",
        "target={address}%40127.0.0.1:6379",
        "target=127.0.0.1:6379%23@{address}",
        "target=127.0.0.1:6379%00{address}",
        "target=127.0.0.1:6379%0d%0aHost:{address}",
        "target=127.0.0.1:6379,{address}",
        "target=127.0.0.1:6379%20{address}",
        "target=http://{address}/",
        "target=unix:///run/redis.sock",
        "target=/run/redis.sock",
        "target=..%2f..%2fetc%2fpasswd",
        "target=cache&target={address}",
        "target=cache&sslrootcert=/etc/hostname",
        "target=cache&check-keys=session:*",
        "target=cache&password={secret}",
        "target=postgresql://{address}/db%3Fsslrootcert=/etc/hostname",
        "target=cache&module=" + MODULE,
        "target=127.0.0.1:6379&module=nobody",
        "module=" + MODULE,
        "target=127.0.0.1:06379",
        "target=127.0.0.1:%2b6379",
        "target=127.0.0.1:65536",
        "target=127.0.0.1",
    ],
)
@pytest.mark.parametrize("module", ["", "&module=" + MODULE], ids=["alone", "with module"])
def test_a_request_of_another_form_is_refused_and_nothing_of_it_is_repeated(
    exporter: ExporterProcess, decoy: IllServer, query: str, module: str
) -> None:
    path = "/probe?" + query.format(secret=SECRET, address=decoy.address)
    answer = exporter.get(path if "module=" in query else path + module)
    assert answer.status in {400, 404}
    assert decoy.accepted == 0
    assert SECRET not in answer.text + exporter.log
    assert decoy.address not in answer.text + exporter.log


def test_no_path_leads_to_another_host(exporter: ExporterProcess, decoy: IllServer) -> None:
    for path in (f"/probe/{decoy.address}", "/probe/?target=cache", f"/%2f{decoy.address}/probe?target=cache"):
        answer = exporter.get(path)
        assert answer.status in {307, 400, 404}
    assert decoy.accepted == 0


def test_a_target_that_redirects_leads_nowhere(tmp_path: Path, decoy: IllServer) -> None:
    password = tmp_path / "password"
    password.write_text(SECRET, encoding="utf-8")
    with ill_server(redirecting(decoy.address)) as web:
        target = {"kind": "rabbitmq", "address": web.address, "password_file": str(password)}
        with exporter_process(tmp_path, {"broker": target}) as exporter:
            answer = exporter.probe("broker", scrape_timeout=2)
    assert answer.value(RABBITMQ_UP) == 0
    assert web.accepted >= 1
    assert decoy.accepted == 0


def test_endless_replies_are_cut_off_in_time_and_leave_at_most_64_mebibytes(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    with ill_server(flooding_redis) as cache, ill_server(flooding_postgres) as orders:
        targets = {
            "cache": {"kind": "redis", "address": cache.address},
            "orders": {"kind": "postgres", "address": orders.address},
            "healthy": redis_options(redis_server),
        }
        with exporter_process(tmp_path, targets) as exporter:
            exporter.probe("healthy")
            before = exporter.resident_bytes
            of_redis = exporter.probe("cache", scrape_timeout=3)
            of_postgres = exporter.probe("orders", scrape_timeout=3)
            grown = exporter.resident_bytes - before
            healthy = exporter.probe("healthy")
    assert of_redis.value(REDIS_UP_REASON, {REASON: "protocol"}) == 1
    assert of_postgres.value(PG_UP_REASON, {REASON: "protocol"}) == 1
    assert max(of_redis.seconds, of_postgres.seconds) < 3 - 0.3
    assert grown < 64 * MEBIBYTE
    assert healthy.value(REDIS_UP) == 1
