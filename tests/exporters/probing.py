"""An exporter for a test: the real application over real servers, without a socket of its own."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from types import TracebackType
from typing import Self

import httpx

from tests.plugins.exposition import value
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue import Metric
from watchbill_exporters import Configuration, PostgresSettings, RedisSettings
from watchbill_exporters.application import Endpoint
from watchbill_exporters.configuration import Settings
from watchbill_exporters.configuration.settings import Module
from watchbill_exporters.configuration.web import WebSettings
from watchbill_exporters.deadline import TIMEOUT_HEADER


@dataclass(frozen=True)
class Answer:
    """What a scrape got, and after how many seconds."""

    status: int
    text: str
    seconds: float
    content_type: str


class Exporter:
    """An exporter of some targets, and of what modules admit; use it as an asynchronous context."""

    def __init__(self, *targets: Settings, modules: Sequence[Module] = (), web: WebSettings | None = None) -> None:
        configuration = Configuration(
            targets={one.name: one for one in targets},
            modules={one.name: one for one in modules},
            web=web or WebSettings(),
        )
        endpoint = Endpoint(configuration)
        self._running = endpoint.running()
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=endpoint.application()), base_url="http://exporter", timeout=30
        )

    async def __aenter__(self) -> Self:
        await self._running.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()
        await self._running.__aexit__(kind, error, trace)

    async def get(self, path: str, **headers: str) -> Answer:
        """Any page."""
        return await self.request("GET", path, **headers)

    async def request(self, method: str, path: str, **headers: str) -> Answer:
        """A request with any method."""
        began = perf_counter()
        answer = await self.response(method, path, **headers)
        return Answer(answer.status_code, answer.text, perf_counter() - began, answer.headers["content-type"])

    async def response(self, method: str, path: str, **headers: str) -> httpx.Response:
        """The same with all its headers."""
        return await self._client.request(method, path, headers=headers)

    async def probe(self, target: str, *, scrape_timeout: float | None = None) -> Answer:
        """A scrape of one target."""
        headers = {} if scrape_timeout is None else {TIMEOUT_HEADER: str(scrape_timeout)}
        return await self.get(f"/probe?target={target}", **headers)

    async def own_until(self, metric: Metric, *labels: str, expected: float) -> str:
        """The exporter's own metrics, once one of them has a value."""
        for _ in range(500):
            text = (await self.get("/metrics")).text
            if value(text, metric, *labels) == expected:
                return text
            await asyncio.sleep(0.01)
        raise AssertionError(f"{metric.name} never was {expected:g}")

    async def probe_until(self, target: str, line: str, *, scrape_timeout: float = 2.0) -> Answer:
        """Scrapes until a line appears, for as long as a server takes to start."""
        for _ in range(200):
            answer = await self.probe(target, scrape_timeout=scrape_timeout)
            if line in answer.text.splitlines():
                return answer
            await asyncio.sleep(0.05)
        raise AssertionError(f"{line!r} never appeared")


def redis_target(server: RedisServer, *, name: str = "cache", username: str | None = None) -> RedisSettings:
    """The target of a Redis."""
    return RedisSettings(name=name, address=server.address, password_file=str(server.password_file), username=username)


def postgres_target(server: PostgresServer, *, name: str = "orders") -> PostgresSettings:
    """The target of a PostgreSQL, as the role with pg_monitor alone."""
    return PostgresSettings(
        name=name,
        address=server.address,
        password_file=str(server.password_file),
        database=server.database,
        user=server.user,
    )
