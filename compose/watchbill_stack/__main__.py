"""The command `watchbill`, also as `python -m watchbill_stack`."""

import sys

from watchbill.errors import MissingExtra


def main() -> None:
    """Run the command; where its libraries are not installed, say which and how to get them."""
    try:
        from watchbill_stack.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("watchbill"):
            raise
        print(MissingExtra(needed_by="the command watchbill", distribution=error.name, extra="stack"), file=sys.stderr)  # noqa: T201  # the command line's own library may be what is missing
        sys.exit(2)


if __name__ == "__main__":
    main()
