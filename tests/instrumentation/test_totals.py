"""What a request took from behind it stands in its log line, in its span and in its route's histograms."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from io import StringIO
from threading import Barrier, BrokenBarrierError
from typing import Any

import httpx
import pytest
import structlog
from fastapi import BackgroundTasks, FastAPI
from opentelemetry.semconv.attributes.http_attributes import HTTP_RESPONSE_STATUS_CODE
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from tests.plugins.application import client, exposed, quiet
from watchbill import Logging, Observability, Tracing
from watchbill.asgi import Message, Scope
from watchbill.catalogue.http import CLIENT_LEFT, ROUTE
from watchbill.catalogue.outbound import CLIENT_IN_PROGRESS
from watchbill.catalogue.request_totals import (
    REQUEST_CACHE_CALLS,
    REQUEST_MESSAGES,
    REQUEST_OUTBOUND_TIME,
    REQUEST_QUERIES,
    REQUEST_QUERY_TIME,
    REQUEST_ROUND_TRIPS,
)
from watchbill.testing import Lines, Spans
from watchbill.totals import (
    CACHE_HITS,
    CACHE_MISSES,
    CALL_SECONDS,
    CALLS,
    MESSAGES,
    QUERIES,
    QUERY_SECONDS,
    REDIS_SECONDS,
    ROUND_TRIPS,
    Totals,
    totals,
)
from watchbill.traces.tracing import ENGINES, Engine

ALL = {
    QUERIES: 3,
    QUERY_SECONDS: 0.25,
    CACHE_HITS: 2,
    CACHE_MISSES: 1,
    ROUND_TRIPS: 4,
    REDIS_SECONDS: 0.125,
    MESSAGES: 5,
    CALLS: 6,
    CALL_SECONDS: 1.5,
}


def spend(queries: int = 0) -> None:
    """Adds queries, or some of everything, to the account of the request."""
    account = totals()
    if account is None:
        return
    if queries:
        account.queries += queries
        return
    account.queries, account.query_seconds = 3, 0.25
    account.cache_hits, account.cache_misses = 2, 1
    account.round_trips, account.redis_seconds = 4, 0.125
    account.messages, account.calls, account.call_seconds = 5, 6, 1.5


async def spending(request: Request) -> PlainTextResponse:
    """An endpoint."""
    spend(int(request.query_params.get("queries", "0")))
    return PlainTextResponse("aye")


def shop(**routes: Any) -> Starlette:
    """An application with an endpoint for each."""
    return Starlette(routes=[Route("/", spending), *(Route(f"/{name}", answer) for name, answer in routes.items())])


async def line_of(app: Any, path: str = "/") -> dict[str, Any]:
    """The canonical line of one request."""
    lines = Lines()
    observability = Observability("shop", tracing=None, logging=lines.logging).instrument(app)
    async with client(app) as caller:
        await caller.get(path)
    observability.uninstrument(app)
    return lines.requests[-1]


def told(event: dict[str, Any]) -> dict[str, Any]:
    """What a line says of the account."""
    return {name: event[name] for name in ALL if name in event}


async def test_the_line_of_a_request_has_its_account() -> None:
    assert told(await line_of(shop())) == ALL


async def test_so_has_a_line_with_bound_fields() -> None:
    structlog.contextvars.bind_contextvars(tenant="blue")
    try:
        line = await line_of(shop())
    finally:
        structlog.contextvars.clear_contextvars()

    assert (line["tenant"], told(line)) == ("blue", ALL)


async def test_so_has_a_line_of_the_console() -> None:
    app, stream = shop(), StringIO()
    observability = Observability("shop", tracing=None, logging=Logging(style="console", stream=stream)).instrument(app)
    async with client(app) as caller:
        await caller.get("/")
    observability.uninstrument(app)

    assert [name for name in ALL if name not in stream.getvalue()] == []


async def test_a_request_that_took_nothing_says_nothing() -> None:
    def idle(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("aye")

    app = shop(idle=idle)

    assert told(await line_of(app, "/idle")) == {}


async def test_what_was_not_used_is_left_out() -> None:
    assert told(await line_of(shop(), "/?queries=2")) == {QUERIES: 2, QUERY_SECONDS: 0.0}


async def test_a_failed_request_has_its_account_too() -> None:
    def failing(_request: Request) -> None:
        spend(2)
        raise LookupError

    line = await line_of(shop(fails=failing), "/fails")

    assert (line["level"], line[QUERIES]) == ("error", 2)


@pytest.mark.parametrize("engine", ENGINES)
async def test_the_server_span_has_it_whoever_makes_it(engine: Engine) -> None:
    app, spans = FastAPI(), Spans()
    app.add_api_route("/", lambda: spend())  # noqa: PLW0108  it has no parameter of the request
    tracing = Tracing(engine=engine, processors=spans.tracing.processors)
    observability = Observability("shop", tracing=tracing, logging=None).instrument(app)
    async with client(app) as caller:
        await caller.get("/")
    observability.uninstrument(app)

    (span,) = spans.finished
    assert {name: (span.attributes or {}).get(name) for name in ALL} == ALL


async def test_the_histograms_of_the_route_have_it() -> None:
    app, observability = shop(), quiet()
    observability.instrument(app)
    async with client(app) as caller:
        await caller.get("/")
        await caller.get("/?queries=7")

    scrape = exposed(observability)
    parts = (REQUEST_CACHE_CALLS, REQUEST_ROUND_TRIPS, REQUEST_MESSAGES, REQUEST_OUTBOUND_TIME)
    assert [scrape.total(part, {ROUTE: "/"}) for part in parts] == [3, 4, 5, 1.5]
    assert [scrape.count(part, {ROUTE: "/"}) for part in parts] == [1, 1, 1, 1]
    assert (scrape.count(REQUEST_QUERIES), scrape.total(REQUEST_QUERIES)) == (2, 10)
    assert scrape.total(REQUEST_QUERY_TIME) == 0.25


async def test_what_runs_side_by_side_adds_up() -> None:
    async def one() -> None:
        await asyncio.sleep(0)
        spend(1)

    async def parallel(_request: Request) -> PlainTextResponse:
        await asyncio.gather(*(one() for _ in range(20)))
        await asyncio.gather(*(asyncio.to_thread(spend, 1) for _ in range(10)))
        with ThreadPoolExecutor(1) as pool:
            pool.submit(copy_context().run, spend, 1).result()
        return PlainTextResponse("aye")

    assert told(await line_of(shop(parallel=parallel), "/parallel"))[QUERIES] == 31


async def test_an_endpoint_in_the_thread_pool_has_an_account() -> None:
    def threaded(_request: Request) -> PlainTextResponse:
        spend(4)
        return PlainTextResponse("aye")

    assert told(await line_of(shop(threaded=threaded), "/threaded"))[QUERIES] == 4


async def test_requests_at_the_same_time_have_their_own() -> None:
    app, lines = shop(), Lines()
    observability = Observability("shop", tracing=None, logging=lines.logging).instrument(app)
    async with client(app) as caller:
        await asyncio.gather(*(caller.get(f"/?queries={number}") for number in range(1, 9)))
    observability.uninstrument(app)

    assert sorted(line[QUERIES] for line in lines.requests) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_the_first_two_threads_of_a_request_share_its_account(monkeypatch: pytest.MonkeyPatch) -> None:
    both = Barrier(2)

    class Slow(Totals):
        """Made as slowly as it takes for another thread to ask too."""

        def __init__(self) -> None:
            with suppress(BrokenBarrierError):
                both.wait(0.2)
            super().__init__()

    def answer(_request: Request) -> PlainTextResponse:
        with ThreadPoolExecutor(2) as pool:
            for context in (copy_context(), copy_context()):
                pool.submit(context.run, spend, 1)
        return PlainTextResponse("aye")

    monkeypatch.setattr("watchbill.totals.Totals", Slow)

    assert told(asyncio.run(line_of(shop(threads=answer), "/threads")))[QUERIES] == 2


async def test_a_request_that_is_cancelled_has_the_account_of_what_it_took() -> None:
    app, lines, reached = FastAPI(), Lines(), asyncio.Event()
    observability = Observability("shop", tracing=None, logging=lines.logging)

    async def hang(_request: httpx.Request) -> httpx.Response:
        reached.set()
        await asyncio.sleep(60)
        return httpx.Response(200)

    far = httpx.AsyncClient(transport=httpx.MockTransport(hang))
    observability.instrument(app).httpx(far)

    @app.get("/")
    async def answer() -> None:
        spend(3)
        await far.get("http://far.test/")

    async with client(app) as caller:
        asked = asyncio.create_task(caller.get("/"))
        await reached.wait()
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked

    (line,) = lines.requests
    assert (line[HTTP_RESPONSE_STATUS_CODE], line[QUERIES], line[CALLS]) == (CLIENT_LEFT, 3, 1)
    assert exposed(observability).total(REQUEST_QUERIES, {ROUTE: "/"}) == 3
    assert exposed(observability).value(CLIENT_IN_PROGRESS) == 0
    assert totals() is None


async def test_a_stream_that_is_left_early_has_the_account_of_what_was_sent() -> None:
    lines = Lines()

    async def parts() -> AsyncIterator[bytes]:
        spend(1)
        yield b"one"
        spend(1)
        yield b"two"
        spend(100)

    async def streamed(_request: Request) -> StreamingResponse:
        return StreamingResponse(parts())

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        if message.get("body") == b"two":
            raise OSError

    app = shop(streamed=streamed)
    Observability("shop", tracing=None, logging=lines.logging).instrument(app)
    scope: Scope = {"type": "http", "method": "GET", "path": "/streamed", "headers": [], "query_string": b""}
    scope["asgi"] = {"spec_version": "2.4"}
    with pytest.raises(ClientDisconnect):
        await app(scope, receive, send)

    (line,) = lines.requests
    assert (line[HTTP_RESPONSE_STATUS_CODE], line[QUERIES]) == (CLIENT_LEFT, 2)


async def test_a_background_task_is_on_nobody_s_account() -> None:
    app, seen = FastAPI(), list[Totals | None]()

    @app.get("/")
    async def answer(tasks: BackgroundTasks) -> None:
        spend(1)
        tasks.add_task(lambda: seen.append(totals()))
        tasks.add_task(spend, 100)

    assert told(await line_of(app))[QUERIES] == 1
    assert seen == [None]


async def test_a_streamed_answer_s_account_is_open_until_its_last_byte() -> None:
    async def streamed(_request: Request) -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            spend(1)
            yield b"one"
            spend(1)
            yield b"two"

        return StreamingResponse(parts())

    assert told(await line_of(shop(streamed=streamed), "/streamed"))[QUERIES] == 2


async def test_an_application_that_is_called_in_process_has_an_account_of_its_own() -> None:
    inner, outer, lines = shop(), FastAPI(), Lines()

    @outer.get("/")
    async def answer() -> None:
        spend(1)
        async with client(inner) as caller:
            await caller.get("/?queries=10")
        spend(1)

    within = quiet().instrument(inner)
    observability = Observability("outer", tracing=None, logging=lines.logging).instrument(outer)
    async with client(outer) as caller:
        await caller.get("/")
    observability.uninstrument(outer)

    assert [told(line)[QUERIES] for line in lines.requests] == [2]
    assert exposed(within).total(REQUEST_QUERIES, {ROUTE: "/"}) == 10


async def test_a_mounted_application_adds_to_the_account_of_the_outer_one() -> None:
    inner, outer = shop(), Starlette()
    outer.mount("/inner", inner)
    within = quiet().instrument(inner)
    line = await line_of(outer, "/inner/?queries=3")
    within.uninstrument(inner)

    assert told(line)[QUERIES] == 3


async def test_calls_over_http_are_on_the_account() -> None:
    lines = Lines()
    observability = Observability("shop", tracing=None, logging=lines.logging)
    app, far = FastAPI(), httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    observability.httpx(far)

    @app.get("/")
    async def answer() -> None:
        await asyncio.gather(far.get("http://far.test/"), far.get("http://far.test/"))

    observability.instrument(app)
    async with client(app) as caller:
        await caller.get("/")
    observability.uninstrument(app)

    account = told(lines.requests[-1])
    assert account[CALLS] == 2
    assert account[CALL_SECONDS] > 0
    assert exposed(observability).count(REQUEST_OUTBOUND_TIME, {ROUTE: "/"}) == 1


def test_outside_a_request_there_is_no_account() -> None:
    assert totals() is None


def test_the_text_of_an_account_says_what_its_fields_say() -> None:
    structure: dict[str, Any] = {}
    account = Totals()
    for name in ("queries", "query_seconds", "cache_hits", "messages", "calls", "call_seconds"):
        setattr(account, name, 2)
    for part in account.json.removeprefix(", ").split(", "):
        name, _, value = part.partition(": ")
        structure[name.strip('"')] = float(value)

    assert structure == account.fields
