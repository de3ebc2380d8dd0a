"""The values a label can take in a result."""

from collections.abc import Iterable
from dataclasses import dataclass

from watchbill.guard import OTHER


@dataclass(frozen=True, slots=True)
class Values:
    """`known` values, which are all there are when `is_closed`; `limit` is the largest number there can be.

    A limit of 0 means that nobody knows. `occur` says that each of a closed set does occur, as those a catalogue
    declares do, and not only may.
    """

    known: frozenset[str] = frozenset()
    is_closed: bool = False
    limit: int = 0
    occur: bool = False

    @classmethod
    def only(cls, values: Iterable[str], *, occur: bool = False) -> "Values":
        """These and no others."""
        known = frozenset(values)
        return cls(known, is_closed=True, limit=len(known), occur=occur)

    @property
    def are_several(self) -> bool:
        """Whether more than one value surely occurs; `_other` never does for sure."""
        return self.is_closed and self.occur and len(self.known - {OTHER}) > 1

    def or_(self, other: "Values") -> "Values":
        """What is a value of either."""
        if self == other:
            return self
        limit = self.limit + other.limit if self.limit and other.limit else 0
        if self.is_closed and other.is_closed:
            return Values.only(self.known | other.known)
        return Values(self.known | other.known, is_closed=False, limit=limit)

    def is_disjoint(self, other: "Values") -> bool:
        """Whether both are closed and share no value."""
        return self.is_closed and other.is_closed and self.known.isdisjoint(other.known)


ANY = Values()
"""Nothing is known."""
