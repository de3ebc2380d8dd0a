"""Starlette alone, old and new: nothing of FastAPI is imported here, so that it also runs where there is none."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from tests.plugins.application import client, exposed, quiet, served
from tests.plugins.asgi import Sent, body, scope
from watchbill import Observability
from watchbill.asgi import App, Receive, Scope, Send
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, ROUTE, STATUS, UNMATCHED_ROUTE
from watchbill.testing import Lines, Spans


class Copying:
    """A middleware that hands on a copy of the scope."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app({**scope}, receive, send)


async def ok(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


async def fail(_request: Request) -> PlainTextResponse:
    raise ValueError("mine")


async def stream(_request: Request) -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    return StreamingResponse(parts())


async def pass_on(request: Request, call_next: RequestResponseEndpoint) -> Response:
    return await call_next(request)


def application(*middlewares: Any) -> Starlette:
    """Routes, one endpoint under two of them, and mounts."""
    return Starlette(
        middleware=[Middleware(one) for one in middlewares],
        routes=[
            Route("/by/{number:int}", ok),
            Route("/by/{name}", ok),
            Route("/fail", fail),
            Route("/stream", stream),
            Mount("/tenants/{tenant}", routes=[Route("/{key}", ok), Mount("/deep", routes=[Route("/{key}", stream)])]),
            Mount("/app", Starlette(routes=[Route("/{key}", ok)], middleware=[Middleware(Copying)])),
        ],
    )


EXPECTED = {
    "/by/7": "/by/{number}",
    "/by/anna": "/by/{name}",
    "/fail": "/fail",
    "/stream": "/stream",
    "/tenants/acme/7": "/tenants/{tenant}/{key}",
    "/tenants/acme/deep/7": "/tenants/{tenant}/deep/{key}",
    "/app/7": "/app/{key}",
    "/nowhere": UNMATCHED_ROUTE,
}


@pytest.mark.parametrize("middlewares", [(), (Copying, Copying)], ids=["as it is", "with a copied scope"])
async def test_every_request_is_counted_under_its_template(middlewares: tuple[Any, ...]) -> None:
    found: dict[str, str] = {}
    for path in EXPECTED:
        app = application(*middlewares)
        observability = quiet().instrument(app)
        async with client(app) as caller:
            await caller.get(path)
        (found[path],) = exposed(observability).values_of(HTTP_REQUESTS, ROUTE)
        observability.uninstrument(app)
    assert found == EXPECTED


async def test_spans_lines_and_metrics_of_a_request_agree() -> None:
    app, lines, spans = application(), Lines(), Spans()
    observability = Observability("shop", logging=lines.logging, tracing=spans.tracing).instrument(app)
    async with client(app) as caller:
        assert (await caller.get("/tenants/acme/7")).text == "ok"
        assert (await caller.get("/fail")).status_code == 500
    assert [span.name for span in spans.finished] == ["GET /tenants/{tenant}/{key}", "GET /fail"]
    assert [line["trace_id"] for line in lines.requests] == [ids["trace_id"] for ids in spans.ids]
    assert exposed(observability).value(HTTP_REQUESTS, {STATUS: 500}) == 1
    observability.uninstrument(app)


async def test_an_error_is_raised_on_and_counted_once() -> None:
    app, sent = application(), Sent()
    observability = quiet().instrument(app)
    with pytest.raises(ValueError, match="mine"):
        await app(scope("/fail"), body(), sent)
    assert sent.status == 500
    assert exposed(observability).value(HTTP_REQUESTS) == exposed(observability).value(HTTP_REQUESTS, {STATUS: 500})


def test_a_real_server_answers_and_serves_the_page() -> None:
    import httpx

    done = list[int]()

    async def answer(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("ok", background=BackgroundTask(done.append, 1))

    app = Starlette(routes=[Route("/{key}", answer)], middleware=[Middleware(BaseHTTPMiddleware, dispatch=pass_on)])
    observability = quiet().instrument(app)
    with served(app) as (host, port):
        assert httpx.get(f"http://{host}:{port}/7").text == "ok"
        page = httpx.get(f"http://{host}:{port}{observability.metrics_path}").text
    assert f'{HTTP_REQUESTS.name}{{method="GET",route="/{{key}}",status="200"}} 1' in page
    assert exposed(observability).count(HTTP_REQUEST_DURATION) == 1
    assert done == [1]


async def test_taking_it_out_restores_the_application() -> None:
    app = application()
    async with client(app) as caller:
        await caller.get("/by/7")
    before = (dict(app.__dict__), dict(app.router.__dict__))
    observability = quiet().instrument(app)
    async with client(app) as caller:
        await caller.get("/by/7")
    observability.uninstrument(app)
    assert (dict(app.__dict__), dict(app.router.__dict__)) == before
