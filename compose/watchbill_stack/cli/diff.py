"""`watchbill diff`: what changed since another state, in words."""

from pathlib import Path
from typing import Literal

import click
from rich.console import Console

from watchbill.profile import Profile
from watchbill_stack.cli.arguments import PROFILE
from watchbill_stack.difference.comparison import compare
from watchbill_stack.difference.report import as_json, as_markdown, as_text, summary
from watchbill_stack.difference.state import State
from watchbill_stack.loading import load
from watchbill_stack.output import RENDERED

_FORMATS = {"text": as_text, "markdown": as_markdown, "json": as_json}
Format = Literal["text", "markdown", "json"]


@click.command()
@click.argument("base", metavar="BASE")
@click.argument("stack_file", metavar="[STACK]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--folder",
    default=".",
    show_default=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Where `watchbill build` writes: the present state, and what BASE is a revision of.",
)
@click.option(
    "--format", "kind", type=click.Choice(tuple(_FORMATS)), default="text", show_default=True, help="Its form."
)
@click.option("--json", "as_json_", is_flag=True, help="The same as --format json.")
@click.option("--breaking", is_flag=True, help="Exit 1 when a change is breaking.")
@PROFILE
def diff(
    base: str, stack_file: Path | None, folder: Path, kind: Format, *, as_json_: bool, breaking: bool, profile: Profile
) -> None:
    """Say what changed since BASE: a git revision, or a folder that `watchbill build` wrote into.

    It is compared with what STACK renders to now; without STACK, with what is rendered in the folder.
    """
    with Console(stderr=True).status("comparing"):
        before = _base(base, folder)
        after = State.of_folder(folder) if stack_file is None else _built(stack_file, profile)
        difference = compare(before, after)
    click.echo(_FORMATS["json" if as_json_ else kind](difference), nl=False)
    for remark in difference.remarks:
        click.echo(f"watchbill: {remark}", err=True)
    click.echo(f"watchbill: {summary(difference)}", err=True)
    if breaking and difference.breaking:
        raise click.exceptions.Exit(1)


def _built(stack_file: Path, profile: Profile) -> State:
    return State.of_stack(load(stack_file), profile)


def _base(base: str, folder: Path) -> State:
    """A folder with rendered output is one, whatever branch is called so, too."""
    path = Path(base)
    is_rendered = path.is_dir() and any(path.glob(f"*/{RENDERED}"))
    return State.of_folder(path) if is_rendered else State.of_revision(base, folder)
