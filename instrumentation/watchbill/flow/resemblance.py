"""The name among thousands that looks most like another, found in milliseconds."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from difflib import get_close_matches

_LIKENESS = 0.6
_COMPARED = 40
"""Comparing letter by letter is slow, so only the names that share the most triples of letters are compared."""


class Resemblance:
    """An index of names by the triples of letters in them."""

    def __init__(self, names: Iterable[str]) -> None:
        self._sharing: defaultdict[str, list[str]] = defaultdict(list)
        for name in names:
            for triple in _triples(name):
                self._sharing[triple].append(name)

    def nearest(self, name: str) -> str:
        """The name that looks most like this one; empty where none does."""
        shared: Counter[str] = Counter()
        for triple in _triples(name):
            shared.update(self._sharing.get(triple, ()))
        likely = [one for one, _ in shared.most_common(_COMPARED)]
        return next(iter(get_close_matches(name, likely, n=1, cutoff=_LIKENESS)), "")


def _triples(name: str) -> set[str]:
    padded = f" {name} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}
