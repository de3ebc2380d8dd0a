"""What an expression reads: each selector with its conditions, its window, and how often it is evaluated."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from watchbill.promql import parse

if TYPE_CHECKING:
    import promql_parser

NAME = "__name__"
_TEXT = re.compile(r'"([^"\\\n]*)"')
# Where these stand, text may hold a quote that is none.
_UNSAFE = frozenset("'`\\#")
_SYMBOLS: Mapping[str, str] = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


@dataclass(frozen=True, slots=True)
class Condition:
    """A matcher: `operator` as PromQL writes it."""

    label: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Selection:
    """One selector. `window` in seconds is 0 where the newest sample is read.

    `repeats` are the subqueries around it, each with its range and its step in seconds; a step of 0 is Prometheus' own.
    """

    name: str
    conditions: tuple[Condition, ...]
    window: float = 0.0
    repeats: tuple[tuple[float, float], ...] = ()

    def samples(self, interval: float, step: float) -> int:
        """Samples of one series that one evaluation reads, at most: every `interval` seconds one is kept.

        `step` is that of subqueries which do not say.
        """
        read = int(self.window // interval) + 1 if self.window else 1
        for length, own in self.repeats:
            read *= int(length // (own or step)) + 1
        return read


def selections(text: str) -> tuple[Selection, ...]:
    """The selectors of an expression without variables. Raises InvalidPromQL."""
    if NAME in text or _UNSAFE & set(text):
        return _read(text)
    # Expressions of services that are alike differ in quoted text alone, and are parsed once.
    quoted: list[str] = _TEXT.findall(text)
    numbers = iter(range(len(quoted)))
    return tuple(_filled(one, quoted) for one in _read(_TEXT.sub(lambda _: f'"{next(numbers)}"', text)))


@lru_cache(maxsize=4096)
def _read(text: str) -> tuple[Selection, ...]:
    return tuple(_selections(parse(text), ()))


def _filled(selection: Selection, quoted: list[str]) -> Selection:
    conditions = tuple(Condition(one.label, one.operator, quoted[int(one.value)]) for one in selection.conditions)
    return Selection(selection.name, conditions, selection.window, selection.repeats)


def _selections(node: "promql_parser.Expr", repeats: tuple[tuple[float, float], ...]) -> Iterator[Selection]:
    import promql_parser

    match node:
        case promql_parser.VectorSelector():
            yield _selection(node, 0.0, repeats)
        case promql_parser.MatrixSelector():
            yield _selection(node.vector_selector, _seconds(node.range), repeats)
        case promql_parser.SubqueryExpr():
            yield from _selections(node.expr, (*repeats, (_seconds(node.range), _seconds(node.step))))
        case promql_parser.BinaryExpr():
            yield from _selections(node.lhs, repeats)
            yield from _selections(node.rhs, repeats)
        case promql_parser.Call():
            for argument in node.args:
                yield from _selections(argument, repeats)
        case promql_parser.AggregateExpr() | promql_parser.ParenExpr() | promql_parser.UnaryExpr():
            yield from _selections(node.expr, repeats)
        case _:
            pass


def _seconds(length: timedelta | None) -> float:
    return 0.0 if length is None else length.total_seconds()


def _selection(node: Any, window: float, repeats: tuple[tuple[float, float], ...]) -> Selection:
    found = [
        Condition(one.name, _SYMBOLS[str(one.op).rpartition(".")[2]], one.value)
        for one in cast("list[Any]", node.matchers.matchers)
    ]
    named = next((one.value for one in found if one.label == NAME and one.operator == "="), "")
    return Selection(node.name or named, tuple(one for one in found if one.label != NAME), window, repeats)
