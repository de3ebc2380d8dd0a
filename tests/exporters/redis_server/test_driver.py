"""Signing in: certificates of both sides, and servers that are ill and still up."""

import asyncio
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.exporters.probing import Exporter, redis_target
from tests.plugins.exposition import value
from tests.plugins.ill_server import ill_server
from tests.plugins.programs import free_port, program, wait_until
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.redis_server.persistence import REDIS_RDB_LAST_STATUS
from watchbill.catalogue.redis_server.probe import REDIS_CONNECT_TIME, REDIS_UP, REDIS_UP_REASON
from watchbill_exporters import RedisSettings


@dataclass(frozen=True)
class Sealed:
    """A server that wants a certificate of each client, and files of one it accepts."""

    server: RedisServer
    port: int
    certificate: Path
    key: Path

    def target(self, name: str) -> RedisSettings:
        """The server by its TLS port, its authority known, without a certificate of ours."""
        address = f"localhost:{self.port}"
        return replace(redis_target(self.server, name=name), address=address, tls=True, ca_file=str(self.certificate))


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    folder = tmp_path_factory.mktemp("sealed")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    make = [program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    make += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(make, check=True, capture_output=True)
    server, port = RedisServer(folder), free_port()
    files = ("--tls-cert-file", str(certificate), "--tls-key-file", str(key), "--tls-ca-cert-file", str(certificate))
    server.start("--tls-port", str(port), "--tls-auth-clients", "yes", *files)
    yield Sealed(server, port, certificate, key)
    server.stop()


async def test_a_client_certificate_opens_a_server_that_wants_one(sealed: Sealed) -> None:
    known = replace(sealed.target("known"), cert_file=str(sealed.certificate), key_file=str(sealed.key))
    async with Exporter(
        known,
        replace(known, name="renamed", address=f"127.0.0.1:{sealed.port}", server_name="localhost"),
        sealed.target("stranger"),
        replace(sealed.target("fileless"), cert_file=str(sealed.key.parent / "none.pem"), key_file=str(sealed.key)),
    ) as exporter:
        assert value((await exporter.probe("known")).text, REDIS_UP) == 1
        assert value((await exporter.probe("renamed")).text, REDIS_UP) == 1
        for name in ("stranger", "fileless"):
            assert value((await exporter.probe(name)).text, REDIS_UP_REASON, "tls") == 1, name


async def test_a_server_that_cannot_save_is_up_and_says_so(redis_server: RedisServer) -> None:
    redis_server.execute("SET", "key", "1")
    redis_server.execute("CONFIG", "SET", "save", "3600 1")
    (redis_server.folder / "dump.rdb").mkdir()
    redis_server.execute("BGSAVE")
    wait_until(lambda: redis_server.info("persistence")["rdb_last_bgsave_status"] == "err", "saving fails")
    async with Exporter(redis_target(redis_server)) as exporter:
        text = (await exporter.probe("cache")).text
    # Else it would not stop before it has saved.
    redis_server.execute("CONFIG", "SET", "save", "")
    assert value(text, REDIS_UP) == 1
    assert value(text, REDIS_RDB_LAST_STATUS) == 0


async def test_the_time_to_connect_is_that_of_the_connection_in_use(redis_server: RedisServer) -> None:
    async with Exporter(redis_target(redis_server)) as exporter:
        first, second = [(await exporter.probe("cache")).text for _ in range(2)]
    assert 0 < (value(first, REDIS_CONNECT_TIME) or 0) < 1
    assert value(second, REDIS_CONNECT_TIME) == value(first, REDIS_CONNECT_TIME)


async def test_a_connection_that_is_out_of_step_is_not_used_again() -> None:
    greetings: list[int] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greetings.append(1)
        await reader.read(65_536)
        writer.write(b"+OK\r\n")
        await reader.read(65_536)
        # A reply to the PING and refusals for all else, and one more that nobody asked for.
        writer.write(b"+PONG\r\n" + b"-NOPERM\r\n" * 10)
        await writer.drain()
        await reader.read(65_536)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        target = RedisSettings(name="cache", address=f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
        async with Exporter(target) as exporter:
            texts = [(await exporter.probe("cache", scrape_timeout=1)).text for _ in range(2)]
    finally:
        server.close()
    assert [value(text, REDIS_UP) for text in texts] == [1, 1]
    assert len(greetings) == 2


async def test_a_password_that_a_server_repeats_is_not_told(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    def echo(connection: socket.socket) -> None:
        connection.sendall(b"-ERR no such thing: " + connection.recv(65_536).replace(b"\r\n", b" ") + b"\r\n")

    with ill_server(echo) as server:
        target = replace(redis_target(redis_server), address=server.address)
        async with Exporter(target) as exporter:
            text = (await exporter.probe("cache")).text
    assert value(text, REDIS_UP) == 0
    assert "no such thing" in caplog.text
    assert redis_server.password not in caplog.text
