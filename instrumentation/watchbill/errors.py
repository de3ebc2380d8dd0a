"""What can go wrong, as a tree.

WatchbillError
    InvalidDeclaration   a metric, label or expression contradicts itself
    MissingExtra         an optional library is needed and absent
"""

from collections.abc import Sequence


class WatchbillError(Exception):
    """Base of every error Watchbill raises on purpose."""


class InvalidDeclaration(WatchbillError, ValueError):
    """A declaration contradicts itself; the message lists every contradiction."""

    def __init__(self, subject: str, faults: Sequence[str]) -> None:
        self.subject = subject
        self.faults = tuple(faults)
        super().__init__(f"{subject}: " + "; ".join(faults))


class MissingExtra(WatchbillError, ImportError):
    """An optional library is needed: says by whom, which one, and the command that installs it."""

    def __init__(self, *, needed_by: str, distribution: str, extra: str) -> None:
        message = (
            f"{needed_by} needs {distribution}, which is not installed.\n"
            f'Install it with: pip install "watchbill[{extra}]"'
        )
        super().__init__(message, name=distribution)
