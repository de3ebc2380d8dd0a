"""Arguments that several commands share."""

import shutil
from pathlib import Path

import click

from watchbill import duration
from watchbill.profile import Profile

_WIDEST = 120
_PROFILES = {profile.name: profile for profile in (Profile.production(), Profile.development())}


def _profile(_: click.Context, __: click.Parameter, name: str) -> Profile:
    return _PROFILES[name]


STACK = click.argument("stack_file", metavar="STACK", type=click.Path(path_type=Path, dir_okay=False))
PROFILE = click.option(
    "--profile",
    type=click.Choice(list(_PROFILES)),
    default=Profile.production().name,
    show_default=True,
    callback=_profile,
    help="How fast the watching runs: its intervals, and what windows are held against.",
)


class Duration(click.ParamType[float]):
    """A Prometheus duration such as 60s or 5m, as seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds, or click's own error."""
        if isinstance(value, float):
            return value
        try:
            return duration.seconds(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def width() -> int:
    """Columns to print in: the terminal's, up to what people read in one line; that many where it is no terminal."""
    return min(shutil.get_terminal_size((_WIDEST, 0)).columns, _WIDEST)
