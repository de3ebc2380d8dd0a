"""A matcher as a condition on text: which values it lets through."""

import re
import warnings
from dataclasses import dataclass
from functools import lru_cache

_VARIABLE = re.compile(r"\$\{[^}$]*\}|\$[a-zA-Z_]\w*|\[\[\w+[^\[\]]*\]\]")
_LITERALS = re.compile(r"[^\\.+*?()\[\]{}^$|]*(?:\|[^\\.+*?()\[\]{}^$|]*)*")
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_REPEATS = re.compile(r"[*+{]")
_MOST_REPEATS = 4
_GROUP = re.compile(r"\((?:\?:)?([^()]*)\)")
EQUAL, DIFFERS, MATCHES, EXCLUDES = "=", "!=", "=~", "!~"
OPERATORS = {
    "MatchOp.Equal": EQUAL,
    "MatchOp.NotEqual": DIFFERS,
    "MatchOp.Re": MATCHES,
    "MatchOp.NotRe": EXCLUDES,
}
"""By the parser's own."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`literals` are the only values it lets through, or None; `is_known` is false for a value only Grafana knows."""

    operator: str
    value: str
    is_known: bool
    literals: frozenset[str] | None
    pattern: re.Pattern[str] | None

    def admits(self, value: str) -> bool:
        """Whether a value meets it; what cannot be decided does."""
        match self.operator:
            case "=":
                return value == self.value
            case "!=":
                return value != self.value
            case operator:
                if self.pattern is None:
                    return True
                return (self.pattern.fullmatch(value) is not None) is (operator == MATCHES)


@lru_cache(maxsize=4096)
def condition(operator: str, value: str) -> Condition:
    """The condition that a matcher states."""
    if _VARIABLE.search(value):
        return Condition(operator, value, is_known=False, literals=None, pattern=None)
    if operator == EQUAL:
        return Condition(operator, value, is_known=True, literals=frozenset({value}), pattern=None)
    if operator == DIFFERS:
        return Condition(operator, value, is_known=True, literals=None, pattern=None)
    pattern = _compiled(value)
    literals = _literals(value) if operator == MATCHES else None
    return Condition(operator, value, is_known=pattern is not None, literals=literals, pattern=pattern)


def _literals(pattern: str) -> frozenset[str] | None:
    """The values of a pattern such as a|b."""
    group = _GROUP.fullmatch(pattern)
    plain = group[1] if group else pattern
    return frozenset(plain.split("|")) if _LITERALS.fullmatch(plain) else None


def _is_slow(pattern: str) -> bool:
    """Whether Python may try a great many ways to match it, where RE2 tries one."""
    bare = _ESCAPED.sub("", pattern)
    if any(f"){sign}" in bare for sign in "*+{"):
        return True
    ways = [bare] if "(" in bare else bare.split("|")
    return max(len(_REPEATS.findall(way)) for way in ways) > _MOST_REPEATS


def _compiled(pattern: str) -> re.Pattern[str] | None:
    if _is_slow(pattern):
        return None
    # RE2 and Python agree on what people write; where Python balks or warns, nothing is concluded.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return re.compile(pattern)
        except (re.error, Warning, OverflowError, RecursionError):
            return None
