"""The command `watchbill`."""

import atexit
import gc
import sys

import click

from watchbill import __version__
from watchbill.errors import WatchbillError
from watchbill_stack.cli.commands import Commands

COMMANDS = Commands("bench", "build", "check", "cost", "diff", "doctor", "exporter", "metrics", "panels", "up", "uses")


@click.group(commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="watchbill")
def watchbill() -> None:
    """Observability and alerting stack as code.

    Exit status: 0 when all is well, 1 when it is not, 2 when the input is wrong.
    """


def main() -> None:
    """Run the command; a mistake of the user's ends with status 2 and no traceback."""
    # At its end Python would look for garbage in all that a command has made, which takes as long as the command.
    atexit.register(gc.freeze)
    try:
        # Without standalone mode click returns the status of an Exit, and leaves errors to us.
        sys.exit(watchbill(standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except WatchbillError as error:
        click.echo(f"watchbill: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        # Such as a full disk behind `>`: what a command reads has its own errors.
        click.echo(f"watchbill: {error.strerror or error}", err=True)
        sys.exit(1)
