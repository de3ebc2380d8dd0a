"""Lines of structlog, the standard library and uvicorn take one way out, and the way back is clean."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI

from tests.plugins.application import client, quiet, served
from watchbill import Logging, Observability, Switches
from watchbill.testing import Lines, Spans

ROOT = Path(__file__).parents[3]


class Mute:
    """Something that has no text."""

    def __repr__(self) -> str:
        raise LookupError


@contextmanager
def instrumented(app: Any, lines: Lines, **given: Any) -> Generator[Observability]:
    """Takes the log configuration out again, whatever happens: it belongs to the whole process."""
    observability = quiet(**({"logging": lines.logging} | given)).instrument(app)
    try:
        yield observability
    finally:
        observability.uninstrument(app)


def event(lines: Lines, text: str) -> dict[str, Any]:
    """The one line with this text."""
    (found,) = [line for line in lines.events if line["event"] == text]
    return found


def test_lines_of_structlog_and_of_the_standard_library_look_alike() -> None:
    lines = Lines()
    with instrumented(FastAPI(), lines):
        structlog.get_logger("mine").info("first", order=7)
        logging.getLogger("theirs").warning("second %s", "formatted", extra={"order": 8})
    first, second = lines.events
    assert {**first, "timestamp": ""} == {
        "event": "first",
        "order": 7,
        "level": "info",
        "logger": "mine",
        "timestamp": "",
    }
    assert {**second, "timestamp": ""} == {
        "event": "second formatted",
        "order": 8,
        "level": "warning",
        "logger": "theirs",
        "timestamp": "",
    }
    assert first["timestamp"].endswith("Z")


async def test_every_line_of_a_request_has_the_ids_of_its_span() -> None:
    app, lines, spans = FastAPI(), Lines(), Spans()

    @app.get("/async")
    async def in_the_loop() -> None:
        structlog.get_logger().info("from structlog")

    @app.get("/sync")
    def in_a_thread() -> None:
        logging.getLogger("app").info("from a thread")

    with instrumented(app, lines, tracing=spans.tracing):
        async with client(app) as caller:
            await caller.get("/async")
            await caller.get("/sync")
        structlog.get_logger().info("outside")
    for text, ids in zip(("from structlog", "from a thread"), spans.ids, strict=True):
        assert ids.items() <= event(lines, text).items()
    assert "trace_id" not in event(lines, "outside")


async def test_an_unsampled_request_has_ids_on_its_lines_too() -> None:
    app, lines, spans = FastAPI(), Lines(), Spans(ratio=0)
    app.get("/")(lambda: structlog.get_logger().info("inside"))
    with instrumented(app, lines, tracing=spans.tracing):
        async with client(app) as caller:
            await caller.get("/")
    assert event(lines, "inside")["trace_id"] == event(lines, "request")["trace_id"]


def test_uvicorns_lines_pass_the_chain_and_its_access_log_gives_way() -> None:
    app, lines = FastAPI(), Lines()

    @app.get("/broken")
    async def broken() -> None:
        raise LookupError("on purpose")

    with instrumented(app, lines), served(app) as (host, port):
        httpx.get(f"http://{host}:{port}/broken")
    loggers = {line["logger"] for line in lines.events}
    assert "uvicorn.error" in loggers
    assert "uvicorn.access" not in loggers
    failure = event(lines, "Exception in ASGI application\n")
    assert failure["exception"][0]["exc_type"] == "LookupError"
    assert "color_message" not in failure
    assert not logging.getLogger("uvicorn.access").disabled


def test_tracebacks_hold_no_local_variables() -> None:
    lines = Lines()

    def fail() -> None:
        hidden = "hunter2"
        raise ValueError(len(hidden))

    with instrumented(FastAPI(), lines):
        try:
            fail()
        except ValueError:
            structlog.get_logger().exception("failed")
    assert event(lines, "failed")["exception"][0]["exc_type"] == "ValueError"
    assert "hunter2" not in lines.stream.getvalue()


def test_the_level_is_that_of_the_environment_or_the_code() -> None:
    for lines, given in (
        (Lines(), {"switches": Switches(level="ERROR")}),
        (strict := Lines(), {"logging": Logging(style="json", level="ERROR", stream=strict.stream)}),
    ):
        with instrumented(FastAPI(), lines, **given):
            structlog.get_logger().warning("too low")
            logging.getLogger("app").warning("too low")
            structlog.get_logger().error("high enough")
        assert [line["event"] for line in lines.events] == ["high enough"]


def test_a_development_environment_reads_lines_as_text() -> None:
    stream = io.StringIO()
    with instrumented(FastAPI(), Lines(), env="development", logging=Logging(stream=stream)):
        structlog.get_logger("mine").info("readable", password="hunter2")
    assert "readable" in stream.getvalue()
    assert "hunter2" not in stream.getvalue()
    with pytest.raises(json.JSONDecodeError):
        json.loads(stream.getvalue())


def test_removal_restores_what_was_there() -> None:
    root, uvicorn = logging.getLogger(), logging.getLogger("uvicorn")
    uvicorn.addHandler(logging.NullHandler())
    before = (list(root.handlers), root.level, list(uvicorn.handlers), uvicorn.propagate, structlog.is_configured())
    with instrumented(FastAPI(), Lines()):
        assert structlog.is_configured()
    assert before == (
        list(root.handlers),
        root.level,
        list(uvicorn.handlers),
        uvicorn.propagate,
        structlog.is_configured(),
    )
    uvicorn.handlers.clear()


def test_an_applications_own_structlog_configuration_stays() -> None:
    structlog.configure(processors=[structlog.processors.KeyValueRenderer()])
    try:
        with instrumented(FastAPI(), Lines()) as observability:
            assert len(structlog.get_config()["processors"]) == 1
            assert observability.report()["logs"].state == "off"
            assert "configured by the application" in observability.report()["logs"].reason
    finally:
        structlog.reset_defaults()


def test_structured_logging_switched_off_touches_nothing() -> None:
    with instrumented(FastAPI(), Lines(), switches=Switches(logs=False)) as observability:
        assert not structlog.is_configured()
        assert observability.report()["logs"].reason == "STRUCTURED_LOGGING is false"


async def test_a_closed_stream_harms_no_request() -> None:
    app, stream = FastAPI(), io.StringIO()
    app.get("/")(lambda: "ok")
    observability = quiet(logging=Logging(style="json", stream=stream)).instrument(app)
    stream.close()
    async with client(app) as caller:
        assert (await caller.get("/")).status_code == 200
    observability.uninstrument(app)


def test_lines_go_to_standard_output() -> None:
    script = (
        "import structlog\nfrom fastapi import FastAPI\nfrom watchbill import Observability\n"
        "Observability('shop').instrument(FastAPI())\nstructlog.get_logger('mine').info('hello')\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT, capture_output=True, text=True)
    assert json.loads(ended.stdout)["event"] == "hello"
    assert ended.stderr == ""


@pytest.mark.parametrize("value", [{(1, 2): 3}, Mute()], ids=["key", "repr"])
@pytest.mark.parametrize("style", ["json", "console"])
async def test_a_value_without_a_text_costs_its_line_the_fields_and_nothing_else(value: object, style: Any) -> None:
    app, lines = FastAPI(), Lines()

    @app.get("/")
    async def answer() -> str:
        structlog.get_logger("mine").info("from structlog", value=value)
        logging.getLogger("theirs").info("from logging", extra={"value": value})
        return "ok"

    with instrumented(app, lines, logging=Logging(style=style, stream=lines.stream)):
        async with client(app) as caller:
            assert (await caller.get("/")).status_code == 200
    for text in ("from structlog", "from logging"):
        assert text in lines.stream.getvalue()


def test_a_stream_that_breaks_harms_no_line_of_the_applications(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    with instrumented(FastAPI(), Lines(), logging=Logging(style="json", stream=stream)):
        stream.close()
        for _ in range(3):
            structlog.get_logger().info("lost")
    assert capsys.readouterr().err.count("log lines cannot be written") == 1


def test_an_event_in_extra_does_not_replace_the_text() -> None:
    lines = Lines()
    with instrumented(FastAPI(), lines):
        logging.getLogger("app").info("order placed", extra={"event": "order.placed"})
    assert event(lines, "order placed")["extra_event"] == "order.placed"
