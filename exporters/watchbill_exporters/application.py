"""The exporter's HTTP endpoint."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from watchbill.exposition import Family, encode, negotiated
from watchbill_exporters.configuration.settings import Configuration
from watchbill_exporters.deadline import TIMEOUT_HEADER, budget
from watchbill_exporters.fleet import Fleet
from watchbill_exporters.index import page
from watchbill_exporters.own import OwnState
from watchbill_exporters.target import Target

_ONLY_TARGET = "give one parameter, target, with the name of a target of the configuration\n"
_NAME_ALONE = "target is a name from the configuration: no address, no URL, no user, no password\n"
_UNKNOWN = "the configuration lists no such target\n"


class Endpoint:
    """Probes the targets of a configuration, and nothing else."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._fleet = Fleet(configuration)
        self._own = OwnState()

    def application(self) -> Starlette:
        """The routes as an ASGI application; connections are closed when its server stops."""
        routes = [
            Route("/", self._index),
            Route("/probe", self._probe),
            Route("/metrics", self._metrics),
            Route("/-/healthy", self._healthy),
        ]
        return Starlette(routes=routes, lifespan=self._lifespan)

    async def close(self) -> None:
        """Answers the probes that wait, at once, and closes all connections."""
        await self._fleet.close()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncGenerator[None]:
        yield
        await self.close()

    async def _probe(self, request: Request) -> Response:
        target = self._target(request)
        if isinstance(target, Response):
            return target
        with self._own.probing():
            seconds = budget(request.headers.get(TIMEOUT_HEADER), self._configuration.timeout)
            probe = await target.probe(seconds)
            return _exposition(request, probe.families())

    def _target(self, request: Request) -> Target | Response:
        """The target asked for, or the refusal. What was asked is never repeated: it may hold a password."""
        asked = request.query_params.multi_items()
        if [name for name, _ in asked] != ["target"]:
            return PlainTextResponse(_ONLY_TARGET, 400)
        value = asked[0][1]
        if not value or any(mark in value for mark in "@/\\"):
            return PlainTextResponse(_NAME_ALONE, 400)
        return self._fleet.get(value) or PlainTextResponse(_UNKNOWN, 404)

    async def _metrics(self, request: Request) -> Response:
        return _exposition(request, self._own.families())

    async def _healthy(self, _: Request) -> Response:
        return PlainTextResponse("healthy\n")

    async def _index(self, _: Request) -> Response:
        return HTMLResponse(page(self._configuration.targets.values()))


def _exposition(request: Request, families: Iterable[Family]) -> Response:
    content_type = negotiated(request.headers.get("accept", ""))
    return Response(encode(families, content_type), headers={"content-type": content_type})
