"""What a scrape costs, and whom it makes wait: ours beside prometheus-client's, over equal numbers.

    python -m tests.benchmarks.exposition [--series 1000 10000 50000] [--rounds 7] [--scrapes 20]

Half of the lines are counters, half are histograms. "changed" means that every series has grown since the last scrape.
The second table is from a real uvicorn: the longest that one of many small requests took while a page was scraped.
"""

import argparse
import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import Any

import prometheus_client as client
import uvicorn
from prometheus_client.openmetrics import exposition as openmetrics_exposition
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.plugins.programs import free_port, stop, wait_until
from watchbill.asgi import App, Receive, Scope, Send
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS
from watchbill.exposition.encode import TEXT
from watchbill.exposition.page import MetricsPage
from watchbill.exposition.renderer import Renderer
from watchbill.exposition.source import Source
from watchbill.fault import Faults
from watchbill.names import CLASSIC
from watchbill.store.schema import schema_of
from watchbill.store.store import Store

LINES_PER_HISTOGRAM = len(HTTP_REQUEST_DURATION.buckets) + 3
MODES = (
    "prometheus-client, on the loop",
    "prometheus-client, in a thread",
    "watchbill",
    "watchbill, gzip",
    "the same bytes, not rendered",
)
_PAGE, _PING, _GROW = "/metrics", "/ping", "/grow"


class Numbers:
    """The same numbers twice: in a registry of the client, and in a store."""

    def __init__(self, series: int) -> None:
        histograms = series // 2 // LINES_PER_HISTOGRAM
        counters = series - histograms * LINES_PER_HISTOGRAM
        self.registry, self.store = client.CollectorRegistry(), Store()
        requests, latency = (schema_of(metric, CLASSIC) for metric in (HTTP_REQUESTS, HTTP_REQUEST_DURATION))
        self._counter = client.Counter(requests.name, requests.help, requests.labels, registry=self.registry)
        self._histogram = client.Histogram(
            latency.name, latency.help, latency.labels, registry=self.registry, buckets=latency.bounds
        )
        self._counters, self._histograms = self.store.family(requests), self.store.family(latency)
        self._bounds = latency.bounds
        for number in range(counters):
            self._count(("GET", f"/items/{number // 4}/things", str(200 + number % 4)), number * 7)
        for number in range(histograms):
            for nth in range(30):
                self._observe(("GET", f"/items/{number}/things"), (number + nth) % 97 / 31)

    def _count(self, values: tuple[str, ...], amount: int) -> None:
        self._counter.labels(*values).inc(amount)
        self.store.cells[self.store.series(self._counters, values)] += amount

    def _observe(self, values: tuple[str, ...], seconds: float) -> None:
        self._histogram.labels(*values).observe(seconds)
        at = self.store.series(self._histograms, values)
        place = sum(1 for bound in self._bounds if bound < seconds)
        self.store.cells[at + place] += 1
        self.store.cells[at + len(self._bounds) + 1] += seconds

    def grow(self) -> None:
        """Every series of the store changes."""
        for at in self._counters.series.values():
            self.store.cells[at] += 1
        for at in self._histograms.series.values():
            self.store.cells[at + 3] += 1
            self.store.cells[at + len(self._bounds) + 1] += 0.06


@dataclass
class Rendered:
    """Milliseconds per page of one format."""

    name: str
    generate: Callable[[client.CollectorRegistry], bytes]
    kept: Renderer = field(default_factory=lambda: Renderer(_fail))
    peer: list[float] = field(default_factory=list[float])
    cold: list[float] = field(default_factory=list[float])
    changed: list[float] = field(default_factory=list[float])
    unchanged: list[float] = field(default_factory=list[float])

    def round(self, numbers: Numbers) -> None:
        """One figure of each; the numbers have changed since the last round."""
        openmetrics = self.name == "OpenMetrics"
        _timed(self.peer, lambda: self.generate(numbers.registry))
        _timed(self.cold, lambda: _page(Renderer(_fail), numbers, openmetrics=openmetrics))
        _timed(self.changed, lambda: _page(self.kept, numbers, openmetrics=openmetrics))
        _timed(self.unchanged, lambda: _page(self.kept, numbers, openmetrics=openmetrics))

    def row(self, series: int) -> list[str]:
        """Medians, and how many times faster than the client."""
        peer = median(self.peer)
        ours = [median(one) for one in (self.cold, self.changed, self.unchanged)]
        return [f"{series:,}", self.name, f"{peer:.1f}", *(f"{one:.2f}  ({peer / one:.0f}×)" for one in ours)]


# prometheus-client leaves this one untyped.
generate_openmetrics: Callable[[client.CollectorRegistry], bytes] = vars(openmetrics_exposition)["generate_latest"]


