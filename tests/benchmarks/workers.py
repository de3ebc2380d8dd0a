"""What one scrape of many workers costs: ours beside prometheus-client's multi-process collector.

    python -m tests.benchmarks.workers [--workers 1 4 16 64] [--series 1000] [--rounds 7]

Every worker is a process that has counted the same series: two thirds of the lines are histograms'. "changed" means
that every worker has counted once more since the last scrape; "first" is the first scrape of a worker that has just
started. Below: what counting costs, alone and as one of several.
"""

import argparse
import os
import signal
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

HISTOGRAM_LINES = 17
Counting = Callable[[], None]


def metrics(registry: Any, series: int) -> Counting:
    """Makes the series with prometheus-client, and gives what counts once in each."""
    from prometheus_client import Counter, Histogram

    histograms = series * 2 // 3 // HISTOGRAM_LINES
    requests = Counter("requests", "Requests.", ["route", "status"], registry=registry)
    latency = Histogram("latency_seconds", "Latency.", ["route"], registry=registry)
    counters = [requests.labels(f"/r{number}", "200") for number in range(series - histograms * HISTOGRAM_LINES)]
    timers = [latency.labels(f"/r{number}") for number in range(histograms)]

    def count() -> None:
        for counter in counters:
            counter.inc()
        for timer in timers:
            timer.observe(0.02)

    return count


def client_worker(series: int, gates: Any) -> None:
    """A worker as prometheus-client knows it; its variable must be set before the import."""
    from prometheus_client import CollectorRegistry

    _count_at_each_gate(metrics(CollectorRegistry(), series), gates)


def our_worker(directory: str, series: int, gates: Any) -> None:
    """A worker of ours."""
    from watchbill import Observability

    observability = Observability("bench", tracing=None, logging=None, workers=Path(directory))
    _count_at_each_gate(metrics(observability.registry, series), gates)


def _count_at_each_gate(count: Counting, gates: Any) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(Exception):
        while True:
            count()
            for gate in gates:
                gate.wait()


@contextmanager
def workers(number: int, target: Callable[..., None], *arguments: Any) -> Generator[Callable[[], None]]:
    """So many processes; what is yielded lets each count once more."""
    context = get_context("spawn")
    gates = (context.Barrier(number + 1), context.Barrier(number + 1))
    started = [context.Process(target=target, args=(*arguments, gates)) for _ in range(number)]
    for process in started:
        process.start()

    def again() -> None:
        gates[1].wait()
        gates[0].wait()

    gates[0].wait()
    try:
        yield again
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.join()


def timed(work: Callable[[], Any], rounds: int, before: Callable[[], Any] = lambda: None) -> float:
    """The median in milliseconds of this process's time."""
    figures: list[float] = []
    for _ in range(rounds):
        before()
        started = process_time()
        work()
        figures.append((process_time() - started) * 1000)
    return median(figures)


def client_scrape(number: int, series: int, rounds: int) -> float:
    """Of prometheus-client's collector."""
    # Imported without the variable, so that ours has the client's ordinary numbers.
    from prometheus_client import CollectorRegistry, generate_latest, multiprocess

    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        try:
            with workers(number, client_worker, series):
                registry = CollectorRegistry()
                multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # untyped there
                return timed(lambda: generate_latest(registry), rounds)
        finally:
            del os.environ["PROMETHEUS_MULTIPROC_DIR"]


def our_scrapes(number: int, series: int, rounds: int) -> tuple[float, float, float]:
    """Ours: the first, one where all has changed, and one where nothing has."""
    from watchbill import Observability

    with (
        tempfile.TemporaryDirectory(dir="/dev/shm") as folder,
        workers(number, our_worker, folder, series) as again,
    ):
        pages = [_page_of(Observability("bench", tracing=None, logging=None), Path(folder) / "bench") for _ in range(2)]
        # What the very first imports and learns is no part of it.
        _, first = [timed(page, 1) for page in pages]
        changed = timed(pages[1], rounds, before=again)
        return first, changed, timed(pages[1], rounds)


def _page_of(observability: Any, directory: Path) -> Callable[[], str]:
    """A page of what is in a directory."""
    from watchbill.store.company import Company
    from watchbill.store.group import Group

    store = observability._emission.store
    Company(Group(directory, store.lost), "worker").join(store)
    return lambda: str(observability.exposition())


def counting(series: int, rounds: int) -> list[tuple[str, float]]:
    """Nanoseconds per observation."""
    from prometheus_client import CollectorRegistry

    from watchbill import Observability

    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        alone = Observability("bench", tracing=None, logging=None)
        shared = Observability("bench", tracing=None, logging=None, workers=Path(folder))
        candidates = {
            "prometheus-client, one process": metrics(CollectorRegistry(), series),
            "watchbill, one process": metrics(alone.registry, series),
            "watchbill, one of several": metrics(shared.registry, series),
        }
        figures: dict[str, list[float]] = {name: [] for name in candidates}
        observations = series - series * 2 // 3 // HISTOGRAM_LINES * (HISTOGRAM_LINES - 1)
        for _ in range(rounds * 10):
            for name, count in candidates.items():
                started = perf_counter()
                count()
                figures[name].append((perf_counter() - started) * 1e9 / observations)
        return [(name, median(found)) for name, found in figures.items()]


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument("--series", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args(arguments)
    console = Console()
    table = Table("workers", "prometheus-client", "first", "changed", "unchanged", "ratio of changed")
    for number in track(given.workers, console=console, transient=True):
        theirs = client_scrape(number, given.series, given.rounds)
        first, changed, unchanged = our_scrapes(number, given.series, given.rounds)
        figures = [f"{figure:.1f} ms" for figure in (theirs, first, changed, unchanged)]
        table.add_row(str(number), *figures, f"{theirs / changed:.0f}")
    console.print(f"One scrape, {given.series} series per worker, CPU time")
    console.print(table)
    costs = Table("counting", "per observation")
    for name, nanoseconds in counting(given.series, given.rounds):
        costs.add_row(name, f"{nanoseconds:.0f} ns")
    console.print(costs)


if __name__ == "__main__":
    main()
