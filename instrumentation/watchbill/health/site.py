"""Which health page is at which path, and who keeps the checks running."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from watchbill.asgi import App, Receive, Scope, Send
from watchbill.health.checks import Checks
from watchbill.health.config import DEFAULT_PATH, Health
from watchbill.health.page import Answer, HealthPages, Page, json_page
from watchbill.health.performance import Performance
from watchbill.health.pulse import Pulse
from watchbill.health.status import Status
from watchbill.health.thread_call import ThreadCall
from watchbill.names import Names
from watchbill.pages import Pages
from watchbill.store.store import Store


class HealthSite:
    """The pages of one Observability; they are there once a path is given or a check is registered.

    `protect` is put around the pages that tell details: all but the summary, liveness and readiness.
    """

    def __init__(
        self,
        config: Health,
        status: Status,
        checks: Checks,
        *,
        protect: Callable[[App], App] | None = None,
    ) -> None:
        self.path = ""
        self.beside: tuple[str, ...] = ()
        self.checks = checks
        self._config = config
        self._faults = checks.faults
        self._status = status
        self._performance: Performance | None = None
        self._protect = protect
        self._pages = HealthPages(status.service, checks, status.lifecycle)
        self._pulse = Pulse(self._beat, config.every, checks.faults) if config.every is not None else None
        self._active = False
        status.lifecycle.on("running", self.start)
        status.lifecycle.on("stopping", self.stop)

    def open(self, pages: Pages, names: Names, store: Store | None) -> None:
        """Puts the pages in place now, or with the first check. `store` is None where no metrics are kept."""
        if store is not None:
            self._performance = Performance(names, store)
        if self._config.path is not None:
            self._serve(pages, self._config.path.rstrip("/"), beside=True)
        else:
            self.checks.when_added(lambda: self._serve(pages, DEFAULT_PATH, beside=False))
        self.checks.when_added(lambda: self.start() if self._active else None)

    def start_soon(self) -> None:
        """For a server without lifespan events: starts once the running loop has found none to be under way."""
        with suppress(RuntimeError):
            asyncio.get_running_loop().call_soon(self._wake)

    def start(self) -> None:
        """Runs the checks now and every few seconds on the running loop, where there is anything to do."""
        self._active = True
        if self._pulse is not None and (len(self.checks) or self.path):
            self._pulse.start()

    def stop(self) -> None:
        """Leaves the checks to those who ask."""
        self._active = False
        if self._pulse is not None:
            self._pulse.stop()

    def _serve(self, pages: Pages, path: str, *, beside: bool) -> None:
        if not path or self.path:
            return
        self.path = path
        open_pages: dict[str, Page] = {"": self._pages.health, "/live": self._pages.live, "/ready": self._pages.ready}
        details: dict[str, Page] = {
            "/detailed": self._pages.detailed,
            "/performance": self._figures,
            "/status": self._state,
        }
        for name, page in open_pages.items():
            pages.add(path + name, self._waking(json_page(page, self._faults)))
        pages.add(path + "/", self._waking(json_page(self._pages.health, self._faults)))
        for name, page in details.items():
            pages.add(path + name, self._waking(self._guarded(json_page(page, self._faults))))
        pages.add_below(path, self._waking(self._guarded(self._by_name)))
        if beside:
            parent = path.rpartition("/")[0]
            self.beside = (parent + "/performance", parent + "/status")
            for name, page in zip(self.beside, (self._figures, self._state), strict=True):
                pages.add(name, self._waking(self._guarded(json_page(page, self._faults))))

    def _guarded(self, page: App) -> App:
        return page if self._protect is None else self._protect(page)

    def _waking(self, page: App) -> App:
        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            self._wake()
            await page(scope, receive, send)

        return serve

    def _wake(self) -> None:
        if self._status.lifecycle.stage == "running":
            self.start()

    async def _by_name(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        below = self.path + "/"
        start = 0 if path.startswith(below) else len(scope.get("root_path", ""))
        name = path[start + len(below) :]

        async def page() -> Answer:
            return await self._pages.one(name)

        await json_page(page, self._faults)(scope, receive, send)

    async def _figures(self) -> Answer:
        if self._performance is None:
            return 404, {"error": "no metrics are kept: PROMETHEUS_ENABLED is false"}
        return 200, await ThreadCall(self._performance.figures, "watchbill-performance").result()

    async def _state(self) -> Answer:
        return 200, self._status()

    async def _beat(self) -> None:
        if self._performance is not None:
            await ThreadCall(self._performance.look, "watchbill-performance").result()
        await self.checks.run_all()
