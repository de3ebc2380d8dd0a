"""The generated dashboards as JSON, and the page that draws them."""

import json
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from watchbill_dashboards.page_files import page_directory


def dashboard_routes(folder: Path, scrape_interval: float) -> list[BaseRoute]:
    """The page at / and /d/<uid>, its files below /page/, and what it reads below /api/."""
    page = page_directory()

    def index(_: Request) -> Response:
        return FileResponse(page / "index.html")

    def listing(_: Request) -> Response:
        wanted = ("uid", "title", "description", "tags")
        return JSONResponse([{key: one.get(key) for key in wanted} for one in _dashboards(folder).values()])

    def dashboard(request: Request) -> Response:
        found = _dashboards(folder).get(request.path_params["uid"])
        if found is None:
            raise HTTPException(404, "there is no such dashboard")
        return JSONResponse(found)

    def stack(_: Request) -> Response:
        return JSONResponse({"scrape_interval_seconds": scrape_interval})

    return [
        Route("/", index),
        Route("/d/{uid}", index),
        Route("/d/{uid}/{slug}", index),
        Route("/api/dashboards", listing),
        Route("/api/dashboards/{uid}", dashboard),
        Route("/api/stack", stack),
        Mount("/page", StaticFiles(directory=page)),
    ]


def _dashboards(folder: Path) -> dict[str, dict[str, object]]:
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    return {str(dashboard["uid"]): dashboard for dashboard in found}
