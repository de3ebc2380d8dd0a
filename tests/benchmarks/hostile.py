"""What made-up requests leave in memory: `python -m tests.benchmarks.hostile`.

Each candidate serves the same hostile requests in a process of its own: every one a path, verb and Host of its own.
Shown are the growth of resident memory after a first thousand, and the series of the exposition at the end.
"""

import argparse
import asyncio
import gc
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from rich.console import Console
from rich.progress import track
from rich.table import Table

WARM_UP = 1_000
PAGE = 4096


def watchbill(app: FastAPI) -> Callable[[], str]:
    """Everything on: metrics, spans at 1 %, log lines to nowhere."""
    from io import StringIO

    from watchbill import Logging, Observability, Tracing

    class Sink(StringIO):
        def write(self, text: str, /) -> int:
            return len(text)

    observability = Observability("bench", tracing=Tracing(ratio=0.01), logging=Logging(style="json", stream=Sink()))
    observability.instrument(app)
    return observability.exposition


def instrumentator(app: FastAPI) -> Callable[[], str]:
    """prometheus-fastapi-instrumentator, as its README shows it."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_fastapi_instrumentator import Instrumentator

    registry = CollectorRegistry()
    Instrumentator(registry=registry).instrument(app)
    return lambda: generate_latest(registry).decode()


def starlette_exporter(app: FastAPI) -> Callable[[], str]:
    """starlette_exporter, as its README shows it."""
    from prometheus_client import generate_latest
    from starlette_exporter import PrometheusMiddleware

    app.add_middleware(PrometheusMiddleware)
    return lambda: generate_latest().decode()


def contrib(app: FastAPI) -> Callable[[], str]:
    """opentelemetry-instrumentation-fastapi with its metrics, and no spans."""
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    reader = InMemoryMetricReader()
    FastAPIInstrumentor.instrument_app(app, meter_provider=MeterProvider([reader]))

    def exposition() -> str:
        data = reader.get_metrics_data()
        points: list[str] = []
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                points += ["point" for metric in scope.metrics for _ in metric.data.data_points]
        return "\n".join(points)

    return exposition


CANDIDATES: dict[str, Callable[[FastAPI], Callable[[], str]]] = {
    "bare": lambda _: str,
    "watchbill": watchbill,
    "prometheus-fastapi-instrumentator": instrumentator,
    "starlette_exporter": starlette_exporter,
    "opentelemetry-instrumentation-fastapi": contrib,
}


def hostile(number: int) -> dict[str, Any]:
    """A request that no other is like."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50_000),
        "scheme": "http",
        "method": f"VERB{number}" if number % 2 else "GET",
        "root_path": "",
        "path": f"/admin/{number}/{random.random()}.php",  # noqa: S311  no secret
        "raw_path": b"/",
        "query_string": f"q={number}".encode(),
        "headers": [(b"host", f"h{number}.example".encode()), (b"user-agent", f"scanner {number}".encode())],
    }


async def answer(key: str) -> str:
    """The only endpoint; no request finds it."""
    return key


async def receive() -> dict[str, Any]:
    """A request without a body."""
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(_message: Any) -> None:
    """The answer goes nowhere."""


def resident() -> int:
    """Bytes of this process in memory."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


async def growth(app: Any, requests: int) -> int:
    """How much memory the requests after the first thousand leave behind."""
    before = 0
    for number in range(WARM_UP + requests):
        if number == WARM_UP:
            before = resident()
        await app(hostile(number), receive, send)
    return resident() - before


def child(name: str, requests: int) -> None:
    """One candidate, in this process; prints its figures."""
    app = FastAPI()
    app.get("/users/{key}")(answer)
    exposition = CANDIDATES[name](app)
    grown = asyncio.run(growth(app, requests))
    series = sum(1 for line in exposition().splitlines() if line and not line.startswith("#"))
    print(json.dumps({"grown": grown, "series": series}))  # noqa: T201  read by the parent


def main() -> None:
    """Runs and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--only", action="append", choices=CANDIDATES, default=[])
    parser.add_argument("--child", choices=CANDIDATES, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(asked.child, asked.requests)
        return
    shown = Table("", "memory grown", "series at the end", title=f"{asked.requests} made-up requests", box=None)
    for name in track(asked.only or list(CANDIDATES), description="hostile", console=Console(stderr=True)):
        command = [sys.executable, "-m", "tests.benchmarks.hostile", "--child", name, "--requests", str(asked.requests)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            reason = done.stderr.strip().splitlines()[-1:] or ["?"]
            shown.add_row(name, "–", f"failed: {reason[0][:80]}")
            continue
        found = json.loads(done.stdout.splitlines()[-1])
        shown.add_row(name, f"{found['grown'] / 1e6:.1f} MB", str(found["series"]))
    Console(width=130).print(shown)


if __name__ == "__main__":
    main()
