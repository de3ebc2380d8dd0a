"""A walk through a syntax tree, in the order of its text: what has been seen, and what was wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from watchbill.flow.flow import Flow, Reference
from watchbill.flow.mark import Mark
from watchbill.flow.rule import Rule
from watchbill.flow.vocabulary import Vocabulary

if TYPE_CHECKING:
    import promql_parser

NOTHING_NAMED: frozenset[str] = frozenset()
_MOST_DRAFTS = 100


class Position(Enum):
    """What a part of an expression decides."""

    RESULT = "result"
    """Which series the whole expression gives."""
    FILTER = "filter"
    """Whether there can be a result at all."""
    ASIDE = "aside"
    """Neither: an argument of `absent`, the right side of `unless`."""


@dataclass(frozen=True, slots=True)
class Use:
    """What is done with the part of an expression that is visited.

    `named` are the labels that groupings and joins around it name, `window` the seconds of the subqueries and ranges
    around it; `kept` are the labels that aggregations around it keep, None for all of them. It `is_limited` when an
    `and` or `unless` must hold beside it.
    """

    position: Position = Position.RESULT
    named: frozenset[str] = NOTHING_NAMED
    window: float = 0.0
    kept: frozenset[str] | None = None
    is_limited: bool = False

    def inside(self, *labels: str) -> "Use":
        """That of an operand, grouped or joined by some labels."""
        position = Position.FILTER if self.position is Position.RESULT else self.position
        return Use(position, self.named.union(labels) if labels else self.named, self.window, self.kept)

    def aside(self) -> "Use":
        """That of a part whose presence alone counts, or not even that."""
        return Use(Position.ASIDE, self.named, self.window, NOTHING_NAMED)


@dataclass(frozen=True, slots=True)
class Draft:
    """A fault whose place is not looked up yet."""

    rule: Rule
    message: str
    mark: Mark
    nearest: str = ""


# Nodes of promql-parser have no common typed attributes.
Node = Any
Handler = Callable[["Walk", Node, Use], Flow]


@dataclass(slots=True)
class Walk:
    """Calls the handler of each node. Numbers are those of the next selector, call and operator in the text."""

    vocabulary: Vocabulary
    handlers: Mapping[str, Handler]
    scrape_interval: float = 15.0
    is_alert: bool = False
    selectors: int = 0
    calls: int = 0
    operators: int = 0
    drafts: list[Draft] = field(default_factory=list[Draft])
    references: list[Reference] = field(default_factory=list[Reference])

    def visit(self, node: "promql_parser.Expr", use: Use) -> Flow:
        """What a part of the expression gives."""
        return self.handlers[type(node).__name__](self, node, use)

    def report(self, rule: Rule, message: str, mark: Mark, nearest: str = "") -> None:
        """Keeps a mistake, not more than a hundred; the same one at the same place counts once."""
        draft = Draft(rule, message, mark, nearest)
        if len(self.drafts) < _MOST_DRAFTS and draft not in self.drafts:
            self.drafts.append(draft)

    def next_selector(self) -> int:
        """The number of the selector that is visited now."""
        self.selectors += 1
        return self.selectors - 1

    def next_call(self) -> int:
        """The number of the function or aggregation that is visited now."""
        self.calls += 1
        return self.calls - 1

    def next_operator(self) -> int:
        """The number of the operator whose left side has been visited."""
        self.operators += 1
        return self.operators - 1
