"""One line per request says what became of it."""

import asyncio
from typing import Any

import pytest
import structlog
from fastapi import FastAPI, HTTPException
from fastapi import Request as FastAPIRequest
from starlette.requests import Request

from tests.plugins.application import client, quiet
from watchbill import Logging
from watchbill.testing import Lines, Spans


async def line_of(app: FastAPI, path: str, lines: Lines | None = None, **given: Any) -> dict[str, Any]:
    """The line of one POST with ten bytes."""
    lines = lines or Lines()
    observability = quiet(**({"logging": lines.logging} | given)).instrument(app)
    async with client(app) as caller:
        await caller.post(path, content=b"x" * 10)
    observability.uninstrument(app)
    (found,) = lines.requests
    return found


def application() -> FastAPI:
    """Routes that succeed, refuse and fail."""
    app = FastAPI()

    @app.post("/users/{key}")
    async def echo(request: FastAPIRequest) -> str:
        return str(len(await request.body()))

    @app.post("/refused")
    async def refuse() -> None:
        raise HTTPException(403)

    @app.post("/broken")
    async def fail() -> None:
        raise LookupError("on purpose")

    return app


async def test_the_line_has_method_route_status_duration_bytes_and_ids() -> None:
    spans = Spans()
    line = await line_of(application(), "/users/7", tracing=spans.tracing)
    assert line.pop("http.server.request.duration") > 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "level": "info",
        "event": "request",
        "logger": "watchbill.http",
        "http.request.method": "POST",
        "http.route": "/users/{key}",
        "http.response.status_code": 200,
        "http.request.body.size": 10,
        "http.response.body.size": 4,
        "url.path": "/users/7",
        **spans.ids[0],
    }


async def test_what_the_server_failed_is_an_error_and_what_it_refused_is_not() -> None:
    assert (await line_of(application(), "/refused"))["level"] == "info"
    assert (await line_of(application(), "/broken"))["level"] == "error"


async def test_what_the_application_bound_is_on_the_line_and_scrubbed() -> None:
    app = FastAPI()

    @app.post("/")
    async def bind(_request: Request) -> None:
        structlog.contextvars.bind_contextvars(user="ann", api_key="hunter2")

    lines = Lines()
    line = await line_of(app, "/", lines)
    structlog.contextvars.clear_contextvars()
    assert line["user"] == "ann"
    assert "hunter2" not in lines.stream.getvalue()


async def test_applications_of_several_observabilities_write_to_the_one_in_place() -> None:
    lines = Lines()
    first, second = application(), application()
    owner, guest = quiet(logging=lines.logging).instrument(first), quiet(logging=Lines().logging).instrument(second)
    async with client(second) as caller:
        await caller.post("/users/7")
    guest.uninstrument(second)
    owner.uninstrument(first)
    assert [line["http.route"] for line in lines.requests] == ["/users/{key}"]


async def test_a_path_with_line_breaks_stays_one_line() -> None:
    line = await line_of(application(), "/users/a%0a%22forged%22:1")
    assert line["url.path"] == '/users/a\n"forged":1'


async def test_no_line_is_written_where_none_is_wanted() -> None:
    app, lines = application(), Lines()
    observability = quiet(logging=Logging(style="json", stream=lines.stream, requests=None)).instrument(app)
    async with client(app) as caller:
        await caller.post("/users/7")
    observability.uninstrument(app)
    assert lines.requests == []


async def test_an_applications_own_structlog_gets_the_line_too() -> None:
    seen = list[dict[str, Any]]()

    def keep(_logger: object, _method: str, event: Any) -> Any:
        seen.append(dict(event))
        raise structlog.DropEvent

    structlog.configure(processors=[keep])
    try:
        observability = quiet(logging=Logging()).instrument(app := application())
        async with client(app) as caller:
            await caller.post("/users/7")
        observability.uninstrument(app)
    finally:
        structlog.reset_defaults()
    assert [event["http.route"] for event in seen] == ["/users/{key}"]


async def test_what_the_application_bound_does_not_replace_what_makes_the_line() -> None:
    app = FastAPI()

    @app.post("/")
    async def bind(_request: Request) -> None:
        structlog.contextvars.bind_contextvars(event="signup", level="gold", timestamp="then")

    line = await line_of(app, "/")
    structlog.contextvars.clear_contextvars()
    assert (line["event"], line["level"], line["timestamp"][:2]) == ("request", "info", "20")


@pytest.mark.parametrize("path", ["/users/7", "/refused", "/broken", "/users/a%22b%C3%A9", "/users/ghp_" + "a1" * 15])
async def test_the_quick_way_and_the_encoder_write_the_same_line(path: str) -> None:
    quick = await line_of(application(), path)
    with structlog.contextvars.bound_contextvars(user="ann"):
        encoded = await line_of(application(), path)
    assert encoded.pop("user") == "ann"
    changing = {"timestamp", "trace_id", "span_id", "http.server.request.duration"}
    assert [name for name in quick if name in changing] == [name for name in encoded if name in changing]
    assert {name: quick[name] for name in quick if name not in changing} == {
        name: encoded[name] for name in encoded if name not in changing
    }


async def test_a_token_in_the_path_is_not_written() -> None:
    token = "ghp_" + "a1" * 15
    assert token not in str(await line_of(application(), f"/users/{token}"))


async def test_the_duration_is_in_seconds_to_the_microsecond() -> None:
    app = FastAPI()

    @app.post("/")
    async def wait() -> None:
        await asyncio.sleep(0.05)

    duration = (await line_of(app, "/"))["http.server.request.duration"]
    assert 0.05 <= duration < 5
    assert round(duration, 6) == duration
