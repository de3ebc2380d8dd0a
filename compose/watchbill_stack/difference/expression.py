"""Two texts, above all PromQL, compared word by word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from watchbill.promql import InvalidPromQL, canonical

_TOKEN = re.compile(
    r"""
        "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | `[^`]*`     # strings
    |   (?:\d+(?:ms|[smhdwy]))+\b                             # durations
    |   \d+(?:\.\d+)?(?:[eE][+-]?\d+)?                       # numbers
    |   [a-zA-Z_$:][\w:$]*                                     # words
    |   [=!<>]=|=~|!~|\S                                       # operators
    """,
    re.VERBOSE,
)
_PROSE = re.compile(r"\d+(?:\.\d+)?|[A-Za-z_](?:[\w:-]*\w)?|\S")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_DURATION = re.compile(r"(?:\d+(?:ms|[smhdwy]))+")
_COMPARISONS = {">", "<", ">=", "<=", "==", "!="}
_MATCHES = {"=", "!=", "=~", "!~"}
_JOINING = {"and", "or"}
_SHOWN = 60
_FEW = 3


@dataclass(frozen=True, slots=True)
class Swap:
    """One word that stands in the place of another; `role` says what it is."""

    old: str
    new: str
    role: str = ""

    def __str__(self) -> str:
        return f"{self.role} {self.old} → {self.new}".lstrip()


def laid_out(text: str) -> str:
    """An expression in its canonical form, or as it is where it cannot be parsed."""
    try:
        return canonical(text)
    except InvalidPromQL:
        return text


def swaps(old: str, new: str, *, prose: bool = False) -> tuple[Swap, ...] | None:
    """The words that differ, each pair once, where both texts have the same shape; None where they have not."""
    pattern = _PROSE if prose else _TOKEN
    before, after = pattern.findall(old), pattern.findall(new)
    if len(before) != len(after):
        return None
    found: dict[Swap, None] = {}
    for index, (one, other) in enumerate(zip(before, after, strict=True)):
        if one == other:
            continue
        if not _alike(one, other):
            return None
        role = _role(before, index) if not prose else before[index - 1] if index and before[index - 1].isalpha() else ""
        found[Swap(one, other, role)] = None
    return tuple(found)


def lone_parts(old: str, new: str) -> tuple[frozenset[str], ...]:
    """The words of each part that two texts do not share, without those that only join others."""
    found: list[frozenset[str]] = []
    lines = old.splitlines(), new.splitlines()
    for before, after in _unshared(*lines):
        words = _PROSE.findall("\n".join(before)), _PROSE.findall("\n".join(after))
        for gone, come in _unshared(*words):
            found.append(frozenset(word for word in (*gone, *come) if word[0].isalnum()) - _JOINING)
    return tuple(filter(None, found))


def _unshared(old: list[str], new: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    for tag, *ends in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield old[ends[0] : ends[1]], new[ends[2] : ends[3]]


def reworded(what: str, old: str, new: str) -> str:
    """How two texts differ: few words of one shape with the word before each, else that they do."""
    swapped = swaps(old, new, prose=True)
    words = ", ".join(map(str, swapped)) if swapped and len(swapped) <= _FEW else ""
    return f"{what}: {words}" if words else f"{what} says something else"


def said(old: str, new: str) -> str:
    """The difference of two expressions in words: what was swapped, or the parts that differ."""
    one, other = laid_out(old), laid_out(new)
    swapped = swaps(one, other)
    return ", ".join(map(str, swapped)) if swapped else f"expression {differing(one, other)}"


def differing(old: str, new: str) -> str:
    """The part of two texts between what they begin and end with, in one line."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    start = blocks[0].size if blocks and (blocks[0].a, blocks[0].b) == (0, 0) else 0
    last = blocks[-2] if len(blocks) > 1 else None
    tail = last.size if last and (last.a + last.size, last.b + last.size) == (len(before), len(after)) else 0
    tail = min(tail, len(before) - start, len(after) - start)
    return f"{_joined(before, start, tail)} → {_joined(after, start, tail)}"


def _joined(words: list[str], start: int, tail: int) -> str:
    part = words[start : len(words) - tail]
    text = part[0] if part else "nothing"
    for left, right in pairwise(part):
        text += right if left in "([{!" or right in ")]},([" else f" {right}"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 2]} …"


def _alike(one: str, other: str) -> bool:
    kinds = [tuple(bool(kind.fullmatch(word)) for kind in (_DURATION, _NUMBER)) for word in (one, other)]
    return kinds[0] == kinds[1] and one[0].isalnum() == other[0].isalnum()


def _role(words: list[str], index: int) -> str:
    word, before = words[index], words[index - 1] if index else ""
    if _DURATION.fullmatch(word):
        return "offset" if before == "offset" else "window" if before in {"[", ":"} else "duration"
    if _NUMBER.fullmatch(word):
        return "threshold" if before in _COMPARISONS else "number"
    return words[index - 2] if before in _MATCHES and index > 1 else ""
