"""The layers around a compressing middleware change nothing of what passes them."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from brotli_asgi import BrotliMiddleware
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tests.plugins.application import client, exposed, quiet
from tests.plugins.harbour import ENDPOINTS, TEXT, harbour
from watchbill.asgi import Message, Scope
from watchbill.catalogue.compression import COMPRESSION_INPUT, COMPRESSION_RESPONSES, OUTCOME


async def raw(app: Any, path: str, accepted: bytes) -> list[Message]:
    """Every message of an answer, as a server gets it."""
    sent: list[Message] = []

    request: Message = {"type": "http.request", "body": b"", "more_body": False}
    coming = [request]

    async def receive() -> Message:
        # A client that stays says nothing more.
        return coming.pop() if coming else await asyncio.Future[Message]()

    async def send(message: Message) -> None:
        sent.append(dict(message))

    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"accept-encoding", accepted)],
    }
    await app(scope, receive, send)
    return sent


@pytest.mark.parametrize("endpoint", [one.__name__ for one in ENDPOINTS])
@pytest.mark.parametrize("accepted", [b"gzip", b"br", b"identity"])
@pytest.mark.parametrize("kind", [GZipMiddleware, BrotliMiddleware])
async def test_every_message_leaves_as_it_would_without_us(endpoint: str, accepted: bytes, kind: Any) -> None:
    bare, app = harbour(Middleware(kind, minimum_size=1_000)), harbour(Middleware(kind, minimum_size=1_000))
    quiet().instrument(app)

    ours, theirs = await raw(app, f"/{endpoint}", accepted), await raw(bare, f"/{endpoint}", accepted)

    assert [_timeless(message) for message in ours] == [_timeless(message) for message in theirs]


def _timeless(message: Message) -> Message:
    """Python's gzip writes the time into its header; old Starlette uses it."""
    body = message.get("body", b"")
    return {**message, "body": body[:4] + body[8:] if body[:2] == b"\x1f\x8b" else body}


async def test_an_error_amid_an_answer_passes_and_what_was_sent_is_counted() -> None:
    async def broken(_request: Request) -> Response:
        def parts() -> Iterator[str]:
            yield TEXT
            raise RuntimeError("overboard")

        return StreamingResponse(parts(), media_type="text/plain")

    app = Starlette(routes=[Route("/broken", broken)], middleware=[Middleware(GZipMiddleware)])
    observability = quiet()
    observability.instrument(app)

    # Starlette before 1.0 lets it out in a group.
    with pytest.raises((RuntimeError, ExceptionGroup)):
        await raw(app, "/broken", b"gzip")

    assert exposed(observability).value(COMPRESSION_RESPONSES, {OUTCOME: "compressed"}) == 1
    assert exposed(observability).value(COMPRESSION_INPUT) == len(TEXT)


async def test_a_brotli_answer_can_be_read() -> None:
    app = harbour(Middleware(BrotliMiddleware, minimum_size=1_000))
    quiet().instrument(app)

    async with client(app) as calls:
        answer = await calls.get("/pieces", headers={"accept-encoding": "br"})

    assert answer.headers["content-encoding"] == "br"
    assert answer.text == TEXT * 10
