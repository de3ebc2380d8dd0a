"""How far the check of a stack has come."""

import sys

from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_stack.check.parts import check_in_parts
from watchbill_stack.check.report import Report

_WORTH_SHOWING = 50


def checked(stack: Stack, profile: Profile) -> Report:
    """The check of a stack, with a progress bar where it takes a while and somebody watches."""
    services = len(stack.services)
    if services < _WORTH_SHOWING or not sys.stderr.isatty():
        return check_in_parts(stack, profile)
    from rich.console import Console
    from rich.progress import Progress

    # Refreshed by hand: the check forks, and a process with a thread must not.
    with Progress(console=Console(stderr=True), auto_refresh=False, transient=True) as bar:
        task = bar.add_task("services", total=services)

        def advance(done: int) -> None:
            bar.update(task, advance=done, refresh=True)

        return check_in_parts(stack, profile, advance)
