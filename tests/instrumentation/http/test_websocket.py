"""WebSockets behind a real server, with real clients."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, WebSocket, WebSocketDisconnect
from opentelemetry.trace import SpanKind, StatusCode
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, WebSocketRoute
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.plugins.application import exposed, quiet, served, until
from watchbill import Observability
from watchbill.asgi import App, Receive, Scope, Send
from watchbill.catalogue.http import HTTP_REQUESTS, ROUTE, STATUS, UNMATCHED_ROUTE
from watchbill.catalogue.watching import INTERNAL_ERRORS
from watchbill.catalogue.websocket import (
    CLOSE_CODE,
    DIRECTION,
    RECEIVED,
    SENT,
    WEBSOCKET_CONNECTION_DURATION,
    WEBSOCKET_CONNECTIONS,
    WEBSOCKET_CONNECTIONS_ACTIVE,
    WEBSOCKET_MESSAGE_BYTES,
    WEBSOCKET_MESSAGES,
    WEBSOCKET_REJECTIONS,
)
from watchbill.testing import Lines, Spans

CHAT = "/chat/{room}"
SERVERS = pytest.mark.parametrize("server", ["websockets-sansio", "wsproto"])


async def chat(socket: WebSocket, room: str) -> None:
    """Echoes, and ends as it is told."""
    await socket.accept()
    while True:
        match await socket.receive_text():
            case "close":
                await socket.close(4001)
                return
            case "raise":
                raise KeyError(room)
            case "return":
                return
            case text:
                await socket.send_bytes(text.encode() * 2)


async def refuse(socket: WebSocket) -> None:
    """Takes nobody."""
    await socket.close()


async def deny(socket: WebSocket) -> None:
    """Answers by HTTP."""
    await socket.send_denial_response(PlainTextResponse("a teapot", 418))


async def fail(_socket: WebSocket) -> None:
    """Fails before it accepts."""
    raise LookupError("nothing here")


def application() -> FastAPI:
    """One endpoint per way to end."""
    app = FastAPI()
    app.add_api_websocket_route("/chat/{room}", chat)
    for endpoint in (refuse, deny, fail):
        app.add_api_websocket_route(f"/{endpoint.__name__}", endpoint)
    return app


@contextmanager
def running(app: Any, server: str = "auto") -> Generator[str]:
    """The application's address."""
    with served(app, ws=server) as (host, port):
        yield f"ws://{host}:{port}"


@asynccontextmanager
async def connected(address: str) -> AsyncGenerator[ClientConnection]:
    """A client."""
    async with connect(address, compression=None) as client:
        yield client


def codes(observability: Observability, route: str = CHAT) -> dict[str, float]:
    """How many connections ended with which code."""
    found = exposed(observability)
    counts = {
        code: found.value(WEBSOCKET_CONNECTIONS, {ROUTE: route, CLOSE_CODE: code})
        for code in found.values_of(WEBSOCKET_CONNECTIONS, CLOSE_CODE)
    }
    return {code: count for code, count in counts.items() if count}


def active(observability: Observability) -> float:
    """Open connections."""
    return exposed(observability).value(WEBSOCKET_CONNECTIONS_ACTIVE)


def over(observability: Observability, number: int = 1) -> None:
    """Waits until so many connections have ended."""
    until(lambda: exposed(observability).value(WEBSOCKET_CONNECTIONS) == number)


@SERVERS
async def test_messages_are_counted_as_they_pass_and_the_connection_when_it_ends(server: str) -> None:
    app = application()
    observability = quiet().instrument(app)
    with running(app, server) as address:
        async with connected(f"{address}/chat/7") as client:
            await client.send("grüße")
            assert await client.recv() == "grüßegrüße".encode()
            labels = {ROUTE: CHAT}
            until(lambda: exposed(observability).value(WEBSOCKET_MESSAGES, {**labels, DIRECTION: SENT}) == 1)
            found = exposed(observability)
            assert found.value(WEBSOCKET_CONNECTIONS_ACTIVE, labels) == 1
            assert found.value(WEBSOCKET_MESSAGES, {**labels, DIRECTION: RECEIVED}) == 1
            assert found.value(WEBSOCKET_MESSAGES, {**labels, DIRECTION: SENT}) == 1
            assert found.value(WEBSOCKET_MESSAGE_BYTES, {**labels, DIRECTION: RECEIVED}) == 7
            assert found.value(WEBSOCKET_MESSAGE_BYTES, {**labels, DIRECTION: SENT}) == 14
            assert found.value(WEBSOCKET_CONNECTIONS) == 0
            await asyncio.sleep(0.05)
        over(observability)
    assert (active(observability), codes(observability)) == (0, {"1000": 1})
    assert exposed(observability).total(WEBSOCKET_CONNECTION_DURATION, {ROUTE: CHAT}) >= 0.05
    assert exposed(observability).value(HTTP_REQUESTS) == exposed(observability).value(INTERNAL_ERRORS) == 0


