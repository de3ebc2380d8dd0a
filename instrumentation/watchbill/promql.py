"""PromQL text: parsing, and its canonical form.

promql-parser is loaded on first use, because an application that only emits metrics does not install it.
Nodes are printed with `prettify()` alone: `str()` of a node loses escapes.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from watchbill.errors import MissingExtra, WatchbillError

if TYPE_CHECKING:
    import promql_parser

_STRING_OR_BRACKETS = re.compile(r"""("(?:\\.|[^"\\])*+"?|'(?:\\.|[^'\\])*+'?|`[^`]*`?)|(\[[^\]]*\]?)""")
_VARIABLE = re.compile(r"\$\{[^}$]*\}|\$\w+")


class InvalidPromQL(WatchbillError, ValueError):
    """A text is no PromQL; the message holds the text and the parser's word."""


def parse(text: str) -> "promql_parser.Expr":
    """The syntax tree of a PromQL text, with Grafana's variables between brackets read as 5m.

    Raises InvalidPromQL, or MissingExtra where promql-parser is not installed.
    """
    try:
        import promql_parser
    except ImportError as error:
        raise MissingExtra(needed_by="watchbill.promql", distribution="promql-parser", extra="stack") from error
    try:
        return promql_parser.parse(with_windows(text, "5m"))
    except ValueError as error:
        raise InvalidPromQL(f"{text!r} is no PromQL: {error}") from error


def with_windows(text: str, window: str) -> str:
    """The text with a window in place of each of Grafana's variables between brackets; strings stay as they are."""
    if "$" not in text:
        return text
    return _STRING_OR_BRACKETS.sub(lambda match: match[1] or _VARIABLE.sub(window, match[2]), text)


def canonical(text: str) -> str:
    """The text laid out over lines with its matchers sorted, as people like to read it."""
    return parse(text).prettify()


def metric_names(text: str) -> frozenset[str]:
    """The names of all series a PromQL text reads, `_bucket` and the like included."""
    tree = parse(text)
    import promql_parser

    found: set[str] = set()

    def visit(node: "promql_parser.Expr") -> None:
        if isinstance(node, promql_parser.VectorSelector):
            found.update({node.name} if node.name else set(_named_by_matcher(node)))

    promql_parser.walk(tree, visit)
    return frozenset(found)


def _named_by_matcher(selector: "promql_parser.VectorSelector") -> Iterator[str]:
    for matcher in selector.matchers.matchers:
        if matcher.name == "__name__" and str(matcher.op) == "MatchOp.Equal":
            yield matcher.value
