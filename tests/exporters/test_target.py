"""How a target that is ill, hangs or comes back looks to a scrape."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from socket import AF_INET, SOCK_STREAM, socket

import pytest

from tests.exporters.probing import Answer, Exporter, postgres_target, redis_target
from tests.plugins.exposition import names, value
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.programs import free_port, program, wait_until
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.exporter import REASON
from watchbill.catalogue.postgres_server.databases import PG_COMMITS
from watchbill.catalogue.postgres_server.probe import PG_UP, PG_UP_REASON
from watchbill.catalogue.redis_server.clients import REDIS_CONNECTIONS
from watchbill.catalogue.redis_server.probe import REDIS_UP, REDIS_UP_REASON
from watchbill.catalogue.redis_server.traffic import REDIS_COMMANDS
from watchbill_exporters import PostgresSettings, RedisSettings
from watchbill_exporters.configuration import Settings
from watchbill_exporters.postgres_server.connection import LARGEST_ANSWER as LARGEST_OF_POSTGRES
from watchbill_exporters.redis_server.protocol import LARGEST_ANSWER as LARGEST_OF_REDIS

SHORT = 1.5
"""A scrape timeout in seconds."""
ANSWERED = SHORT - 0.3


def is_redis_down(answer: Answer, reason: str) -> bool:
    """Whether the answer says so with 200, this reason alone, and no series that it cannot know."""
    return (
        answer.status == 200
        and value(answer.text, REDIS_UP) == 0
        and value(answer.text, REDIS_UP_REASON, reason) == 1
        and REDIS_COMMANDS.name not in names(answer.text)
    )


def is_postgres_down(answer: Answer, reason: str) -> bool:
    """As for Redis."""
    return (
        answer.status == 200
        and value(answer.text, PG_UP) == 0
        and value(answer.text, PG_UP_REASON, reason) == 1
        and PG_COMMITS.name not in names(answer.text)
    )


@pytest.mark.parametrize("kept", [True, False], ids=["kept connection", "new connection"])
async def test_a_frozen_redis_is_down_before_the_scrape_ends_and_up_at_once_after(
    redis_server: RedisServer, kept: bool
) -> None:
    async with Exporter(redis_target(redis_server)) as exporter:
        if kept:
            await exporter.probe("cache")
        redis_server.signal(signal.SIGSTOP)
        answer = await exporter.probe("cache", scrape_timeout=SHORT)
        assert is_redis_down(answer, "timeout")
        assert answer.seconds < ANSWERED
        redis_server.signal(signal.SIGCONT)
        assert value((await exporter.probe("cache")).text, REDIS_UP) == 1


@pytest.mark.parametrize("kept", [True, False], ids=["kept connection", "new connection"])
async def test_a_frozen_postgres_is_down_before_the_scrape_ends_and_up_at_once_after(
    postgres_server: PostgresServer, kept: bool
) -> None:
    async with Exporter(postgres_target(postgres_server)) as exporter:
        if kept:
            await exporter.probe("orders")
        postgres_server.signal(signal.SIGSTOP)
        answer = await exporter.probe("orders", scrape_timeout=SHORT)
        assert is_postgres_down(answer, "timeout")
        assert answer.seconds < ANSWERED
        postgres_server.signal(signal.SIGCONT)
        assert value((await exporter.probe("orders")).text, PG_UP) == 1


async def test_scrapes_that_pile_up_share_one_connection_and_leave_none(postgres_server: PostgresServer) -> None:
    mine = "SELECT count(*)::int FROM pg_stat_activity WHERE usename = 'watchbill'"
    async with Exporter(postgres_target(postgres_server)) as exporter:
        await exporter.probe("orders")
        postgres_server.signal(signal.SIGSTOP)
        impatient = [asyncio.create_task(exporter.probe("orders", scrape_timeout=2)) for _ in range(6)]
        await asyncio.sleep(0.3)
        assert _connections_to(postgres_server.port) <= 1
        impatient[0].cancel()
        answers = await asyncio.gather(*impatient[1:])
        postgres_server.signal(signal.SIGCONT)
    assert all(is_postgres_down(answer, "timeout") for answer in answers)
    assert all(answer.seconds < 1.8 for answer in answers)
    wait_until(lambda: postgres_server.execute(mine) == [(0,)], "the exporter's connections end", seconds=3)


async def test_a_second_request_shares_the_first_ones_result(redis_server: RedisServer) -> None:
    async with Exporter(redis_target(redis_server)) as exporter:
        before = (await exporter.probe("cache")).text
        together = await asyncio.gather(*(exporter.probe("cache") for _ in range(5)))
    assert len({answer.text for answer in together}) == 1
    assert value(together[0].text, REDIS_CONNECTIONS) == value(before, REDIS_CONNECTIONS)


async def test_a_patient_request_is_not_told_what_an_impatient_one_had_no_time_for(redis_server: RedisServer) -> None:
    async with Exporter(redis_target(redis_server)) as exporter:
        redis_server.signal(signal.SIGSTOP)
        impatient = asyncio.create_task(exporter.probe("cache", scrape_timeout=0.4))
        patient = asyncio.create_task(exporter.probe("cache", scrape_timeout=10))
        assert is_redis_down(await impatient, "timeout")
        redis_server.signal(signal.SIGCONT)
        assert value((await patient).text, REDIS_UP) == 1


async def test_a_hung_target_does_not_delay_another(redis_server: RedisServer) -> None:
    with _black_hole() as port:
        hung = RedisSettings(name="hung", address=f"127.0.0.1:{port}")
        async with Exporter(hung, redis_target(redis_server)) as exporter:
            waiting = asyncio.create_task(exporter.probe("hung", scrape_timeout=SHORT))
            await asyncio.sleep(0.1)
            healthy = await exporter.probe("cache", scrape_timeout=SHORT)
            assert not waiting.done()
            assert value(healthy.text, REDIS_UP) == 1
            answer = await waiting
    assert is_redis_down(answer, "timeout")
    assert answer.seconds < ANSWERED


async def test_a_black_hole_in_place_of_postgres_is_a_timeout() -> None:
    with _black_hole() as port:
        async with Exporter(PostgresSettings(name="hung", address=f"127.0.0.1:{port}")) as exporter:
            answer = await exporter.probe("hung", scrape_timeout=SHORT)
    assert is_postgres_down(answer, "timeout")
    assert answer.seconds < ANSWERED


async def test_nobody_at_the_address_is_refused() -> None:
    cache = RedisSettings(name="cache", address=f"127.0.0.1:{free_port()}")
    orders = PostgresSettings(name="orders", address=f"127.0.0.1:{free_port()}")
    async with Exporter(cache, orders) as exporter:
        assert is_redis_down(await exporter.probe("cache"), "refused")
        assert is_postgres_down(await exporter.probe("orders"), "refused")


async def test_a_host_without_an_address_is_a_name_problem() -> None:
    cache = RedisSettings(name="cache", address="no-such-host.invalid:6379")
    orders = PostgresSettings(name="orders", address="no-such-host.invalid:5432")
    async with Exporter(cache, orders) as exporter:
        assert is_redis_down(await exporter.probe("cache"), "dns")
        assert is_postgres_down(await exporter.probe("orders"), "dns")


async def test_a_host_name_is_looked_up(redis_server: RedisServer) -> None:
    target = RedisSettings(
        name="cache", address=f"localhost:{redis_server.port}", password_file=str(redis_server.password_file)
    )
    async with Exporter(target) as exporter:
        assert value((await exporter.probe("cache")).text, REDIS_UP) == 1


async def test_a_rotated_password_is_read_again(redis_server: RedisServer, postgres_server: PostgresServer) -> None:
    redis_server.password_file.write_text("wrong", encoding="utf-8")
    postgres_server.password_file.write_text("wrong", encoding="utf-8")
    async with Exporter(redis_target(redis_server), postgres_target(postgres_server)) as exporter:
        assert is_redis_down(await exporter.probe("cache"), "auth")
        assert is_postgres_down(await exporter.probe("orders"), "auth")
        redis_server.password_file.write_text(redis_server.password, encoding="utf-8")
        postgres_server.password_file.write_text(postgres_server.password, encoding="utf-8")
        assert value((await exporter.probe("cache")).text, REDIS_UP) == 1
        assert value((await exporter.probe("orders")).text, PG_UP) == 1


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"], ids=["missing", "empty", "binary"])
async def test_a_password_file_without_a_password_is_an_account_problem(
    redis_server: RedisServer, content: bytes | None
) -> None:
    redis_server.password_file.unlink()
    if content is not None:
        redis_server.password_file.write_bytes(content)
    async with Exporter(redis_target(redis_server)) as exporter:
        assert is_redis_down(await exporter.probe("cache"), "auth")


async def test_no_password_where_one_is_needed_is_an_account_problem(
    redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    cache = RedisSettings(name="cache", address=redis_server.address)
    orders = PostgresSettings(name="orders", address=postgres_server.address)
    async with Exporter(cache, orders) as exporter:
        assert is_redis_down(await exporter.probe("cache"), "auth")
        assert is_postgres_down(await exporter.probe("orders"), "auth")


async def test_a_redis_without_a_free_connection_is_full(redis_server: RedisServer) -> None:
    redis_server.execute("CONFIG", "SET", "maxclients", "1")
    with redis_server.connection():
        async with Exporter(redis_target(redis_server)) as exporter:
            for _ in range(5):
                assert is_redis_down(await exporter.probe("cache"), "full")


async def test_a_postgres_without_a_free_connection_is_full(postgres_server: PostgresServer) -> None:
    postgres_server.execute(f"ALTER ROLE {postgres_server.user} CONNECTION LIMIT 0")
    async with Exporter(postgres_target(postgres_server)) as exporter:
        assert is_postgres_down(await exporter.probe("orders"), "full")


async def test_a_redis_in_a_script_is_busy(redis_server: RedisServer) -> None:
    redis_server.execute("CONFIG", "SET", "busy-reply-threshold", "1")
    async with Exporter(redis_target(redis_server)) as exporter:
        await exporter.probe("cache")
        script = asyncio.create_task(asyncio.to_thread(redis_server.execute, "EVAL", "while true do end", "0"))
        busy = await exporter.probe_until("cache", f'{REDIS_UP_REASON.name}{{{REASON.name}="busy"}} 1')
        redis_server.execute("SCRIPT", "KILL")
        await asyncio.gather(script, return_exceptions=True)
        assert is_redis_down(busy, "busy")
        assert value((await exporter.probe("cache")).text, REDIS_UP) == 1


async def test_a_redis_that_reads_its_data_is_loading(redis_server: RedisServer) -> None:
    redis_server.stop()
    redis_server.start("--enable-debug-command", "local")
    redis_server.execute("DEBUG", "POPULATE", "2000")
    redis_server.execute("SAVE")
    redis_server.stop()
    slow = ("--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024")
    redis_server.start(*slow, ready=False)
    async with Exporter(redis_target(redis_server)) as exporter:
        loading = await exporter.probe_until("cache", f'{REDIS_UP_REASON.name}{{{REASON.name}="loading"}} 1')
        assert is_redis_down(loading, "loading")
        await exporter.probe_until("cache", f"{REDIS_UP.name} 1")


async def test_another_program_at_the_address_is_a_protocol_problem() -> None:
    async with _server([b"HTTP/1.1 400 Bad Request\r\n\r\n"]) as port:
        cache = RedisSettings(name="cache", address=f"127.0.0.1:{port}")
        orders = PostgresSettings(name="orders", address=f"127.0.0.1:{port}")
        async with Exporter(cache, orders) as exporter:
            assert is_redis_down(await exporter.probe("cache"), "protocol")
            assert is_postgres_down(await exporter.probe("orders"), "protocol")


async def test_a_byte_now_and_then_is_a_timeout() -> None:
    async with (
        _server([b"x"] * 100, pause=0.2) as port,
        Exporter(RedisSettings(name="cache", address=f"127.0.0.1:{port}")) as exporter,
    ):
        answer = await exporter.probe("cache", scrape_timeout=SHORT)
    assert is_redis_down(answer, "timeout")
    assert answer.seconds < ANSWERED


async def test_a_server_that_was_restarted_is_up_with_the_next_scrape(
    redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    async with Exporter(redis_target(redis_server), postgres_target(postgres_server)) as exporter:
        await exporter.probe("cache")
        await exporter.probe("orders")
        redis_server.stop()
        postgres_server.stop()
        assert is_redis_down(await exporter.probe("cache"), "refused")
        assert is_postgres_down(await exporter.probe("orders"), "refused")
        redis_server.start()
        postgres_server.start()
        assert value((await exporter.probe("cache")).text, REDIS_UP) == 1
        assert value((await exporter.probe("orders")).text, PG_UP) == 1
        redis_server.stop()
        postgres_server.stop()
        redis_server.start()
        postgres_server.start()
        assert value((await exporter.probe("cache")).text, REDIS_UP) == 1
        assert value((await exporter.probe("orders")).text, PG_UP) == 1


async def test_an_endless_answer_is_cut_off_and_takes_no_memory(caplog: pytest.LogCaptureFixture) -> None:
    flood = b"$4000000\r\n" + b"x" * 4_000_000 + b"\r\n"
    before = _resident_bytes()
    async with (
        _server([b"+OK\r\n"], [b"+PONG\r\n*100000\r\n", *[flood] * 200]) as port,
        Exporter(RedisSettings(name="cache", address=f"127.0.0.1:{port}")) as exporter,
    ):
        answer = await exporter.probe("cache", scrape_timeout=5)
    assert is_redis_down(answer, "protocol")
    assert f"sent more than {LARGEST_OF_REDIS} bytes" in caplog.text or "announced" in caplog.text
    assert _resident_bytes() - before < 64 * 1024 * 1024


async def test_endless_rows_are_cut_off_and_take_no_memory(caplog: pytest.LogCaptureFixture) -> None:
    row = b"D" + (1000 + 10).to_bytes(4, "big") + b"\x00\x01" + (1000).to_bytes(4, "big") + b"1" * 1000
    ready = b"Z\x00\x00\x00\x05I"
    signed_in = b"R\x00\x00\x00\x08\x00\x00\x00\x00" + ready
    columns = b"T\x00\x00\x00\x1a\x00\x01a\x00" + b"\x00" * 6 + b"\x00\x00\x00\x19\xff\xff\xff\xff\xff\xff\x00\x00"
    before = _resident_bytes()
    async with (
        _server([b"N"], [signed_in], [columns, *[row * 1000] * 400]) as port,
        Exporter(PostgresSettings(name="orders", address=f"127.0.0.1:{port}")) as exporter,
    ):
        answer = await exporter.probe("orders", scrape_timeout=5)
    assert is_postgres_down(answer, "protocol")
    assert f"sent more than {LARGEST_OF_POSTGRES} bytes" in caplog.text
    assert _resident_bytes() - before < 64 * 1024 * 1024


@pytest.mark.parametrize("kind", [RedisSettings, PostgresSettings])
async def test_a_server_without_tls_fails_where_tls_is_asked_for(
    kind: type[Settings], postgres_server: PostgresServer
) -> None:
    async with _server([b"-ERR unknown command\r\n"]) as port:
        address = postgres_server.address if kind is PostgresSettings else f"127.0.0.1:{port}"
        async with Exporter(kind(name="target", address=address, tls=True)) as exporter:
            answer = await exporter.probe("target")
    assert f'{REASON.name}="tls"' in answer.text


async def test_a_certificate_is_verified_against_the_configured_authority(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = [program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    make += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    await asyncio.to_thread(subprocess.run, make, check=True, capture_output=True)
    server, tls_port = RedisServer(tmp_path), free_port()
    files = ("--tls-cert-file", str(certificate), "--tls-key-file", str(key), "--tls-ca-cert-file", str(certificate))
    server.start("--tls-port", str(tls_port), "--tls-auth-clients", "no", *files)
    target = replace(redis_target(server), address=f"localhost:{tls_port}", tls=True)
    try:
        async with Exporter(
            replace(target, name="known", ca_file=str(certificate)),
            replace(target, name="stranger"),
            replace(target, name="misnamed", address=f"127.0.0.1:{tls_port}", ca_file=str(certificate)),
            replace(target, name="fileless", ca_file=str(tmp_path / "none.pem")),
        ) as exporter:
            assert value((await exporter.probe("known")).text, REDIS_UP) == 1
            for name in ("stranger", "misnamed", "fileless"):
                assert is_redis_down(await exporter.probe(name), "tls")
    finally:
        server.stop()


@asynccontextmanager
async def _server(*turns: Sequence[bytes], pause: float = 0.0) -> AsyncGenerator[int]:
    """A program that answers each thing a connection sends with one turn, piece by piece with a pause between."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for turn in turns:
                await reader.read(65_536)
                for piece in turn:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(pause)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


@contextmanager
def _black_hole() -> Generator[int]:
    """A port of loopback whose packets nobody answers: its queue of connections is full."""
    with ExitStack() as stack:
        hole = stack.enter_context(socket(AF_INET, SOCK_STREAM))
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)
        for _ in range(3):
            filler = stack.enter_context(socket(AF_INET, SOCK_STREAM))
            filler.setblocking(False)
            filler.connect_ex(hole.getsockname())
        yield int(hole.getsockname()[1])


def _connections_to(port: int) -> int:
    """How many established connections of this process lead to a port of loopback."""
    mine = {str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.exists()}
    rows = [line.split() for line in Path("/proc/self/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return sum(1 for row in rows if int(row[2].rpartition(":")[2], 16) == port and f"socket:[{row[9]}]" in mine)


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
