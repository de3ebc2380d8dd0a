"""`watchbill exporter`: the process that reads Redis and PostgreSQL."""

from pathlib import Path

import click

from watchbill_exporters.checking import check as check_targets
from watchbill_exporters.configuration import load_configuration
from watchbill_exporters.serving import run


@click.command()
@click.option(
    "--config",
    "file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="YAML file with the targets; `watchbill build` writes one.",
)
@click.option("--check", is_flag=True, help="Probe every target once, say what was found, and exit.")
def exporter(file: Path, *, check: bool) -> None:
    """Serve /probe?target=NAME for every configured Redis and PostgreSQL, and /metrics for itself."""
    if not check:
        raise click.exceptions.Exit(run(file))
    findings = check_targets(load_configuration(file))
    for finding in findings:
        click.echo(finding)
    if not all(finding.up for finding in findings):
        raise click.exceptions.Exit(1)
