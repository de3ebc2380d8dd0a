"""An examination, for people."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from watchbill_stack.doctor.examination import Examination

_COLOURS = {"on": "green", "failed": "red", "wrong": "red", "note": "yellow"}


def shown(examination: Examination) -> None:
    """Prints it: first what is wrong, then what there is."""
    console = Console(highlight=False)
    service = f", service {examination.service}" if examination.service else ""
    console.print(Text(f"{examination.application}{service}", "bold"))
    for one in examination.findings:
        line = Text.assemble((f"{one.level:<6}", _COLOURS[one.level]), f"{one.subject}: {one.cause}")
        console.print(line, soft_wrap=True)
        if one.remedy:
            console.print(Text(f"      remedy: {one.remedy}"), soft_wrap=True)
    _section(console, ("part", "state", "why"), [(one.subject, one.state, one.reason) for one in examination.parts])
    _section(console, ("page", "hides"), [(one.path, one.hides) for one in examination.pages])
    _section(
        console,
        ("methods", "route", "counted as"),
        [(one.methods, one.path, one.template) for one in examination.routes],
    )
    _section(console, ("middleware", "place"), [(one.name, one.place) for one in examination.middlewares])
    _section(console, ("library", "version"), list(examination.versions.items()))


def _section(console: Console, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, _COLOURS.get(cell, "")) for cell in row))
    if table.row_count:
        console.print()
        console.print(table)
