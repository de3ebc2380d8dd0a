"""What httpx calls in tests, and what is said about the calls."""

import asyncio
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import contextmanager
from typing import Any, ClassVar

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.plugins.application import exposed, quiet, served
from watchbill import Observability
from watchbill.catalogue.http import EXCEPTION, STATUS
from watchbill.catalogue.outbound import (
    CLIENT_ATTEMPTS,
    CLIENT_ERRORS,
    CLIENT_IN_PROGRESS,
    CLIENT_REQUESTS,
    CLIENT_TIMEOUTS,
    PHASE,
    UPSTREAM,
)

SHOP = "http://shop.test"


async def plain(request: Request) -> Response:
    """Its own address."""
    return PlainTextResponse(request.url.path)


async def moved(_request: Request) -> Response:
    """A redirect."""
    return RedirectResponse("/plain")


async def slow(_request: Request) -> Response:
    """Longer than any timeout here."""
    await asyncio.sleep(5)
    return PlainTextResponse("late")


async def drip() -> AsyncIterator[bytes]:
    """Two parts, and nothing more for long."""
    yield b"one"
    yield b"two"
    await asyncio.sleep(5)


async def dripping(_request: Request) -> Response:
    """An answer whose body does not end in time."""
    return StreamingResponse(drip())


async def broken(_request: Request) -> Response:
    """An answer that promises more than it has."""
    return StreamingResponse(iter([b"half"]), headers={"content-length": "100"})


PATHS = {"/plain": plain, "/moved": moved, "/slow": slow, "/dripping": dripping, "/broken": broken}


def watched(client: Any, upstreams: Any = "shop") -> Observability:
    """Metrics of one client."""
    return quiet().httpx(client, upstreams=upstreams)


def mocked(answer: Callable[[httpx.Request], httpx.Response] | None = None, **given: Any) -> httpx.Client:
    """A client whose server is a function."""
    return httpx.Client(transport=httpx.MockTransport(answer or ok), base_url=SHOP, **given)


def ok(_request: httpx.Request) -> httpx.Response:
    """An answer whose body is still to be read."""
    return httpx.Response(200, stream=httpx.ByteStream(b"aye"))


def requests(observability: Observability) -> dict[str, float]:
    """How many calls of the upstream `shop` were answered with which status."""
    scrape = exposed(observability)
    statuses = scrape.values_of(CLIENT_REQUESTS, STATUS)
    found = {one: scrape.value(CLIENT_REQUESTS, {UPSTREAM: "shop", STATUS: one}) for one in statuses}
    return {status: count for status, count in found.items() if count}


def running(observability: Observability) -> float:
    """Calls in progress."""
    return exposed(observability).value(CLIENT_IN_PROGRESS)


def attempts(observability: Observability) -> tuple[float, float]:
    """Calls of the application, and their attempts."""
    scrape = exposed(observability)
    return scrape.count(CLIENT_ATTEMPTS), scrape.total(CLIENT_ATTEMPTS)


def failures(observability: Observability) -> dict[str, float]:
    """How many calls failed with which exception."""
    scrape = exposed(observability)
    return {one: scrape.value(CLIENT_ERRORS, {EXCEPTION: one}) for one in scrape.values_of(CLIENT_ERRORS, EXCEPTION)}


def timeouts(observability: Observability) -> dict[str, float]:
    """How many calls took too long in which phase."""
    scrape = exposed(observability)
    found = {one: scrape.value(CLIENT_TIMEOUTS, {PHASE: one}) for one in PHASE.values}
    return {phase: count for phase, count in found.items() if count}


class Both(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport of the application's own, equal to all others of its kind."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Both)

    __hash__: ClassVar[None]  # type: ignore[assignment]  # as a dataclass has it

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return ok(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


@contextmanager
def far_shop() -> Generator[str]:
    """A real server's address."""
    app = Starlette(routes=[Route(path, answer) for path, answer in PATHS.items()])
    with served(app) as (host, port):
        yield f"http://{host}:{port}"
