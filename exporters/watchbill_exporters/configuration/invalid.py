"""A configuration that cannot be used."""

from collections.abc import Sequence

from watchbill.errors import WatchbillError
from watchbill.problem import Problem


class InvalidConfiguration(WatchbillError, ValueError):
    """Holds every mistake of the file and of the environment; the message lists them all."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(dict.fromkeys(problems), key=_order))
        super().__init__("\n".join(map(str, self.problems)))


def _order(problem: Problem) -> tuple[str, int, str]:
    return problem.place.file, problem.place.line, problem.cause
