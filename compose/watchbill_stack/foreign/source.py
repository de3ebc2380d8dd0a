"""A file that somebody else wrote, read with care."""

from dataclasses import dataclass
from pathlib import Path

from watchbill.errors import WatchbillError
from watchbill.problem import Place, Problem

LARGEST_FILE = 32 * 2**20
LARGEST_TREE = 2_000_000
DEEPEST_TREE = 200
LONGEST_EXPRESSION = 20_000
"""Characters; what is longer is no work of people, and reading it may take for ever."""


class WrongSource(WatchbillError):
    """Files are not what they should be; `problems` holds every mistake of all of them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        listed = "\n".join(str(problem) for problem in problems)
        super().__init__(f"{listed}\n{len(problems)} mistake{'' if len(problems) == 1 else 's'}")

    @classmethod
    def at(cls, file: str, line: int, cause: str, remedy: str) -> "WrongSource":
        """One mistake at one line."""
        return cls((Problem(Place(file, line), cause, remedy),))


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file and the name under which findings speak of it.

    A text that stands within a file begins after `before` lines of it.
    """

    file: str
    text: str
    before: int = 0

    @classmethod
    def read(cls, path: Path) -> "Source":
        """Raises WrongSource for a file that cannot be read, is no UTF-8 or has more than 32 MiB."""
        file = str(path)
        try:
            with path.open("rb") as opened:
                content = opened.read(LARGEST_FILE + 1)
        except (OSError, ValueError) as error:
            cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise WrongSource.at(file, 0, f"cannot be read: {cause}", "give the path of a file") from None
        return cls.decoded(file, content)

    @classmethod
    def decoded(cls, file: str, content: bytes) -> "Source":
        """Raises WrongSource for what is no UTF-8 or has more than 32 MiB."""
        if len(content) > LARGEST_FILE:
            raise WrongSource.at(file, 0, f"is larger than {LARGEST_FILE >> 20} MiB", "give the parts one by one")
        try:
            return cls(file, content.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise WrongSource.at(file, line, "is no UTF-8 text", "save it as UTF-8") from None

    def place(self, line: int) -> Place:
        """A line of it."""
        return Place(self.file, self.before + line)

    def wrong(self, line: int, cause: str, remedy: str) -> WrongSource:
        """The error for one mistake in it."""
        return WrongSource((Problem(self.place(line), cause, remedy),))
