"""The exporter as a process."""

import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import httpx
import pytest

from tests.plugins.certificates import self_signed
from tests.plugins.exposition import value
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.programs import free_port, stop
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.postgres_server.probe import PG_UP
from watchbill.catalogue.redis_server.probe import REDIS_UP
from watchbill_exporters.serving import run

_RUN = """import sys; from pathlib import Path; from watchbill_exporters.serving import run
sys.exit(run(Path(sys.argv[1])))"""


def _write(folder: Path, port: int, targets: str = "targets: {}") -> Path:
    file = folder / "exporter.yaml"
    file.write_text(f"listen: 127.0.0.1:{port}\n{targets}\n", encoding="utf-8")
    return file


def _targets(redis_server: RedisServer, postgres_server: PostgresServer) -> str:
    cache = f"kind: redis, address: '{redis_server.address}', password_file: {redis_server.password_file}"
    orders = f"kind: postgres, address: '{postgres_server.address}', password_file: {postgres_server.password_file}"
    return f"targets:\n  cache: {{{cache}}}\n  orders: {{{orders}}}"


@contextmanager
def _started(file: Path, log: Path) -> Generator[tuple["subprocess.Popen[bytes]", str]]:
    """The process and the line it announces."""
    with log.open("wb") as errors:
        process = subprocess.Popen([sys.executable, "-c", _RUN, str(file)], stdout=subprocess.PIPE, stderr=errors)
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().decode()
        process.stdout.close()
    finally:
        stop(process)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()
    with _started(_write(tmp_path, port), tmp_path / "log") as (process, line):
        assert line == f"exporter on http://127.0.0.1:{port}\n"
        assert httpx.get(f"http://127.0.0.1:{port}/-/healthy").status_code == 200
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
    assert (tmp_path / "log").read_text(encoding="utf-8") == ""


def test_it_stops_in_time_while_a_probe_hangs(tmp_path: Path, redis_server: RedisServer) -> None:
    port = free_port()
    targets = f"targets: {{cache: {{kind: redis, address: '{redis_server.address}'}}}}"
    redis_server.signal(signal.SIGSTOP)
    with _started(_write(tmp_path, port, targets), tmp_path / "log") as (process, _):
        with socket.create_connection(("127.0.0.1", port)) as scraper:
            scraper.sendall(b"GET /probe?target=cache HTTP/1.1\r\nHost: exporter\r\n\r\n")
            scraper.settimeout(0.5)
            with pytest.raises(TimeoutError):
                scraper.recv(1)
            began = monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == 0
        assert monotonic() - began < 4
    assert "Traceback" not in (tmp_path / "log").read_text(encoding="utf-8")


def test_a_bad_file_ends_it_with_all_its_problems(tmp_path: Path) -> None:
    file = _write(tmp_path, free_port(), "targets: {cache: {kind: redes}}\nlistn: 1")
    ended = subprocess.run([sys.executable, "-c", _RUN, str(file)], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "redes" in ended.stderr
    assert "listn" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


def test_a_certificate_that_does_not_fit_its_key_ends_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = self_signed(tmp_path, "one"), self_signed(tmp_path, "other")
    tls = f"web: {{tls_server_config: {{cert_file: {one.file}, key_file: {other.key}}}}}"
    assert run(_write(tmp_path, free_port(), f"targets: {{}}\n{tls}")) == 2
    assert "cert_file and key_file are no certificate and its key" in capsys.readouterr().err


def test_a_taken_port_ends_it_with_a_remedy(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        file = _write(tmp_path, taken.getsockname()[1])
        ended = subprocess.run([sys.executable, "-c", _RUN, str(file)], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "Address already in use" in ended.stderr
    assert "remedy:" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_it_starts_before_its_targets_and_finds_them_later(
    tmp_path: Path, redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    port = free_port()
    redis_server.stop()
    postgres_server.stop()
    with _started(_write(tmp_path, port, _targets(redis_server, postgres_server)), tmp_path / "log") as (process, _):
        probe = f"http://127.0.0.1:{port}/probe?target="
        assert value(httpx.get(probe + "cache").text, REDIS_UP) == 0
        assert value(httpx.get(probe + "orders").text, PG_UP) == 0
        redis_server.start()
        postgres_server.start()
        assert value(httpx.get(probe + "cache").text, REDIS_UP) == 1
        assert value(httpx.get(probe + "orders").text, PG_UP) == 1
        process.terminate()
        process.wait(timeout=10)
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert "target cache is down (refused)" in log
    assert "target orders answers again" in log


def test_secrets_appear_nowhere(tmp_path: Path, redis_server: RedisServer, postgres_server: PostgresServer) -> None:
    secrets = [redis_server.password, postgres_server.password, "wrong-secret", "hunter2"]
    port = free_port()
    seen: list[str] = []
    with _started(_write(tmp_path, port, _targets(redis_server, postgres_server)), tmp_path / "log") as (process, line):
        base = f"http://127.0.0.1:{port}"
        pages = ["/", "/metrics", "/probe?target=cache", "/probe?target=orders", "/probe?target=user:hunter2@h:1"]
        seen += [line, *(httpx.get(base + page).text for page in pages)]
        _write_wrong(redis_server, postgres_server)
        seen += [httpx.get(base + page).text for page in pages]
        seen.append(Path(f"/proc/{process.pid}/cmdline").read_text(encoding="utf-8"))
        seen.append(Path(f"/proc/{process.pid}/environ").read_text(encoding="utf-8"))
        process.terminate()
        process.wait(timeout=10)
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert "down (auth)" in log
    everything = "\n".join([*seen, log])
    assert [secret for secret in secrets if secret in everything] == []


def _write_wrong(redis_server: RedisServer, postgres_server: PostgresServer) -> None:
    """Rotates the files to a wrong password, and drops the connections that still work."""
    for file in (redis_server.password_file, postgres_server.password_file):
        file.write_text("wrong-secret", encoding="utf-8")
    redis_server.execute("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    postgres_server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'watchbill'")
