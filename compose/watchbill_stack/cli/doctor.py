"""`watchbill doctor`: what of an application is measured, what is not, and why."""

import json
import os
import sys
import threading
from contextlib import redirect_stdout
from pathlib import Path

import click

from watchbill_stack.doctor.examination import examine, living
from watchbill_stack.doctor.table import shown
from watchbill_stack.doctor.target import load


@click.command()
@click.argument("target", metavar="MODULE:APP")
@click.option(
    "--app-dir",
    default=".",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder to import MODULE from; the current one by default.",
)
@click.option("--factory", is_flag=True, help="APP is a function that makes the application.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def doctor(target: str, *, app_dir: Path, factory: bool, as_json: bool) -> None:
    """Import an application and tell what Watchbill measures of it; exit 1 when something is wrong.

    The application is imported, not started: what it does at its start-up is not seen.
    """
    # What the application prints while it is imported is no result of ours.
    with redirect_stdout(sys.stderr):
        application = load(target, app_dir, makes=factory)
        examination = examine(target, application, living())
    if as_json:
        click.echo(json.dumps(examination.as_dict(), indent=2, ensure_ascii=False))
    else:
        shown(examination)
    wrong = sum(finding.level == "wrong" for finding in examination.findings)
    click.echo(f"watchbill: {'all is well' if not wrong else f'{wrong} wrong'}", err=True)
    _leave(1 if wrong else 0)


def _leave(status: int) -> None:
    """Ends the command even where the application has started threads that would keep it alive."""
    if any(not one.daemon for one in threading.enumerate() if one is not threading.main_thread()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    raise click.exceptions.Exit(status)
