"""The texts of statements that are known by their number in labels, for readers who sign in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from watchbill.errors import WatchbillError
from watchbill_exporters.deadline import Deadline

LONGEST_TEXT = 2_000
_COMMENTS = re.compile(r"\A(?:\s+|/\*.*?\*/|--[^\n]*(?:\n|\Z))*", re.DOTALL)
# A constant that the server left in: of SELECT INTO before PostgreSQL 16, or for want of room meanwhile.
_CONSTANT = re.compile(r"'|\$(?:[^\W\d]\w*)?\$")
_FIRST_WORDS = re.compile(r"[\s(<]*(\w+(?:\s+\w+)?)")
_NORMALIZED = frozenset({"select", "insert", "update", "delete", "merge", "with", "values", "table"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementText:
    """A statement as the server has it, without constants; `queryid` is the label's value."""

    user: str
    datname: str
    queryid: str
    text: str


class UnreadTexts(WatchbillError):
    """The target is up and gave no texts; the message says why, and holds no secret."""


@runtime_checkable
class TellsStatements(Protocol):
    """A driver whose target knows the texts of statements."""

    async def statement_texts(self, deadline: Deadline) -> Sequence[StatementText]:
        """Over a connection opened for it, the statements that took most time first.

        Raises TargetDown and UnreadTexts.
        """
        ...


def safe(text: str) -> str:
    """A text without what may be a secret: the server takes constants out of queries, and leaves a command's password.

    Of a command, and of a query in which a constant is left, the first two words are kept; of any other query all but
    the comments before it.
    """
    text = _COMMENTS.sub("", text[:LONGEST_TEXT])
    found = _FIRST_WORDS.match(text)
    words = found[1].split() if found is not None else []
    if words and words[0].lower() in _NORMALIZED and not _CONSTANT.search(text):
        return text
    return " ".join(words)
