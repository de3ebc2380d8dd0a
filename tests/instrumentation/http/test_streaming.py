"""Answers in parts: measured as they leave, never held back, and ended by whoever ends them."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry import trace
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, StreamingResponse
from starlette.routing import Route

from tests.plugins.application import exposed, quiet, served, served_by, until
from tests.plugins.asgi import Sent, accept, body, leaving, scope
from tests.plugins.versions import STARLETTE_SENDS_BY_PATH, alone
from watchbill import Observability
from watchbill.asgi import Message, Receive, Scope, Send
from watchbill.catalogue.http import (
    CLIENT_LEFT,
    HTTP_REQUEST_DURATION,
    HTTP_REQUESTS,
    HTTP_REQUESTS_IN_PROGRESS,
    HTTP_RESPONSE_SIZE,
    HTTP_TIME_TO_FIRST_BYTE,
    STATUS,
)
from watchbill.testing import Spans

EVENT = b"data: tick\n\n"


def running(observability: Observability) -> float:
    """Requests in progress."""
    return exposed(observability).value(HTTP_REQUESTS_IN_PROGRESS)


def counted(observability: Observability) -> dict[str, float]:
    """Requests by status."""
    found = exposed(observability)
    return {status: found.value(HTTP_REQUESTS, {STATUS: status}) for status in found.values_of(HTTP_REQUESTS, STATUS)}


def test_events_reach_the_client_one_by_one_and_are_in_progress_until_the_last() -> None:
    go = threading.Event()

    async def events() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield EVENT
            await asyncio.to_thread(go.wait, 5)
            go.clear()

    app = FastAPI()
    app.get("/events")(lambda: StreamingResponse(events(), media_type="text/event-stream"))
    observability = quiet().instrument(app)
    with served(app) as (host, port), httpx.stream("GET", f"http://{host}:{port}/events") as answer:
        received = list[bytes]()
        for part in answer.iter_raw():
            received.append(part)
            assert running(observability) == 1
            assert counted(observability) == {}
            go.set()
    assert received == [EVENT] * 3
    until(lambda: running(observability) == 0)
    found = exposed(observability)
    assert counted(observability) == {"200": 1}
    assert found.total(HTTP_RESPONSE_SIZE) == 3 * len(EVENT)
    assert found.total(HTTP_TIME_TO_FIRST_BYTE) < found.total(HTTP_REQUEST_DURATION)


def test_a_client_that_leaves_an_endless_stream_is_499_with_the_bytes_sent() -> None:
    closed = threading.Event()

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield EVENT
                await asyncio.sleep(0.01)
        finally:
            closed.set()

    app = FastAPI()
    app.get("/events")(lambda: StreamingResponse(endless(), media_type="text/event-stream"))
    observability = quiet().instrument(app)
    with served(app) as address:
        with socket.create_connection(address) as connection:
            connection.sendall(b"GET /events HTTP/1.1\r\nHost: app\r\n\r\n")
            assert connection.recv(1_000).startswith(b"HTTP/1.1 200")
            assert running(observability) == 1
        until(lambda: running(observability) == 0)
        assert closed.wait(5)
    assert counted(observability) == {str(CLIENT_LEFT): 1}
    assert exposed(observability).total(HTTP_RESPONSE_SIZE) >= len(EVENT)


@pytest.mark.parametrize("tracing", [True, False])
async def test_a_stream_that_breaks_off_is_counted_once_and_its_context_let_go(*, tracing: bool) -> None:
    broken = ValueError("in mid-stream")

    async def parts() -> AsyncIterator[bytes]:
        yield EVENT
        raise broken

    async def endpoint(_request: Request) -> StreamingResponse:
        return StreamingResponse(parts())

    app, sent, spans = Starlette(routes=[Route("/", endpoint)]), Sent(), Spans()
    observability = quiet(tracing=spans.tracing if tracing else None).instrument(app)
    with pytest.raises((ValueError, ExceptionGroup)) as caught:
        await app(scope(), body(), sent)
    assert alone(caught.value) is broken
    assert sent.content == EVENT
    assert (counted(observability), running(observability)) == ({"200": 1}, 0)
    assert not trace.get_current_span().get_span_context().is_valid
    observability.uninstrument(app)


async def test_an_ordinary_iterator_streams_from_a_thread_with_the_requests_context() -> None:
    spans, seen = Spans(), set[int]()

    def parts() -> Iterator[bytes]:
        for _ in range(3):
            seen.add(trace.get_current_span().get_span_context().span_id)
            yield EVENT

    async def endpoint(_request: Request) -> StreamingResponse:
        return StreamingResponse(parts())

    app, sent = Starlette(routes=[Route("/", endpoint)]), Sent()
    observability = quiet(tracing=spans.tracing).instrument(app)
    await app(scope(), body(), sent)
    assert sent.content == EVENT * 3
    assert exposed(observability).total(HTTP_RESPONSE_SIZE) == 3 * len(EVENT)
    assert {f"{one:016x}" for one in seen} == {ids["span_id"] for ids in spans.ids}
    observability.uninstrument(app)


@pytest.mark.parametrize("extensions", [{}, {"http.response.pathsend": {}}], ids=["in parts", "by path"])
async def test_a_file_counts_its_bytes_however_it_is_sent(extensions: dict[str, object], tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(b"x" * 200_000)

    async def endpoint(_request: Request) -> FileResponse:
        return FileResponse(file)

    app, sent = Starlette(routes=[Route("/", endpoint)]), Sent()
    observability = quiet().instrument(app)
    await app(scope(extensions=extensions), body(), sent)
    kinds = {message["type"] for message in sent.messages}
    assert "http.response.pathsend" in kinds or not (extensions and STARLETTE_SENDS_BY_PATH)
    assert exposed(observability).total(HTTP_RESPONSE_SIZE) == 200_000
    assert (counted(observability), running(observability)) == ({"200": 1}, 0)


async def test_a_file_that_is_gone_by_the_time_it_is_sent_is_still_counted() -> None:
    async def by_path(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.pathsend", "path": "/nowhere/at/all"})

    app = served_by(by_path)
    observability = quiet().instrument(app)
    await app(scope(), body(), accept)
    assert (counted(observability), running(observability)) == ({"200": 1}, 0)


async def test_trailers_are_the_last_that_is_sent() -> None:
    async def trailing(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [], "trailers": True})
        await send({"type": "http.response.body", "body": EVENT, "more_body": True})
        await send({"type": "http.response.body", "body": EVENT})
        await send({"type": "http.response.trailers", "headers": [], "more_trailers": True})
        open_before_the_last.append(running(observability))
        await send({"type": "http.response.trailers", "headers": []})

    app, open_before_the_last, sent = served_by(trailing), list[float](), Sent()
    observability = quiet().instrument(app)
    await app(scope(extensions={"http.response.trailers": {}}), body(), sent)
    assert open_before_the_last == [1]
    assert [message["type"] for message in sent.messages].count("http.response.trailers") == 2
    assert (counted(observability), running(observability)) == ({"200": 1}, 0)


async def test_other_messages_of_asgi_pass_untouched() -> None:
    messages: list[Message] = [
        {"type": "http.response.debug", "info": {}},
        {"type": "http.response.push", "path": "/style.css", "headers": []},
        {"type": "http.response.start", "status": 200, "headers": []},
        {"type": "http.response.zerocopysend", "file": 3},
        {"type": "http.response.body", "body": b""},
    ]

    async def speaking(_scope: Scope, _receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    app, sent = served_by(speaking), Sent()
    observability = quiet().instrument(app)
    await app(scope(), body(), sent)
    assert all(mine is theirs for mine, theirs in zip(messages, sent.messages, strict=True))
    assert counted(observability) == {"200": 1}


async def test_an_upload_in_parts_is_counted_as_it_is_read() -> None:
    async def endpoint(request: Request) -> StreamingResponse:
        return StreamingResponse([part async for part in request.stream()])

    app, sent = Starlette(routes=[Route("/", endpoint, methods=["POST"])]), Sent()
    observability = quiet().instrument(app)
    await app(scope("/", "POST"), body(b"a" * 10, b"", b"b" * 5), sent)
    assert sent.content == b"a" * 10 + b"b" * 5
    assert exposed(observability).total(HTTP_RESPONSE_SIZE) == 15


async def test_a_client_that_leaves_between_two_parts_is_noticed_through_receive() -> None:
    receive, leave = leaving()

    async def parts() -> AsyncIterator[bytes]:
        yield EVENT
        leave()
        await asyncio.sleep(60)

    async def endpoint(_request: Request) -> StreamingResponse:
        return StreamingResponse(parts())

    app = Starlette(routes=[Route("/", endpoint)])
    observability = quiet().instrument(app)
    # Older servers tell by `receive` alone that the client is gone.
    await app(scope(asgi={"version": "3.0", "spec_version": "2.3"}), receive, accept)
    assert (counted(observability), running(observability)) == ({str(CLIENT_LEFT): 1}, 0)
