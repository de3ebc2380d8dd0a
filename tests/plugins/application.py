"""Applications under test: called in process, or behind a real uvicorn."""

import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn
from starlette.applications import Starlette

from watchbill import Observability
from watchbill.asgi import App
from watchbill.catalogue.watching import INTERNAL_ERRORS
from watchbill.testing import Exposition

if TYPE_CHECKING:
    from fastapi import FastAPI

_PATIENCE_SECONDS = 10.0


def client(app: Any, root_path: str = "") -> httpx.AsyncClient:
    """Calls an application in process; its errors become answers, as behind a server."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, root_path=root_path)
    return httpx.AsyncClient(transport=transport, base_url="http://app")


def keyed(path: str = "/users/{key}") -> "FastAPI":
    """An application with one route, which answers with its key."""
    # The version matrix also runs where there is no FastAPI.
    from fastapi import FastAPI

    app = FastAPI()
    app.get(path)(key_back)
    return app


def key_back(key: str = "none") -> str:
    """An endpoint."""
    return key


def served_by(answer: App) -> Starlette:
    """An application whose whole middleware stack is this ASGI function."""
    app = Starlette()
    app.__dict__["build_middleware_stack"] = lambda: answer
    return app


def quiet(**given: Any) -> Observability:
    """Metrics alone, in a registry of the test's own."""
    settings: dict[str, Any] = {"tracing": None, "logging": None} | given
    return Observability("shop", **settings)


def freed(observability: Observability, target: Any) -> Generator[Observability]:
    """Itself, for a fixture: after the test the target is as it was, and nothing of ours went wrong."""
    yield observability
    observability.uninstrument(target)
    assert exposed(observability).value(INTERNAL_ERRORS) == 0


@contextmanager
def served(app: Any, **given: Any) -> Generator[tuple[str, int]]:
    """The application behind uvicorn on a free port of loopback, with its lifespan; what is given is uvicorn's."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="info", lifespan="on", timeout_graceful_shutdown=2, **given))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        until(lambda: server.started)
        yield listener.getsockname()[:2]
    finally:
        server.should_exit = True
        thread.join(_PATIENCE_SECONDS)
        listener.close()


def until(condition: Any) -> None:
    """Waits for a condition; AssertionError when it does not come true."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def exposed(observability: Observability) -> Exposition:
    """What a scrape returns now."""
    return Exposition.of(observability)
