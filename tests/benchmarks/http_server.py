"""What a request costs with instrumentation, side by side: `python tests/benchmarks/http_server.py`.

Applications are driven in process, without a server. A figure is process CPU time per request, less that of the bare
application in the same round; shown is the median over many short rounds, so that a busy machine disturbs all alike.
"""

import argparse
import asyncio
import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import StringIO
from statistics import median
from time import process_time
from typing import Any

from fastapi import FastAPI
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from prometheus_client import CollectorRegistry
from rich.console import Console
from rich.progress import track
from rich.table import Table

from watchbill.logs.config import Logging
from watchbill.observability import Observability
from watchbill.testing import restore_logging
from watchbill.traces import Tracing

BARE = "bare"


class Discard(SpanExporter):
    """Takes spans to nowhere, after the SDK has done its work."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: ARG002  the SDK calls it by this name
        return SpanExportResult.SUCCESS


class Sink(StringIO):
    """Forgets what is written."""

    def write(self, text: str, /) -> int:
        return len(text)


def watchbill(app: FastAPI, *, ratio: float | None = None, lines: bool = False) -> None:
    """Watchbill with metrics, and what else is asked for."""
    processors = (BatchSpanProcessor(Discard()),) if ratio is not None else ()
    Observability(
        "bench",
        tracing=Tracing(ratio=ratio, processors=processors) if ratio is not None else None,
        logging=Logging(style="json", stream=Sink()) if lines else None,
    ).instrument(app)


def instrumentator(app: FastAPI) -> None:
    """prometheus-fastapi-instrumentator, as its README shows it."""
    from prometheus_fastapi_instrumentator import Instrumentator

    Instrumentator(registry=CollectorRegistry()).instrument(app).expose(app)


def starlette_exporter(app: FastAPI) -> None:
    """starlette_exporter, as its README shows it."""
    from starlette_exporter import PrometheusMiddleware, handle_metrics

    app.add_middleware(PrometheusMiddleware)
    app.add_route("/metrics", handle_metrics)


CANDIDATES: dict[str, Callable[[FastAPI], None]] = {
    BARE: lambda _: None,
    "watchbill: metrics": watchbill,
    "watchbill: metrics, spans at 1 %": lambda app: watchbill(app, ratio=0.01),
    "watchbill: metrics, spans at 100 %": lambda app: watchbill(app, ratio=1),
    "watchbill: metrics, spans at 1 %, log line": lambda app: watchbill(app, ratio=0.01, lines=True),
    "prometheus-fastapi-instrumentator": instrumentator,
    "starlette_exporter": starlette_exporter,
}


@dataclass
class Runner:
    """One candidate and its figures, in microseconds per request."""

    name: str
    routes: int
    app: FastAPI = field(default_factory=FastAPI)
    figures: list[float] = field(default_factory=list[float])

    def __post_init__(self) -> None:
        for number in range(self.routes):
            self.app.get(f"/items{number}/{{key}}")(endpoint())
        CANDIDATES[self.name](self.app)
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "server": ("127.0.0.1", 8000),
            "client": ("127.0.0.1", 50_000),
            "scheme": "http",
            "method": "GET",
            "root_path": "",
            "path": f"/items{self.routes - 1}/7",
            "raw_path": f"/items{self.routes - 1}/7".encode(),
            "query_string": b"",
            "headers": [(b"host", b"127.0.0.1:8000"), (b"user-agent", b"bench"), (b"accept", b"*/*")],
        }

    async def requests(self, count: int) -> None:
        """Sends requests one after the other."""
        app, scope = self.app, self.scope
        for _ in range(count):
            await app(dict(scope), receive, send)

    async def round(self, count: int) -> None:
        """One figure."""
        started = process_time()
        await self.requests(count)
        self.figures.append((process_time() - started) / count * 1e6)


def endpoint() -> Callable[[str], Any]:
    """A new endpoint, as each route of an application has its own."""

    async def answer(key: str) -> dict[str, str]:
        return {"key": key}

    return answer


async def receive() -> dict[str, Any]:
    """A request without a body."""
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(message: Any) -> None:
    """The answer goes nowhere."""


async def measured(sizes: Sequence[int], rounds: int, count: int) -> dict[int, list[Runner]]:
    """Every candidate at every number of routes."""
    found: dict[int, list[Runner]] = {}
    for routes in sizes:
        restore_logging()
        runners = [Runner(name, routes) for name in CANDIDATES]
        for runner in runners:
            await runner.requests(300)
        gc.freeze()
        for _ in track(range(rounds), description=f"{routes} routes", console=Console(stderr=True)):
            gc.collect()
            for runner in runners:
                await runner.round(count)
        found[routes] = runners
    return found


def added(runner: Runner, bare: Runner) -> float:
    """Microseconds per request over the bare application, round by round, median."""
    return median(own - other for own, other in zip(runner.figures, bare.figures, strict=True))


def table(found: dict[int, list[Runner]]) -> Table:
    """Added microseconds over bare, and the ratio to Watchbill's metrics."""
    shown = Table(title="CPU µs added per request, median (× Watchbill's metrics)")
    shown.add_column("")
    for routes in found:
        shown.add_column(f"{routes} route{'s' if routes > 1 else ''}", justify="right")
    for index, name in enumerate(CANDIDATES):
        cells = [name]
        for runners in found.values():
            own, reference = added(runners[index], runners[0]), added(runners[1], runners[0])
            whole = f"{median(runners[0].figures):.1f} in all"
            cells.append(whole if name == BARE else f"+{own:.1f}  ({own / reference:.1f}×)")
        shown.add_row(*cells)
    return shown


def main() -> None:
    """Runs and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--routes", type=int, nargs="+", default=[1, 50, 200])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--requests", type=int, default=250)
    asked = parser.parse_args()
    Console(width=130).print(table(asyncio.run(measured(asked.routes, asked.rounds, asked.requests))))


if __name__ == "__main__":
    main()
