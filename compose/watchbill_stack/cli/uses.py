"""`watchbill uses`: who refers to a metric, or which metrics nobody reads."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from watchbill.profile import Profile
from watchbill_stack.cli.arguments import STACK, width
from watchbill_stack.loading import load

if TYPE_CHECKING:
    from watchbill_stack.check.consumers import Consumers
    from watchbill_stack.check.subject import Subject
    from watchbill_stack.check.unused import Unread


@click.command()
@STACK
@click.argument("text", metavar="[METRIC]", required=False)
@click.option("--unused", is_flag=True, help="List the metrics that nothing in the stack reads.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def uses(stack_file: Path, text: str | None, *, unused: bool, as_json: bool) -> None:
    """List everything in STACK that refers to METRIC, directly or through recorded metrics.

    METRIC is a name of the catalogue or one that a service exposes; METRIC{label} and METRIC{label="value"} ask for
    those that name the label, or the value. Exit 1 when there is no such metric: then what still says the name is
    listed.
    """
    if unused == (text is not None):
        raise click.UsageError("give a METRIC, or --unused")
    subject = None if text is None else _subject(text)
    stack = load(stack_file)
    from watchbill_stack.check.checking import check
    from watchbill_stack.check.consumers import Consumers
    from watchbill_stack.check.evidence import Evidence
    from watchbill_stack.check.unused import unread

    report = check(stack, Profile.production())
    if subject is None:
        _print_unread(unread(stack, Evidence.of(report.sites, report.inferences)), as_json=as_json)
    elif not _print_uses(Consumers(stack, report), subject, as_json=as_json):
        raise click.exceptions.Exit(1)


def _subject(text: str) -> "Subject":
    from watchbill_stack.check.subject import Subject, WrongSubject

    try:
        return Subject.of(text)
    except WrongSubject as error:
        raise click.BadParameter(str(error), param_hint="METRIC") from error


def _print_uses(consumers: "Consumers", subject: "Subject", *, as_json: bool) -> bool:
    """Whether there is such a metric; where there is none, what still says its name is listed."""
    from watchbill_stack.check.document import uses_document
    from watchbill_stack.check.text import use_lines

    exists = consumers.exists(subject)
    nearest = "" if exists else consumers.nearest(subject)
    found = consumers.uses(subject) if exists else consumers.mentions(subject)
    if as_json:
        click.echo(json.dumps(uses_document(subject, found, exists=exists, nearest=nearest), indent=2))
    else:
        for line in use_lines(found):
            click.echo(line)
    number = f"{len(found)} use{'' if len(found) == 1 else 's'}"
    if exists:
        click.echo(f"watchbill: {number} of {subject}", err=True)
    else:
        meant = f"; nearest: {nearest}" if nearest else ""
        click.echo(f"watchbill: there is no {subject}{meant}; {number} of that name left", err=True)
    return exists


def _print_unread(metrics: "Sequence[Unread]", *, as_json: bool) -> None:
    if as_json:
        rows = [{"metric": one.name, "services": one.services, "because": one.because} for one in metrics]
        click.echo(json.dumps(rows, indent=2))
    else:
        from rich.console import Console
        from rich.table import Table

        table = Table("metric", "exposed because", "services", box=None, pad_edge=False)
        for one in metrics:
            more = f" and {len(one.services) - 3} more" if len(one.services) > 3 else ""
            table.add_row(one.name, one.because, ", ".join(one.services[:3]) + more)
        Console(width=width()).print(table)
    click.echo(f"watchbill: nothing reads {len(metrics)} metric{'' if len(metrics) == 1 else 's'}", err=True)
