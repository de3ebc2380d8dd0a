"""Whether anything is lost or doubled while workers die: `python -m tests.benchmarks.churn`.

    python -m tests.benchmarks.churn [--requests 20000] [--kill-seconds 1] [--no-preload]

gunicorn with four workers of 50 requests each; one more is killed every second. Clients count the answers they got,
`/metrics` is scraped all the time, and at the end the counter is compared. Without `--preload` each of the hundreds of
workers imports the application anew, so that takes minutes.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tests.plugins.workers import Churn, churn, gunicorn, running
from watchbill.catalogue.http import HTTP_REQUESTS


def tolerated(found: Churn) -> bool:
    """A process may be killed between counting a request and sending its last byte; nothing else may differ."""
    return 0 <= found.difference <= found.kills and not found.falls and not found.scrapes_failed and not found.errors


async def run(requests: int, kill_seconds: float, *, preload: bool) -> Churn:
    """One run."""
    options = ("--max-requests", "50", *(("--preload",) if preload else ()))
    with running(*gunicorn(*options)) as server:
        return await churn(server, requests=requests, kill_seconds=kill_seconds)


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints what clients and counters say; exit code 1 when they differ by more than the kills explain."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--kill-seconds", type=float, default=1.0)
    parser.add_argument("--no-preload", action="store_true")
    given = parser.parse_args(arguments)
    found = asyncio.run(run(given.requests, given.kill_seconds, preload=not given.no_preload))
    table = Table("gunicorn, 4 workers, max-requests 50", "")
    rows = {
        "requests answered, as the clients counted": found.answered,
        f"{HTTP_REQUESTS.name} at the end": found.counted,
        "a counter of the application's own": found.own_counted,
        "workers killed": found.kills,
        "connections cut": found.broken,
        "scrapes": found.scrapes,
        "scrapes not answered with 200": found.scrapes_failed,
        "scrapes whose worker was killed": found.scrapes_broken,
        "scrapes where the counter had fallen": len(found.falls),
        "errors of the instrumentation": found.errors,
    }
    for name, value in rows.items():
        table.add_row(name, f"{value:g}")
    Console().print(table)
    sys.exit(0 if tolerated(found) else 1)


if __name__ == "__main__":
    main()
