"""`watchbill exporter`: the process that reads servers, queues and edges for Prometheus."""

import json
from logging import NullHandler
from pathlib import Path

import click

from watchbill_exporters.checking import check as check_targets
from watchbill_exporters.configuration import Configuration, InvalidConfiguration, load_configuration
from watchbill_exporters.configuration.environment import CONFIG
from watchbill_exporters.sampling import MOST_KEYS, sample
from watchbill_exporters.serving import run
from watchbill_exporters.target import LOG


@click.command()
@click.option(
    "--config",
    "file",
    envvar=CONFIG,
    show_envvar=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="YAML file with the targets; `watchbill build` writes one. Without it variables of the environment say all.",
)
@click.option("--check", is_flag=True, help="Probe every target once, say what was found, and exit.")
@click.option("--json", "as_json", is_flag=True, help="With --check: say it as JSON.")
@click.option("--sample", "sampled", metavar="TARGET", help="Show the biggest and hottest keys of a Redis, and exit.")
@click.option(
    "--keys",
    type=click.IntRange(1, MOST_KEYS),
    default=10_000,
    show_default=True,
    help="With --sample: how many keys of each database to look at.",
)
def exporter(file: Path | None, *, check: bool, as_json: bool, sampled: str | None, keys: int) -> None:
    """Serve the metrics of configured servers, queues and edges at /probe?target=NAME.

    With --check the exit status is 0 when every target is up and was read, 1 when one is not, and 2 for a mistake in
    the configuration. A right that an account lacks does not count.
    """
    if as_json and not check:
        raise click.UsageError("--json goes with --check")
    if check and sampled is not None:
        raise click.UsageError("--sample and --check do not go together")
    if sampled is not None:
        click.echo(sample(_configuration(file), sampled, keys), nl=False)
        return
    if not check:
        raise click.exceptions.Exit(run(file))
    # What the frame would log stands in the findings.
    LOG.addHandler(NullHandler())
    checkup = check_targets(_configuration(file))
    click.echo(json.dumps(checkup.document(), indent=2, ensure_ascii=False) if as_json else checkup)
    raise click.exceptions.Exit(0 if checkup.is_well else 1)


def _configuration(file: Path | None) -> Configuration:
    """What the file and the environment say; ends the command with all their mistakes."""
    try:
        return load_configuration(file)
    except InvalidConfiguration as error:
        click.echo(error, err=True)
        raise click.exceptions.Exit(2) from error
