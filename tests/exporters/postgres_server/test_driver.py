"""How a server is signed in to."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.exporters.probing import Exporter, postgres_target
from tests.plugins.certificates import self_signed
from tests.plugins.exposition import selected, values
from tests.plugins.postgres_server import SYSTEM_USER, PostgresServer
from tests.plugins.programs import wait_until
from watchbill.catalogue.exporter import REASON
from watchbill.catalogue.postgres_server.probe import PG_UP, PG_UP_REASON

_ENCRYPTED = "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'watchbill' LIMIT 1"


@pytest.fixture
def certified(postgres_server: PostgresServer) -> Iterator[tuple[PostgresServer, Path]]:
    """A server that speaks TLS, and its certificate."""
    pair = self_signed(postgres_server.folder, "database")
    if SYSTEM_USER is not None:
        shutil.chown(pair.key, SYSTEM_USER)
    pair.key.chmod(0o600)
    for name, value in (("ssl_key_file", pair.key), ("ssl_cert_file", pair.file), ("ssl", "on")):
        postgres_server.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    _reload(postgres_server, "on")
    yield postgres_server, pair.file
    for name in ("ssl", "ssl_cert_file", "ssl_key_file"):
        postgres_server.execute(f"ALTER SYSTEM RESET {name}")
    _reload(postgres_server, "off")


async def test_a_certificate_is_verified_against_the_authority_and_the_name(
    certified: tuple[PostgresServer, Path],
) -> None:
    server, certificate = certified
    target = replace(postgres_target(server), tls=True, ca_file=str(certificate))
    async with Exporter(
        replace(target, name="known"),
        replace(target, name="stranger", ca_file=None),
        replace(target, name="misnamed", server_name="elsewhere.example"),
    ) as exporter:
        known = await exporter.probe("known")
        assert server.execute(_ENCRYPTED) == [(True,)]
        refused = [await exporter.probe(name) for name in ("stranger", "misnamed")]
    assert values(known.text, PG_UP) == [1]
    for answer in refused:
        assert values(answer.text, PG_UP) == [0]
        assert selected(answer.text, PG_UP_REASON, {REASON: "tls"}) == [1]


def _reload(server: PostgresServer, ssl: str) -> None:
    server.execute("SELECT pg_reload_conf()")
    wait_until(lambda: server.execute("SHOW ssl") == [(ssl,)], f"ssl is {ssl}")
