"""Where in its text a part of an expression stands: found by counting, when there is something to say about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from watchbill.flow.tokens import Token, tokens

Part = Literal["text", "selector", "matcher", "window", "call", "grouping", "argument", "operator", "matching"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A part of the `number`-th selector, call or operator of a text.

    `label` is one in a matcher, in a call's `by (…)` or in an operator's `on (…)`, `value` what its matcher compares
    with, `argument` the number of a call's argument.
    """

    part: Part
    number: int = 0
    label: str = ""
    value: str = ""
    argument: int = 0


TEXT = Mark("text")
"""All of it."""


def span(text: str, mark: Mark) -> tuple[int, int]:
    """Start and end of a part; of the whole text where it cannot be found."""
    return spans(text, [mark])[0]


def spans(text: str, marks: Sequence[Mark]) -> list[tuple[int, int]]:
    """Start and end of several parts."""
    words = list(tokens(text)) if any(mark != TEXT for mark in marks) else []
    return [_found(words, mark) or (0, len(text)) for mark in marks]


def _found(words: list[Token], mark: Mark) -> tuple[int, int] | None:
    if mark.part == "text":
        return None
    role = {"matcher": "selector", "window": "selector", "grouping": "call", "argument": "call"}.get(
        mark.part, "operator" if mark.part == "matching" else mark.part
    )
    places = [index for index, word in enumerate(words) if word.role == role]
    if mark.number >= len(places):
        return None
    here = places[mark.number]
    head = words[here]
    within = {
        "matcher": lambda: _matcher(words, here, mark),
        "window": lambda: _window(words, here),
        "grouping": lambda: _listed(words, here, mark.label),
        "matching": lambda: _listed(words, here, mark.label),
        "argument": lambda: _argument(words, here, mark.argument),
    }.get(mark.part)
    return (within() if within else None) or (head.start, head.end)


def _matcher(words: list[Token], here: int, mark: Mark) -> tuple[int, int] | None:
    """The label of a matcher or, with a value, what it is compared with."""
    inside = words[here + 1 :]
    for index, word in enumerate(inside):
        if word.role == "close":
            return None
        if _name(word) != mark.label:
            continue
        if not mark.value:
            return word.start, word.end
        compared = inside[index + 2] if index + 2 < len(inside) else None
        if compared is not None and compared.role == "value" and compared.text[1:-1] == mark.value:
            return compared.start, compared.end
    return None


def _window(words: list[Token], here: int) -> tuple[int, int] | None:
    return next(((word.start, word.end) for word in words[here + 1 :] if word.role == "window"), None)


def _listed(words: list[Token], here: int, label: str) -> tuple[int, int] | None:
    """The label in the list that follows an operator or a call, or stands after the call's arguments."""
    depth = words[here].depth
    for word in words[here + 1 :]:
        if word.depth < depth:
            return None
        if word.depth == depth + 1 and word.role in {"label", "value"} and _name(word) == label:
            return word.start, word.end
    return None


def _argument(words: list[Token], here: int, number: int) -> tuple[int, int] | None:
    depth = words[here].depth
    found: list[Token] = []
    for word in words[_first_argument(words, here) :]:
        if word.depth <= depth:
            break
        if word.depth == depth + 1 and word.role == "comma":
            number -= 1
        elif number == 0:
            found.append(word)
    return (found[0].start, found[-1].end) if found else None


def _first_argument(words: list[Token], here: int) -> int:
    """Behind the bracket that opens the arguments; a grouping may stand before it."""
    for index in range(here + 1, len(words)):
        if words[index].role == "open" and words[index - 1].text.lower() not in {"by", "without"}:
            return index + 1
    return len(words)


def _name(word: Token) -> str:
    return word.text[1:-1] if word.role == "value" else word.text