@SERVERS
@pytest.mark.parametrize(("told", "code"), [("close", "4001"), ("raise", "1011"), ("return", "1006")])
async def test_the_code_is_that_of_the_server_where_it_ends_first(server: str, told: str, code: str) -> None:
    app = application()
    observability = quiet().instrument(app)
    with running(app, server) as address:
        async with connected(f"{address}/chat/7") as client:
            await client.send(told)
            with pytest.raises(ConnectionClosed):
                await client.recv()
        over(observability)
    assert (codes(observability), active(observability)) == ({code: 1}, 0)


@SERVERS
@pytest.mark.parametrize(("given", "code"), [(1001, "1001"), (3999, "3xxx"), (4444, "4xxx")])
async def test_the_code_is_that_of_the_client_where_it_closes_first(server: str, given: int, code: str) -> None:
    app = application()
    observability = quiet().instrument(app)
    with running(app, server) as address:
        async with connected(f"{address}/chat/7") as client:
            await client.close(given)
        over(observability)
    assert codes(observability) == {code: 1}


@SERVERS
async def test_a_connection_that_breaks_ends_with_1006(server: str) -> None:
    app = application()
    observability = quiet().instrument(app)
    with running(app, server) as address:
        async with connected(f"{address}/chat/7") as client:
            client.transport.abort()
            await asyncio.sleep(0)
            over(observability)
    assert (codes(observability), active(observability)) == ({"1006": 1}, 0)


@SERVERS
async def test_a_connection_that_breaks_while_the_server_sends_ends_with_1006(server: str) -> None:
    app, ends = FastAPI(), list[BaseException]()

    @app.websocket("/ticks")
    async def tick(socket: WebSocket) -> None:
        await socket.accept()
        try:
            while True:
                await socket.send_text("tick")
                await asyncio.sleep(0.01)
        except WebSocketDisconnect as error:
            ends.append(error)
            raise

    observability = quiet().instrument(app)
    with running(app, server) as address:
        async with connected(f"{address}/ticks") as client:
            await client.recv()
            client.transport.abort()
            await asyncio.sleep(0)
            over(observability)
    assert codes(observability, "/ticks") == {"1006": 1}
    assert len(ends) == 1


@SERVERS
async def test_a_server_that_stops_ends_its_connections_with_1012(server: str) -> None:
    app = application()
    observability = quiet().instrument(app)
    with running(app, server) as address:
        client = await connect(f"{address}/chat/7")
    with pytest.raises(ConnectionClosed):
        await client.recv()
    assert (codes(observability), active(observability)) == ({"1012": 1}, 0)


@SERVERS
@pytest.mark.parametrize(
    ("path", "route", "status"),
    [("/refuse", "/refuse", 403), ("/deny", "/deny", 418), ("/fail", "/fail", 500), ("/none", UNMATCHED_ROUTE, 403)],
)
async def test_a_refused_handshake_counts_under_the_status_the_client_sees(
    server: str, path: str, route: str, status: int
) -> None:
    app = application()
    observability = quiet().instrument(app)
    with running(app, server) as address, pytest.raises(InvalidStatus) as refused:
        await connect(address + path)
    found = exposed(observability)
    assert refused.value.response.status_code == status
    assert found.value(WEBSOCKET_REJECTIONS, {ROUTE: route, STATUS: status}) == 1
    assert found.series(WEBSOCKET_REJECTIONS) == 1
    assert found.series(WEBSOCKET_CONNECTIONS_ACTIVE) == found.series(WEBSOCKET_CONNECTIONS) == 0


async def test_the_route_is_the_template_through_routers_mounts_and_copied_scopes() -> None:
    class Copying:
        def __init__(self, app: App) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await self.app(dict(scope), receive, send)

    inner, outer = APIRouter(prefix="/rooms"), APIRouter(prefix="/v1")
    inner.add_api_websocket_route("/{room}", chat)
    outer.include_router(inner)
    app = FastAPI(middleware=[Middleware(Copying)])
    app.include_router(outer)
    app.mount("/plain", Starlette(routes=[Mount("/deep", routes=[WebSocketRoute("/{name:path}", refuse)])]))
    observability = quiet().instrument(app)
    with running(app) as address:
        async with connected(f"{address}/v1/rooms/7"):
            pass
        with pytest.raises(InvalidStatus):
            await connect(f"{address}/plain/deep/a/b")
        over(observability)
    assert codes(observability, "/v1/rooms/{room}") == {"1000": 1}
    assert exposed(observability).value(WEBSOCKET_REJECTIONS, {ROUTE: "/plain/deep/{name}"}) == 1


