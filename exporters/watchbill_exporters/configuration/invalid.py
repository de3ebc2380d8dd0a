"""A configuration file that cannot be used."""

from collections.abc import Sequence

from watchbill.errors import WatchbillError
from watchbill.problem import Problem


class InvalidConfiguration(WatchbillError, ValueError):
    """Holds every mistake of the file; the message lists them all."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))
