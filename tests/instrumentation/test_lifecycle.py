"""How far an application is, as its lifespan tells."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

import httpx
from starlette.applications import Starlette

from tests.plugins.application import client, quiet, served, served_by
from watchbill.asgi import Message, Receive, Scope, Send
from watchbill.fault import Faults
from watchbill.lifecycle import Lifecycle


def lifecycle(told: list[str]) -> Lifecycle:
    """One that counts its errors in a list."""
    return Lifecycle(Faults(told.append))


async def drive(tested: Lifecycle, app: Starlette) -> list[tuple[str, str]]:
    """Runs a lifespan as a server does; the stage seen at each message."""
    seen: list[tuple[str, str]] = []
    incoming = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> Message:
        return {"type": next(incoming)}

    async def send(message: Message) -> None:
        seen.append((message["type"], tested.stage))

    await tested.run(app, {"type": "lifespan", "state": {}}, receive, send)
    return seen


async def test_it_starts_runs_and_stops_with_the_application() -> None:
    errors: list[str] = []
    tested, hooks, within = lifecycle(errors), list[str](), list[str]()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        within.append(tested.stage)
        yield
        within.append(tested.stage)

    tested.on("starting", partial(hooks.append, "starting"))
    tested.on("running", partial(hooks.append, "running"))
    tested.on("stopping", partial(hooks.append, "stopping"))
    assert tested.stage == "running"
    seen = await drive(tested, Starlette(lifespan=lifespan))
    assert seen == [("lifespan.startup.complete", "running"), ("lifespan.shutdown.complete", "stopping")]
    assert within == ["starting", "stopping"]
    assert hooks == ["starting", "running", "stopping"]
    assert (tested.stage, errors) == ("running", [])


async def test_a_hook_that_fails_is_counted_and_the_others_run() -> None:
    errors, ran = list[str](), list[int]()
    tested = lifecycle(errors)
    tested.on("running", lambda: 1 / 0)
    tested.on("running", lambda: ran.append(1))
    await drive(tested, Starlette())
    assert (errors, ran) == (["lifecycle"], [1])


async def test_an_application_without_lifespan_counts_as_running() -> None:
    async def answer(scope: Scope, _receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    app, observability = served_by(answer), quiet()
    observability.health.add("database", lambda: None)
    observability.instrument(app)
    async with client(app) as caller:
        assert (await caller.get("/health/ready")).status_code == 200


def test_the_status_page_tells_the_stage() -> None:
    app, observability = Starlette(), quiet()
    observability.health.add("database", lambda: None)
    observability.instrument(app)
    with served(app) as (host, port):
        assert httpx.get(f"http://{host}:{port}/health/status").json()["stage"] == "running"
