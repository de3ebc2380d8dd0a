"""What `watchbill check` takes for stacks of many services: time and memory, the start of Python included.

    python -m tests.benchmarks.checker [--services 1 10 100 1000] [--rounds 3]

Services differ as a company's do: in objectives, thresholds, dependencies, names profiles and metrics of their own. The
memory is the largest sum of the proportional sizes of all the command's processes.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

STACK_FILE = """\
from watchbill import Counter, Label, Names, Postgres, Redis, Service, Team
from watchbill import availability, latency, max_error_ratio, max_latency
from watchbill.catalogue.http import ROUTE
from watchbill_stack import Slack, Stack, Webhook

PAYMENT = Label(name="payment", help="How it was paid.", values=("card", "invoice"))
teams = [
    Team(f"team-{{number}}", page=Webhook("https://pager.example.com"), ticket=Slack("#t", url_file="/run/secrets/s"))
    for number in range(20)
]


def service(number):
    name = f"service-{{number}}"
    own = Counter(name=f"service_{{number}}_orders_total", help="Orders placed.", labels=(PAYMENT,))
    return Service(
        name,
        team=teams[number % len(teams)],
        tier=1 + number % 3,
        targets=[f"{{name}}:8000"],
        uses=[Redis(f"cache-{{number // 4}}"), Postgres(f"orders-{{number // 2}}")],
        objectives=[availability(99.9), *([latency((0.25, 0.3, 0.5)[number % 3], 95)] if number % 2 else [])],
        thresholds=[max_error_ratio(0.01), max_latency(2.0)],
        names=Names({{ROUTE.name: "endpoint"}}) if number % 3 == 0 else Names.classic(),
        metrics=[own] if number % 5 == 0 else [],
    )


stack = Stack(
    *(service(number) for number in range({services})),
    dashboards="https://grafana.example.com",
    runbooks="https://runbooks.example.com",
)
"""
_POLL = 0.2


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command: seconds, those of all cores, bytes, and what it says it did."""

    seconds: float
    busy: float
    memory: int
    document: dict[str, Any]

    @property
    def expressions(self) -> int:
        """How many were checked."""
        return int(self.document["expressions"])


def run(file: Path) -> Run:
    """Checks a stack file as a user does."""
    command = [sys.executable, "-m", "watchbill_stack", "check", str(file), "--json"]
    with tempfile.TemporaryFile() as answer:
        began, busy = perf_counter(), _busy()
        with subprocess.Popen(command, stdout=answer, stderr=subprocess.DEVNULL) as process:
            memory = 0
            while process.poll() is None:
                memory = max(memory, _memory(process.pid))
                sleep(_POLL)
        seconds = perf_counter() - began
        answer.seek(0)
        return Run(seconds, _busy() - busy, memory, json.load(answer))


def _busy() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _memory(pid: int) -> int:
    """Proportional size of a process and all below it, in bytes; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0
    own = sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return own + sum(_memory(int(child)) for child in children)


def row(services: int, rounds: int, folder: Path) -> list[str]:
    """Medians over some runs."""
    file = folder / f"stack_{services}.py"
    file.write_text(STACK_FILE.format(services=services), encoding="utf-8")
    runs = [run(file) for _ in track(range(rounds), description=f"{services:,} services", console=Console(stderr=True))]
    seconds, expressions = median(one.seconds for one in runs), runs[0].expressions
    return [
        f"{services:,}",
        f"{expressions:,}",
        f"{seconds:.2f}",
        f"{median(one.busy for one in runs):.2f}",
        f"{seconds / expressions * 1e6:.0f}",
        f"{max(one.memory for one in runs) / 1e6:.0f}",
        f"{sum(runs[0].document['count'].values()):,}",
    ]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, nargs="+", default=[1, 10, 100, 1_000])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    shown = Table(title="watchbill check, the whole command")
    for title in ("services", "expressions", "seconds", "CPU seconds", "µs per expression", "peak MB", "findings"):
        shown.add_column(title, justify="right")
    with tempfile.TemporaryDirectory() as folder:
        for services in options.services:
            shown.add_row(*row(services, options.rounds, Path(folder)))
    Console(width=100).print(shown)


if __name__ == "__main__":
    main()
