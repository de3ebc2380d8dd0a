"""A real server under load, side by side: `python -m tests.benchmarks.server`.

Each candidate is one uvicorn process; wrk loads one after the other with 32 connections, round by round. Shown are the
medians over the rounds of throughput and latency, and the throughput's ratio to the bare server's in the same round.
"""

import argparse
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from io import StringIO
from statistics import median
from typing import Any

from fastapi import FastAPI
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
from rich.console import Console
from rich.progress import track
from rich.table import Table

BARE = "bare"
ROUTES = 20
RATIO = 0.01
_THROUGHPUT = re.compile(r"Requests/sec:\s+([\d.]+)")
_LATENCY = re.compile(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s)$", re.MULTILINE)
_FAILED = re.compile(r"Non-2xx or 3xx responses|Socket errors")
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class Discard(SpanExporter):
    """Takes spans to nowhere, after the SDK has done its work."""

    def export(self, spans: Sequence[Any]) -> SpanExportResult:  # noqa: ARG002  the SDK calls it by this name
        return SpanExportResult.SUCCESS


class Sink(StringIO):
    """Forgets what is written."""

    def write(self, text: str, /) -> int:
        return len(text)


def provider() -> TracerProvider:
    """OpenTelemetry's, as a peer would be given it."""
    made = TracerProvider(sampler=ParentBasedTraceIdRatio(RATIO))
    made.add_span_processor(BatchSpanProcessor(Discard()))
    return made


def application(**given: Any) -> FastAPI:
    """Twenty routes, of which the last is asked for."""
    app = FastAPI(**given)
    for number in range(ROUTES):

        @app.get(f"/items{number}/{{key}}")
        async def item(key: str) -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]  registered by its decorator
            return {"key": key}

    return app


def watchbill(*, lines: bool = False) -> FastAPI:
    """Metrics, exemplars, spans at 1 %, and the line of each request where it is asked for."""
    from watchbill import Logging, Observability, Tracing

    tracing = Tracing(ratio=RATIO, processors=(BatchSpanProcessor(Discard()),))
    logging = Logging(style="json", stream=Sink()) if lines else None
    app = application()
    Observability("bench", tracing=tracing, logging=logging).instrument(app)
    return app


def instrumentator() -> FastAPI:
    """prometheus-fastapi-instrumentator: metrics alone."""
    from prometheus_fastapi_instrumentator import Instrumentator

    app = application()
    Instrumentator().instrument(app).expose(app)
    return app


def starlette_exporter() -> FastAPI:
    """starlette_exporter: metrics alone."""
    from starlette_exporter import PrometheusMiddleware, handle_metrics

    app = application()
    app.add_middleware(PrometheusMiddleware)
    app.add_route("/metrics", handle_metrics)
    return app


def native() -> FastAPI:
    """FastAPI's own telemetry: metrics and spans at 1 %."""
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    meters = MeterProvider([InMemoryMetricReader()])
    return application(
        telemetry={"tracer_provider": provider(), "meter_provider": meters, "operation_spans": False, "logs": False}
    )


def contrib() -> FastAPI:
    """opentelemetry-instrumentation-fastapi: metrics and spans at 1 %."""
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    app = application()
    meters = MeterProvider([InMemoryMetricReader()])
    FastAPIInstrumentor.instrument_app(app, tracer_provider=provider(), meter_provider=meters)
    return app


CANDIDATES: dict[str, Callable[[], FastAPI]] = {
    BARE: application,
    "watchbill: metrics, spans at 1 %": watchbill,
    "watchbill: everything, with the log line": lambda: watchbill(lines=True),
    "prometheus-fastapi-instrumentator": instrumentator,
    "starlette_exporter": starlette_exporter,
    "FastAPI's own: metrics, spans at 1 %": native,
    "contrib: metrics, spans at 1 %": contrib,
}


@dataclass
class Figures:
    """What wrk said, round by round."""

    throughput: list[float] = field(default_factory=list[float])
    half: list[float] = field(default_factory=list[float])
    slowest: list[float] = field(default_factory=list[float])

    def add(self, output: str) -> None:
        """One round; SystemExit where requests failed."""
        found = _THROUGHPUT.search(output)
        if found is None or _FAILED.search(output):
            raise SystemExit(f"wrk met errors:\n{output}")
        self.throughput.append(float(found[1]))
        for share, number, unit in _LATENCY.findall(output):
            (self.half if share == "50" else self.slowest).append(float(number) * _MILLISECONDS[unit])


@contextmanager
def server(name: str) -> Generator[str]:
    """A candidate behind uvicorn in a process of its own; its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.benchmarks.server", "--child", name, "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while process.poll() is None and time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
                break
            time.sleep(0.05)
        else:
            raise SystemExit(f"{name} did not start")
        yield f"http://127.0.0.1:{port}/items{ROUTES - 1}/7"
    finally:
        process.terminate()
        process.wait(10)


def serve(name: str, port: int) -> None:
    """One candidate, until it is stopped."""
    import uvicorn

    uvicorn.run(CANDIDATES[name](), host="127.0.0.1", port=port, access_log=False, log_level="error")


def load(address: str, seconds: int, connections: int) -> str:
    """One round of wrk."""
    command = ["wrk", "--latency", "-t1", f"-c{connections}", f"-d{seconds}s", address]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def measured(names: Sequence[str], rounds: int, seconds: int, connections: int) -> dict[str, Figures]:
    """Every candidate, each round in the same order."""
    figures = {name: Figures() for name in names}
    with ExitStack() as stack:
        addresses = {name: stack.enter_context(server(name)) for name in names}
        for address in addresses.values():
            load(address, 1, connections)
        for _ in track(range(rounds), description="wrk", console=Console(stderr=True)):
            for name, address in addresses.items():
                figures[name].add(load(address, seconds, connections))
    return figures


def table(figures: dict[str, Figures], connections: int) -> Table:
    """Medians, and the ratio to the bare server."""
    shown = Table("", "requests/s", "× bare", "p50 ms", "p99 ms", title=f"uvicorn, wrk, {connections} connections")
    bare = figures[BARE].throughput
    for name, one in figures.items():
        ratio = median(own / other for own, other in zip(one.throughput, bare, strict=True))
        shown.add_row(
            name,
            f"{median(one.throughput):.0f}",
            f"{ratio:.2f}",
            f"{median(one.half):.1f}",
            f"{median(one.slowest):.1f}",
        )
    return shown


def main() -> None:
    """Runs and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--only", action="append", default=[], help="Only candidates with this text in their name.")
    parser.add_argument("--child", choices=CANDIDATES, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        serve(asked.child, asked.port)
        return
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed: run compose/install tests, or apt-get install wrk")
    names = [one for one in CANDIDATES if one == BARE or not asked.only or any(part in one for part in asked.only)]
    figures = measured(names, asked.rounds, asked.seconds, asked.connections)
    Console(width=130).print(table(figures, asked.connections))


if __name__ == "__main__":
    main()
