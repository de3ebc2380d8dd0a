"""What a client's connection may cost the endpoint."""

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.exporters.served import served
from tests.plugins.certificates import Pair, self_signed, trusting
from watchbill_exporters import Configuration, RedisSettings
from watchbill_exporters.configuration.web import TlsSettings, WebSettings
from watchbill_exporters.http_connection import HttpConnection

HEALTH = b"GET /-/healthy HTTP/1.1\r\nHost: exporter\r\n\r\n"


class Impatient(HttpConnection):
    """Waits a tenth of a second, for three clients."""

    patience = 0.1
    most = 3


async def connect(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the endpoint."""
    place = urlsplit(url)
    return await asyncio.open_connection(place.hostname, place.port)


@pytest.mark.parametrize("sent", [b"", b"GET /-/hea", b"GET /-/healthy HTTP/1.1\r\nX: " + b"a" * 1000])
async def test_a_request_that_does_not_end_is_broken_off(sent: bytes) -> None:
    async with served(Configuration(), Impatient) as url:
        reader, writer = await connect(url)
        writer.write(sent)
        async with asyncio.timeout(5):
            with_nothing = await reader.read()
        writer.close()
    assert with_nothing == b""


async def test_a_client_that_was_answered_may_ask_again_later() -> None:
    async with served(Configuration(), Impatient) as url:
        reader, writer = await connect(url)
        for _ in range(2):
            writer.write(HEALTH)
            async with asyncio.timeout(5):
                assert await reader.readuntil(b"healthy\n")
            await asyncio.sleep(3 * Impatient.patience)
        writer.close()


async def test_a_connection_too_many_is_dropped_and_the_others_are_served() -> None:
    async with served(Configuration(), Impatient) as url:
        held = [await connect(url) for _ in range(3)]
        for reader, writer in held:
            writer.write(HEALTH)
            await reader.readuntil(b"healthy\n")
        reader, writer = await connect(url)
        writer.write(HEALTH)
        async with asyncio.timeout(5):
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readuntil(b"healthy\n")
        for one, other in [*held, (reader, writer)]:
            del one
            other.close()


async def test_clients_that_take_no_answer_make_room_for_others() -> None:
    many = {name: RedisSettings(name=name, address="127.0.0.1:1") for name in map(str, range(1000))}
    async with served(Configuration(targets=many), Impatient) as url:
        held = [await connect(url) for _ in range(3)]
        for _, writer in held:
            writer.write(b"GET / HTTP/1.1\r\nHost: exporter\r\n\r\n" * 300)
        assert await is_served_at_last(url)
        for _, writer in held:
            writer.close()


async def is_served_at_last(url: str) -> bool:
    """Whether a new connection is answered within 10 s."""
    for _ in range(100):
        if await is_served(url):
            return True
        await asyncio.sleep(0.1)
    return False


async def is_served(url: str) -> bool:
    """Whether a new connection is answered."""
    reader, writer = await connect(url)
    try:
        writer.write(HEALTH)
        return b"200 OK" in await reader.read(100)
    except ConnectionError:
        return False
    finally:
        writer.close()


def over_tls(pair: Pair) -> Configuration:
    """An exporter with a certificate."""
    return Configuration(web=WebSettings(tls=TlsSettings(cert_file=str(pair.file), key_file=str(pair.key))))


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01", HEALTH])
async def test_a_handshake_that_does_not_end_is_broken_off(tmp_path: Path, sent: bytes) -> None:
    async with served(over_tls(self_signed(tmp_path, "exporter")), Impatient) as url:
        reader, writer = await connect(url)
        writer.write(sent)
        async with asyncio.timeout(5):
            with suppress(ConnectionResetError):
                assert HEALTH not in await reader.read()
        writer.close()


class Patient(HttpConnection):
    """Waits for long, for one client."""

    most = 1


async def test_a_client_within_its_handshake_counts(tmp_path: Path) -> None:
    async with served(over_tls(self_signed(tmp_path, "exporter")), Patient) as url:
        _, first = await connect(url)
        reader, second = await connect(url)
        async with asyncio.timeout(5):
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
        first.close()
        second.close()


async def test_a_request_may_come_along_with_the_end_of_the_handshake(tmp_path: Path) -> None:
    pair = self_signed(tmp_path, "exporter")
    arrived, leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting(pair.file).wrap_bio(arrived, leaving, server_hostname="localhost")
    async with served(over_tls(pair)) as url, asyncio.timeout(5):
        reader, writer = await connect(url)
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                writer.write(leaving.read())
                arrived.write(await reader.read(65_536))
        client.write(HEALTH)
        writer.write(leaving.read())
        answer = b""
        while not answer.endswith(b"healthy\n"):
            arrived.write(await reader.read(65_536))
            with suppress(ssl.SSLWantReadError):
                while True:
                    answer += client.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 200")


async def test_a_header_without_end_is_refused() -> None:
    async with served(Configuration()) as url:
        reader, writer = await connect(url)
        writer.write(b"GET / HTTP/1.1\r\nX: " + b"a" * 200_000)
        answer = b""
        async with asyncio.timeout(5):
            # The rest of the header may be answered with a reset before the refusal is read.
            with suppress(ConnectionResetError):
                answer = await reader.read()
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
        writer.close()
