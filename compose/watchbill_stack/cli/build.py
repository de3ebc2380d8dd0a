"""`watchbill build`: from a stack file to generated files."""

from pathlib import Path

import click

from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_alerts.rule_files import alerts_of
from watchbill_alerts.rule_tests import coverage
from watchbill_stack import output
from watchbill_stack.build import render
from watchbill_stack.check.text import report_lines
from watchbill_stack.cli.arguments import PROFILE, STACK, width
from watchbill_stack.cli.progress import checked
from watchbill_stack.loading import load


@click.command()
@STACK
@click.option("-o", "--output", "folder", required=True, type=click.Path(path_type=Path), help="Folder to write into.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when the folder differs.")
@PROFILE
def build(stack_file: Path, folder: Path, *, check: bool, profile: Profile) -> None:
    """Write dashboards, rules, rule tests, runbooks, and Prometheus, Alertmanager and exporter configuration.

    The stack is checked first; with an error nothing is written, and the exit status is 1.
    Files go to FOLDER/<room>/rendered/. Only files that differ are touched; files of an earlier build that the
    stack no longer asks for are removed.
    """
    stack = load(stack_file)
    _refuse_mistakes(stack, profile, stack_file)
    if stack.has_local_links:
        click.echo("watchbill: links lead to this machine; set Stack(dashboards=…, runbooks=…)", err=True)
    files = render(stack, profile)
    try:
        difference = output.drift(files, folder) if check else output.write(files, folder)
    except OSError as error:
        raise click.BadParameter(f"{error.filename or folder}: {error.strerror}", param_hint="--output") from error
    for line in difference.lines():
        click.echo(line)
    if check and difference:
        click.echo(f"watchbill: {folder} differs; run: watchbill build {stack_file} -o {folder}", err=True)
        raise click.exceptions.Exit(1)
    click.echo(f"watchbill: {len(output.listed(files))} files {'are current' if check else 'written'}", err=True)
    alerts = alerts_of(stack, profile)
    click.echo(f"watchbill: {coverage(alerts):.0%} of {len(alerts)} alerts have all their rule tests", err=True)


def _refuse_mistakes(stack: Stack, profile: Profile, stack_file: Path) -> None:
    """Errors are shown, warnings only counted: `watchbill check` shows them."""
    report = checked(stack, profile)
    if not report.is_well():
        for line in report_lines(report.of("error"), width()):
            click.echo(line, err=True)
        click.echo(f"watchbill: nothing is written: {report.found}", err=True)
        raise click.exceptions.Exit(1)
    if report.findings:
        click.echo(f"watchbill: {report.found}; watchbill check {stack_file} shows them", err=True)
