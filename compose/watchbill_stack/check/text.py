"""A report as people read it in a terminal."""

from collections import Counter
from collections.abc import Iterable, Iterator

import click

from watchbill.flow.rule import Severity
from watchbill_stack.check.consumers import Use
from watchbill_stack.check.excerpt import excerpt
from watchbill_stack.check.location import shown_place
from watchbill_stack.check.report import Block, Report, blocks, counted
from watchbill_stack.check.site import Site

_COLOURS: dict[Severity, str] = {"error": "red", "warning": "yellow", "info": "cyan"}


def report_lines(report: Report, width: int) -> Iterator[str]:
    """A block for each mistake: what, where in the expression, and all the places it stands at."""
    for block in blocks(report.findings):
        yield from _block_lines(block, width)
        yield ""


def summary(report: Report, seconds: float) -> str:
    """One line: what was found, how much was read, how long it took."""
    kept = f", {counted(report.suppressed, 'finding')} suppressed" if report.suppressed else ""
    of = counted(report.files, "file") if report.files else counted(report.services, "service")
    read = f"{counted(report.expressions, 'expression')} of {of}"
    others = f", left out {report.left_out:,} for other data sources" if report.left_out else ""
    return f"{report.found}{kept}; checked {read} in {seconds:.2f} s{others}"


def site_lines(sites: Iterable[tuple[Site, str]]) -> Iterator[str]:
    """A line for each site, in columns: the line to mend, what stands there, and where it is made; then a remark."""
    rows = [(_asked(site), _called(site), _made(site), remark) for site, remark in sites]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    for row in rows:
        yield "  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip()


def use_lines(uses: Iterable[Use]) -> Iterator[str]:
    """A line for each use, with the recorded names it goes through."""
    return site_lines((use.site, " → ".join(("through", *use.through)) if use.through else "") for use in uses)


def _block_lines(block: Block, width: int) -> Iterator[str]:
    first = block.first
    yield f"{_styled(first.rule.severity)} {click.style(first.rule.id, bold=True)}: {first.message}"
    if first.site.text:
        line, mark = excerpt(first.site.text, first.start, first.end, width - 4)
        yield f"    {line}"
        if mark:
            yield f"    {click.style(mark, fg=_COLOURS[first.rule.severity])}"
    if first.nearest:
        yield f"  nearest: {first.nearest}"
    times = Counter(finding.site for finding in block.findings)
    if len(times) > 1:
        yield f"  {len(times)} places:"
    remarks = ((site, f"{number} times" if number > 1 else "") for site, number in times.items())
    yield from (f"  {line}" for line in site_lines(remarks))


def _asked(site: Site) -> str:
    return shown_place(site.declared or site.place)


def _called(site: Site) -> str:
    return f"{site.role} {site.name}" + (f" of {site.service}" if site.service else "")


def _made(site: Site) -> str:
    return "" if site.declared in {None, site.place} else f"made at {shown_place(site.place)}"


def _styled(severity: Severity) -> str:
    return click.style(severity, fg=_COLOURS[severity], bold=True)
