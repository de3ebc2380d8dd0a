"""An application whose answers are of every kind that a compressing middleware meets."""

import gzip
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

TEXT = "All hands on deck. " * 1_000
ACCEPTS = {"accept-encoding": "gzip, br"}


async def long(_request: Request) -> Response:
    """An endpoint whose answer is worth compressing."""
    return PlainTextResponse(TEXT)


async def short(_request: Request) -> Response:
    """An endpoint whose answer is not."""
    return PlainTextResponse("aye")


async def pieces(_request: Request) -> Response:
    """An endpoint that streams."""

    async def parts() -> AsyncIterator[str]:
        for _ in range(10):
            yield TEXT

    return StreamingResponse(parts(), media_type="text/plain")


async def events(_request: Request) -> Response:
    """Server-sent events."""
    return StreamingResponse(iter(["data: 1\n\n", "data: 2\n\n"]), media_type="text/event-stream")


async def zipped(_request: Request) -> Response:
    """An endpoint that compresses by itself."""
    return Response(gzip.compress(TEXT.encode(), mtime=0), headers={"content-encoding": "gzip"})


async def nothing(_request: Request) -> Response:
    """An answer without a body."""
    return Response(status_code=204)


async def picture(_request: Request) -> Response:
    """A type that Starlette leaves alone."""
    return Response(b"p" * 5_000, media_type="image/png")


ENDPOINTS = (long, short, pieces, events, zipped, nothing, picture)


def harbour(*middleware: Middleware) -> Starlette:
    """An application with all kinds of answers."""
    return Starlette(routes=[Route(f"/{one.__name__}", one) for one in ENDPOINTS], middleware=middleware)
