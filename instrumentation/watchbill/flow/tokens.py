"""The words of a PromQL text, each with its place and the part it plays; the parser itself tells no places."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Role = Literal["selector", "call", "operator", "label", "value", "window", "open", "close", "comma", "sign", "other"]
"""`label` and `value` are those of a matcher, or of a list such as `by (…)`; `sign` is an operator of one operand."""

_WORD = re.compile(
    r"""
      (?P<space>\s+ | \#[^\n]*)
    | (?P<string>"(?:\\.|[^"\\])*+"? | '(?:\\.|[^'\\])*+'? | `[^`]*`?)
    | (?P<bracket>\[[^\]]*\]?)
    | (?P<number>(?:0[xX][0-9a-fA-F]+ | [0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?(?:[a-z][a-z0-9]*)? | [0-9]+\.))
    | (?P<variable>\$\{[^}$]*\} | \$\w+)
    | (?P<word>[a-zA-Z_:][a-zA-Z0-9_:]*)
    | (?P<operator>==|!=|=~|!~|>=|<=|[-+*/%^<>=])
    | (?P<mark>[(){},@])
    | (?P<rest>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_GROUPINGS = frozenset({"by", "without"})
_LISTS = _GROUPINGS | frozenset({"on", "ignoring", "group_left", "group_right", "fill", "fill_left", "fill_right"})
_FLAT = frozenset({"{", "by", "on"})
"""What holds no expressions: a selector's matchers, the list of a grouping, the list of a join."""
_WORD_OPERATORS = frozenset({"and", "or", "unless", "atan2"})
_AGGREGATIONS = frozenset(
    {"sum", "avg", "count", "min", "max", "group", "stddev", "stdvar", "quantile", "count_values"}
    | {"topk", "bottomk", "limitk", "limit_ratio"}
)
_OF_MATCHERS = frozenset({"=", "=~", "!~"})
_KEYWORDS = frozenset({"bool", "offset", "start", "end"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the text. `depth` is the number of brackets around it, that of an opening or closing one outside."""

    role: Role
    text: str
    start: int
    end: int
    depth: int


def tokens(text: str) -> Iterator[Token]:
    """All words but white space and comments, whatever the text is."""
    return _Reader(text).read()


def is_deep(text: str, brackets: int, operators: int) -> bool:
    """Whether brackets nest deeper, or more operators follow one another, than some limits."""
    if text.count("(") <= brackets and (len(text) <= operators or _at_most(text) <= operators):
        return False
    deepest = found = depth = 0
    for match in _WORD.finditer(text):
        group = match.lastgroup
        if group == "mark":
            depth += {"(": 1, ")": -1}.get(match[0], 0)
            deepest = max(deepest, depth)
        elif match[0].lower() in _WORD_OPERATORS or (group == "operator" and match[0] not in _OF_MATCHERS):
            found += 1
        if deepest > brackets or found > operators:
            return True
    return False


def _at_most(text: str) -> int:
    """A number of operators that the text surely does not exceed, counted fast."""
    return sum(map(text.lower().count, (*"+-*/%^<>", "==", "!=", *_WORD_OPERATORS)))


class _Reader:
    def __init__(self, text: str) -> None:
        self.words = [match for match in _WORD.finditer(text) if match.lastgroup != "space"]
        self.stack: list[str] = []
        self.awaits_operand = True
        self.list_ahead = ""

    def read(self) -> Iterator[Token]:
        for position, match in enumerate(self.words):
            role = self._role(position, match)
            depth = len(self.stack) - (role == "open")
            yield Token(role, match[0], match.start(), match.end(), depth)

    def _role(self, position: int, match: re.Match[str]) -> Role:
        group, text = match.lastgroup, match[0]
        if group == "mark":
            return self._mark(text)
        if self.stack and self.stack[-1] in _FLAT:
            return self._inside_list(group)
        if group == "bracket":
            return "window"
        if group == "operator":
            return self._operator()
        if group == "word":
            return self._word(position, text)
        if group in {"number", "string", "variable"}:
            self.awaits_operand = False
        return "other"

    def _mark(self, text: str) -> Role:
        if text in "({":
            kind = self.list_ahead or text
            self.list_ahead = ""
            # A selector may have no name before its brace.
            unnamed = text == "{" and self.awaits_operand
            self.stack.append(kind)
            self.awaits_operand = text == "("
            return "selector" if unnamed else "open"
        if text in ")}":
            kind = self.stack.pop() if self.stack else ""
            self.awaits_operand = kind == "on"
            return "close"
        if text == ",":
            self.awaits_operand = True
            return "comma"
        # A moment after `@` can have a sign.
        self.awaits_operand = True
        return "other"

    def _inside_list(self, group: str | None) -> Role:
        if group == "string":
            return "value"
        return "label" if group == "word" else "other"

    def _operator(self) -> Role:
        role: Role = "sign" if self.awaits_operand else "operator"
        self.awaits_operand = True
        return role

    def _word(self, position: int, text: str) -> Role:
        word = text.lower()
        follows = self.words[position + 1][0] if position + 1 < len(self.words) else ""
        before = self.words[position - 1][0] if position else ""
        if word in _LISTS and (follows == "(" or not self.awaits_operand or word.startswith("group_")):
            self.list_ahead = "" if follows != "(" else "by" if word in _GROUPINGS else "on"
            self.awaits_operand = True
            return "other"
        if word in _WORD_OPERATORS and not self.awaits_operand:
            self.awaits_operand = True
            return "operator"
        if word in _KEYWORDS and (before == "@" or not self.awaits_operand or word == "bool"):
            # A negative offset follows as a sign.
            self.awaits_operand = word in {"bool", "offset"}
            return "other"
        return self._operand(word, follows.lower())

    def _operand(self, word: str, follows: str) -> Role:
        self.awaits_operand = False
        if follows == "(" or (word in _AGGREGATIONS and follows in {"by", "without"}):
            return "call"
        return "other" if word in {"inf", "nan"} and follows != "{" else "selector"
