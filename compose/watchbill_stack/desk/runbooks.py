"""Runbook pages: the alerts room's Markdown as HTML."""

from html import escape
from pathlib import Path

from markdown_it import MarkdownIt
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:16px/1.55 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
    "pre{padding:.8rem;overflow-x:auto;border:1px solid color-mix(in srgb,currentColor 20%,transparent)}"
    "code{font:.9em/1.5 ui-monospace,monospace}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}"
    "table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;text-align:left}"
)


def runbook_routes(folder: Path) -> list[Route]:
    """/runbooks/<service>/<alert>, from the Markdown files of a folder."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")

    def runbook(request: Request) -> HTMLResponse:
        service, alert = request.path_params["service"], request.path_params["alert"]
        known = {(path.parent.name, path.stem): path for path in folder.glob("*/*.md")}
        file = known.get((service, alert))
        if file is None:
            raise HTTPException(404, "there is no such runbook")
        body = markdown.render(file.read_text(encoding="utf-8"))
        head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(alert)}</title>'
        viewport = '<meta name="viewport" content="width=device-width">'
        return HTMLResponse(f"{head}{viewport}<style>{_STYLE}</style><main>{body}</main></html>")

    return [Route("/runbooks/{service}/{alert}", runbook)]
