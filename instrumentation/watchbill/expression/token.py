"""Words of a PromQL text: which of them name a metric, and which a label."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

_PIECE = re.compile(
    r"""
    (?P<opaque>
        "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | `[^`]*`   # strings
    |   \#[^\n]*                                         # comments
    |   \[[^\]]*\]                                       # ranges
    |   \$\{[^}]*\} | \$\w+                              # Grafana's variables
    |   [0-9][\w.]*                                      # numbers and durations
    |   \s+
    )
    |   (?P<word>[a-zA-Z_:][a-zA-Z0-9_:]*)
    |   (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_GROUPINGS = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_KEYWORDS = _GROUPINGS | {"and", "or", "unless", "atan2", "bool", "offset", "inf", "nan"}

Role = Literal["metric", "label", "other"]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text. `selector` is the metric whose braces a label stands in; empty in a list after `by` and the
    like, and in braces without a metric.
    """

    text: str
    role: Role = "other"
    selector: str = ""
    grouped: bool = False


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[Token, ...]:
    """All pieces of a text, PromQL or not; joined they are the text again."""
    return tuple(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    selector, inside, awaited = "", "", False
    for piece in _PIECE.finditer(text):
        word, found = piece["word"], piece[0]
        if word is None:
            yield Token(found)
            if piece["mark"]:
                inside = _entered(found, inside, awaited=awaited)
                selector = selector if inside == "{" else ""
                awaited = False
        elif inside:
            yield Token(word, "label", selector, grouped=inside == "(")
        elif word.lower() in _KEYWORDS:
            yield Token(word)
            selector, awaited = "", word.lower() in _GROUPINGS
        elif text[piece.end() :].lstrip().startswith("("):
            yield Token(word)
            selector, awaited = "", False
        else:
            yield Token(word, "metric")
            selector, awaited = word, False


def _entered(mark: str, inside: str, *, awaited: bool) -> str:
    """In which brackets of labels the text is after a mark, if in any."""
    if inside:
        return "" if mark == ("}" if inside == "{" else ")") else inside
    if mark == "{":
        return "{"
    return "(" if mark == "(" and awaited else ""
