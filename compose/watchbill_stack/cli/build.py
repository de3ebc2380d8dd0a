"""`watchbill build`: from a stack file to generated files."""

from pathlib import Path

import click

from watchbill.profile import Profile
from watchbill_alerts.rule_files import alerts_of
from watchbill_alerts.rule_tests import coverage
from watchbill_stack import output
from watchbill_stack.build import render
from watchbill_stack.cli.arguments import STACK
from watchbill_stack.loading import load


@click.command()
@STACK
@click.option("-o", "--output", "folder", required=True, type=click.Path(path_type=Path), help="Folder to write into.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when the folder differs.")
@click.option(
    "--profile",
    type=click.Choice(["production", "development"]),
    default="production",
    show_default=True,
    help="How fast the watching runs.",
)
def build(stack_file: Path, folder: Path, *, check: bool, profile: str) -> None:
    """Write dashboards, rules, rule tests, runbooks, and Prometheus, Alertmanager and exporter configuration.

    Files go to FOLDER/<room>/rendered/. Only files that differ are touched; files of an earlier build that the
    stack no longer asks for are removed.
    """
    stack = load(stack_file)
    if stack.has_local_links:
        click.echo("watchbill: links lead to this machine; set Stack(dashboards=…, runbooks=…)", err=True)
    pace = Profile.development() if profile == "development" else Profile.production()
    files = render(stack, pace)
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
    alerts = alerts_of(stack, pace)
    click.echo(f"watchbill: {coverage(alerts):.0%} of {len(alerts)} alerts have all their rule tests", err=True)
