"""Dashboards as text."""

import json
from pathlib import PurePosixPath

from watchbill.stack import Stack
from watchbill_dashboards.classic import classic
from watchbill_dashboards.explore import Sources
from watchbill_dashboards.grafana import CoreDashboard
from watchbill_dashboards.overview import overview


def render(dashboard: CoreDashboard) -> str:
    """The dashboard's JSON, keys sorted, the same bytes every time."""
    return json.dumps(classic(dashboard), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def render_dashboards(stack: Stack, sources: Sources | None = None) -> dict[PurePosixPath, str]:
    """An overview of each service of the stack, by file name; `sources` are where its links lead."""
    boards = [overview(service, sources or Sources()) for service in stack.services]
    return {PurePosixPath(f"{board.uid}.json"): render(board) for board in boards}
