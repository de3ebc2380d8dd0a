"""Prometheus' read API on the page's own address, so that a browser needs one origin."""

import re

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from watchbill_stack.desk import body

_READABLE = re.compile(
    r"query|query_range|query_exemplars|series|labels|label/[a-zA-Z_][a-zA-Z0-9_]*/values|alerts|rules|targets"
)
_LONGEST_QUERY = 1024 * 1024


def prometheus_routes(client: httpx.AsyncClient) -> list[Route]:
    """/prometheus/api/v1/…, for the addresses that only read."""

    async def forward(request: Request) -> Response:
        path = request.path_params["path"]
        if _READABLE.fullmatch(path) is None:
            return _error(404, f"/api/v1/{path} is not served here")
        try:
            answer = await client.request(
                request.method,
                f"/api/v1/{path}",
                params=request.url.query.encode(),
                content=await body.read(request, _LONGEST_QUERY),
                headers={"content-type": request.headers.get("content-type", "")} if request.method == "POST" else None,
            )
        except httpx.HTTPError as error:
            return _error(502, f"Prometheus does not answer: {type(error).__name__}")
        return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))

    return [Route("/prometheus/api/v1/{path:path}", forward, methods=["GET", "POST"])]


def _error(status: int, message: str) -> JSONResponse:
    """An error in the shape of Prometheus' own."""
    return JSONResponse({"status": "error", "errorType": "proxy", "error": message}, status)
