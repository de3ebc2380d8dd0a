"""What a scrape of a healthy server costs, for each exporter in turn."""

import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field

import httpx
from rich.console import Console
from rich.table import Table

from tests.benchmarks.exporter_contenders import Contender, Kind, Running, address_of, started, started_all
from tests.benchmarks.exporter_meter import (
    Page,
    Timings,
    commands,
    page,
    processor_seconds,
    queries,
    resident_bytes,
    server_seconds,
    timed,
)
from tests.benchmarks.exporter_targets import Targets
from tests.plugins.wire_proxy import Counts, remote_proxy

PLAIN = {"accept-encoding": "identity"}
SCRAPERS = 4
_WARM_UP = 20


@dataclass(frozen=True, slots=True)
class Effort:
    """How long is measured."""

    scrapes: int = 300
    far_scrapes: int = 50
    far_seconds: float = 0.002
    parallel_seconds: float = 3.0


@dataclass
class Cost:
    """One contender's figures."""

    contender: Contender
    near: Timings = field(default_factory=Timings)
    far: Timings = field(default_factory=Timings)
    page: Page = field(default_factory=lambda: Page(0, 0, 0, ""))
    processor_ms: float = 0.0
    target_ms: float = 0.0
    asked: float = 0.0
    wire: Counts = field(default_factory=Counts)
    wire_scrapes: int = 1
    resident: int = 0
    per_second: float = 0.0


def costs(wanted: Sequence[Contender], targets: Targets, effort: Effort) -> list[Cost]:
    """Every contender's figures; those of one kind of server are scraped in turn."""
    found = [Cost(one) for one in wanted]
    for kind in dict.fromkeys(one.kind for one in wanted):
        same = [one for one in found if one.contender.kind == kind]
        with ExitStack() as stack:
            running = started_all(stack, [one.contender for one in same], targets)
            _interleaved(same, running, effort)
            for cost, one in zip(same, running, strict=True):
                sys.stderr.write(f"{kind}: {one.contender.name}\n")
                _alone(cost, one, targets, effort)
        for cost in same:
            _from_afar(cost, targets, effort)
    return found


def _interleaved(found: Sequence[Cost], running: Sequence[Running], effort: Effort) -> None:
    pairs = list(zip(found, running, strict=True))
    with httpx.Client(headers=PLAIN, timeout=60) as client:
        for _ in range(_WARM_UP):
            for one in running:
                timed(client, one.url)
        before = [processor_seconds([one.process.pid]) for one in running]
        for turn in range(effort.scrapes):
            # Each round begins with another, so that none is always scraped after the slowest.
            shift = turn % len(pairs)
            for cost, one in pairs[shift:] + pairs[:shift]:
                seconds, _ = timed(client, one.url)
                cost.near.seconds.append(seconds)
    for (cost, one), begun in zip(pairs, before, strict=True):
        used = processor_seconds([one.process.pid]) - begun
        cost.processor_ms = used / effort.scrapes * 1000


def _alone(cost: Cost, one: Running, targets: Targets, effort: Effort) -> None:
    """What can only be told while nobody else scrapes: the target's side, and scrapers at once."""
    cost.page = page(one.url)
    server = targets.redis.process if one.contender.kind == "redis" else targets.postgres.process
    if server is None:
        raise RuntimeError("the server does not run")
    scrapes = max(10, effort.scrapes // 5)
    asked = _asked(one.contender.kind, targets)
    begun = server_seconds(server.pid)
    with httpx.Client(headers=PLAIN, timeout=60) as client:
        for _ in range(scrapes):
            timed(client, one.url)
    cost.target_ms = (server_seconds(server.pid) - begun) / scrapes * 1000
    cost.asked = (_asked(one.contender.kind, targets) - asked) / scrapes
    cost.per_second = _at_once(one, effort.parallel_seconds)
    cost.resident = resident_bytes(one.process.pid)


def _asked(kind: Kind, targets: Targets) -> float:
    return commands(targets.redis) if kind == "redis" else queries(targets.postgres)


def _at_once(one: Running, seconds: float) -> float:
    end = time.monotonic() + seconds

    def scrape(_: int) -> int:
        done = 0
        with httpx.Client(headers=PLAIN, timeout=60) as client:
            while time.monotonic() < end:
                timed(client, one.url)
                done += 1
        return done

    with ThreadPoolExecutor(SCRAPERS) as pool:
        return sum(pool.map(scrape, range(SCRAPERS))) / seconds


def _from_afar(cost: Cost, targets: Targets, effort: Effort) -> None:
    """The same behind a proxy, half the round trip away in each direction, which also counts."""
    contender = cost.contender
    address = address_of(contender.kind, targets)
    with (
        remote_proxy(address, effort.far_seconds / 2) as proxy,
        started(contender, proxy.address, targets) as one,
        httpx.Client(headers=PLAIN, timeout=60) as client,
    ):
        for _ in range(5):
            timed(client, one.url)
        before = proxy.counts
        for _ in range(effort.far_scrapes):
            seconds, _ = timed(client, one.url)
            cost.far.seconds.append(seconds)
        cost.wire = proxy.counts - before
        cost.wire_scrapes = effort.far_scrapes


def show(found: Sequence[Cost], console: Console) -> None:
    """One table for each kind of server."""
    for kind in dict.fromkeys(one.contender.kind for one in found):
        console.print(_table(kind, [one for one in found if one.contender.kind == kind]))


def _table(kind: str, found: Sequence[Cost]) -> Table:
    table = Table(title=f"One scrape of {kind}: medians, per scrape; × is the p50 over ours")
    table.add_column("exporter", overflow="fold")
    for name in (
        "p50 ms", "×", "p99 ms", "far p50", "series", "kB", "gzip kB", "cpu ms", "µs/series", "target ms",
        "round trips", "asked", "new conn.", "wire kB", "RSS MiB", f"{SCRAPERS} at once /s",
    ):  # fmt: skip
        table.add_column(name, justify="right")
    ours = min((one.near.median for one in found if one.contender.ours), default=0.0)
    for one in found:
        table.add_row(one.contender.name, *_cells(one, ours))
    return table


def _cells(one: Cost, ours: float) -> Iterator[str]:
    yield f"{one.near.median:.1f}"
    yield f"{one.near.median / ours:.1f}" if ours else "–"
    yield f"{one.near.quantile(0.99):.1f}"
    yield f"{one.far.median:.1f}"
    yield f"{one.page.series}"
    yield f"{one.page.size / 1000:.0f}"
    yield f"{one.page.compressed / 1000:.1f}"
    yield f"{one.processor_ms:.2f}"
    yield f"{one.processor_ms * 1000 / max(1, one.page.series):.1f}"
    yield f"{one.target_ms:.1f}"
    yield f"{one.wire.round_trips / one.wire_scrapes:.1f}"
    yield f"{one.asked:.0f}"
    yield f"{one.wire.connections / one.wire_scrapes:.1f}"
    yield f"{(one.wire.bytes_up + one.wire.bytes_down) / one.wire_scrapes / 1000:.0f}"
    yield f"{one.resident / 2**20:.0f}"
    yield f"{one.per_second:.0f}"