def rendered(series: int, rounds: int) -> list[Rendered]:
    """Both formats, in turns."""
    numbers = Numbers(series)
    found = [Rendered("text", client.generate_latest), Rendered("OpenMetrics", generate_openmetrics)]
    for _ in track(range(rounds), description=f"{series:,} series", console=Console(stderr=True)):
        numbers.grow()
        for one in found:
            one.round(numbers)
    for one in found:
        # The first of these wrote all anew.
        del one.changed[0]
    return found


def _page(renderer: Renderer, numbers: Numbers, *, openmetrics: bool) -> bytes:
    return b"".join(renderer.pieces(numbers.store.snapshot(), openmetrics=openmetrics))


def _timed(figures: list[float], work: Callable[[], object]) -> None:
    began = perf_counter()
    work()
    figures.append((perf_counter() - began) * 1000)


def _fail(error: Exception) -> None:
    raise error


def serve(mode: str, series: int, port: int) -> None:
    """In a process of its own: an application that answers pings, and has a page."""
    numbers = Numbers(series)
    source = Source(client.CollectorRegistry(), numbers.store, CLASSIC, Faults(lambda _: None))
    kept = b"".join(source.pieces(TEXT, 0.0)) if mode == MODES[4] else b""
    pages: dict[str, App] = {
        MODES[0]: _peer_page(lambda: _at_once(numbers)),
        MODES[1]: _peer_page(lambda: asyncio.to_thread(client.generate_latest, numbers.registry)),
        MODES[4]: _peer_page(lambda: asyncio.sleep(0, kept)),
    }
    page = pages.get(mode) or MetricsPage(lambda: source, Faults(lambda _: None))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == _PAGE:
            await page(scope, receive, send)
        elif scope["type"] == "http":
            if scope["path"] == _GROW:
                numbers.grow()
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
            await send({"type": "http.response.body", "body": b"ok"})

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", lifespan="off", access_log=False)


async def _at_once(numbers: Numbers) -> bytes:
    return client.generate_latest(numbers.registry)


def _peer_page(render: Callable[[], Any]) -> App:
    async def page(_scope: Scope, _receive: Receive, send: Send) -> None:
        body = await render()
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body})

    return page


def stalls(mode: str, series: int, scrapes: int) -> list[float]:
    """The longest request, in milliseconds, beside each of some scrapes."""
    with _serving(mode, series) as port, socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(300):
            _ask(connection, _PING)
        found: list[float] = []
        for _ in track(range(scrapes + 1), description=f"{mode}, {series:,}", console=Console(stderr=True)):
            _ask(connection, _GROW)
            with _scrape(mode, port) as scraper:
                longest = 0.0
                while scraper.poll() is None:
                    longest = max(longest, _ask(connection, _PING))
                found.append(longest * 1000)
        return found[1:]


def _ask(connection: socket.socket, path: str) -> float:
    began = perf_counter()
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\nok"):
        answer += connection.recv(4096)
    return perf_counter() - began


@contextmanager
def _scrape(mode: str, port: int) -> Generator["subprocess.Popen[bytes]"]:
    command = ["curl", "--silent", "--output", os.devnull, f"http://127.0.0.1:{port}{_PAGE}"]
    if mode == MODES[3]:
        command += ["--header", "Accept-Encoding: gzip"]
    with subprocess.Popen(command) as process:
        yield process


@contextmanager
def _serving(mode: str, series: int) -> Generator[int]:
    port = free_port()
    command = [sys.executable, "-m", __spec__.name, "--serve", mode, "--series", str(series), "--port", str(port)]
    with subprocess.Popen(command) as process:
        try:
            wait_until(lambda: _listens(port), "the server starts")
            yield port
        finally:
            stop(process)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def cost_table(sizes: Sequence[int], rounds: int) -> Table:
    """Milliseconds per page."""
    shown = Table(title="ms per page, median (× faster than prometheus-client)")
    for title in ("series", "format", "prometheus-client", "watchbill, first", "all changed", "unchanged"):
        shown.add_column(title, justify="left" if title == "format" else "right")
    for series in sizes:
        for one in rendered(series, rounds):
            shown.add_row(*one.row(series))
    return shown


def stall_table(sizes: Sequence[int], scrapes: int) -> Table:
    """Milliseconds of the longest request beside a scrape."""
    shown = Table(title="longest request beside a scrape, ms: median and worst of all scrapes")
    shown.add_column("")
    for series in sizes:
        shown.add_column(f"{series:,} series", justify="right")
    for mode in MODES:
        found = [stalls(mode, series, scrapes) for series in sizes]
        shown.add_row(mode, *(f"{median(one):.1f}  {max(one):.1f}" for one in found))
    return shown


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, nargs="+", default=[1_000, 10_000, 50_000])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--scrapes", type=int, default=20)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.series[0], options.port)
        return
    console = Console(width=120)
    console.print(cost_table(options.series, options.rounds))
    console.print(stall_table(options.series, options.scrapes))


if __name__ == "__main__":
    main()
