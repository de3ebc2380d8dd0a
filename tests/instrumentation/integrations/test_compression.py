"""Compressing middlewares: what is counted, and that nothing else changes."""

import zlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from brotli_asgi import BrotliMiddleware
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route

from tests.plugins.application import client, exposed, quiet, served
from tests.plugins.harbour import ACCEPTS, TEXT, harbour
from watchbill import Observability
from watchbill.asgi import App, Message, Receive, Scope, Send
from watchbill.catalogue.compression import (
    ALGORITHM,
    COMPRESSION_DURATION,
    COMPRESSION_INPUT,
    COMPRESSION_OUTPUT,
    COMPRESSION_RESPONSES,
    OUTCOME,
)
from watchbill.catalogue.http import HTTP_RESPONSE_SIZE


def zipping(smallest: int = 1_000) -> Starlette:
    """The same behind Starlette's gzip."""
    return harbour(Middleware(GZipMiddleware, minimum_size=smallest))


async def called(app: Any, path: str, headers: dict[str, str] | None = None, method: str = "GET") -> httpx.Response:
    """One answer; it is decoded, its raw bytes are not kept."""
    async with client(app) as calls:
        return await calls.request(method, path, headers=ACCEPTS if headers is None else headers)


def outcomes(observability: Observability) -> dict[str, float]:
    """How many answers had which outcome."""
    scrape = exposed(observability)
    found = {value: scrape.value(COMPRESSION_RESPONSES, {OUTCOME: value}) for value in OUTCOME.values}
    return {value: count for value, count in found.items() if count}


async def test_a_compressed_answer_is_counted_with_its_bytes_before_and_after_and_its_time() -> None:
    app, observability = zipping(), quiet()
    observability.instrument(app)

    answer = await called(app, "/long")

    scrape = exposed(observability)
    of_gzip = {ALGORITHM: "gzip"}
    assert answer.text == TEXT
    assert outcomes(observability) == {"compressed": 1}
    assert scrape.value(COMPRESSION_INPUT, of_gzip) == len(TEXT)
    assert scrape.value(COMPRESSION_OUTPUT, of_gzip) == int(answer.headers["content-length"])
    assert scrape.value(COMPRESSION_OUTPUT, of_gzip) == scrape.total(HTTP_RESPONSE_SIZE)
    assert scrape.count(COMPRESSION_DURATION, of_gzip) == 1
    assert 0 < scrape.total(COMPRESSION_DURATION, of_gzip) < 1


@pytest.mark.parametrize(("accepted", "algorithm"), [("gzip", "gzip"), ("br", "br"), ("identity", "none")])
@pytest.mark.parametrize("gzip_first", [True, False])
async def test_an_answer_that_passes_two_such_middlewares_is_counted_once(
    accepted: str, algorithm: str, *, gzip_first: bool
) -> None:
    two = [Middleware(GZipMiddleware), Middleware(BrotliMiddleware, gzip_fallback=False)]
    app, observability = harbour(*(two if gzip_first else reversed(two))), quiet()
    observability.instrument(app)

    await called(app, "/long", {"accept-encoding": accepted})
    scrape = exposed(observability)
    assert scrape.value(COMPRESSION_RESPONSES) == 1
    assert scrape.value(COMPRESSION_RESPONSES, {ALGORITHM: algorithm}) == 1
    if algorithm != "none":
        assert scrape.value(COMPRESSION_INPUT, {ALGORITHM: algorithm}) == len(TEXT)
        assert scrape.count(COMPRESSION_DURATION, {ALGORITHM: algorithm}) == 1


@pytest.mark.parametrize(
    ("path", "headers", "outcome"),
    [
        ("/short", ACCEPTS, "too_small"),
        ("/long", {"accept-encoding": "identity"}, "not_accepted"),
        ("/zipped", ACCEPTS, "already_encoded"),
    ],
)
async def test_an_answer_left_alone_is_counted_with_the_reason(
    path: str, headers: dict[str, str], outcome: str
) -> None:
    app, observability = zipping(), quiet()
    observability.instrument(app)

    await called(app, path, headers)

    assert outcomes(observability) == {outcome: 1}
    assert exposed(observability).value(COMPRESSION_RESPONSES, {ALGORITHM: "none"}) == 1
    assert exposed(observability).series(COMPRESSION_INPUT) == 0


@pytest.mark.skipif(
    "exclude_content_types" not in GZipMiddleware.__init__.__annotations__, reason="Starlette before 1.0"
)
@pytest.mark.parametrize(("path", "outcome"), [("/events", "event_stream"), ("/picture", "content_type")])
async def test_content_types_that_starlette_leaves_out_are_counted_as_such(path: str, outcome: str) -> None:
    app, observability = zipping(), quiet()
    observability.instrument(app)

    await called(app, path)

    assert outcomes(observability) == {outcome: 1}


async def test_a_stream_is_compressed_piece_by_piece_and_counted_once() -> None:
    app, observability = zipping(), quiet()
    observability.instrument(app)

    answer = await called(app, "/pieces")

    scrape = exposed(observability)
    assert answer.text == TEXT * 10
    assert outcomes(observability) == {"compressed": 1}
    assert scrape.value(COMPRESSION_INPUT) == 10 * len(TEXT)
    assert scrape.value(COMPRESSION_OUTPUT) == scrape.total(HTTP_RESPONSE_SIZE)


@pytest.mark.parametrize(("path", "method"), [("/nothing", "GET"), ("/long", "HEAD"), ("/metrics", "GET")])
async def test_what_has_no_body_of_the_application_is_not_counted(path: str, method: str) -> None:
    app, observability = zipping(), quiet()
    observability.instrument(app)

    await called(app, path, method=method)

    assert outcomes(observability) == {}


