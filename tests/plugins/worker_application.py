"""An application for several worker processes, with a metric of its own made by prometheus-client."""

import os

from prometheus_client import Counter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from watchbill import Observability
from watchbill.store.workers import Workers

PING, OWN_COUNTER = "/ping", "test_pings_total"


async def ping(_request: Request) -> Response:
    """Counts itself, and tells which process answers."""
    PINGS.inc()
    return PlainTextResponse(str(os.getpid()))


WORKERS: Workers = "off" if os.environ.get("TEST_WORKERS") == "off" else "auto"
app = Starlette(routes=[Route(PING, ping)])
observability = Observability("shop", tracing=None, logging=None, workers=WORKERS)
observability.instrument(app)
PINGS = Counter(OWN_COUNTER, "Requests that the endpoint saw.", registry=observability.registry)
