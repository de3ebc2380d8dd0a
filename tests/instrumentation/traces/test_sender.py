"""Spans reach the collector, or are counted; the application notices neither."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.application import client, exposed, keyed, quiet, until
from tests.plugins.collectors import (
    Collected,
    dripping_collector,
    grpc_collector,
    http_collector,
    no_collector,
    resetting_collector,
    silent_collector,
)
from watchbill import InvalidDeclaration, Tracing
from watchbill.catalogue.tracing import CLOSED, EXPORT_FAILED, LOSS, QUEUE_FULL, SPANS_DROPPED
from watchbill.traces.export import Protocol
from watchbill.traces.sender import LEAVING_SECONDS

ROOT = Path(__file__).parents[3]
BOTH: dict[Protocol, Callable[[], AbstractContextManager[Collected]]] = {
    "http/protobuf": http_collector,
    "grpc": grpc_collector,
}


@pytest.fixture(autouse=True)
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches leave soon, and one attempt is all there is time for."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.9")


async def asked(tracing: Tracing, requests: int) -> tuple[float, float, Callable[[str], float]]:
    """The slowest request and the shutdown in seconds, and how many spans were lost for a reason."""
    app = keyed()
    observability = quiet(tracing=tracing).instrument(app)
    slowest = 0.0
    async with client(app) as caller:
        for _ in range(requests):
            began = time.perf_counter()
            assert (await caller.get("/users/7")).text == '"7"'
            slowest = max(slowest, time.perf_counter() - began)
    began = time.perf_counter()
    observability.uninstrument(app)
    left = time.perf_counter() - began
    return slowest, left, lambda reason: exposed(observability).value(SPANS_DROPPED, {LOSS: reason})


@pytest.mark.parametrize("protocol", BOTH)
async def test_spans_arrive_by_either_protocol(protocol: Protocol, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=shop,x-team=front%20office")
    with BOTH[protocol]() as collected:
        _, _, lost = await asked(Tracing(endpoint=collected.address, protocol=protocol), 3)
    assert collected.names == ["GET /users/{key}"] * 3
    headers = {name.lower(): text for name, text in collected.requests[0][0].items()}
    assert (headers["x-tenant"], headers["x-team"]) == ("shop", "front office")
    assert [lost(reason) for reason in LOSS.values] == [0, 0, 0]


@pytest.mark.parametrize("variable", ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"])
async def test_the_environment_chooses_the_protocol(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with grpc_collector() as collected:
        monkeypatch.setenv(variable, "grpc")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collected.address)
        await asked(Tracing(), 1)
    assert collected.names == ["GET /users/{key}"]


async def test_compression_is_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    import gzip

    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    with http_collector() as collected:
        await asked(Tracing(endpoint=collected.address), 1)
    headers, body = collected.requests[0]
    assert headers["Content-Encoding"] == "gzip"
    assert b"/users/7" in gzip.decompress(body)


async def test_user_and_password_of_the_address_are_sent_as_a_header() -> None:
    with http_collector() as collected:
        await asked(Tracing(endpoint=collected.address.replace("http://", "http://me:hunter2@")), 1)
    assert collected.requests[0][0]["Authorization"] == "Basic bWU6aHVudGVyMg=="


@pytest.mark.parametrize(
    ("variable", "text", "told"),
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "use http/protobuf or grpc"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "brotli", "use gzip or none"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon", "seconds above 0"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10000", "below 3600"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=shop,Authorization: Bearer hunter2", "entry 2 is no name=value"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter2%0Ax", "entry 1 is no name=value"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:hunter2#x@127.0.0.1:4318", "is no address"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:hunter2/x@127.0.0.1:4318", "is no address"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere.pem", "is no file"),
    ],
)
def test_a_variable_that_cannot_be_used_is_one_clear_error(
    variable: str, text: str, told: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv(variable, text)
    with pytest.raises(InvalidDeclaration) as raised:
        quiet(tracing=Tracing()).instrument(keyed())
    assert variable in str(raised.value)
    assert told in str(raised.value)
    assert "hunter2" not in str(raised.value) + caplog.text


async def test_the_environments_headers_go_before_the_addresses_and_each_is_sent_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer mine,content-type=a/b,user-agent=shop")
    with http_collector() as collected:
        await asked(Tracing(endpoint=collected.address.replace("http://", "http://me:hunter2@")), 1)
    headers = collected.requests[0][0]
    assert (headers["Authorization"], headers["User-Agent"]) == ("Bearer mine", "shop")
    assert headers["Content-Type"] == "application/x-protobuf"
    assert len({name.lower() for name in headers}) == len(headers)


async def test_a_proxy_may_be_named_without_a_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    with http_collector() as proxy:
        monkeypatch.setenv("http_proxy", proxy.address.removeprefix("http://"))
        await asked(Tracing(endpoint="http://collector.example:4318"), 1)
    assert proxy.names == ["GET /users/{key}"]
    assert proxy.requests[0][0]["Host"] == "collector.example:4318"


async def test_a_collector_that_wants_more_at_once_is_not_asked_without_a_pause() -> None:
    with http_collector(lambda _: 503, more={"retry-after": "0"}) as collected:
        _, _, lost = await asked(Tracing(endpoint=collected.address), 1)
    assert lost(EXPORT_FAILED) == 1
    assert len(collected.requests) == 1


async def test_a_shutdown_does_not_wait_for_an_answer_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "60")
    with dripping_collector() as collected:
        _, left, _ = await asked(Tracing(endpoint=collected.address), 1)
    assert LEAVING_SECONDS - 1 < left < LEAVING_SECONDS + 2


BAD: dict[str, tuple[Protocol, Callable[[], AbstractContextManager[Collected]]]] = {
    "down": ("http/protobuf", no_collector),
    "down, by gRPC": ("grpc", no_collector),
    "silent": ("http/protobuf", silent_collector),
    "silent, by gRPC": ("grpc", silent_collector),
    "answers 503": ("http/protobuf", lambda: http_collector(lambda _: 503)),
    "answers 404": ("http/protobuf", lambda: http_collector(lambda _: 404)),
    "redirects": ("http/protobuf", lambda: http_collector(lambda _: 302)),
    "answers late": ("http/protobuf", lambda: http_collector(slowness=3)),
    "resets": ("http/protobuf", resetting_collector),
}


@pytest.mark.parametrize(("protocol", "collector"), BAD.values(), ids=BAD)
async def test_a_bad_collector_costs_a_counted_loss_and_nothing_else(
    protocol: Protocol, collector: Callable[[], AbstractContextManager[Collected]]
) -> None:
    with collector() as collected:
        slowest, left, lost = await asked(Tracing(endpoint=collected.address, protocol=protocol), 30)
    assert slowest < 0.5
    assert left < LEAVING_SECONDS
    assert lost(EXPORT_FAILED) + lost(CLOSED) == 30


async def test_what_a_collector_refuses_for_a_while_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "5")
    with http_collector(lambda number: 503 if number == 1 else 200) as collected:
        app = keyed()
        observability = quiet(tracing=Tracing(endpoint=collected.address)).instrument(app)
        async with client(app) as caller:
            await caller.get("/users/7")
            until(lambda: len(collected.requests) == 2)
        observability.uninstrument(app)
    assert exposed(observability).value(SPANS_DROPPED) == 0


async def test_a_full_queue_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "5")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "60000")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "5")
    with silent_collector() as collected:
        _, _, lost = await asked(Tracing(endpoint=collected.address), 30)
    assert lost(QUEUE_FULL) >= 15
    assert sum(lost(reason) for reason in LOSS.values) == 30


async def test_flushing_waits_until_all_is_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "60000")
    with http_collector(slowness=0.2) as collected:
        app = keyed()
        observability = quiet(tracing=Tracing(endpoint=collected.address)).instrument(app)
        async with client(app) as caller:
            await caller.get("/users/7")
        provider = observability.tracer_provider
        assert getattr(provider, "force_flush")(5000)  # noqa: B009  the SDK's, beyond the interface
        assert collected.names == ["GET /users/{key}"]
        observability.uninstrument(app)


_FORKED = """
import asyncio, os, sys
from tests.plugins.application import client, keyed, quiet
from watchbill import Tracing

