"""Words of messages: the name that was probably meant, and lists that stay short."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches

_MOST_LISTED = 12


def nearest(word: str, known: Collection[str], first: Collection[str] = ()) -> str:
    """The known word that looks most like this one, of the first ones if any does; empty where none does."""
    for words in (first, known):
        lower = {one.lower(): one for one in sorted(words)}
        found = get_close_matches(word.lower(), list(lower), n=1, cutoff=0.5)
        if found:
            return lower[found[0]]
    return ""


def listed(words: Iterable[str], first: Collection[str] = ()) -> str:
    """Words in order, the first ones before the others, not too many of them."""
    ordered = sorted(words, key=lambda word: (word not in first, word))
    if not ordered:
        return "none"
    more = f" and {len(ordered) - _MOST_LISTED} more" if len(ordered) > _MOST_LISTED else ""
    return ", ".join(ordered[:_MOST_LISTED]) + more
