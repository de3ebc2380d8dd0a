"""The metrics page on a port of its own."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.plugins.application import quiet
from tests.plugins.programs import free_port, wait_until
from watchbill import Access, Certificate, InvalidDeclaration, Switches
from watchbill.catalogue.process import PROCESS_CPU
from watchbill.catalogue.watching import INTERNAL_ERRORS
from watchbill.exposition import OPENMETRICS, TEXT, page_server
from watchbill.exposition.own_port import OwnPort
from watchbill.observability import Observability
from watchbill.testing import Exposition

ROOT = Path(__file__).parents[3]


@pytest.fixture
def observability() -> Observability:
    return quiet()


@pytest.fixture
def own(observability: Observability) -> Iterator[OwnPort]:
    with observability.serve(port=0) as found:
        yield found


def raw(own: OwnPort, request: bytes) -> bytes:
    """The whole answer to what is sent."""
    with socket.create_connection((own.host, own.port), 5) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_it_serves_the_page_in_both_formats_compressed_or_not(own: OwnPort) -> None:
    for accept in (TEXT, OPENMETRICS):
        for encoding in ("gzip", "identity"):
            answer = httpx.get(own.url, headers={"accept": accept, "accept-encoding": encoding})
            assert (answer.status_code, answer.headers["content-type"]) == (200, accept)
            assert (answer.headers.get("content-encoding") == "gzip") == (encoding == "gzip")
            assert Exposition.parse(answer.text).value(PROCESS_CPU) > 0


def test_it_answers_what_is_no_scrape_shortly(own: OwnPort) -> None:
    assert (httpx.head(own.url).status_code, httpx.head(own.url).content) == (200, b"")
    posted = httpx.post(own.url, content=b"x" * 100_000)
    assert (posted.status_code, posted.headers["allow"]) == (405, "GET, HEAD")
    absent = httpx.get(own.url + "/more")
    assert (absent.status_code, absent.text) == (404, "Not Found: the metrics are at /metrics\n")
    assert httpx.get(own.url + "?name=x").status_code == 200
    assert raw(own, b"BREW /metrics HTTP/1.1\r\nhost: a\r\n\r\n").startswith(b"HTTP/1.1 405 ")
    assert b"Error code: 400" in raw(own, b"nonsense\r\n\r\n")
    assert b" 431 " in raw(own, b"GET /metrics HTTP/1.1\r\n" + b"a: b\r\n" * 500 + b"\r\n")
    assert httpx.get(own.url).status_code == 200


def test_callers_that_say_nothing_do_not_keep_it_from_answering(own: OwnPort, observability: Observability) -> None:
    silent = [socket.create_connection((own.host, own.port)) for _ in range(20)]
    try:
        assert httpx.get(own.url).status_code == 200
        more = [socket.create_connection((own.host, own.port)) for _ in range(30)]
        silent += more
        assert b"503 Service Unavailable" in raw(own, b"")
    finally:
        for connection in silent:
            connection.close()
    wait_until(lambda: _is_ok(own.url), "an answer")
    assert Exposition.of(observability).value(INTERNAL_ERRORS) == 0


@pytest.mark.parametrize("tls", [False, True], ids=["http", "tls"])
def test_a_caller_that_sends_its_request_bit_by_bit_is_broken_off(
    *, tls: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_server, "_PATIENCE_SECONDS", 1.0)
    used = Certificate(*certificate(tmp_path, "first")) if tls else None
    with (
        quiet().serve(port=0, certificate=used) as own,
        socket.create_connection((own.host, own.port), 5) as connection,
    ):
        # The beginning of a greeting, or of a request: either is never finished.
        connection.sendall(b"\x16\x03\x01\x02\x00" if tls else b"GET /metrics HTTP/1.1\r\na: ")
        wait_until(lambda: not _takes_another_byte(connection), "the end of the connection", seconds=10)


def _takes_another_byte(connection: socket.socket) -> bool:
    try:
        connection.sendall(b"\x01")
    except ConnectionError:
        return False
    return True


def _is_ok(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def test_it_ends_with_stop_and_its_port_is_free(observability: Observability) -> None:
    own = observability.serve(port=0)
    assert str(observability.report()["own port"].state) == "on"
    own.stop()
    own.stop()

    assert own.state == "stopped"
    assert (observability.report()["own port"].state, own.url in str(observability.report())) == ("off", True)
    with observability.serve(port=own.port) as again:
        assert _is_ok(again.url)


def test_it_asks_for_what_the_page_asks_for_or_for_a_secret_of_its_own(tmp_path: Path) -> None:
    ours, its = tmp_path / "ours", tmp_path / "its"
    ours.write_text("one", encoding="utf-8")
    its.write_text("two", encoding="utf-8")
    observability = quiet(access=Access(token_file=ours))
    with observability.serve(port=0) as first, observability.serve(port=0, access=Access(token_file=its)) as second:
        for own, right, wrong in ((first, "one", "two"), (second, "two", "one")):
            answers = [httpx.get(own.url, headers={"authorization": f"Bearer {one}"}) for one in (right, wrong)]
            assert [answer.status_code for answer in answers] == [200, 401]
            assert answers[1].headers["www-authenticate"] == 'Bearer realm="watchbill"'
            assert httpx.get(own.url + "/more").status_code == 401
        assert f"{first.url}, asks for a token" in str(observability.report())


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate of its own making for loopback."""
    file, key = folder / "cert.pem", folder / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]
    command += [
        "-subj",
        f"/CN={name}",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        str(key),
        "-out",
        str(file),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return file, key


def test_with_a_certificate_it_speaks_tls_and_takes_a_renewed_one(observability: Observability, tmp_path: Path) -> None:
    file, key = certificate(tmp_path, "first")
    trust = ssl.create_default_context(cafile=str(file))
    with observability.serve(port=0, certificate=Certificate(file, key)) as own:
        assert own.url.startswith("https://")
        assert httpx.get(own.url, verify=trust).status_code == 200
        certificate(tmp_path, "second")
        with pytest.raises(httpx.ConnectError):
            httpx.get(own.url, verify=trust)
        with socket.create_connection((own.host, own.port)):
            assert httpx.get(own.url, verify=ssl.create_default_context(cafile=str(file))).status_code == 200
        with pytest.raises(httpx.TransportError):
            httpx.get(own.url.replace("https", "http"))
    assert Exposition.of(observability).value(INTERNAL_ERRORS) == 0


def test_a_certificate_that_cannot_be_used_is_an_error_at_start(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidDeclaration, match=r"Certificate: .*/none with the key .* cannot be used: .*No such file"
    ):
        Certificate(tmp_path / "none", tmp_path / "none")


@pytest.mark.parametrize(
    ("host", "port", "reason"),
    [
        ("127.0.0.1", None, "is taken by another program: stop it, or give another port"),
        ("127.0.0.1", 70_000, "cannot listen on port 70000 of 127.0.0.1"),
        ("192.0.2.1", None, "of 192.0.2.1: .*assign requested address"),
    ],
)
def test_an_address_that_cannot_be_had_is_an_error_at_start(
    host: str, port: int | None, reason: str, observability: Observability
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken: int = other.getsockname()[1]
        with pytest.raises(InvalidDeclaration, match=f"^serve: .*{reason}"):
            observability.serve(port=port or taken, host=host)


def test_switched_off_it_does_not_listen() -> None:
    for switches in (Switches(metrics=False), Switches(monitoring=False)):
        assert quiet(switches=switches).serve(port=0).state == "stopped"


WORKER = """
import multiprocessing, os, sys, time
from tests.plugins.application import exposed, quiet
from watchbill.catalogue.watching import INTERNAL_ERRORS
def work(port):
    observability = quiet()
    own = observability.serve(port=port)
    while True:
        errors = int(exposed(observability).value(INTERNAL_ERRORS))
        os.write(1, f"{os.getpid()} {own.state} {errors}\\n".encode())
        time.sleep(0.1)
if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=work, args=(int(sys.argv[1]),)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
"""


class Workers:
    """Two worker processes of one parent, and what each last said."""

    def __init__(self, folder: Path, port: int) -> None:
        script = folder / "workers_of_a_server.py"
        script.write_text(WORKER, encoding="utf-8")
        self.states: dict[int, str] = {}
        self.errors = 0
        self.killed: set[int] = set()
        environ = {**os.environ, "PYTHONPATH": f"{ROOT}:{folder}"}
        command = [sys.executable, str(script), str(port)]
        self.process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, start_new_session=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            pid, state, errors = line.decode().split()
            if int(pid) not in self.killed:
                self.states[int(pid)], self.errors = state, int(errors)

    def serving(self) -> list[int]:
        return [pid for pid, state in list(self.states.items()) if state == "serving"]

    def kill(self, pid: int) -> None:
        self.killed.add(pid)
        os.kill(pid, signal.SIGKILL)
        del self.states[pid]

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Callable[[int], Workers]]:
    started: list[Workers] = []

    def start(port: int) -> Workers:
        started.append(Workers(tmp_path, port))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def test_of_several_workers_one_serves_and_another_takes_over_when_it_dies(
    workers: Callable[[int], Workers],
) -> None:
    port = free_port()
    group = workers(port)
    url = f"http://127.0.0.1:{port}/metrics"
    wait_until(lambda: len(group.states) == 2 and len(group.serving()) == 1, "one serves")
    (first,) = group.serving()
    assert _is_ok(url)
    group.kill(first)
    wait_until(lambda: _is_ok(url), "an answer")
    wait_until(lambda: len(group.serving()) == 1, "one serves")
    assert group.serving() != [first]
    assert group.errors == 0


def test_workers_take_a_strangers_port_when_it_is_free_and_report_it_until_then(
    workers: Callable[[int], Workers],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        group = workers(port)
        wait_until(lambda: list(group.states.values()) == ["waiting"] * 2 and group.errors == 2, "both report")
    wait_until(lambda: len(group.serving()) == 1, "one serves")
    assert _is_ok(f"http://127.0.0.1:{port}/metrics")


def test_a_forked_process_gives_the_port_up_and_the_parent_serves_on(own: OwnPort) -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, b"x")
        time.sleep(30)
        os._exit(0)
    try:
        assert os.read(reading, 1) == b"x"
        assert _is_ok(own.url)
        own.stop()
        with socket.create_server((own.host, own.port)):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)
        os.close(writing)
