"""The exporter's HTTP endpoint."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from watchbill.asgi import App
from watchbill.catalogue.exporter import TARGET
from watchbill.exposition import OPENMETRICS, encode
from watchbill.exposition.encode import END
from watchbill_exporters.addresses import TooManyTargets
from watchbill_exporters.asked import WRONG_TARGET, Asked, MalformedRequest
from watchbill_exporters.configuration.address import InvalidAddress
from watchbill_exporters.configuration.service_discovery import target_groups
from watchbill_exporters.configuration.settings import Configuration
from watchbill_exporters.deadline import TIMEOUT_HEADER, Deadline, budget
from watchbill_exporters.encoding import Part, text
from watchbill_exporters.fleet import Fleet
from watchbill_exporters.index import page
from watchbill_exporters.own import OwnState, Refusal
from watchbill_exporters.page import exposition
from watchbill_exporters.probe import Probe
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.statement_text import UnreadTexts
from watchbill_exporters.target import Target
from watchbill_exporters.web import OPEN_PATH, SignIn

_UNKNOWN = "the configuration allows no such target\n"
_UNPROTECTED = "texts of statements are shown where `web` lets readers sign in\n"
_NO_STATEMENTS = "this kind of target has no statements\n"
_FULL = "too many targets are being probed at once\n"
_GRACE = 0.1


class Endpoint:
    """Probes the targets of a configuration, and nothing else."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._fleet = Fleet(configuration)
        self._own = OwnState()
        self._sign_in = SignIn(configuration.web, lambda: self._own.refused("unauthorized"))

    def application(self) -> App:
        """The routes as an ASGI application; connections are closed when its server stops."""
        routes = [
            Route("/", self._index),
            Route("/probe", self._probe),
            Route("/metrics", self._metrics),
            Route("/targets", self._targets),
            Route("/statements", self._statements),
            Route(OPEN_PATH, self._healthy),
        ]
        application = Starlette(routes=routes, lifespan=lambda _: self.running())
        # A redirect would repeat what was asked.
        application.router.redirect_slashes = False
        return self._sign_in.protect(application)

    async def close(self) -> None:
        """Answers the probes that wait, at once, and closes all connections."""
        await self._fleet.close()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Lets go of what is not used while the block lasts, and of everything after it."""
        watch = asyncio.create_task(self._fleet.watch())
        try:
            yield
        finally:
            watch.cancel()
            await self.close()

    async def _probe(self, request: Request) -> Response:
        target = await self._target(request)
        if isinstance(target, Response):
            return target
        found = await self._probed(target, self._budget(request))
        return await self._exposed(request, [((), found.measured())])

    async def _target(self, request: Request) -> Target | Response:
        """The target asked for, or the refusal."""
        try:
            asked = Asked.parse(request.scope["query_string"])
            if asked.module is None:
                found = self._fleet.get(asked.target)
            else:
                found = await self._fleet.addresses.get(asked.module, asked.target)
        except MalformedRequest as error:
            return self._refused("malformed", str(error), 400)
        except InvalidAddress:
            return self._refused("malformed", WRONG_TARGET, 400)
        except TooManyTargets:
            return self._refused("full", _FULL, 503)
        return found or self._refused("unknown", _UNKNOWN, 404)

    def _refused(self, reason: Refusal, words: str, status: int) -> Response:
        self._own.refused(reason)
        return PlainTextResponse(words, status)

    async def _metrics(self, request: Request) -> Response:
        """The exporter's own, and those of the targets that are to stand here, each under its name."""
        shown = [target for target in self._fleet if target.settings.on_metrics]
        seconds = self._budget(request)
        probes = await asyncio.gather(*(self._probed(target, seconds) for target in shown))
        parts = [((target.settings.name,), found.measured()) for target, found in zip(shown, probes, strict=True)]
        return await self._exposed(request, parts, before=(TARGET.name,), own=True)

    async def _probed(self, target: Target, seconds: float) -> Probe:
        with self._own.probing():
            found = await target.probe(seconds)
        self._own.saw(found)
        return found

    def _budget(self, request: Request) -> float:
        return budget(request.headers.get(TIMEOUT_HEADER), self._configuration.timeout)

    async def _exposed(
        self, request: Request, parts: Sequence[Part], *, before: tuple[str, ...] = (), own: bool = False
    ) -> Response:
        def content(content_type: str) -> str:
            openmetrics = content_type == OPENMETRICS
            written = text(parts, before=before, openmetrics=openmetrics)
            if own:
                written += text([((), tuple(self._own.measured(self._fleet)))], openmetrics=openmetrics)
                return written + encode(self._own.process(), content_type)
            return written + (END if openmetrics else "")

        return await exposition(request.scope, content)

    async def _targets(self, _: Request) -> Response:
        await self._fleet.admission.refresh()
        return JSONResponse(target_groups(self._configuration.targets, self._fleet.admission))

    async def _statements(self, request: Request) -> Response:
        """Texts may tell what a business does, so they are for readers who have signed in."""
        if not self._configuration.web.asks:
            return PlainTextResponse(_UNPROTECTED, 403)
        target = await self._target(request)
        if isinstance(target, Response):
            return target
        deadline = Deadline.after(self._budget(request))
        try:
            async with asyncio.timeout_at(deadline.at + _GRACE), self._fleet.slots.one():
                texts = await target.statement_texts(deadline)
        except TimeoutError:
            return PlainTextResponse(_FULL, 503)
        except TargetDown as down:
            return PlainTextResponse(f"the target is down ({down.reason})\n", 503)
        except UnreadTexts as unread:
            return PlainTextResponse(f"{unread}\n", 503)
        return PlainTextResponse(_NO_STATEMENTS, 404) if texts is None else JSONResponse([asdict(one) for one in texts])

    async def _healthy(self, _: Request) -> Response:
        return PlainTextResponse("healthy\n")

    async def _index(self, _: Request) -> Response:
        return HTMLResponse(page(self._configuration.targets.values()))
