"""Where spans go, and that nothing depends on their getting there."""

import contextlib
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import structlog
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.plugins.application import client, exposed, keyed, quiet, until
from watchbill import InvalidDeclaration, MissingExtra, Tracing
from watchbill.catalogue.tracing import SPANS_DROPPED
from watchbill.catalogue.watching import COMPONENT, INTERNAL_ERRORS
from watchbill.exposition import OPENMETRICS
from watchbill.testing import Lines, Spans

ROOT = Path(__file__).parents[3]


@contextmanager
def collector(status: int = 200) -> Generator[tuple[str, list[tuple[str, bytes]]]]:
    """An OTLP collector on loopback, and what it was sent."""
    received: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  named by the base class
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def names(body: bytes) -> list[str]:
    """The names of the spans in a request to a collector."""
    request = ExportTraceServiceRequest.FromString(body)
    return [span.name for group in request.resource_spans for scope in group.scope_spans for span in scope.spans]


@pytest.mark.parametrize("ending", ["", "/", "/v1/traces"])
async def test_spans_reach_the_collector_given(ending: str) -> None:
    with collector() as (address, received):
        app = keyed()
        observability = quiet(tracing=Tracing(endpoint=address + ending)).instrument(app)
        async with client(app) as caller:
            await caller.get("/users/7")
        observability.uninstrument(app)
    assert [(path, names(body)) for path, body in received] == [("/v1/traces", ["GET /users/{key}"])]


async def test_the_environment_names_the_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    with collector() as (address, received):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        app = keyed()
        observability = quiet(tracing=Tracing()).instrument(app)
        assert observability.report()["spans"].reason == f"sent to {address}/v1/traces"
        async with client(app) as caller:
            await caller.get("/users/7")
        observability.uninstrument(app)
    assert len(received) == 1


@pytest.mark.parametrize("refusing", [False, True], ids=["nothing listens", "it refuses"])
async def test_a_dead_collector_is_counted_told_once_and_harms_nobody(
    refusing: bool, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with collector(status=400) as (address, _):
        endpoint = address if refusing else "http://127.0.0.1:9"
        app = keyed()
        observability = quiet(tracing=Tracing(endpoint=endpoint)).instrument(app)
        async with client(app) as caller:
            for _ in range(3):
                assert (await caller.get("/users/7")).text == '"7"'
        observability.uninstrument(app)
    until(lambda: exposed(observability).value(INTERNAL_ERRORS, {COMPONENT: "traces"}) >= 1)
    told = [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]
    assert [record.name for record in told] == ["watchbill"]
    assert capsys.readouterr().out == ""


async def test_without_a_destination_lines_have_ids_and_nothing_is_recorded() -> None:
    app, lines = keyed(), Lines()
    observability = quiet(tracing=Tracing(), logging=lines.logging).instrument(app)
    async with client(app) as caller:
        await caller.get("/users/7")
    observability.uninstrument(app)
    (line,) = [event for event in lines.events if event["event"] == "request"]
    assert len(line["trace_id"]) == 32
    assert "# {" not in observability.exposition(OPENMETRICS)


async def test_the_environments_sampler_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    with collector() as (address, received):
        app = keyed()
        observability = quiet(tracing=Tracing(endpoint=address)).instrument(app)
        async with client(app) as caller:
            await caller.get("/users/7")
        observability.uninstrument(app)
    assert received == []


def test_a_provider_stands_alone() -> None:
    from opentelemetry.trace import NoOpTracerProvider

    with pytest.raises(InvalidDeclaration, match="its own sampler"):
        quiet(tracing=Tracing(provider=NoOpTracerProvider(), ratio=0.5))


def test_a_missing_library_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "grpc", None)
    with pytest.raises(MissingExtra, match=r'pip install "watchbill\[otlp-grpc\]"'):
        quiet(tracing=Tracing(endpoint="http://127.0.0.1:9", protocol="grpc")).instrument(keyed())


def test_a_process_with_a_dead_collector_ends_soon_and_quietly() -> None:
    script = (
        "import asyncio\n"
        "from fastapi import FastAPI\n"
        "from watchbill import Observability, Tracing\n"
        "from tests.plugins.application import client\n"
        "app = FastAPI()\n"
        "Observability('shop', logging=None, tracing=Tracing(endpoint='http://127.0.0.1:9')).instrument(app)\n"
        "async def run():\n"
        "    async with client(app) as caller:\n"
        "        await caller.get('/')\n"
        "asyncio.run(run())\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], check=True, cwd=ROOT, timeout=20, capture_output=True, text=True
    )
    assert ended.stdout == ""
    assert ended.stderr.count("\n") < 10


@pytest.mark.parametrize("query", ["", "?key=hunter2", "?key=hunter2&to=http://x"])
async def test_a_password_in_the_collectors_address_is_never_shown(
    query: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = keyed()
    observability = quiet(tracing=Tracing(endpoint=f"http://me:hunter2@127.0.0.1:9{query}")).instrument(app)
    async with client(app) as caller:
        await caller.get("/users/7")
    observability.uninstrument(app)
    assert exposed(observability).value(INTERNAL_ERRORS, {COMPONENT: "traces"}) == 1
    assert "127.0.0.1:9" in str(observability.report())
    assert "hunter2" not in str(observability.report()) + caplog.text
    with pytest.raises(InvalidDeclaration) as caught:
        quiet(tracing=Tracing(endpoint="me:hunter2@127.0.0.1"))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "text"), [("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"), ("OTEL_BSP_SCHEDULE_DELAY", "-1")]
)
def test_a_wrong_variable_of_opentelemetrys_is_one_clear_error(
    variable: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv(variable, text)
    app = keyed()
    before = dict(app.__dict__)
    with pytest.raises(InvalidDeclaration, match=r"environment: .*OTEL_"):
        quiet(tracing=Tracing(), logging=Lines().logging).instrument(app)
    assert app.__dict__ == before
    assert not structlog.is_configured()


@pytest.mark.parametrize(
    ("variable", "text", "state"), [("OTEL_TRACES_EXPORTER", "none", "on"), ("OTEL_SDK_DISABLED", "true", "off")]
)
async def test_opentelemetrys_switches_stop_the_sending(
    variable: str, text: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collector() as (address, received):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        monkeypatch.setenv(variable, text)
        app = keyed()
        observability = quiet(tracing=Tracing()).instrument(app)
        async with client(app) as caller:
            assert (await caller.get("/users/7")).text == '"7"'
        observability.uninstrument(app)
    entry = observability.report()["spans"]
    assert (received, entry.state, "sent to" in entry.reason) == ([], state, False)


async def test_processors_given_serve_an_application_that_is_instrumented_again() -> None:
    app, spans = keyed(), Spans()
    observability = quiet(tracing=spans.tracing)
    for _ in range(2):
        observability.instrument(app)
        async with client(app) as caller:
            await caller.get("/users/7")
        observability.uninstrument(app)
    assert len(spans.finished) == 2


async def test_leaving_a_silent_collector_takes_one_attempt_and_not_one_per_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app = keyed()
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        observability = quiet(tracing=Tracing(endpoint=endpoint)).instrument(app)
        async with client(app) as caller:
            for _ in range(20):
                await caller.get("/users/7")
        observability.uninstrument(app)
        silent.settimeout(0)
        attempts = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                silent.accept()[0].close()
                attempts += 1
    assert attempts <= 2
    assert exposed(observability).value(SPANS_DROPPED) == 20
