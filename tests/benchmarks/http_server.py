"""What a request costs with instrumentation, side by side: `python -m tests.benchmarks.http_server`.

Applications are driven in process, without a server. A figure is process CPU time per request, less that of the bare
application in the same round; shown is the median over many short rounds, so that a busy machine disturbs all alike.
Full garbage collections are counted apart, over many requests in a row.
"""

import argparse
import asyncio
import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from time import process_time
from typing import Any

from fastapi import APIRouter, FastAPI
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.benchmarks.candidates import BARE, CANDIDATES, REFERENCE
from watchbill.testing import restore_logging

_OLDEST = 2
_ROUTERS = 5
_WARM = 300
_ERRORS = Console(stderr=True)


@dataclass(frozen=True)
class Shape:
    """An application's routes: all its own, or in included routers, of which each has a prefix."""

    routes: int
    routers: int = 0

    def __str__(self) -> str:
        count = f"{self.routes} route{'s' if self.routes > 1 else ''}"
        return f"{count} in {self.routers} routers" if self.routers else count

    @property
    def path(self) -> str:
        """That of the last route, which is found last."""
        last = f"/items{self.routes - 1}/7"
        return f"/part{self.routers - 1}{last}" if self.routers else last

    def make(self, **given: Any) -> FastAPI:
        """The application, not instrumented."""
        app = FastAPI(**given)
        routers = [APIRouter(prefix=f"/part{number}") for number in range(self.routers)]
        for number in range(self.routes):
            owner = routers[number * self.routers // self.routes] if routers else app
            owner.get(f"/items{number}/{{key}}")(endpoint())
        for router in routers:
            app.include_router(router)
        return app


@dataclass
class Runner:
    """One candidate and its figures, in microseconds per request."""

    name: str
    shape: Shape
    app: FastAPI = field(init=False)
    figures: list[float] = field(default_factory=list[float])
    collections: int = 0

    def __post_init__(self) -> None:
        self.app = CANDIDATES[self.name](partial(self.shape.make))
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "server": ("127.0.0.1", 8000),
            "client": ("127.0.0.1", 50_000),
            "scheme": "http",
            "method": "GET",
            "root_path": "",
            "path": self.shape.path,
            "raw_path": self.shape.path.encode(),
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

    async def collect(self, count: int) -> None:
        """Counts the full collections of many requests."""

        def note(phase: str, about: dict[str, int]) -> None:
            self.collections += phase == "stop" and about["generation"] == _OLDEST

        gc.collect()
        gc.callbacks.append(note)
        try:
            await self.requests(count)
        finally:
            gc.callbacks.remove(note)


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


def runners(shape: Shape, names: Sequence[str]) -> list[Runner]:
    """The candidates that are installed."""
    restore_logging()
    found: list[Runner] = []
    for name in names:
        try:
            found.append(Runner(name, shape))
        except ImportError as error:
            _ERRORS.print(f"{name} is left out: {error}")
    return found


async def measured(shape: Shape, names: Sequence[str], rounds: int, count: int) -> list[Runner]:
    """Every candidate at one shape; each round begins with another one."""
    found = runners(shape, names)
    for runner in found:
        await runner.requests(_WARM)
    gc.freeze()
    for number in track(range(rounds), description=str(shape), console=_ERRORS):
        gc.collect()
        # Whoever comes first after a collection finds cold caches.
        await found[number % len(found)].requests(count // 4)
        for place in range(len(found)):
            await found[(number + place) % len(found)].round(count)
    gc.unfreeze()
    return found


async def collected(shape: Shape, names: Sequence[str], count: int) -> dict[str, int]:
    """Full collections of every candidate, with no other application in memory."""
    found: dict[str, int] = {}
    for name in track(names, description="collections", console=_ERRORS):
        for runner in runners(shape, [name]):
            await runner.requests(_WARM)
            await runner.collect(count)
            found[name] = runner.collections
    return found


def added(runner: Runner, bare: Runner) -> float:
    """Microseconds per request over the bare application, round by round, median."""
    return median(own - other for own, other in zip(runner.figures, bare.figures, strict=True))


def table(found: dict[Shape, list[Runner]], collections: dict[str, int], count: int) -> Table:
    """Added microseconds over bare, the ratio to Watchbill's unsampled request, and full collections."""
    shown = Table(title=f"CPU µs added per request, median (× {REFERENCE}); full collections in {count} requests")
    shown.add_column("")
    for shape in found:
        shown.add_column(str(shape), justify="right")
    if collections:
        shown.add_column("full", justify="right")
    for name in CANDIDATES:
        cells = [_cell(name, {runner.name: runner for runner in group}) for group in found.values()]
        if any(cells):
            shown.add_row(name, *cells, *([str(collections.get(name, ""))] if collections else []))
    return shown


def _cell(name: str, group: dict[str, Runner]) -> str:
    if name not in group:
        return ""
    if name == BARE:
        return f"{median(group[BARE].figures):.0f} in all"
    own = added(group[name], group[BARE])
    reference = added(group[REFERENCE], group[BARE]) if REFERENCE in group else 0.0
    return f"+{own:.1f} ({own / reference:.1f}×)" if reference > 0 else f"+{own:.1f}"


def chosen(only: Sequence[str]) -> list[str]:
    """Candidates whose name holds one of the words, and the bare one."""
    return [name for name in CANDIDATES if name == BARE or not only or any(word in name for word in only)]


def main() -> None:
    """Runs and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--routes", type=int, nargs="+", default=[1, 20, 50, 200, 500])
    parser.add_argument("--in-routers", type=int, nargs="*", default=[50], help=f"also so many in {_ROUTERS} routers")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--requests", type=int, default=150)
    parser.add_argument(
        "--collections", type=int, default=20_000, help="requests whose collections are counted; 0: none"
    )
    parser.add_argument("--only", nargs="*", default=[], metavar="WORD", help="candidates whose name holds a word")
    asked = parser.parse_args()
    names = chosen(asked.only)
    shapes = [Shape(routes) for routes in asked.routes] + [Shape(routes, _ROUTERS) for routes in asked.in_routers]
    collections: dict[str, int] = {}
    if asked.collections:
        # Before the others: the more a process keeps, the rarer are full collections.
        collections = asyncio.run(collected(shapes[0], names, asked.collections))
    found = {shape: asyncio.run(measured(shape, names, asked.rounds, asked.requests)) for shape in shapes}
    Console(width=100 + 20 * len(shapes)).print(table(found, collections, asked.collections))


if __name__ == "__main__":
    main()
