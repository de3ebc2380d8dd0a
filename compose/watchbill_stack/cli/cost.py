"""`watchbill cost`: what a stack costs in series, samples, bytes and reading, predicted and real."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from watchbill.profile import Profile
from watchbill_stack.cli.arguments import PROFILE, STACK, width
from watchbill_stack.loading import load

if TYPE_CHECKING:
    from watchbill_stack.cost.actual import Actual
    from watchbill_stack.cost.job import Kind
    from watchbill_stack.cost.prediction import Prediction
    from watchbill_stack.cost.view import By, View

_SHOWN = 10


@click.command()
@STACK
@click.option(
    "--by",
    type=click.Choice(["metric", "service", "target", "rule", "panel"]),
    help="What the numbers are added up by; otherwise the dearest metrics and rules are shown.",
)
@click.option("--all", "everything", is_flag=True, help=f"Every line, and not the dearest {_SHOWN} alone.")
@click.option("--prometheus", metavar="URL", help="Set what this Prometheus really holds beside the prediction.")
@click.option(
    "--bytes-per-sample",
    type=click.FloatRange(min=0, min_open=True),
    help="On disk; 2 by default, the upper end of what Prometheus documents.",
)
@PROFILE
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def cost(
    stack_file: Path,
    *,
    by: "By | None",
    everything: bool,
    prometheus: str | None,
    bytes_per_sample: float | None,
    profile: Profile,
    as_json: bool,
) -> None:
    """Predict the series, samples and bytes of STACK, and what its rules and dashboards read.

    At worst every label takes as many values as it may; what can be expected is shown where the stack file tells
    enough. Exit 1 when a declared series_budget is exceeded at worst.
    """
    stack = load(stack_file)
    from rich.console import Console

    with Console(stderr=True).status("predicting"):
        from watchbill_stack.cost.prediction import BYTES_PER_SAMPLE, predict
        from watchbill_stack.cost.view import View

        prediction = predict(stack, profile, bytes_per_sample=bytes_per_sample or BYTES_PER_SAMPLE)
        actual = None if prometheus is None else _actual(prometheus, prediction)
        view = View(prediction, actual, by, None if everything else _SHOWN)
    if as_json:
        click.echo(json.dumps(view.document(), indent=2, ensure_ascii=False))
    else:
        _print(view)
    over = [budget for budget in view.budgets if budget.headroom < 0]
    if over:
        owners = ", ".join(budget.owner or "the stack" for budget in over[:_SHOWN])
        more = f" and {len(over) - _SHOWN} more" if len(over) > _SHOWN else ""
        click.echo(f"watchbill: over budget: {owners}{more}", err=True)
        raise click.exceptions.Exit(1)


def _actual(address: str, prediction: "Prediction") -> "Actual":
    import httpx

    from watchbill_stack.address import without_credentials
    from watchbill_stack.cost.actual import PATIENCE, ask

    jobs: dict[str, Kind] = {job.name: job.kind for job in prediction.jobs if job.kind != "rules"}
    try:
        with httpx.Client(timeout=httpx.Timeout(PATIENCE, connect=10)) as client:
            return ask(address, client, jobs)
    except httpx.InvalidURL as error:
        raise click.BadParameter(
            f"{without_credentials(address)!r} is no address", param_hint="--prometheus"
        ) from error


def _print(view: "View") -> None:
    from rich.console import Console

    out = Console(width=width())
    for table in view.tables():
        out.print(table)
        out.print()
    for note in view.notes():
        out.print(f"- {note}", style="dim", markup=False, highlight=False, soft_wrap=not out.is_terminal)
