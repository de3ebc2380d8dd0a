"""The page's server."""

import contextlib
import os
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from watchbill_stack.desk.dashboards import dashboard_routes
from watchbill_stack.desk.inbox import Inbox
from watchbill_stack.desk.prometheus import prometheus_routes
from watchbill_stack.desk.runbooks import runbook_routes


def application(*, rendered: Path, prometheus: str, inbox: Path, scrape_interval: float) -> Starlette:
    """The page for what a stack rendered to, with a Prometheus behind it.

    It answers under loopback names alone, so that no page of another site can read it through a rebound name.
    """
    client = httpx.AsyncClient(base_url=prometheus, timeout=15, trust_env=False)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with client:
            yield

    async def healthy(_: Request) -> PlainTextResponse:
        return PlainTextResponse("ok")

    return Starlette(
        routes=[
            Route("/-/healthy", healthy),
            *Inbox(inbox).routes(),
            *runbook_routes(rendered / "alerts" / "rendered" / "runbooks"),
            *prometheus_routes(client),
            *dashboard_routes(rendered / "dashboards" / "rendered", scrape_interval),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"])],
        lifespan=lifespan,
    )


def from_environment() -> Starlette:
    """The page as the native stack starts it."""
    return application(
        rendered=Path(os.environ["WATCHBILL_PAGE_RENDERED"]),
        prometheus=os.environ["WATCHBILL_PAGE_PROMETHEUS"],
        inbox=Path(os.environ["WATCHBILL_PAGE_INBOX"]),
        scrape_interval=float(os.environ["WATCHBILL_PAGE_SCRAPE_INTERVAL"]),
    )
