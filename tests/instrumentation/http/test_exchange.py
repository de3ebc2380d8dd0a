"""What is settled when, around the last byte of an answer."""

import gc
from http.client import HTTPConnection
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.plugins.application import exposed, keyed, quiet, served, until
from tests.plugins.asgi import body, scope
from watchbill import Observability
from watchbill.asgi import Message
from watchbill.catalogue.http import (
    CLIENT_LEFT,
    HTTP_REQUEST_DURATION,
    HTTP_REQUESTS,
    HTTP_REQUESTS_IN_PROGRESS,
    STATUS,
)
from watchbill.http.exchange import Exchange
from watchbill.testing import Lines, Spans


def application() -> Starlette:
    """An answer in one piece."""

    async def endpoint(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("ok")

    return Starlette(routes=[Route("/", endpoint)])


async def test_a_request_is_counted_before_its_last_byte_leaves_and_timed_after() -> None:
    app, seen = application(), list[Any]()
    observability = quiet().instrument(app)

    async def send(message: Message) -> None:
        found = exposed(observability)
        counted, timed = found.value(HTTP_REQUESTS), found.count(HTTP_REQUEST_DURATION)
        seen.append((message["type"], counted, timed, found.value(HTTP_REQUESTS_IN_PROGRESS)))

    await app(scope(), body(), send)
    found = exposed(observability)
    assert seen == [("http.response.start", 0, 0, 1), ("http.response.body", 1, 0, 1)]
    assert (found.value(HTTP_REQUESTS), found.count(HTTP_REQUEST_DURATION)) == (1, 1)
    assert found.value(HTTP_REQUESTS_IN_PROGRESS) == 0


async def test_a_last_byte_that_the_server_refuses_stays_counted_and_its_line_and_span_say_the_client_left() -> None:
    app, lines, spans = application(), Lines(), Spans()
    observability = quiet(logging=lines.logging, tracing=spans.tracing).instrument(app)

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        await app(scope(), body(), send)
    observability.uninstrument(app)
    found = exposed(observability)
    assert found.value(HTTP_REQUESTS, {STATUS: 200}) == found.value(HTTP_REQUESTS) == 1
    assert found.value(HTTP_REQUESTS_IN_PROGRESS) == 0
    assert [line["http.response.status_code"] for line in lines.requests] == [CLIENT_LEFT]
    assert dict(spans.finished[0].attributes or {})["error.type"] == "client_disconnected"


def test_a_connection_that_waits_for_its_next_request_keeps_nothing_of_the_last() -> None:
    app = keyed()
    Observability("shop", logging=None).instrument(app)
    before = alive()

    with served(app) as (host, port):
        connection = HTTPConnection(host, port)
        connection.request("GET", "/users/7")
        assert connection.getresponse().read()

        until(lambda: alive() <= before)
        connection.close()


def alive() -> int:
    return sum(type(one) is Exchange for one in gc.get_objects())