async def test_a_connection_to_an_instrumented_application_in_another_counts_once() -> None:
    inner = application()
    outer = Starlette(routes=[Mount("/inner", inner)])
    spans = Spans()
    observability = quiet(tracing=spans.tracing).instrument(outer).instrument(inner)
    with running(outer) as address:
        async with connected(f"{address}/inner/chat/7"):
            pass
        over(observability)
        until(lambda: spans.finished)
    assert exposed(observability).value(WEBSOCKET_CONNECTIONS, {ROUTE: "/inner/chat/{room}"}) == 1
    assert [span.name for span in spans.finished] == ["GET /inner/chat/{room}"]


async def test_an_application_that_is_taken_out_is_measured_no_more() -> None:
    app = application()
    observability = quiet().instrument(app).uninstrument(app)
    with running(app) as address:
        async with connected(f"{address}/chat/7") as client:
            await client.send("on")
            assert await client.recv() == b"onon"
    assert exposed(observability).series(WEBSOCKET_CONNECTIONS) == 0


async def test_a_connection_has_one_span_and_one_line_whatever_its_messages() -> None:
    app, spans, lines = application(), Spans(), Lines()
    observability = Observability("shop", tracing=spans.tracing, logging=lines.logging).instrument(app)
    with running(app) as address:
        async with connected(f"{address}/chat/7?token=secret") as client:
            for _ in range(3):
                await client.send("hello")
                await client.recv()
        over(observability)
        until(lambda: spans.finished)
    (span,), (line,) = spans.finished, [event for event in lines.events if event["event"] == "websocket"]
    assert (span.name, span.kind, span.status.status_code) == (f"GET {CHAT}", SpanKind.SERVER, StatusCode.UNSET)
    assert span.attributes is not None
    assert span.attributes["http.response.status_code"] == 101
    assert {"trace_id": line["trace_id"], "span_id": line["span_id"]} == spans.ids[0]
    assert (line["http.route"], line["url.path"], line["level"]) == (CHAT, "/chat/7", "info")
    assert (line["websocket.close_code"], line["http.response.status_code"]) == (1000, 101)
    assert (line["websocket.received.messages"], line["websocket.received.size"]) == (3, 15)
    assert (line["websocket.sent.messages"], line["websocket.sent.size"]) == (3, 30)
    assert 0 < line["websocket.duration"] < 10


@pytest.mark.parametrize(("path", "error"), [("/chat/7", "KeyError"), ("/fail", "LookupError")])
async def test_a_failed_endpoint_makes_span_and_line_an_error(path: str, error: str) -> None:
    app, spans, lines = application(), Spans(), Lines()
    Observability("shop", tracing=spans.tracing, logging=lines.logging).instrument(app)
    with running(app) as address:
        try:
            async with connected(address + path) as client:
                await client.send("raise")
                await client.recv()
        except (ConnectionClosed, InvalidStatus):
            pass
        until(lambda: spans.finished)
    (span,), (line,) = spans.finished, [event for event in lines.events if event["event"] == "websocket"]
    assert span.status.status_code is StatusCode.ERROR
    assert [event.name for event in span.events] == ["exception"]
    assert (line["level"], line["error.type"]) == ("error", error)


async def test_a_client_that_leaves_an_endpoint_which_does_not_mind_is_no_error() -> None:
    app, spans, lines = application(), Spans(), Lines()
    Observability("shop", tracing=spans.tracing, logging=lines.logging).instrument(app)
    with running(app) as address:
        # The endpoint lets WebSocketDisconnect pass.
        async with connected(f"{address}/chat/7"):
            pass
        until(lambda: spans.finished)
    (line,) = [event for event in lines.events if event["event"] == "websocket"]
    assert spans.finished[0].status.status_code is StatusCode.UNSET
    assert (line["level"], "error.type" in line) == ("info", False)


async def test_a_caller_s_sampled_trace_goes_on_and_an_unsampled_one_is_not_recorded() -> None:
    app, spans = application(), Spans()
    observability = quiet(tracing=spans.tracing).instrument(app)
    trace = "0af7651916cd43dd8448eb211c80319c"
    with running(app) as address:
        for flags in ("01", "00"):
            headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-{flags}"}
            async with connect(f"{address}/chat/7", additional_headers=headers):
                pass
        over(observability, 2)
        until(lambda: spans.finished)
    assert [one["trace_id"] for one in spans.ids] == [trace]
