"""Background tasks of Starlette and FastAPI."""

import asyncio
import threading
from typing import Any

import pytest
from fastapi import BackgroundTasks, FastAPI, Response
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.background import BackgroundTasks as StarletteTasks
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route

from tests.plugins.application import client, exposed, quiet
from watchbill import Observability
from watchbill.catalogue.background import (
    BACKGROUND_TASK_DURATION,
    BACKGROUND_TASKS,
    BACKGROUND_TASKS_RUNNING,
    BACKGROUND_TASKS_STARTED,
    FAILED,
    OUTCOME,
    SUCCEEDED,
    TASK,
)
from watchbill.catalogue.http import (
    HTTP_BACKGROUND_DURATION,
    HTTP_EXCEPTIONS,
    HTTP_REQUEST_DURATION,
    HTTP_REQUESTS,
    HTTP_REQUESTS_IN_PROGRESS,
    HTTP_TOTAL_DURATION,
    METHOD,
    ROUTE,
    STATUS,
)
from watchbill.integrations.starlette_background import BackgroundHook


async def nap(seconds: float = 0.05) -> None:
    """A task that takes its time."""
    await asyncio.sleep(seconds)


def stamp() -> None:
    """A task that runs in a thread."""


def fail() -> None:
    """A task that fails."""
    raise LookupError("gone")


def streamed(text: str, background: BackgroundTask) -> StreamingResponse:
    """A response in pieces."""
    return StreamingResponse(iter([text]), background=background)


def answering(*tasks: Any) -> FastAPI:
    """An application that runs these tasks after its answer."""
    app = FastAPI()

    @app.post("/orders/{key}")
    async def order(key: str, background: BackgroundTasks) -> str:
        for task in tasks:
            background.add_task(task)
        return key

    return app


async def post(app: Any, path: str = "/orders/7") -> int:
    """One request's status."""
    async with client(app) as caller:
        return (await caller.post(path)).status_code


def ended(observability: Observability, name: str, outcome: str = SUCCEEDED) -> float:
    """How often a task ended so."""
    return exposed(observability).value(BACKGROUND_TASKS, {TASK: name, OUTCOME: outcome})


async def test_each_task_of_a_request_is_counted_under_its_name() -> None:
    named = "test_each_task_of_a_request_is_counted_under_its_name.<lambda>"
    app = answering(nap, stamp, lambda: None)
    observability = quiet().instrument(app)
    await post(app)
    found = exposed(observability)
    assert found.values_of(BACKGROUND_TASKS_STARTED, TASK) == {"nap", "stamp", named}
    assert found.value(BACKGROUND_TASKS, {OUTCOME: SUCCEEDED}) == found.value(BACKGROUND_TASKS_STARTED) == 3
    assert found.total(BACKGROUND_TASK_DURATION, {TASK: "nap"}) >= 0.05
    assert found.count(BACKGROUND_TASK_DURATION, {TASK: "stamp"}) == 1


async def test_core_background_and_total_time_are_apart() -> None:
    app = answering(nap, nap)
    observability = quiet().instrument(app)
    await post(app)
    found, labels = exposed(observability), {METHOD: "POST", ROUTE: "/orders/{key}"}
    core = found.total(HTTP_REQUEST_DURATION, labels)
    background = found.total(HTTP_BACKGROUND_DURATION, labels)
    assert core > 0
    assert background >= 0.1
    assert found.total(HTTP_TOTAL_DURATION, labels) == pytest.approx(core + background)


async def test_work_side_by_side_is_counted_apart_and_within_the_requests_total() -> None:
    observability = quiet()
    statistics, cache = observability.task("statistics")(nap), observability.task("cache")(fail)

    async def afterwards() -> None:
        await asyncio.gather(statistics(0.1), asyncio.to_thread(cache), return_exceptions=True)

    app = answering(afterwards)
    observability.instrument(app)
    assert await post(app) == 200
    found, labels = exposed(observability), {METHOD: "POST", ROUTE: "/orders/{key}"}
    assert (ended(observability, "statistics"), ended(observability, "cache", FAILED)) == (1, 1)
    assert found.total(HTTP_BACKGROUND_DURATION, labels) >= 0.1
    assert found.total(HTTP_TOTAL_DURATION, labels) > found.total(HTTP_REQUEST_DURATION, labels)


async def test_a_request_without_background_work_has_no_background_time() -> None:
    app = answering()
    observability = quiet().instrument(app)
    await post(app)
    found = exposed(observability)
    assert found.count(HTTP_REQUEST_DURATION) == 1
    assert found.count(HTTP_BACKGROUND_DURATION) == found.count(HTTP_TOTAL_DURATION) == 0


async def test_a_request_is_over_while_its_background_task_runs() -> None:
    seen: list[tuple[float, ...]] = []

    def look() -> None:
        found = exposed(observability)
        metrics = (HTTP_REQUESTS_IN_PROGRESS, HTTP_REQUESTS, BACKGROUND_TASKS_RUNNING, BACKGROUND_TASKS)
        seen.append(tuple(found.value(metric) for metric in metrics))

    app = answering(look)
    observability = quiet().instrument(app)
    await post(app)
    assert seen == [(0, 1, 1, 0)]
    assert exposed(observability).value(BACKGROUND_TASKS_RUNNING) == 0


async def test_a_failed_task_leaves_the_request_as_the_client_saw_it() -> None:
    app = answering(nap, fail, stamp)
    observability = quiet().instrument(app)
    assert await post(app) == 200
    found = exposed(observability)
    assert found.value(HTTP_REQUESTS, {STATUS: 200}) == found.value(HTTP_REQUESTS) == 1
    assert (ended(observability, "nap"), ended(observability, "fail", FAILED)) == (1, 1)
    # Starlette runs no task after one that failed.
    assert found.value(BACKGROUND_TASKS_STARTED, {TASK: "stamp"}) == 0
    assert found.count(HTTP_BACKGROUND_DURATION) == 1
    assert found.value(BACKGROUND_TASKS_RUNNING) == 0


