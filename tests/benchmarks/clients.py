"""What an operation behind a request costs with instrumentation, side by side: `python -m tests.benchmarks.clients`.

Every candidate is a process of its own; they take turns in short rounds, each in another order. A figure is process CPU
time per operation, less that of the bare library in the same round; shown is the median over all rounds.
"""

import argparse
import asyncio
import gc
import multiprocessing
import subprocess
import tempfile
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import redis
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.benchmarks.operations import BARE, CANDIDATES, OPERATIONS
from tests.plugins.programs import free_port, program, stop, wait_until

_ERRORS = Console(stderr=True)
_WARM = 2
_SPAWN = multiprocessing.get_context("spawn")


def child(pipe: "Connection[Any, Any]", operation: str, candidate: str, server: str) -> None:
    """A candidate's process: one answer for each number of operations it is sent."""
    made = OPERATIONS[operation](server)
    made.make()
    try:
        inside = CANDIDATES[candidate](made)
    except (ImportError, RuntimeError, AttributeError) as error:
        pipe.send(str(error) or type(error).__name__)
        return
    pipe.send("")
    prepare = getattr(made, "prepare", None)
    with asyncio.Runner() as runner:
        for count in iter(pipe.recv, 0):
            if prepare is not None:
                prepare(count)
            gc.collect()
            began = process_time()
            runner.run(inside(made.run(count * made.times)))
            pipe.send((process_time() - began) / (count * made.times) * 1e6)


class Candidate:
    """One process, and its figures in microseconds per operation."""

    def __init__(self, operation: str, name: str, server: str) -> None:
        self.name = name
        self.figures: list[float] = []
        self._pipe, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=child, args=(theirs, operation, name, server), daemon=True)
        self._process.start()
        self.fault = str(self._pipe.recv())

    def round(self, count: int) -> float:
        """One figure."""
        self._pipe.send(count)
        return float(self._pipe.recv())

    def end(self) -> None:
        """Stops the process."""
        if not self.fault:
            self._pipe.send(0)
        self._process.join(5)
        self._process.kill()


def measured(operation: str, names: Sequence[str], server: str, rounds: int, count: int) -> list[Candidate]:
    """All candidates that work, with their figures."""
    found: list[Candidate] = []
    for name in names:
        candidate = Candidate(operation, name, server)
        if candidate.fault:
            _ERRORS.print(f"{operation}, {name}, is left out: {candidate.fault}")
            candidate.end()
        else:
            found.append(candidate)
    for number in track(range(rounds + _WARM), description=operation, console=_ERRORS):
        for place in range(len(found)):
            candidate = found[(number + place) % len(found)]
            figure = candidate.round(count)
            if number >= _WARM:
                candidate.figures.append(figure)
    for candidate in found:
        candidate.end()
    return found


def row(name: str, found: Sequence[Candidate], names: Sequence[str]) -> list[str]:
    """Added microseconds, median and least."""
    known = {candidate.name: candidate for candidate in found}
    base = known[BARE]
    cells = [name, f"{median(base.figures):.1f}"]
    for other in names[1:]:
        candidate = known.get(other)
        if candidate is None:
            cells.append("")
            continue
        added = median(own - bare for own, bare in zip(candidate.figures, base.figures, strict=True))
        cells.append(f"+{added:.1f} ({min(candidate.figures) - min(base.figures):+.1f})")
    return cells


def holds(name: str, words: Sequence[str]) -> bool:
    """Whether a name holds one of the words; any does where there are none."""
    return not words or any(word in name for word in words)


def main() -> None:
    """Runs and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--operations", type=int, default=200, help="in one round")
    parser.add_argument("--only", nargs="*", default=[], metavar="WORD", help="operations whose name holds a word")
    parser.add_argument(
        "--candidates", nargs="*", default=[], metavar="WORD", help="candidates whose name holds a word"
    )
    asked = parser.parse_args()
    names = [
        name for name in CANDIDATES if name == BARE or not asked.candidates or any(w in name for w in asked.candidates)
    ]
    operations = [name for name in OPERATIONS if not asked.only or any(word in name for word in asked.only)]
    table = Table(title="CPU µs added per operation: median (least round against least round)")
    for column in ("operation", *names):
        table.add_column(column, justify="left" if column == "operation" else "right")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="watchbill-bench-") as folder, (Path(folder) / "log").open("w") as log:
        command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        server = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_until(lambda: _answers(port), "Redis starts")
            for name in operations:
                found = measured(name, names, f"127.0.0.1:{port}", asked.rounds, asked.operations)
                table.add_row(*row(name, found, names))
        finally:
            stop(server)
    Console(width=150).print(table)


def _answers(port: int) -> bool:
    try:
        with redis.Redis(port=port) as client:
            return bool(client.ping())  # pyright: ignore[reportUnknownMemberType]  redis-py's
    except redis.RedisError:
        return False


if __name__ == "__main__":
    main()
