"""One exporter and many targets: what it costs, and whether some that hang slow the others down.

    python -m tests.benchmarks.fleet [--targets 200] [--servers 20] [--postgres 10] [--interval 15] [--rounds 4]

Every target is scraped once per interval, evenly spread, each over a connection of its own from the exporter. Targets
are names of the servers' addresses in turn. `--postgres` of them are names of one PostgreSQL. A tenth is frozen in the
second row, and thawed in the third. The share is that of one core, over whole rounds.
"""

import argparse
import asyncio
import signal
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from tests.benchmarks.exporter_meter import Timings, processor_seconds, resident_bytes
from tests.plugins.exporter_process import (
    ExporterProcess,
    Options,
    exporter_process,
    postgres_options,
    redis_options,
)
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.postgres_server.probe import PG_UP
from watchbill.catalogue.redis_server.probe import REDIS_UP
from watchbill_exporters.deadline import TIMEOUT_HEADER

MEBIBYTE = 2**20
SCRAPE_TIMEOUT = 10.0
_UP = tuple(f"\n{metric.name} 1\n" for metric in (REDIS_UP, PG_UP))
_DOWN = tuple(f"\n{metric.name} 0\n" for metric in (REDIS_UP, PG_UP))


@dataclass
class Phase:
    """What one part of the run has measured."""

    title: str
    healthy: Timings = field(default_factory=Timings)
    frozen: Timings = field(default_factory=Timings)
    wrong: int = 0
    share: float = 0.0
    resident: int = 0
    connections: int = 0


@dataclass(frozen=True)
class Servers:
    """Real servers, and the targets that lead to them, by name."""

    redis: Sequence[RedisServer]
    targets: Mapping[str, Options]
    freezable: Mapping[str, RedisServer]


@contextmanager
def servers(count: int, targets: int, postgres: int) -> Generator[Servers]:
    """Redis servers that hold nothing, and one PostgreSQL if there are names for it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="watchbill-fleet-")))
        folder.chmod(0o755)
        running: list[RedisServer] = []
        for number in range(count):
            home = folder / f"redis-{number}"
            home.mkdir()
            server = RedisServer(home)
            server.start()
            stack.callback(server.stop)
            running.append(server)
        owners = {f"redis-{number}": running[number % count] for number in range(targets - postgres)}
        options = {name: redis_options(server) for name, server in owners.items()}
        if postgres:
            options |= _of_postgres(stack, folder / "postgres", postgres)
        yield Servers(running, options, owners)


def _of_postgres(stack: ExitStack, home: Path, names: int) -> dict[str, Options]:
    home.mkdir(mode=0o755)
    server = PostgresServer(home)
    stack.callback(server.stop)
    server.create()
    server.stop()
    server.start(max_connections=str(3 * names + 20))
    return {f"postgres-{number}": postgres_options(server) for number in range(names)}


async def measure(
    title: str, exporter: ExporterProcess, names: Sequence[str], *, interval: float, rounds: int, frozen: frozenset[str]
) -> Phase:
    """Scrapes every name once per interval, for some rounds."""
    phase = Phase(title)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=50)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{exporter.port}", limits=limits, timeout=30) as client:
        used, began = processor_seconds([exporter.pid]), time.perf_counter()
        waiting: list[asyncio.Task[None]] = []
        for number in range(rounds * len(names)):
            name = names[number % len(names)]
            await asyncio.sleep(max(0.0, began + number * interval / len(names) - time.perf_counter()))
            waiting.append(asyncio.create_task(_scrape(client, phase, name, is_frozen=name in frozen)))
        await asyncio.sleep(max(0.0, began + rounds * interval - time.perf_counter()))
        phase.share = (processor_seconds([exporter.pid]) - used) / (time.perf_counter() - began)
        phase.resident = resident_bytes(exporter.pid)
        phase.connections = _established(exporter)
        await asyncio.gather(*waiting)
    return phase


async def _scrape(client: httpx.AsyncClient, phase: Phase, name: str, *, is_frozen: bool) -> None:
    began = time.perf_counter()
    answer = await client.get(f"/probe?target={name}", headers={TIMEOUT_HEADER: str(SCRAPE_TIMEOUT)})
    seconds = time.perf_counter() - began
    expected = _DOWN if is_frozen else _UP
    phase.wrong += not any(line in answer.text for line in expected) or seconds > SCRAPE_TIMEOUT
    (phase.frozen if is_frozen else phase.healthy).seconds.append(seconds)


def _established(exporter: ExporterProcess) -> int:
    """Sockets the process has open, the clients' among them."""
    links = (link for link in Path(f"/proc/{exporter.pid}/fd").iterdir() if link.is_symlink())
    return sum(1 for link in links if str(link.readlink()).startswith("socket:"))


def show(phases: Sequence[Phase], console: Console) -> None:
    """Prints the table."""
    table = Table(title="One exporter, many targets")
    for column in ("phase", "scrapes", "core %", "RSS MiB", "sockets", "p50 ms", "p99 ms", "frozen max ms", "wrong"):
        table.add_column(column, justify="left" if column == "phase" else "right")
    for one in phases:
        table.add_row(
            one.title,
            str(len(one.healthy.seconds) + len(one.frozen.seconds)),
            f"{one.share * 100:.1f}",
            f"{one.resident / MEBIBYTE:.0f}",
            str(one.connections),
            f"{one.healthy.median:.1f}",
            f"{one.healthy.quantile(0.99):.1f}",
            f"{one.frozen.quantile(1.0):.0f}" if one.frozen.seconds else "",
            str(one.wrong),
        )
    console.print(table)


async def _phases(exporter: ExporterProcess, world: Servers, interval: float, rounds: int) -> list[Phase]:
    names, nobody = tuple(world.targets), frozenset[str]()
    await measure("first", exporter, names, interval=interval / 3, rounds=1, frozen=nobody)
    found = [await measure("healthy", exporter, names, interval=interval, rounds=rounds, frozen=nobody)]
    ill = world.redis[: max(1, len(world.redis) // 10)]
    frozen = frozenset(name for name, server in world.freezable.items() if server in ill)
    for server in ill:
        server.signal(signal.SIGSTOP)
    title = f"{len(frozen)} frozen"
    found.append(await measure(title, exporter, names, interval=interval, rounds=rounds, frozen=frozen))
    for server in ill:
        server.signal(signal.SIGCONT)
    found.append(await measure("thawed", exporter, names, interval=interval, rounds=rounds, frozen=nobody))
    return found


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--targets", type=int, default=200)
    parser.add_argument("--servers", type=int, default=20)
    parser.add_argument("--postgres", type=int, default=10)
    parser.add_argument("--interval", type=float, default=15.0, help="seconds between two scrapes of one target")
    parser.add_argument("--rounds", type=int, default=4, help="scrapes of each target per row")
    options = parser.parse_args()
    with (
        servers(options.servers, options.targets, options.postgres) as world,
        tempfile.TemporaryDirectory() as folder,
        exporter_process(Path(folder), world.targets) as exporter,
    ):
        phases = asyncio.run(_phases(exporter, world, options.interval, options.rounds))
    show(phases, Console(width=140))


if __name__ == "__main__":
    main()
