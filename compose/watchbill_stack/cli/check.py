"""`watchbill check`: what a stack says about metrics, against what the metrics are."""

import json
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NoReturn

import click

from watchbill.profile import Profile
from watchbill_stack.cli.arguments import PROFILE, width
from watchbill_stack.cli.inquiry import with_inquiry
from watchbill_stack.loading import load

if TYPE_CHECKING:
    from watchbill_stack.check.report import Report
    from watchbill_stack.foreign.checking import Inquiry


@click.command()
@click.argument("stack_file", metavar="[STACK]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--strict", is_flag=True, help="Warnings fail too.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github", "markdown"]),
    default="text",
    show_default=True,
    help="For people, machines, a pull request on GitHub; --list makes a Markdown page, too.",
)
@PROFILE
@click.option("--explain", metavar="ID", help="Say what a rule is about, and exit.")
@click.option("--list", "list_rules", is_flag=True, help="List all rules, and exit.")
@with_inquiry
def check(
    stack_file: Path | None,
    *,
    inquiry: "Inquiry | None",
    strict: bool,
    as_json: bool,
    form: str,
    profile: Profile,
    explain: str | None,
    list_rules: bool,
) -> None:
    """Check every expression, label and link of STACK, or of files; exit 1 when there is an error.

    All mistakes are reported at once: each with its rule, the line of the stack file that asks for it, the line that
    makes it, the place in the expression, and the nearest valid name.
    """
    form = "json" if as_json else form
    if explain is not None:
        _explain(explain)
    elif list_rules:
        _list(form)
    elif form == "markdown":
        raise click.UsageError("--format markdown goes with --list")
    else:
        began = perf_counter()
        report = _of_stack(stack_file, profile) if inquiry is None else _of_files(inquiry, stack_file)
        _conclude(report, perf_counter() - began, form, strict=strict)


def _of_stack(stack_file: Path | None, profile: Profile) -> "Report":
    if stack_file is None:
        raise click.UsageError("give a STACK to check, or --rules and --dashboards")
    from watchbill_stack.cli.progress import checked

    return checked(load(stack_file), profile)


def _of_files(inquiry: "Inquiry", stack_file: Path | None) -> "Report":
    """Checks files; a second file after an option has been taken for the STACK."""
    from watchbill_stack.foreign.checking import check as check_files

    if stack_file is not None:
        raise click.UsageError(f"give the option before each file, and before {stack_file} too")
    return check_files(inquiry)


def _conclude(report: "Report", seconds: float, form: str, *, strict: bool) -> NoReturn:
    """Prints a report, and exits with the status it deserves."""
    from watchbill_stack.check.document import github_annotations, report_document
    from watchbill_stack.check.text import report_lines, summary

    if form == "json":
        click.echo(json.dumps(report_document(report, seconds, strict=strict), indent=2, ensure_ascii=False))
    else:
        lines = github_annotations(report) if form == "github" else report_lines(report, width())
        for line in lines:
            click.echo(line)
    click.echo(f"watchbill: {summary(report, seconds)}", err=True)
    raise click.exceptions.Exit(0 if report.is_well(strict=strict) else 1)


def _explain(rule_id: str) -> None:
    from watchbill_stack.check.explanation import explained
    from watchbill_stack.check.nearest import nearest
    from watchbill_stack.check.rules import RULES

    if rule_id not in RULES:
        closest = nearest(rule_id, RULES)
        meant = f"did you mean {closest}?" if closest else "`watchbill check --list` shows all"
        raise click.BadParameter(f"there is no rule {rule_id!r}; {meant}", param_hint="--explain")
    click.echo(explained(RULES[rule_id], width()), nl=False)


def _list(form: str) -> None:
    from watchbill_stack.check.explanation import by_severity, page
    from watchbill_stack.check.rules import RULES

    rules = by_severity(RULES)
    if form == "json":
        rows = [{"id": one.id, "severity": one.severity, "title": one.title, "why": one.why} for one in rules]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    elif form == "markdown":
        click.echo(page(RULES), nl=False)
    elif form == "github":
        raise click.UsageError("--format github is for findings")
    else:
        from rich.console import Console
        from rich.table import Table

        table = Table("rule", "severity", "finds", box=None, pad_edge=False)
        for one in rules:
            table.add_row(one.id, one.severity, one.title)
        Console(width=width()).print(table)
