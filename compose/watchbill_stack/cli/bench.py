"""`watchbill bench`: what Watchbill costs beside its peers, on this machine."""

import importlib.util
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click

import watchbill_stack

_PEERS = ("prometheus_fastapi_instrumentator", "starlette_exporter", "opentelemetry.instrumentation.fastapi")


@dataclass(frozen=True)
class Benchmark:
    """A program under tests/benchmarks, and what it needs besides Watchbill."""

    module: str
    about: str
    peers: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()

    def missing(self) -> list[str]:
        """What is not installed here."""
        absent = [name for name in self.peers if not _importable(name)]
        return absent + [name for name in self.programs if shutil.which(name) is None]


BENCHMARKS = {
    "http": Benchmark("http_server", "CPU added to a request", _PEERS),
    "server": Benchmark("server", "uvicorn under wrk: throughput and latency", _PEERS, ("wrk",)),
    "clients": Benchmark(
        "clients", "CPU added to queries, commands and messages", ("redis", "sqlalchemy", "celery"), ("redis-server",)
    ),
    "hostile": Benchmark("hostile", "memory that made-up requests leave behind", _PEERS),
    "exposition": Benchmark("exposition", "the cost of a scrape"),
    "workers": Benchmark("workers", "the cost of a scrape of many workers"),
    "churn": Benchmark("churn", "what is counted while workers die", ("gunicorn", "uvicorn_worker")),
    "own-metrics": Benchmark("own_metrics", "counting on a metric of one's own"),
    "checker": Benchmark("checker", "what `watchbill check` takes"),
    "exporters": Benchmark("exporters", "one probe of Redis and PostgreSQL", (), ("redis-server",)),
}


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("subject", type=click.Choice(list(BENCHMARKS)))
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def bench(subject: str, options: tuple[str, ...]) -> None:
    """Measure SUBJECT side by side with the peers, and print a table of medians and ratios.

    OPTIONS are the benchmark's own: `watchbill bench http -- --help` shows them. Benchmarks and peers are part of a
    checkout, not of the package.
    """
    benchmark = BENCHMARKS[subject]
    root = _checkout(benchmark.module)
    if root is None:
        raise click.UsageError(
            f"tests/benchmarks/{benchmark.module}.py is neither here nor beside the package: benchmarks are part of a "
            "checkout of Watchbill; run this in one"
        )
    missing = benchmark.missing()
    if missing:
        raise click.UsageError(f"not installed: {', '.join(missing)}; compose/install tests brings them")
    click.echo(f"watchbill: {benchmark.about}", err=True)
    command = [sys.executable, "-m", f"tests.benchmarks.{benchmark.module}", *options]
    done = subprocess.run(command, cwd=root, check=False)  # noqa: S603  a program of the checkout's own
    raise click.exceptions.Exit(done.returncode)


def _checkout(module: str) -> Path | None:
    here, package = Path.cwd(), Path(watchbill_stack.__file__)
    return next((root for root in (here, *here.parents, *package.parents) if _stands(root, module)), None)


def _stands(root: Path, module: str) -> bool:
    return (root / "tests" / "benchmarks" / f"{module}.py").is_file()


def _importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
