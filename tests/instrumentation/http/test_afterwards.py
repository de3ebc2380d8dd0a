"""Exceptions of requests, by type. Background time is tested with Starlette's tasks."""

import asyncio
import traceback
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException, Request
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, StreamingResponse

from tests.plugins.application import client, exposed, quiet, served_by
from watchbill import Observability
from watchbill.asgi import Message, Receive, Scope, Send
from watchbill.catalogue.http import (
    EXCEPTION,
    HTTP_EXCEPTIONS,
    HTTP_REQUESTS,
    METHOD,
    ROUTE,
    STATUS,
)
from watchbill.catalogue.watching import DROPPED_SERIES, METRIC
from watchbill.guard import OTHER


class Refused(Exception):
    """An exception of the application."""


def raising(error: BaseException) -> FastAPI:
    """An application whose endpoint raises."""
    app = FastAPI()

    @app.get("/items/{key}")
    async def item(key: str) -> None:  # noqa: ARG001  the path has it
        raise error

    return app


def exceptions(observability: Observability) -> dict[str, float]:
    """How many requests ended in which exception."""
    found = exposed(observability)
    return {
        name: found.value(HTTP_EXCEPTIONS, {EXCEPTION: name}) for name in found.values_of(HTTP_EXCEPTIONS, EXCEPTION)
    }


async def get(app: Any, path: str = "/items/7") -> int:
    """One request's status."""
    async with client(app) as caller:
        return (await caller.get(path)).status_code


async def test_an_unhandled_exception_is_counted_once_under_its_route_and_class() -> None:
    app = raising(Refused("no"))
    observability = quiet().instrument(app)
    assert await get(app) == 500
    name = f"{__name__}.Refused"
    assert exceptions(observability) == {name: 1}
    assert exposed(observability).value(
        HTTP_EXCEPTIONS, {METHOD: "GET", ROUTE: "/items/{key}", EXCEPTION: name}
    ) == exposed(observability).value(HTTP_REQUESTS, {STATUS: 500})


async def test_the_very_exception_reaches_the_server_with_its_traceback() -> None:
    error, reached = Refused("no"), list[Refused]()
    app = raising(error)
    quiet().instrument(app)

    async def around(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except Refused as raised:
            reached.append(raised)

    await get(around)
    assert reached == [error]
    assert traceback.extract_tb(error.__traceback__)[-1].name == "item"


async def test_an_exception_that_the_application_handles_is_an_answer() -> None:
    app = raising(Refused("no"))

    @app.exception_handler(Refused)
    async def refuse(_request: Request, _error: Exception) -> PlainTextResponse:
        return PlainTextResponse("no", 409)

    observability = quiet().instrument(app)
    assert await get(app) == 409
    assert await get(raising(HTTPException(404))) == 404
    assert exceptions(observability) == {}


async def test_a_handler_for_every_exception_answers_and_the_exception_still_counts() -> None:
    app = raising(Refused("no"))

    @app.exception_handler(Exception)
    async def sorry(_request: Request, _error: Exception) -> PlainTextResponse:
        return PlainTextResponse("sorry", 503)

    observability = quiet().instrument(app)
    assert await get(app) == 503
    assert exceptions(observability) == {f"{__name__}.Refused": 1}


async def test_an_exception_in_a_middleware_or_a_handler_counts_as_what_came_out() -> None:
    async def break_down(_request: Request, _call_next: Any) -> Any:
        raise LookupError("middleware")

    app = raising(Refused("no"))

    @app.exception_handler(Refused)
    async def worse(_request: Request, _error: Exception) -> PlainTextResponse:
        raise KeyError("handler")

    observability = quiet().instrument(app)
    await get(app)
    broken = Starlette(middleware=[Middleware(BaseHTTPMiddleware, dispatch=break_down)])
    observability.instrument(broken)
    await get(broken)
    assert exceptions(observability) == {"KeyError": 1, "LookupError": 1}


async def test_an_exception_in_mid_stream_is_counted_and_the_status_stays() -> None:
    async def pieces() -> AsyncIterator[str]:
        yield "one"
        raise ConnectionResetError("the database's")

    app = FastAPI()

    @app.get("/items/7")
    async def stream() -> StreamingResponse:
        return StreamingResponse(pieces())

    observability = quiet().instrument(app)
    await get(app)
    assert exceptions(observability) == {"ConnectionResetError": 1}
    assert exposed(observability).value(HTTP_REQUESTS, {STATUS: 200}) == 1


@pytest.mark.parametrize(
    ("group", "name"),
    [
        (ExceptionGroup("same", [KeyError(1), KeyError(2)]), "KeyError"),
        (ExceptionGroup("mixed", [KeyError(1), ValueError(2)]), "ExceptionGroup"),
    ],
    ids=["same", "mixed"],
)
async def test_an_exception_group_counts_once(group: ExceptionGroup[Exception], name: str) -> None:
    app = raising(group)
    observability = quiet().instrument(app)
    await get(app)
    assert exceptions(observability) == {name: 1}


@pytest.mark.parametrize("error", [ClientDisconnect(), BrokenPipeError(), asyncio.CancelledError()], ids=repr)
async def test_a_client_that_left_is_no_exception(error: BaseException) -> None:
    async def leave(_scope: Scope, receive: Receive, _send: Send) -> None:
        await receive()
        raise error

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    app = served_by(leave)
    observability = quiet().instrument(app)
    scope: Scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
    with pytest.raises(type(error)):
        await app(scope, gone, None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  never sent to
    assert exposed(observability).value(HTTP_REQUESTS, {STATUS: 499}) == 1
    assert exceptions(observability) == {}


async def test_a_fault_of_the_application_counts_though_the_client_left() -> None:
    async def fail(_scope: Scope, receive: Receive, _send: Send) -> None:
        await receive()
        raise KeyError("bug")

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    app = served_by(fail)
    observability = quiet().instrument(app)
    scope: Scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
    with pytest.raises(KeyError):
        await app(scope, gone, None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  never sent to
    assert exceptions(observability) == {"KeyError": 1}


async def test_made_up_exception_classes_are_folded() -> None:
    async def invent(scope: Scope, _receive: Receive, _send: Send) -> None:
        raise type(scope["path"][1:], (Exception,), {})

    app = served_by(invent)
    observability = quiet().instrument(app)
    for number in range(EXCEPTION.limit + 10):
        await get(app, f"/Error{number}")
    found = exposed(observability)
    assert len(exceptions(observability)) == EXCEPTION.limit
    assert exceptions(observability)[OTHER] == 11
    assert found.value(DROPPED_SERIES, {METRIC: HTTP_EXCEPTIONS.name}) == 11
