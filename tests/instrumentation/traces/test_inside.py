"""Spans inside a request, on request."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, routing
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode

from tests.instrumentation.traces.test_server_spans import EVERY
from tests.plugins.application import client, quiet
from watchbill import InvalidDeclaration, Tracing
from watchbill.testing import Spans
from watchbill.traces.tracing import Engine, Inside


async def session() -> AsyncIterator[str]:
    """A dependency."""
    yield "session"


def user(session: Annotated[str, Depends(session)]) -> str:
    """A dependency of a dependency."""
    return session


async def notify(fail: bool) -> None:
    """A background task."""
    if fail:
        raise LookupError("nobody there: password=hunter2")


def shop() -> FastAPI:
    """Endpoints of both kinds."""
    app = FastAPI()

    @app.get("/plain")
    def plain(user: Annotated[str, Depends(user)]) -> str:
        return user

    @app.get("/later")
    async def later(tasks: BackgroundTasks, fail: bool = False) -> str:
        tasks.add_task(notify, fail)
        return "ok"

    @app.get("/gone")
    async def gone() -> None:
        raise HTTPException(404)

    @app.get("/fails")
    async def fails() -> None:
        raise LookupError("nothing there")

    return app


async def spans_of(path: str, *inside: Inside, engine: Engine = "watchbill") -> dict[str, ReadableSpan]:
    """By name, of one request."""
    spans, app = Spans(), shop()
    tracing = Tracing(engine=engine, spans=inside, ratio=1.0, processors=spans.tracing.processors)
    observability = quiet(tracing=tracing).instrument(app)
    async with client(app) as caller:
        await caller.get(path)
    observability.uninstrument(app)
    return {span.name: span for span in spans.finished}


@pytest.mark.parametrize("engine", EVERY)
async def test_nothing_but_the_server_span_is_made_unasked(engine: Engine) -> None:
    assert set(await spans_of("/plain", engine=engine)) == {"GET /plain"}
    assert set(await spans_of("/later", engine=engine)) == {"GET /later"}


@pytest.mark.parametrize("engine", EVERY)
async def test_dependencies_endpoint_and_background_tasks_are_children_of_the_server_span(engine: Engine) -> None:
    spans = await spans_of("/plain", "dependencies", "endpoint", engine=engine)
    server = spans.pop("GET /plain")
    assert set(spans) == {"dependencies", "endpoint"}
    for span in spans.values():
        assert span.parent == server.get_span_context()
        assert str((span.attributes or {})["code.function.name"]).endswith("shop.<locals>.plain")
    spans = await spans_of("/later", "background", engine=engine)
    assert set(spans) == {"GET /later", "background notify"}
    assert spans["background notify"].parent == spans["GET /later"].get_span_context()


async def test_a_failed_background_task_is_an_error_of_its_span_alone() -> None:
    spans = await spans_of("/later?fail=true", "background")
    task = spans["background notify"]
    assert (task.status.status_code, (task.attributes or {})["error.type"]) == (StatusCode.ERROR, "LookupError")
    assert "hunter2" not in str([event.attributes for event in task.events])


async def test_an_answer_raised_as_an_exception_is_no_error_of_the_endpoint() -> None:
    assert (await spans_of("/gone", "endpoint"))["endpoint"].status.status_code is StatusCode.UNSET
    assert (await spans_of("/fails", "endpoint"))["endpoint"].status.status_code is StatusCode.ERROR


async def test_fastapi_is_as_it_was_once_nobody_asks_any_more() -> None:
    before = vars(routing)["solve_dependencies"], vars(routing)["run_endpoint_function"]
    first, second, app, other = Spans(), Spans(), shop(), shop()
    wanted: tuple[Inside, ...] = ("endpoint",)
    one = quiet(tracing=Tracing(spans=wanted, processors=first.tracing.processors)).instrument(app)
    two = quiet(tracing=Tracing(spans=wanted, processors=second.tracing.processors)).instrument(other)
    one.uninstrument(app)
    assert vars(routing)["run_endpoint_function"] is not before[1]
    two.uninstrument(other)
    assert (vars(routing)["solve_dependencies"], vars(routing)["run_endpoint_function"]) == before


@pytest.mark.parametrize("spans", ["background", {"databases"}, 3])
def test_what_cannot_have_a_span_is_refused(spans: object) -> None:
    given: Any = spans
    with pytest.raises(InvalidDeclaration, match="give some of dependencies, endpoint, background"):
        quiet(tracing=Tracing(spans=given))
