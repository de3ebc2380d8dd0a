"""Case 5: seven illnesses, each told at once and under a reason of its own."""

import socket
import subprocess
import threading
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import redis

from tests.plugins.exporter_process import Options, Scrape, exporter_process, paths, redis_options
from tests.plugins.ill_server import ill_server, speaking_http
from tests.plugins.programs import free_port, program, wait_until
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.exporter import REASON
from watchbill.catalogue.redis_server.probe import REDIS_UP, REDIS_UP_REASON

AT_ONCE = 0.5
"""Seconds; a tenth of it is usual on loopback."""
WRONG = "wrong-secret"


@contextmanager
def busy(server: RedisServer) -> Generator[None]:
    """A server in a script without end."""
    server.execute("CONFIG", "SET", "busy-reply-threshold", "1")
    script = threading.Thread(target=_run_for_ever, args=(server,))
    script.start()
    try:
        wait_until(lambda: _refuses(server, "BUSY"), "the script runs")
        yield
    finally:
        with redis.Redis(port=server.port, password=server.password) as client:
            client.script_kill()
        script.join()


def _run_for_ever(server: RedisServer) -> None:
    with pytest.raises(redis.RedisError):
        server.execute("EVAL", "while true do end", "0")


def _refuses(server: RedisServer, code: str) -> bool:
    """Whether a command is refused so; without a client library, which would wait and try again."""
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(f"AUTH {server.password}\r\nGET key\r\n".encode())
            reply = b""
            while reply.count(b"\r\n") < 2 and (piece := connection.recv(4096)):
                reply += piece
    except OSError:
        return False
    return f"-{code} ".encode() in reply


@contextmanager
def loading(folder: Path) -> Generator[RedisServer]:
    """A server that reads its data, slowly."""
    server = RedisServer(folder)
    server.start("--enable-debug-command", "local")
    server.execute("DEBUG", "POPULATE", "2000")
    server.execute("SAVE")
    server.stop()
    server.start("--key-load-delay", "2000", "--loading-process-events-interval-bytes", "1024", ready=False)
    try:
        wait_until(lambda: _refuses(server, "LOADING"), "the server loads")
        yield server
    finally:
        server.stop()


@contextmanager
def full(folder: Path) -> Generator[RedisServer]:
    """A server whose only connection is taken."""
    server = RedisServer(folder)
    server.start()
    server.execute("CONFIG", "SET", "maxclients", "1")
    try:
        with server.connection():
            yield server
    finally:
        server.stop()


@contextmanager
def encrypted(folder: Path) -> Generator[str]:
    """The address of a server whose certificate nobody knows."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    make = [program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    make += ["-days", "2", "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(make, check=True, capture_output=True)
    server, port = RedisServer(folder), free_port()
    files = ("--tls-cert-file", str(certificate), "--tls-key-file", str(key), "--tls-auth-clients", "no")
    server.start("--tls-port", str(port), "--tls-ca-cert-file", str(certificate), *files)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop()


def reason(scrape: Scrape) -> str:
    """The one reason that a scrape gives."""
    (found,) = scrape.exposition.values_of(REDIS_UP_REASON, REASON)
    return found


def test_reasons_are_told_at_once_each_apart_from_the_others_and_without_the_password(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text(WRONG, encoding="utf-8")
    for name in ("busy", "loading", "full", "tls"):
        (tmp_path / name).mkdir()
    with ExitStack() as stack:
        stuck = RedisServer(tmp_path / "busy")
        stuck.start()
        stack.callback(stuck.stop)
        stack.enter_context(busy(stuck))
        reading, taken = (
            stack.enter_context(loading(tmp_path / "loading")),
            stack.enter_context(full(tmp_path / "full")),
        )
        web = stack.enter_context(ill_server(speaking_http))
        known = redis_options(redis_server)
        targets: dict[str, Options] = {
            "refused": {**known, "address": f"127.0.0.1:{free_port()}"},
            "auth": {**known, "password_file": str(wrong)},
            "full": redis_options(taken),
            "busy": redis_options(stuck),
            "loading": redis_options(reading),
            "tls": {**known, "address": stack.enter_context(encrypted(tmp_path / "tls")), "tls": True},
            "dns": {**known, "address": "no-such-host.invalid:6379"},
            "protocol": {**known, "address": web.address},
        }
        exporter = stack.enter_context(exporter_process(tmp_path, targets))
        # The first probe imports the driver.
        exporter.probe("refused")
        scrapes = {name: exporter.get(path) for name, path in zip(targets, paths(targets), strict=True)}
        told = "\n".join([exporter.log, *(scrape.text for scrape in scrapes.values())])
    assert {name: reason(scrape) for name, scrape in scrapes.items()} == {name: name for name in targets}
    assert {scrape.value(REDIS_UP) for scrape in scrapes.values()} == {0}
    assert [name for name, scrape in scrapes.items() if scrape.seconds >= AT_ONCE] == []
    assert [secret for secret in (WRONG, redis_server.password) if secret in told] == []
