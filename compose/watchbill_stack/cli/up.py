"""`watchbill up`: run the whole stack here."""

from pathlib import Path

import click

from watchbill_stack.cli.arguments import Duration
from watchbill_stack.loading import load
from watchbill_stack.native import session
from watchbill_stack.native.process import StartFailed


@click.command()
@click.argument("stack_file", metavar="[STACK]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--for", "seconds", type=Duration(), help="Run this long, print a summary, exit 0 when all is well.")
@click.option("--port-base", type=click.IntRange(1024, 65_000), help="First port of the block; otherwise one is found.")
@click.option(
    "--restart-after",
    type=Duration(),
    default="10s",
    show_default=True,
    help="When a process dies, start it again after this long.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def up(
    stack_file: Path | None, *, seconds: float | None, port_base: int | None, restart_after: float, as_json: bool
) -> None:
    """Run Prometheus, Alertmanager, the exporter and a page with an inbox for STACK, on loopback.

    Without STACK the reference stack runs, with PostgreSQL, Redis, the shop, the filter and steady load on both.
    """
    if stack_file is not None:
        stack, backends = load(stack_file), None
    else:
        from watchbill_reference import backends as reference
        from watchbill_reference.stack import stack as reference_stack

        stack, backends = reference_stack, reference.backends
    try:
        status = session.run(
            stack,
            backends=backends,
            seconds=seconds,
            port_base=port_base,
            restart_after=restart_after,
            as_json=as_json,
        )
    except StartFailed as error:
        click.echo(f"watchbill: {error}", err=True)
        status = 1
    raise click.exceptions.Exit(status)
