"""What clients make up: nothing of it becomes a series or an error."""

import random
import socket
from collections.abc import Iterator
from typing import Any, Literal

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from tests.plugins.application import exposed, keyed, served, until
from tests.plugins.asgi import Sent, accept, body, scope
from watchbill import Observability
from watchbill.asgi import Scope
from watchbill.catalogue.http import (
    HTTP_REQUEST_DURATION,
    HTTP_REQUESTS,
    HTTP_REQUESTS_IN_PROGRESS,
    METHOD,
    ROUTE,
    UNMATCHED_ROUTE,
)
from watchbill.catalogue.watching import INTERNAL_ERRORS
from watchbill.testing import Lines, Spans

SEED = 20_261_123
MANY = 10_000
PARSERS: tuple[Literal["h11", "httptools"], ...] = ("h11", "httptools")


def letters(dice: random.Random, most: int = 30) -> str:
    """A text of any characters."""
    return "".join(chr(dice.choice((dice.randrange(32, 127), dice.randrange(0x110000)))) for _ in range(most))


def made_up(dice: random.Random) -> Scope:
    """A scope with a path, verb, host, query and headers that somebody made up."""
    text = letters(dice).encode("utf-8", "replace")
    header = bytes(dice.randrange(256) for _ in range(20))
    return scope(
        "/" + letters(dice),
        dice.choice(("GET", "POST", "get", "", letters(dice, 8))),
        raw_path=text,
        query_string=text,
        headers=[
            (b"host", header),
            (b"content-length", dice.choice((b"-1", b"NaN", b"1e9", header))),
            (b"traceparent", dice.choice((header, b"00-" + b"f" * 32 + b"-" + b"0" * 16 + b"-01"))),
            (b"tracestate", header),
            (b"baggage", header),
            (b"user-agent", header),
            (header, header),
        ],
    )


@pytest.fixture
def watched() -> Iterator[tuple[FastAPI, Observability, Lines, Spans]]:
    """An application with metrics, spans and log lines all on."""
    app, lines, spans = keyed(), Lines(), Spans()
    observability = Observability("shop", logging=lines.logging, tracing=spans.tracing).instrument(app)
    yield app, observability, lines, spans
    observability.uninstrument(app)


def bounded(observability: Observability) -> None:
    """Fails where something made up has become a label's value, or an error of ours."""
    found = exposed(observability)
    assert found.values_of(HTTP_REQUESTS, ROUTE) <= {UNMATCHED_ROUTE, "/users/{key}"}
    assert found.values_of(HTTP_REQUESTS, METHOD) <= set(METHOD.values)
    assert found.series(HTTP_REQUEST_DURATION) <= 2 * len(METHOD.values)
    assert found.value(HTTP_REQUESTS_IN_PROGRESS) == 0
    assert found.value(INTERNAL_ERRORS) == 0


async def test_ten_thousand_made_up_requests_leave_a_handful_of_series(
    watched: tuple[FastAPI, Observability, Lines, Spans],
) -> None:
    (app, observability, lines, spans), dice = watched, random.Random(SEED)  # noqa: S311  no secret
    for _ in range(MANY // 10):
        await app(made_up(dice), body(b"x"), Sent())
    bounded(observability)
    assert exposed(observability).value(HTTP_REQUESTS) == len(lines.requests) == len(spans.finished) == MANY // 10
    observability.uninstrument(app)
    alone = Observability("shop", logging=None, tracing=None).instrument(app)
    for _ in range(MANY):
        await app(made_up(dice), body(), accept)
    bounded(alone)
    assert exposed(alone).value(HTTP_REQUESTS) == MANY
    alone.uninstrument(app)


RAW = {
    "header bytes that are no UTF-8": b"GET /users/7 HTTP/1.1\r\nHost: \xff\xfe\r\nUser-Agent: \xc3\x28\r\n\r\n",
    "path bytes that are no UTF-8": b"GET /users/%ff%fe HTTP/1.1\r\nHost: app\r\n\r\n",
    "a raw path that is no ASCII": b"GET /users/\xff HTTP/1.1\r\nHost: app\r\n\r\n",
    "a made-up verb": b"MADEUP /users/7 HTTP/1.1\r\nHost: app\r\n\r\n",
    "a verb in small letters": b"get /users/7 HTTP/1.1\r\nHost: app\r\n\r\n",
    "a length that is no number": b"POST /users/7 HTTP/1.1\r\nHost: app\r\nContent-Length: many\r\n\r\n",
    "a negative length": b"POST /users/7 HTTP/1.1\r\nHost: app\r\nContent-Length: -5\r\n\r\n",
    "two lengths": b"POST /users/7 HTTP/1.1\r\nHost: app\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "a length and chunks": (
        b"POST /users/7 HTTP/1.1\r\nHost: app\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "a whole address as path": b"GET http://else.where/users/7 HTTP/1.1\r\nHost: app\r\n\r\n",
    "a star as path": b"OPTIONS * HTTP/1.1\r\nHost: app\r\n\r\n",
    "a tunnel": b"CONNECT else.where:443 HTTP/1.1\r\nHost: app\r\n\r\n",
    "no host, and an old protocol": b"GET /users/7 HTTP/1.0\r\n\r\n",
    "two hosts": b"GET /users/7 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "two parents of a trace": b"GET /users/7 HTTP/1.1\r\nHost: a\r\ntraceparent: 00-x\r\ntraceparent: \xff\r\n\r\n",
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}


@pytest.mark.parametrize("parser", PARSERS)
def test_raw_bytes_over_a_socket_are_answered_as_without_us(
    parser: Literal["h11", "httptools"], watched: tuple[FastAPI, Observability, Lines, Spans]
) -> None:
    app, observability, _, _ = watched
    bare = answers(keyed(), parser)
    assert answers(app, parser) == bare
    assert bare["header bytes that are no UTF-8"] == b"HTTP/1.1 200 OK"
    answered = sum(1 for line in bare.values() if b" 200 " in line)
    until(lambda: exposed(observability).value(HTTP_REQUESTS) >= answered)
    bounded(observability)


def answers(app: Any, parser: Literal["h11", "httptools"]) -> dict[str, bytes]:
    """The status line that each of the raw requests gets; empty where the server hangs up."""
    found: dict[str, bytes] = {}
    with served(app, http=parser) as address:
        for name, request in RAW.items():
            with socket.create_connection(address, timeout=5) as connection:
                connection.sendall(request)
                found[name] = connection.makefile("rb").readline().strip()
    return found


@pytest.mark.parametrize("length", [b"-1", b"many", b"\xff", b"", b"9" * 400])
async def test_a_wrong_length_in_a_header_is_not_believed(length: bytes) -> None:
    app = FastAPI()

    @app.post("/")
    async def echo(request: Request) -> PlainTextResponse:
        return PlainTextResponse(await request.body(), headers={"content-length": "2"})

    observability = Observability("shop", logging=None, tracing=None).instrument(app)
    sent = Sent()
    await app(scope("/", "POST", headers=[(b"content-length", length)]), body(b"a", b"b"), sent)
    assert sent.content == b"ab"
    bounded_sizes = exposed(observability)
    assert bounded_sizes.value(HTTP_REQUESTS) == 1
    assert bounded_sizes.value(INTERNAL_ERRORS) == 0


def test_uvicorn_runs_with_the_parsers_that_are_tested() -> None:
    for parser in PARSERS:
        config = uvicorn.Config(keyed(), http=parser, log_level="error")
        config.load()
        assert parser in config.http_protocol_class.__module__
