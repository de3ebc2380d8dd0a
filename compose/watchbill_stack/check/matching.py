"""Which series of a name an expression selects, as far as its matchers say."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from watchbill.promql import InvalidPromQL, parse

_VARIABLE = re.compile(r"\$\{[^}]*\}|\$\w+|\[\[\w+\]\]")


@dataclass(frozen=True, slots=True)
class Selection:
    """One selector of an expression: the series' name, and its matchers as label, operator and value."""

    series: str
    matchers: tuple[tuple[str, str, str], ...]

    def names(self, labels: Collection[str], value: str) -> bool:
        """Whether a matcher on one of the labels names the value, or may, through a `$variable`.

        `!=` and `!~` name the value too: the expression is about it.
        """
        return any(_is_meant(pattern, operator, value) for label, operator, pattern in self.matchers if label in labels)

    def excludes(self, labels: Mapping[str, str]) -> bool:
        """Whether it wants another value of a label than a series has."""
        return any(
            operator == "=" and label in labels and value != labels[label] and not _VARIABLE.search(value)
            for label, operator, value in self.matchers
        )


@lru_cache(maxsize=4096)
def selections(text: str) -> tuple[Selection, ...]:
    """Every selector of a PromQL text; none where it is no PromQL."""
    try:
        tree = parse(text)
    except InvalidPromQL:
        return ()
    import promql_parser

    found: list[Selection] = []

    def visit(node: "promql_parser.Expr") -> None:
        if isinstance(node, promql_parser.VectorSelector):
            matchers = tuple((one.name, _OPERATORS[str(one.op)], one.value) for one in node.matchers.matchers)
            by_matcher = next((value for label, _, value in matchers if label == "__name__"), "")
            found.append(Selection(node.name or by_matcher, matchers))

    promql_parser.walk(tree, visit)
    return tuple(found)


_OPERATORS = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}


def _is_meant(pattern: str, operator: str, value: str) -> bool:
    if _VARIABLE.search(pattern):
        return True
    if operator in {"=", "!="}:
        return pattern == value
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:
        # RE2 knows more than Python here; better one use too many than one too few.
        return True
