"""What a scrape costs: processor, memory, series, commands, and what passes on the wire."""

import os
import statistics
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import httpx

from tests.plugins.postgres_server import PostgresServer
from tests.plugins.programs import descendants
from tests.plugins.redis_server import RedisServer

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Timings:
    """How long scrapes took, in seconds."""

    seconds: list[float] = field(default_factory=list[float])

    def quantile(self, share: float) -> float:
        """Milliseconds that this share of the scrapes did not exceed."""
        times = sorted(self.seconds)
        return times[min(len(times) - 1, int(len(times) * share))] * 1000

    @property
    def median(self) -> float:
        """The median in milliseconds."""
        return statistics.median(self.seconds) * 1000


@dataclass(frozen=True, slots=True)
class Page:
    """What one scrape gave."""

    series: int
    size: int
    compressed: int
    text: str


def timed(client: httpx.Client, url: str) -> tuple[float, httpx.Response]:
    """One scrape and its seconds; raises httpx.HTTPStatusError for a bad status."""
    began = time.perf_counter()
    answer = client.get(url)
    seconds = time.perf_counter() - began
    answer.raise_for_status()
    return seconds, answer


def page(url: str) -> Page:
    """A scrape, once plain and once compressed."""
    plain = httpx.get(url, headers={"accept-encoding": "identity"}, timeout=60)
    with httpx.stream("GET", url, headers={"accept-encoding": "gzip"}, timeout=60) as answer:
        compressed = sum(len(piece) for piece in answer.iter_raw())
    return Page(series(plain.text), len(plain.content), compressed, plain.text)


def series(text: str) -> int:
    """How many series a page has."""
    return sum(1 for line in text.splitlines() if line and not line.startswith("#"))


def processor_seconds(pids: Iterable[int]) -> float:
    """Processor time that processes have used, all their threads included."""
    return sum(_of_process(pid) for pid in pids)


def server_seconds(pid: int) -> float:
    """Processor time of a server, of its processes and of those it has waited for."""
    ended = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return processor_seconds(descendants(pid)) + (int(ended[13]) + int(ended[14])) / _TICK


def resident_bytes(pid: int) -> int:
    """Memory of a process, without its children."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def commands(redis: RedisServer) -> float:
    """Commands a Redis has processed."""
    info = cast("Mapping[str, float]", redis.execute("INFO", "stats"))
    return info["total_commands_processed"]


def queries(postgres: PostgresServer) -> float:
    """Statements that the exporters' role has run; needs pg_stat_statements."""
    of_role = f"userid = '{postgres.user}'::regrole"
    ((calls,),) = postgres.execute(
        f"SELECT coalesce(sum(calls), 0)::float8 FROM pg_stat_statements WHERE {of_role}"  # noqa: S608  # our own role
    )
    return cast("float", calls)


def _of_process(pid: int) -> float:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return sum(int((task / "schedstat").read_text(encoding="ascii").split()[0]) for task in tasks) / 1e9
    except OSError:
        return 0.0
