"""Arguments that several commands share."""

from pathlib import Path

import click

from watchbill import duration

STACK = click.argument("stack_file", metavar="STACK", type=click.Path(path_type=Path, dir_okay=False))


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