app = keyed()
observability = quiet(tracing=Tracing(endpoint=sys.argv[1], protocol=sys.argv[2])).instrument(app)

async def ask(key):
    async with client(app) as caller:
        await caller.get(f"/users/{key}")

asyncio.run(ask("parent"))
observability.tracer_provider.force_flush() if sys.argv[3] == "flushed" else None
child = os.fork()
if child == 0:
    asyncio.run(ask("child"))
    observability.uninstrument(app)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
observability.uninstrument(app)
"""


@pytest.mark.parametrize("protocol", BOTH)
@pytest.mark.parametrize("flushed", ["flushed", "waiting"])
def test_a_forked_child_sends_its_own_spans_and_its_parents_only_once(protocol: Protocol, flushed: str) -> None:
    with BOTH[protocol]() as collected:
        subprocess.run(
            [sys.executable, "-c", _FORKED, collected.address, protocol, flushed],
            check=True, cwd=ROOT, timeout=30, env={**os.environ, "OTEL_BSP_SCHEDULE_DELAY": "60000"},
        )  # fmt: skip
    sent = b"".join(body for _, body in collected.requests)
    assert len(collected.names) == 2
    assert (sent.count(b"/users/parent"), sent.count(b"/users/child")) == (1, 1)


async def test_a_span_that_no_message_can_hold_is_counted_and_raises_nothing() -> None:
    with http_collector() as collected:
        app = keyed()
        observability = quiet(tracing=Tracing(endpoint=collected.address)).instrument(app)
        provider = observability.tracer_provider
        assert provider is not None
        name: Any = 7
        provider.get_tracer("mine").start_span(name).end()
        observability.uninstrument(app)
    assert exposed(observability).value(SPANS_DROPPED, {LOSS: EXPORT_FAILED}) == 1