async def test_a_failed_task_s_exception_passes_on_and_is_no_exception_of_the_request() -> None:
    error, reached = LookupError("gone"), list[BaseException]()

    def work() -> None:
        raise error

    app = answering(work)
    observability = quiet().instrument(app)

    async def around(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except LookupError as raised:
            reached.append(raised)

    await post(around)
    assert reached == [error]
    assert exposed(observability).value(HTTP_EXCEPTIONS) == 0


@pytest.mark.parametrize("respond", [PlainTextResponse, streamed])
async def test_a_response_s_own_task_is_counted(respond: Any) -> None:
    def answer(_request: Request) -> Response:
        response: Response = respond("x", background=StarletteTasks([BackgroundTask(nap), BackgroundTask(stamp)]))
        return response

    app = Starlette(routes=[Route("/orders/{key}", answer, methods=["POST"])])
    observability = quiet().instrument(app)
    await post(app)
    assert ended(observability, "nap") == ended(observability, "stamp") == 1
    assert exposed(observability).count(HTTP_BACKGROUND_DURATION, {ROUTE: "/orders/{key}"}) == 1


async def test_tasks_behind_a_base_http_middleware_are_counted() -> None:
    async def pass_on(request: Request, call_next: Any) -> Any:
        return await call_next(request)

    app = answering(nap)
    app.user_middleware.append(Middleware(BaseHTTPMiddleware, dispatch=pass_on))
    observability = quiet().instrument(app)
    await post(app)
    found = exposed(observability)
    assert ended(observability, "nap") == found.count(HTTP_BACKGROUND_DURATION) == 1
    assert found.total(HTTP_TOTAL_DURATION) >= 0.05


async def test_a_declared_task_in_the_background_counts_once_under_its_own_name() -> None:
    observability = quiet()
    app = answering(observability.task("mail")(nap))
    observability.instrument(app)
    await post(app)
    found = exposed(observability)
    assert found.value(BACKGROUND_TASKS_STARTED) == ended(observability, "mail") == 1
    assert found.count(HTTP_BACKGROUND_DURATION) == 1


async def test_each_application_s_tasks_go_to_its_own_observability() -> None:
    first, second, bare = answering(nap), answering(stamp), answering(stamp)
    shop, store = quiet().instrument(first), quiet().instrument(second)
    for app in (first, second, bare):
        await post(app)
    assert exposed(shop).values_of(BACKGROUND_TASKS_STARTED, TASK) == {"nap"}
    assert exposed(store).values_of(BACKGROUND_TASKS_STARTED, TASK) == {"stamp"}
    assert ended(store, "stamp") == 1


async def test_a_mounted_application_s_tasks_count_once_where_both_are_instrumented() -> None:
    inner = answering(nap)
    outer = Starlette(routes=[Mount("/shop", inner)])
    observability = quiet().instrument(outer).instrument(inner)
    await post(outer, "/shop/orders/7")
    assert ended(observability, "nap") == 1
    assert exposed(observability).count(HTTP_BACKGROUND_DURATION, {ROUTE: "/shop/orders/{key}"}) == 1


async def test_a_task_that_is_run_outside_a_request_is_left_alone() -> None:
    observability = quiet().instrument(answering())
    await BackgroundTask(stamp)()
    assert exposed(observability).series(BACKGROUND_TASKS_STARTED) == 0


def test_the_class_is_as_before_once_the_last_user_has_gone() -> None:
    # Applications of other tests may still be instrumented.
    before, hook = vars(BackgroundTask)["__call__"], BackgroundHook()
    hook.install()
    hook.install()
    hook.remove()
    assert vars(BackgroundTask)["__call__"] is not before
    hook.remove()
    assert vars(BackgroundTask)["__call__"] is before


async def test_an_application_that_is_taken_out_leaves_the_others_counted() -> None:
    first, second = answering(nap), answering(nap)
    observability = quiet().instrument(first).instrument(second).instrument(first)
    observability.uninstrument(first).uninstrument(first)
    await post(first)
    await post(second)
    assert ended(observability, "nap") == 1


async def test_a_wrapper_put_around_ours_later_stays_and_tasks_count_once_after_another_round() -> None:
    app, calls = answering(nap), list[int]()
    observability = quiet().instrument(app)
    ours = vars(BackgroundTask)["__call__"]

    async def theirs(task: BackgroundTask) -> None:
        calls.append(1)
        await ours(task)

    try:
        BackgroundTask.__call__ = theirs  # type: ignore[method-assign, assignment]  # as other libraries do
        observability.uninstrument(app)
        await post(app)
        assert (calls, ended(observability, "nap")) == ([1], 0)
        observability.instrument(app)
        await post(app)
        assert (calls, ended(observability, "nap")) == ([1, 1], 1)
    finally:
        BackgroundTask.__call__ = ours  # type: ignore[method-assign]  # as above
        observability.uninstrument(app)


async def test_a_task_in_a_thread_is_running_while_it_runs() -> None:
    begun, release = threading.Event(), threading.Event()

    def block() -> None:
        begun.set()
        release.wait(5)

    app = answering(block)
    observability = quiet().instrument(app)
    request = asyncio.create_task(post(app))
    await asyncio.to_thread(begun.wait, 5)
    running = exposed(observability).value(BACKGROUND_TASKS_RUNNING)
    release.set()
    await request
    assert (running, exposed(observability).value(BACKGROUND_TASKS_RUNNING)) == (1, 0)
