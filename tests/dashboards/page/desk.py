"""The smallest server that keeps the page's contract: its files, dashboards, Prometheus, notifications."""

import contextlib
import json
import threading
import time
from collections.abc import AsyncGenerator, Generator, Mapping
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from tests.dashboards.page import traffic
from tests.plugins.programs import free_port, wait_until
from watchbill.catalogue import DEPENDENCY, ENV, INSTANCE, SERVICE
from watchbill.service import Service
from watchbill_dashboards.page_files import page_directory

Json = dict[str, Any]

NOTIFICATION = {
    "id": 1,
    "received_at": "2026-11-22T10:15:00.000+00:00",
    "receiver": "storefront-page",
    "status": "firing",
    "alertname": "ShopSlow",
    "severity": "critical",
    "service": "shop",
    "summary": "Half the shop's answers take longer than 0.5 s",
    "description": "",
    "runbook_url": "/runbooks/shop/ShopSlow",
    "dashboard_url": "/d/shop-overview?from=now-1h&to=now",
    "starts_at": "2026-11-22T10:14:30Z",
}


def exposition(service: Service) -> Starlette:
    """The shop's processes, its servers and its recorded objectives, each under a path."""

    async def metrics(request: Request) -> Response:
        now = time.time()
        text = {
            "0": lambda: traffic.shop(service, now, 0),
            "1": lambda: traffic.shop(service, now, 1),
            "redis": lambda: traffic.redis(now),
            "postgres": lambda: traffic.postgres(now),
            "recorded": lambda: traffic.recorded(service, now),
        }[request.path_params["source"]]()
        return PlainTextResponse(text, media_type="application/openmetrics-text; version=1.0.0")

    return Starlette(routes=[Route("/{source}", metrics)])


def page_server(dashboards: Mapping[str, Json], prometheus: str) -> Starlette:
    """The page over some dashboards and a real Prometheus; dashboards may be added while it runs."""
    client = httpx.AsyncClient(base_url=prometheus, timeout=10)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with client:
            yield

    def index(_: Request) -> Response:
        return FileResponse(page_directory() / "index.html")

    def listing(_: Request) -> Response:
        return JSONResponse(
            [{key: one.get(key) for key in ("uid", "title", "description", "tags")} for one in dashboards.values()]
        )

    def dashboard(request: Request) -> Response:
        found = dashboards.get(request.path_params["uid"])
        return JSONResponse(found) if found else JSONResponse({"error": "absent"}, 404)

    async def forward(request: Request) -> Response:
        answer = await client.get(f"/api/v1/{request.path_params['path']}", params=request.url.query.encode())
        return Response(answer.content, answer.status_code, media_type=answer.headers["content-type"])

    def notifications(_: Request) -> Response:
        return JSONResponse([NOTIFICATION])

    def stack(_: Request) -> Response:
        return JSONResponse({"scrape_interval_seconds": 1})

    return Starlette(
        routes=[
            Route("/", index),
            Route("/d/{uid}", index),
            Route("/api/dashboards", listing),
            Route("/api/dashboards/{uid}", dashboard),
            Route("/api/notifications", notifications),
            Route("/api/stack", stack),
            Route("/prometheus/api/v1/{path:path}", forward),
            Mount("/page", StaticFiles(directory=page_directory())),
        ],
        lifespan=lifespan,
    )


@contextlib.contextmanager
def serving(application: Starlette) -> Generator[str]:
    """Runs an application on a free port of loopback; gives its address."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(application, port=port, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started, "the start of a test server")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=15)


def prometheus_configuration(service: Service, exposed: str, rules: str) -> str:
    """Prometheus' configuration, as JSON: each source is a target with the labels a deployment gives it."""
    address = exposed.removeprefix("http://")
    own = {SERVICE.name: service.name, ENV.name: service.env}

    def job(name: str, *targets: Mapping[str, str]) -> Json:
        groups = [{"targets": [address], "labels": dict(labels)} for labels in targets]
        return {"job_name": name, "honor_labels": True, "static_configs": groups}

    jobs = [
        job("shop", *({**own, INSTANCE.name: f"shop-{number}", "__metrics_path__": f"/{number}"} for number in (0, 1))),
        job("redis", {DEPENDENCY.name: "cache", "__metrics_path__": "/redis"}),
        job("postgres", {DEPENDENCY.name: "orders", "__metrics_path__": "/postgres"}),
        job("recorded", {"__metrics_path__": "/recorded"}),
    ]
    # JSON is YAML.
    return json.dumps(
        {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [rules],
            "scrape_configs": jobs,
        }
    )
