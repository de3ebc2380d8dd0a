"""What is measured of one request, whatever becomes of it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import BackgroundTasks, FastAPI, Request
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from tests.plugins.application import client, exposed, quiet, served, served_by, until
from tests.plugins.asgi import accept, body, scope
from watchbill import Observability
from watchbill.asgi import Message, Receive, Scope, Send
from watchbill.catalogue.http import (
    CLIENT_LEFT,
    HTTP_REQUEST_DURATION,
    HTTP_REQUEST_SIZE,
    HTTP_REQUESTS,
    HTTP_REQUESTS_IN_PROGRESS,
    HTTP_RESPONSE_SIZE,
    HTTP_TIME_TO_FIRST_BYTE,
    METHOD,
    OTHER_METHOD,
    ROUTE,
    STATUS,
)


def counted(observability: Observability, status: int) -> float:
    """Requests counted under a status."""
    return exposed(observability).value(HTTP_REQUESTS, {STATUS: status})


def running(observability: Observability) -> float:
    """Requests in progress."""
    return exposed(observability).value(HTTP_REQUESTS_IN_PROGRESS)


async def test_every_http_metric_of_a_request_is_exposed() -> None:
    app = FastAPI()

    @app.post("/echo/{key}")
    async def echo(request: Request) -> PlainTextResponse:
        return PlainTextResponse(await request.body() * 2)

    observability = quiet().instrument(app)
    async with client(app) as caller:
        await caller.post("/echo/7", content=b"x" * 150)
    found, labels = exposed(observability), {METHOD: "POST", ROUTE: "/echo/{key}"}
    assert found.value(HTTP_REQUESTS, {**labels, STATUS: 200}) == 1
    assert found.count(HTTP_REQUEST_DURATION, labels) == found.count(HTTP_TIME_TO_FIRST_BYTE, labels) == 1
    assert 0 < found.total(HTTP_TIME_TO_FIRST_BYTE) <= found.total(HTTP_REQUEST_DURATION)
    assert (found.total(HTTP_REQUEST_SIZE, labels), found.total(HTTP_RESPONSE_SIZE, labels)) == (150, 300)
    assert found.at_most(HTTP_REQUEST_SIZE, 100, labels) == 0
    assert found.at_most(HTTP_REQUEST_SIZE, 1_000, labels) == 1
    assert found.value(HTTP_REQUESTS_IN_PROGRESS) == 0


async def test_a_request_in_progress_is_visible() -> None:
    app, seen = FastAPI(), list[float]()

    @app.get("/")
    async def look() -> None:
        seen.append(running(observability))

    observability = quiet().instrument(app)
    async with client(app) as caller:
        await caller.get("/")
    assert (seen, running(observability)) == ([1], 0)


async def test_a_background_task_is_no_part_of_the_latency() -> None:
    app, during = FastAPI(), list[float]()

    async def work() -> None:
        during.append(running(observability))
        await asyncio.sleep(0.3)

    @app.get("/")
    async def answer(tasks: BackgroundTasks) -> str:
        tasks.add_task(work)
        return "ok"

    observability = quiet().instrument(app)
    async with client(app) as caller:
        await caller.get("/")
    found = exposed(observability)
    assert found.total(HTTP_REQUEST_DURATION) < 0.3
    assert during == [0]


async def test_a_failing_background_task_does_not_change_what_the_client_saw() -> None:
    app = FastAPI()

    @app.get("/")
    async def answer(tasks: BackgroundTasks) -> str:
        tasks.add_task(lambda: 1 / 0)
        return "ok"

    observability = quiet().instrument(app)
    async with client(app) as caller:
        await caller.get("/")
    assert exposed(observability).value(HTTP_REQUESTS) == counted(observability, 200) == 1


def test_streaming_is_measured_to_the_last_byte_and_the_first_one_apart() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"a" * 10
        await asyncio.sleep(0.3)
        yield b"b" * 10

    async def endpoint(_request: Request) -> StreamingResponse:
        return StreamingResponse(parts())

    app = Starlette(routes=[Route("/", endpoint)])
    observability = quiet().instrument(app)
    with served(app) as (host, port):
        assert len(httpx.get(f"http://{host}:{port}/").content) == 20
    found = exposed(observability)
    assert found.total(HTTP_TIME_TO_FIRST_BYTE) < 0.3 <= found.total(HTTP_REQUEST_DURATION)
    assert found.total(HTTP_RESPONSE_SIZE) == 20


async def stream() -> AsyncIterator[bytes]:
    for _ in range(1_000):
        yield b"x" * 1_000
        await asyncio.sleep(0.01)


async def streaming(_request: Request) -> StreamingResponse:
    return StreamingResponse(stream())


async def slow(_request: Request) -> PlainTextResponse:
    await asyncio.sleep(0.3)
    return PlainTextResponse("too late")


async def reading(request: Request) -> PlainTextResponse:
    await request.body()
    return PlainTextResponse("never")


@pytest.mark.parametrize(
    ("endpoint", "announced"), [(streaming, 0), (slow, 0), (reading, 100)], ids=["streaming", "slow", "reading"]
)
def test_a_client_that_leaves_is_counted_as_499(endpoint: Callable[..., Any], announced: int) -> None:
    app = Starlette(routes=[Route("/{key}", endpoint, methods=["GET", "POST"])])
    observability = quiet().instrument(app)
    with served(app) as address:
        verb, length = ("POST", f"Content-Length: {announced}\r\n") if announced else ("GET", "")
        with socket.create_connection(address) as connection:
            connection.sendall(f"{verb} /7 HTTP/1.1\r\nHost: app\r\n{length}\r\n".encode())
            until(lambda: running(observability) == 1)
        until(lambda: running(observability) == 0)
    assert exposed(observability).value(HTTP_REQUESTS) == counted(observability, CLIENT_LEFT) == 1


async def test_a_cancelled_request_is_counted_as_499_and_stays_cancelled() -> None:
    started = asyncio.Event()

    async def wait(_request: Request) -> PlainTextResponse:
        started.set()
        await asyncio.sleep(60)
        return PlainTextResponse("never")

    app = Starlette(routes=[Route("/", wait)])
    observability = quiet().instrument(app)
    task = asyncio.ensure_future(app(scope(), body(), accept))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert counted(observability, CLIENT_LEFT) == 1
    assert running(observability) == 0


async def test_a_server_that_refuses_to_send_means_the_client_left() -> None:
    async def refuse(_message: Message) -> None:
        raise OSError("gone")

    app = Starlette(routes=[Route("/", streaming)])
    observability = quiet().instrument(app)
    with contextlib.suppress(OSError, ClientDisconnect, ExceptionGroup):
        await app(scope(), body(), refuse)
    assert counted(observability, CLIENT_LEFT) == 1


@pytest.mark.parametrize("kind", [FastAPI, Starlette])
async def test_an_unhandled_exception_is_counted_once_and_raised_unchanged(kind: type) -> None:
    raised = ValueError("mine")

    async def fail(_request: Request) -> PlainTextResponse:
        raise raised

    app = kind(routes=[Route("/", fail)])
    observability = quiet().instrument(app)
    with pytest.raises(ValueError, match="mine") as caught:
        await app(scope(), body(), accept)
    assert caught.value is raised
    assert raised.__cause__ is None
    assert exposed(observability).value(HTTP_REQUESTS) == counted(observability, 500) == 1
    assert running(observability) == 0


async def test_an_exception_before_any_answer_counts_as_500() -> None:
    async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError("a middleware of the application's")

    app = served_by(broken)
    observability = quiet().instrument(app)
    with pytest.raises(RuntimeError):
        await app(scope(), body(), accept)
    assert counted(observability, 500) == 1


async def test_an_exception_in_mid_stream_keeps_the_status_the_client_saw() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"begun"
        raise ValueError("in mid-stream")

    async def endpoint(_request: Request) -> StreamingResponse:
        return StreamingResponse(parts())

    app = Starlette(routes=[Route("/", endpoint)])
    observability = quiet().instrument(app)
    with pytest.raises((ValueError, ExceptionGroup)):
        await app(scope(), body(), accept)
    assert exposed(observability).value(HTTP_REQUESTS) == counted(observability, 200) == 1
    assert running(observability) == 0


async def test_a_handled_exception_is_what_its_handler_answers() -> None:
    async def fail(_request: Request) -> PlainTextResponse:
        raise KeyError("known")

    def teapot(_request: Request, _error: Exception) -> PlainTextResponse:
        return PlainTextResponse("teapot", status_code=418)

    app = Starlette(routes=[Route("/", fail)], exception_handlers={KeyError: teapot})
    observability = quiet().instrument(app)
    async with client(app) as caller:
        await caller.get("/")
    assert exposed(observability).value(HTTP_REQUESTS) == counted(observability, 418) == 1


async def test_an_answer_by_file_path_counts_the_files_bytes(tmp_path: Any) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 1234)

    async def send_path(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.pathsend", "path": str(file)})

    app = served_by(send_path)
    observability = quiet().instrument(app)
    await app(scope(), body(), accept)
    assert exposed(observability).total(HTTP_RESPONSE_SIZE) == 1234
    assert counted(observability, 200) == 1


async def test_an_answer_with_trailers_ends_with_them() -> None:
    before_trailers = list[float]()

    async def trailing(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [], "trailers": True})
        await send({"type": "http.response.body", "body": b"all"})
        before_trailers.append(running(observability))
        await send({"type": "http.response.trailers", "headers": []})

    app = served_by(trailing)
    observability = quiet().instrument(app)
    await app(scope(), body(), accept)
    assert (before_trailers, running(observability)) == ([1], 0)


async def test_made_up_methods_share_one_name() -> None:
    app = FastAPI()
    observability = quiet().instrument(app)
    async with client(app) as caller:
        for number in range(50):
            await caller.request(f"VERB{number}", "/")
    assert exposed(observability).values_of(HTTP_REQUESTS, METHOD) == {OTHER_METHOD}


async def test_a_head_request_sends_no_bytes() -> None:
    async def endpoint(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("x" * 100)

    app = Starlette(routes=[Route("/", endpoint)])
    observability = quiet().instrument(app)
    async with client(app) as caller:
        assert (await caller.head("/")).headers["content-length"] == "100"
    found = exposed(observability)
    assert (found.count(HTTP_RESPONSE_SIZE), found.total(HTTP_RESPONSE_SIZE)) == (1, 0)


async def test_a_server_that_ends_the_connection_with_the_last_byte_has_sent_it() -> None:
    ended = asyncio.Event()

    async def receive() -> Message:
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body" and not message.get("more_body"):
            ended.set()
            await asyncio.sleep(0.01)

    async def watching(_scope: Scope, receive: Receive, send: Send) -> None:
        watcher = asyncio.ensure_future(receive())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"all"})
        await watcher

    app = served_by(watching)
    observability = quiet().instrument(app)
    await app(scope(), receive, send)
    assert exposed(observability).value(HTTP_REQUESTS) == counted(observability, 200) == 1
