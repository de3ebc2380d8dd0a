"""The request's context wherever its code runs: ids in log lines and spans are those of the request."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from typing import Any

import httpx
import pytest
import structlog
from fastapi import Depends, FastAPI
from opentelemetry import trace
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.plugins.application import client, served
from watchbill import Observability
from watchbill.testing import Lines, Spans

TENANT: ContextVar[str] = ContextVar("tenant", default="none")


def trace_id() -> str:
    """The trace id that the running code sees."""
    return f"{trace.get_current_span().get_span_context().trace_id:032x}"


def watched(app: Any) -> tuple[Observability, Lines, Spans]:
    """Everything on, and where it ends."""
    lines, spans = Lines(), Spans()
    return Observability("shop", logging=lines.logging, tracing=spans.tracing).instrument(app), lines, spans


async def test_every_way_of_running_code_sees_the_requests_trace() -> None:
    app, seen = FastAPI(), dict[str, str]()
    pool = ThreadPoolExecutor(1)

    def in_a_thread() -> str:
        seen["synchronous dependency"] = trace_id()
        return "ok"

    async def in_the_loop() -> None:
        seen["task"] = trace_id()

    @app.get("/async")
    async def asynchronous(_: str = Depends(in_a_thread)) -> str:
        seen["endpoint"] = trace_id()
        await asyncio.create_task(in_the_loop())
        seen["to_thread"] = await asyncio.to_thread(trace_id)
        loop = asyncio.get_running_loop()
        seen["executor"] = await loop.run_in_executor(pool, copy_context().run, trace_id)
        async with asyncio.TaskGroup() as group:
            inner = group.create_task(asyncio.to_thread(trace_id))
        seen["task group"] = inner.result()
        return "ok"

    observability, _, spans = watched(app)
    async with client(app) as caller:
        await caller.get("/async")
    assert set(seen.values()) == {spans.ids[0]["trace_id"]}
    assert len(seen) == 6
    pool.shutdown()
    observability.uninstrument(app)


async def test_what_an_endpoint_sets_in_its_context_does_not_reach_the_next_request() -> None:
    app, seen = FastAPI(), list[str]()

    @app.get("/{tenant}")
    async def endpoint(tenant: str) -> None:
        seen.append(TENANT.get())
        TENANT.set(tenant)
        structlog.contextvars.bind_contextvars(tenant=tenant)

    observability, lines, _ = watched(app)
    async with client(app) as caller:
        for tenant in ("acme", "other"):
            await asyncio.create_task(caller.get(f"/{tenant}"))
    assert seen == ["none", "none"]
    assert [line["tenant"] for line in lines.requests] == ["acme", "other"]
    observability.uninstrument(app)


async def test_lines_of_requests_that_run_at_once_keep_their_own_ids() -> None:
    app = FastAPI()

    @app.get("/{number}")
    async def endpoint(number: int) -> str:
        for _ in range(3):
            await asyncio.sleep(0.001 * (number % 3))
            structlog.get_logger().info("step", number=number)
            logging.getLogger("shop").warning("step of %s", number)
        return await asyncio.to_thread(trace_id)

    observability, lines, _ = watched(app)
    async with client(app) as caller:
        answers = await asyncio.gather(*(caller.get(f"/{number}") for number in range(20)))
    for number, answer in enumerate(answers):
        own = [line for line in lines.events if line.get("number") == number or line["event"] == f"step of {number}"]
        assert {line["trace_id"] for line in own} == {answer.json()}
        assert len(own) == 6
    assert {line["trace_id"] for line in lines.requests} == {answer.json() for answer in answers}
    assert len({answer.json() for answer in answers}) == 20
    observability.uninstrument(app)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_the_servers_line_of_an_exception_and_the_requests_line_share_their_ids() -> None:
    async def fail(_request: Request) -> PlainTextResponse:
        logging.getLogger("shop").error("about to fail")
        raise ValueError("mine")

    app = Starlette(routes=[Route("/", fail)])
    observability, lines, spans = watched(app)
    with served(app) as (host, port):
        assert httpx.get(f"http://{host}:{port}/").status_code == 500
    own = [line for line in lines.events if line["event"] == "about to fail" or line.get("logger") == "watchbill.http"]
    assert len(own) == 2
    assert {(line["trace_id"], line["span_id"]) for line in own} == {tuple(spans.ids[0].values())}
    told = [line for line in lines.events if "exception" in line]
    assert [line["logger"] for line in told] == ["uvicorn.error"]
    assert told[0].get("trace_id") == spans.ids[0]["trace_id"]
    observability.uninstrument(app)


async def test_a_task_that_outlives_its_request_keeps_the_trace_and_disturbs_no_other() -> None:
    app, late, go = FastAPI(), list[str](), asyncio.Event()
    tasks = set[asyncio.Task[None]]()

    async def afterwards() -> None:
        await go.wait()
        late.append(trace_id())

    @app.get("/")
    async def endpoint() -> None:
        tasks.add(asyncio.create_task(afterwards()))

    observability, _, spans = watched(app)
    async with client(app) as caller:
        await caller.get("/")
        await caller.get("/")
        go.set()
        await asyncio.gather(*tasks)
    assert late == [ids["trace_id"] for ids in spans.ids]
    assert len(set(late)) == 2
    assert trace_id() == "0" * 32
    observability.uninstrument(app)
