"""PromQL text: parsing, and its canonical form.

promql-parser is loaded on first use, because an application that only emits metrics does not install it.
Nodes are printed with `prettify()` alone: `str()` of a node loses escapes.
"""

import re
from typing import TYPE_CHECKING

from watchbill.errors import MissingExtra, WatchbillError

if TYPE_CHECKING:
    import promql_parser

_DURATION_VARIABLE = re.compile(r"\[\$(?:__rate_interval|__interval|__range|\{[a-z_]+\})\]")


class InvalidPromQL(WatchbillError, ValueError):
    """A text is no PromQL; the message holds the text and the parser's word."""


def parse(text: str) -> "promql_parser.Expr":
    """The syntax tree of a PromQL text, with Grafana's duration variables read as 5m.

    Raises InvalidPromQL, or MissingExtra where promql-parser is not installed.
    """
    try:
        import promql_parser
    except ImportError as error:
        raise MissingExtra(needed_by="watchbill.promql", distribution="promql-parser", extra="stack") from error
    try:
        return promql_parser.parse(_DURATION_VARIABLE.sub("[5m]", text))
    except ValueError as error:
        raise InvalidPromQL(f"{text!r} is no PromQL: {error}") from error


def canonical(text: str) -> str:
    """The text laid out over lines with its matchers sorted, as people like to read it."""
    return parse(text).prettify()


def metric_names(text: str) -> frozenset[str]:
    """The names of all metrics a PromQL text reads."""
    import promql_parser

    found: set[str] = set()

    def visit(node: "promql_parser.Expr") -> None:
        if isinstance(node, promql_parser.VectorSelector) and node.name:
            found.add(node.name)

    promql_parser.walk(parse(text), visit)
    return frozenset(found)
