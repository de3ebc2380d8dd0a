"""Clients that leave, timeouts and cancellation: 499 where nobody was there to answer, and nothing left behind."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextvars import Context
from typing import Any

import pytest
from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from tests.plugins.application import client, exposed, quiet, served_by
from tests.plugins.asgi import Sent, accept, body, leaving, scope
from watchbill import Observability
from watchbill.asgi import App, Message, Receive, Scope, Send
from watchbill.catalogue.http import CLIENT_LEFT, HTTP_REQUESTS, HTTP_REQUESTS_IN_PROGRESS, STATUS
from watchbill.catalogue.watching import INTERNAL_ERRORS
from watchbill.testing import Spans


def counted(observability: Observability) -> dict[str, float]:
    """Requests by status; fails when one is still in progress, or an error of ours was met."""
    found = exposed(observability)
    assert found.value(HTTP_REQUESTS_IN_PROGRESS) == 0
    assert found.value(INTERNAL_ERRORS) == 0
    return {status: found.value(HTTP_REQUESTS, {STATUS: status}) for status in found.values_of(HTTP_REQUESTS, STATUS)}


def waiting(*, first: bytes = b"") -> tuple[Starlette, asyncio.Event]:
    """An application that waits for ever, after a first part where one is given; and when it waits."""
    reached = asyncio.Event()

    async def parts() -> AsyncIterator[bytes]:
        yield first
        reached.set()
        await asyncio.sleep(60)

    async def endpoint(_request: Request) -> PlainTextResponse | StreamingResponse:
        if first:
            return StreamingResponse(parts())
        reached.set()
        await asyncio.sleep(60)
        return PlainTextResponse("never")

    return Starlette(routes=[Route("/", endpoint)]), reached


@pytest.mark.parametrize("first", [b"", b"begun"], ids=["before the answer", "in mid-answer"])
async def test_a_cancelled_request_is_499_whatever_was_sent(first: bytes) -> None:
    (app, reached), spans = waiting(first=first), Spans()
    observability = quiet(tracing=spans.tracing).instrument(app)
    task = asyncio.ensure_future(app(scope(), body(), accept))
    await reached.wait()
    task.cancel("enough")
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert caught.value.args == ("enough",)
    assert counted(observability) == {str(CLIENT_LEFT): 1}
    assert len(spans.finished) == 1
    observability.uninstrument(app)


async def test_a_request_that_is_cancelled_before_it_runs_leaves_nothing() -> None:
    app, _ = waiting()
    observability = quiet().instrument(app)
    task = asyncio.ensure_future(app(scope(), body(), accept))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert counted(observability) == {}


@pytest.mark.parametrize("first", [b"", b"begun"], ids=["before the answer", "in mid-answer"])
async def test_a_timeout_around_the_application_ends_the_request_as_499(first: bytes) -> None:
    app, _ = waiting(first=first)
    observability = quiet().instrument(app)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await app(scope(), body(), accept)
    assert counted(observability) == {str(CLIENT_LEFT): 1}
    assert asyncio.current_task() is not None


async def test_a_timeout_inside_the_application_is_what_the_application_makes_of_it() -> None:
    class Limiting:
        def __init__(self, app: App) -> None:
            self._app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            try:
                async with asyncio.timeout(0.05):
                    await self._app(scope, receive, send)
            except TimeoutError:
                await PlainTextResponse("too slow", 504)(scope, receive, send)

    async def endpoint(_request: Request) -> PlainTextResponse:
        await asyncio.sleep(60)
        return PlainTextResponse("never")

    app, sent = Starlette(routes=[Route("/", endpoint)], middleware=[Middleware(Limiting)]), Sent()
    observability = quiet().instrument(app)
    await app(scope(), body(), sent)
    assert sent.status == 504
    assert counted(observability) == {"504": 1}


async def test_a_client_that_leaves_while_its_body_is_read_is_499() -> None:
    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def endpoint(request: Request) -> PlainTextResponse:
        await request.body()
        return PlainTextResponse("never")

    app = Starlette(routes=[Route("/", endpoint)])
    observability = quiet().instrument(app)
    with pytest.raises(ClientDisconnect):
        await app(scope(), gone, accept)
    assert counted(observability) == {str(CLIENT_LEFT): 1}


async def test_a_client_that_left_before_the_answer_was_ready_is_499() -> None:
    receive, leave = leaving()

    async def endpoint(request: Request) -> PlainTextResponse:
        await request.body()
        leave()
        assert await request.is_disconnected()
        return PlainTextResponse("to nobody")

    app, sent = Starlette(routes=[Route("/", endpoint)]), Sent()
    observability = quiet().instrument(app)
    await app(scope(), receive, sent)
    assert counted(observability) == {str(CLIENT_LEFT): 1}
    assert sent.content == b"to nobody"


async def test_a_dependency_that_is_cancelled_cleans_up_and_the_request_is_counted_once() -> None:
    app, reached, cleaned = FastAPI(), asyncio.Event(), list[str]()

    async def connection() -> AsyncIterator[str]:
        try:
            yield "connection"
        finally:
            cleaned.append("returned")

    @app.get("/")
    async def endpoint(_: str = Depends(connection)) -> None:
        reached.set()
        await asyncio.sleep(60)

    observability = quiet().instrument(app)
    task = asyncio.ensure_future(app(scope(), body(), accept))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cleaned == ["returned"]
    assert counted(observability) == {str(CLIENT_LEFT): 1}


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
async def test_what_ends_a_process_passes_through_and_is_counted(error: type[BaseException]) -> None:
    raised = error("now")

    async def ending(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise raised

    app = served_by(ending)
    observability = quiet().instrument(app)
    with pytest.raises(error) as caught:
        # Driven by hand: asyncio itself would end with these.
        app(scope(), body(), accept).send(None)
    assert caught.value is raised
    assert counted(observability) == {"500": 1}


Driver = Callable[[Coroutine[Any, Any, None]], None]


def in_another_context(coroutine: Coroutine[Any, Any, None]) -> None:
    """As asyncio closes an asynchronous generator that nobody has ended: from wherever it happens to be."""
    Context().run(coroutine.close)


def in_the_same_context(coroutine: Coroutine[Any, Any, None]) -> None:
    """As its own task would."""
    coroutine.close()


@pytest.mark.parametrize("close", [in_another_context, in_the_same_context])
@pytest.mark.parametrize("tracing", [True, False])
async def test_a_request_closed_from_elsewhere_raises_and_logs_nothing(
    close: Driver, caplog: pytest.LogCaptureFixture, *, tracing: bool
) -> None:
    class Pause:
        def __await__(self) -> Generator[None]:
            yield

    async def pausing(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await Pause()

    app, spans = served_by(pausing), Spans()
    observability = quiet(tracing=spans.tracing if tracing else None).instrument(app)
    coroutine = app(scope(), body(), accept)
    coroutine.send(None)
    with caplog.at_level(logging.WARNING):
        close(coroutine)
    assert [record.getMessage() for record in caplog.records] == []
    found = exposed(observability)
    assert (found.value(HTTP_REQUESTS), found.value(HTTP_REQUESTS_IN_PROGRESS)) == (1, 0)
    assert len(spans.finished) == (1 if tracing else 0)
    observability.uninstrument(app)


async def test_a_request_whose_loop_is_forgotten_ends_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    app, spans = waiting()[0], Spans()
    observability = quiet(tracing=spans.tracing).instrument(app)

    def abandoned() -> None:
        loop = asyncio.new_event_loop()
        try:
            task = loop.create_task(app(scope(), body(), accept))
            loop.call_later(0.05, loop.stop)
            loop.run_forever()
            del task
        finally:
            loop.close()

    with caplog.at_level(logging.WARNING, logger="opentelemetry"):
        await asyncio.to_thread(abandoned)
        gc.collect()
    assert [record.getMessage() for record in caplog.records if record.name.startswith("opentelemetry")] == []
    observability.uninstrument(app)


async def test_requests_that_run_at_once_are_each_counted() -> None:
    app = FastAPI()

    @app.get("/{delay}")
    async def endpoint(delay: float) -> float:
        begun.release()
        await asyncio.sleep(delay)
        return delay

    begun = asyncio.Semaphore(0)
    observability = quiet().instrument(app)
    async with client(app) as caller:
        short, long = ([asyncio.ensure_future(caller.get(f"/{delay}")) for _ in range(10)] for delay in (0.05, 60))
        for _ in range(20):
            await begun.acquire()
        await asyncio.gather(*short)
        for task in long:
            task.cancel()
        await asyncio.gather(*long, return_exceptions=True)
    assert counted(observability) == {"200": 10, str(CLIENT_LEFT): 10}
