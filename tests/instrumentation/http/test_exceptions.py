"""Exceptions: counted once, raised on as the same object, and with the status that the client saw."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from fastapi import FastAPI, HTTPException
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from tests.plugins.application import client, exposed, quiet, served_by
from tests.plugins.asgi import Sent, body, scope
from tests.plugins.versions import alone
from watchbill import Observability
from watchbill.asgi import App, Receive, Scope, Send
from watchbill.catalogue.http import (
    HTTP_REQUESTS,
    HTTP_REQUESTS_IN_PROGRESS,
    ROUTE,
    STATUS,
    UNMATCHED_ROUTE,
)
from watchbill.testing import Spans


class Stop(BaseException):
    """Neither an Exception nor one of asyncio's."""


def counted_once(observability: Observability, status: int) -> bool:
    """Whether exactly one request was counted, under this status, and none is left in progress."""
    found = exposed(observability)
    return (found.value(HTTP_REQUESTS), found.value(HTTP_REQUESTS, {STATUS: status})) == (1, 1) and not found.value(
        HTTP_REQUESTS_IN_PROGRESS
    )


def raising(error: BaseException) -> Callable[[Request], Awaitable[PlainTextResponse]]:
    """An endpoint that raises."""

    async def endpoint(_request: Request) -> PlainTextResponse:
        raise error

    return endpoint


class Raising:
    """A middleware that raises, before or after the application inside it."""

    def __init__(self, app: App, error: BaseException, *, after: bool) -> None:
        self._app, self._error, self._after = app, error, after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._after:
            await self._app(scope, receive, send)
        raise self._error


async def ok(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


@pytest.mark.parametrize(
    "error",
    [ValueError("mine"), ExceptionGroup("several", [ValueError("one"), KeyError("two")]), OSError("disk"), Stop("now")],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("kind", [FastAPI, Starlette])
async def test_an_unhandled_error_of_any_kind_is_raised_on_as_the_same_object(kind: type, error: BaseException) -> None:
    app, sent = kind(routes=[Route("/", raising(error))]), Sent()
    observability = quiet().instrument(app)
    with pytest.raises(type(error)) as caught:
        await app(scope(), body(), sent)
    assert caught.value is error
    assert (error.__cause__, error.__context__) == (None, None)
    assert "in endpoint" in "".join(traceback.format_exception(error))
    # Starlette answers an Exception with 500 before it raises it on; nobody answers any other.
    assert sent.status == (500 if isinstance(error, Exception) else 0)
    assert counted_once(observability, 500)
    error.__traceback__ = None


@pytest.mark.parametrize(("after", "status", "route"), [(False, 500, UNMATCHED_ROUTE), (True, 200, "/")])
async def test_an_error_in_a_middleware_has_the_status_the_client_saw(after: bool, status: int, route: str) -> None:
    error, sent = RuntimeError("of the middleware"), Sent()
    app = Starlette(routes=[Route("/", ok)], middleware=[Middleware(Raising, error=error, after=after)])
    observability = quiet().instrument(app)
    with pytest.raises(RuntimeError) as caught:
        await app(scope(), body(), sent)
    assert caught.value is error
    assert sent.status == status
    assert counted_once(observability, status)
    assert exposed(observability).values_of(HTTP_REQUESTS, ROUTE) == {route}


@pytest.mark.parametrize("after", [False, True])
async def test_an_error_in_what_is_put_around_us_is_not_ours(after: bool) -> None:
    error, inner = RuntimeError("around"), Starlette(routes=[Route("/", ok)])
    observability = quiet().instrument(inner)
    with pytest.raises(RuntimeError) as caught:
        await Raising(inner, error, after=after)(scope(), body(), Sent())
    assert caught.value is error
    assert exposed(observability).value(HTTP_REQUESTS) == (1 if after else 0)


async def test_an_error_in_an_exception_handler_is_raised_on_with_the_first_as_its_context() -> None:
    first, second = KeyError("first"), ValueError("second")

    async def handler(_request: Request, _error: Exception) -> PlainTextResponse:
        raise second

    app = Starlette(routes=[Route("/", raising(first))], exception_handlers={KeyError: handler})
    observability = quiet().instrument(app)
    with pytest.raises(ValueError, match="second") as caught:
        await app(scope(), body(), Sent())
    assert caught.value is second
    assert second.__context__ is first
    assert counted_once(observability, 500)


@pytest.mark.parametrize("kind", [FastAPI, Starlette])
async def test_an_error_handled_for_all_is_counted_with_the_handlers_status(kind: type) -> None:
    async def handler(_request: Request, _error: Exception) -> PlainTextResponse:
        return PlainTextResponse("sorry", 503)

    # Starlette answers with this handler, and raises the error on for the server's log.
    error, sent = ValueError("known"), Sent()
    app = kind(routes=[Route("/", raising(error))], exception_handlers={Exception: handler})
    spans = Spans()
    observability = quiet(tracing=spans.tracing).instrument(app)
    with pytest.raises(ValueError, match="known"):
        await app(scope(), body(), sent)
    assert sent.status == 503
    assert counted_once(observability, 503)
    assert len(spans.finished) == 1
    observability.uninstrument(app)


async def test_http_exceptions_and_invalid_input_are_answers() -> None:
    app = FastAPI()

    @app.get("/items/{number}")
    async def item(number: int) -> int:
        raise HTTPException(410 if number else 404)

    observability = quiet().instrument(app)
    async with client(app) as caller:
        seen = [(await caller.get(f"/items/{number}")).status_code for number in ("0", "1", "none")]
    found = exposed(observability)
    assert seen == [404, 410, 422]
    assert [found.value(HTTP_REQUESTS, {ROUTE: "/items/{number}", STATUS: status}) for status in seen] == [1, 1, 1]


@pytest.mark.parametrize("error", [ValueError("late"), Stop("late")], ids=["Exception", "BaseException"])
async def test_an_error_after_the_answer_began_keeps_the_status_begun(error: BaseException) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"begun"
        raise error

    async def endpoint(_request: Request) -> StreamingResponse:
        return StreamingResponse(parts(), status_code=201)

    app, sent, spans = Starlette(routes=[Route("/", endpoint)]), Sent(), Spans()
    observability = quiet(tracing=spans.tracing).instrument(app)
    with pytest.raises((type(error), BaseExceptionGroup)) as caught:
        await app(scope(), body(), sent)
    assert alone(caught.value) is error
    assert (sent.status, sent.content) == (201, b"begun")
    assert counted_once(observability, 201)
    assert len(spans.finished) == 1
    observability.uninstrument(app)


async def test_an_error_after_the_whole_answer_changes_nothing_of_it() -> None:
    error = RuntimeError("too late")

    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})
        raise error

    app, spans = served_by(answer), Spans()
    observability = quiet(tracing=spans.tracing).instrument(app)
    with pytest.raises(RuntimeError) as caught:
        await app(scope(), body(), Sent())
    assert caught.value is error
    assert counted_once(observability, 204)
    assert len(spans.finished) == 1
    observability.uninstrument(app)


async def test_an_application_that_answers_nothing_is_counted_as_the_500_its_client_gets() -> None:
    async def silent(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.sleep(0)

    app = served_by(silent)
    observability = quiet().instrument(app)
    await app(scope(), body(), Sent())
    assert counted_once(observability, 500)
