"""Ours beside each version of the peers, in one run, over the same servers.

    python -m tests.benchmarks.exporters [--peers FOLDER] [--part cost] [--quick]

Peers are looked for in PATH and below each FOLDER; one that is missing is left out, with a word on standard error.
Two exporters of one name are told apart by their version. How many series each exposes belongs to every comparison.
"""

import argparse
from pathlib import Path

from rich.console import Console

from tests.benchmarks import exporter_cost, exporter_failures, exporter_rendering
from tests.benchmarks.exporter_contenders import contenders
from tests.benchmarks.exporter_cost import Effort
from tests.benchmarks.exporter_targets import Size, targets

PARTS = ("cost", "failures", "rendering")
_QUICK = (Size(keys=1_000, tables=10), Effort(scrapes=3, far_scrapes=3, parallel_seconds=0.2))


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scrapes", type=int, default=300)
    parser.add_argument("--peers", type=Path, action="append", default=[])
    parser.add_argument("--part", choices=PARTS, action="append")
    parser.add_argument("--kind", choices=("redis", "postgres"), help="one kind of server alone")
    parser.add_argument("--patience", type=float, default=20.0, help="seconds a failure is waited for")
    parser.add_argument("--quick", action="store_true", help="little of everything: whether it runs")
    options = parser.parse_args()
    size, effort = _QUICK if options.quick else (Size(), Effort(scrapes=options.scrapes))
    patience = 2.0 if options.quick else options.patience
    parts, console = options.part or PARTS, Console(width=200)
    with targets(size) as servers:
        wanted = [one for one in contenders(options.peers, servers) if options.kind in {None, one.kind}]
        if "cost" in parts:
            exporter_cost.show(exporter_cost.costs(wanted, servers, effort), console)
        if "failures" in parts:
            each = [one for one in wanted if one.is_plain]
            exporter_failures.show(exporter_failures.failures(each, servers, patience), console)
        if "rendering" in parts:
            exporter_rendering.show(servers, console)


if __name__ == "__main__":
    main()