async def test_brotli_and_its_fallback_are_told_apart() -> None:
    app, observability = harbour(Middleware(BrotliMiddleware, minimum_size=1_000)), quiet()
    observability.instrument(app)

    for accepted in ("br", "gzip", "zstd"):
        await called(app, "/long", {"accept-encoding": accepted})

    scrape = exposed(observability)
    counted = {algorithm: scrape.value(COMPRESSION_RESPONSES, {ALGORITHM: algorithm}) for algorithm in ALGORITHM.values}
    assert {name: count for name, count in counted.items() if count} == {"br": 1, "gzip": 1, "none": 1}
    assert scrape.count(COMPRESSION_DURATION, {ALGORITHM: "br"}) == 1
    assert outcomes(observability)["not_accepted"] == 1


class DeflateMiddleware:
    """Somebody's own."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start: Message = {}

        async def deflated(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            body = zlib.compress(message["body"])
            headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
            await send({**start, "headers": [*headers, (b"Content-Encoding", b"deflate")]})
            await send({**message, "body": body})

        await self.app(scope, receive, deflated if scope["type"] == "http" else send)


def deflating(app: App) -> App:
    """The same as a function: nobody can see what it calls."""
    inner = DeflateMiddleware(app)

    async def deflate(scope: Scope, receive: Receive, send: Send) -> None:
        await inner(scope, receive, send)

    return deflate


def deflate_factory(app: App) -> App:
    """Named like what it makes."""
    return deflating(app)


async def test_a_middleware_that_is_named_like_one_is_measured_without_being_known() -> None:
    app, observability = harbour(Middleware(DeflateMiddleware)), quiet()
    observability.instrument(app)

    answer = await called(app, "/long")

    scrape = exposed(observability)
    assert answer.text == TEXT
    assert scrape.value(COMPRESSION_RESPONSES, {ALGORITHM: "deflate", OUTCOME: "compressed"}) == 1
    assert scrape.value(COMPRESSION_INPUT) == len(TEXT)
    assert 0 < scrape.value(COMPRESSION_OUTPUT) < len(TEXT)
    assert scrape.count(COMPRESSION_DURATION) == 1


async def test_a_middleware_that_is_a_function_is_measured_by_size_but_not_by_time() -> None:
    app, observability = harbour(Middleware(deflate_factory)), quiet()
    observability.instrument(app)

    answer = await called(app, "/long")
    sizes = exposed(observability)
    observability.uninstrument(app)
    again = await called(app, "/long")

    assert answer.content == again.content == TEXT.encode()
    assert sizes.value(COMPRESSION_INPUT) == len(TEXT)
    assert 0 < sizes.value(COMPRESSION_OUTPUT) < len(TEXT)
    assert sizes.count(COMPRESSION_DURATION) == 0
    assert outcomes(observability) == {"compressed": 1}


def test_behind_a_server_the_bytes_are_those_on_the_wire(tmp_path: Path) -> None:
    file = tmp_path / "log.txt"
    file.write_text(TEXT)
    app = harbour(Middleware(GZipMiddleware, minimum_size=1_000))

    async def whole(_request: Request) -> Response:
        return FileResponse(file)

    app.routes.append(Route("/file", whole))
    observability = quiet()
    observability.instrument(app)

    with served(app) as (host, port), httpx.Client(base_url=f"http://{host}:{port}") as calls:
        wire = 0
        for path in ("/long", "/pieces", "/file"):
            with calls.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
                wire += sum(len(part) for part in answer.iter_raw())
    scrape = exposed(observability)
    observability.uninstrument(app)

    assert scrape.value(COMPRESSION_OUTPUT) == wire
    assert outcomes(observability) == {"compressed": 3}


def inner_apps(app: Any) -> list[Any]:
    """The chain of a built middleware stack."""
    chain = [app.middleware_stack]
    while hasattr(chain[-1], "app"):
        chain.append(chain[-1].app)
    return chain


async def test_uninstrument_leaves_the_stack_as_it_was_built() -> None:
    app, observability = zipping(), quiet()
    await called(app, "/long")
    built = inner_apps(app)

    observability.instrument(app)
    await called(app, "/long")
    instrumented = inner_apps(app)
    observability.uninstrument(app)

    assert instrumented != built
    assert inner_apps(app) == built
    await called(app, "/long")
    assert outcomes(observability) == {"compressed": 1}


async def test_an_application_without_such_a_middleware_gets_no_layer_and_no_metric() -> None:
    app, observability = harbour(), quiet()
    await called(app, "/long")
    built = inner_apps(app)
    observability.instrument(app)
    await called(app, "/long")

    assert inner_apps(app)[1:] == built
    assert COMPRESSION_RESPONSES.name not in observability.exposition()
    assert "compression" not in str(observability.report())


async def test_an_answer_compressed_in_a_mounted_application_counts_as_encoded_in_the_outer_one() -> None:
    inner, observability = zipping(), quiet()
    outer = FastAPI(routes=[Mount("/inner", inner)])
    outer.add_middleware(GZipMiddleware, minimum_size=10)
    observability.instrument(outer).instrument(inner)

    answer = await called(outer, "/inner/long")

    assert answer.text == TEXT
    assert outcomes(observability) == {"compressed": 1, "already_encoded": 1}


async def test_the_report_names_the_middleware() -> None:
    app, observability = zipping(), quiet()
    observability.instrument(app)
    await called(app, "/short")

    assert observability.report()["compression"].reason == "what GZipMiddleware does is measured"
