"""The known name that a person probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that looks most like this one; empty where none does."""
    return next(iter(get_close_matches(name, list(dict.fromkeys(known)), n=1, cutoff=0.6)), "")
