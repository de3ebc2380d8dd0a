"""An expression confined to some series."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from watchbill.catalogue import FROM_OTHERS
from watchbill.catalogue.label import Label, Matcher
from watchbill.catalogue.metric import Metric, Recorded
from watchbill.catalogue.watching import UP
from watchbill.expression.node import Expression
from watchbill.expression.raw import Raw
from watchbill.expression.selector import HistogramSelector, Selector

E = TypeVar("E", bound=Expression)


def scoped(expression: E, *matchers: Matcher, among: Iterable[Metric] = ()) -> E:
    """The expression over those series alone that meet further conditions, which are on labels of the target.

    A selector with a condition of its own on a label keeps that alone; metrics of exporters stay as they are, and so
    does raw PromQL, which gets to know the metrics `among` too.
    """
    found: E = _scoped(expression, matchers, tuple(among))
    return found


def parts_of(expression: Expression) -> Iterator[Expression | HistogramSelector]:
    """The expression and everything in it, in reading order."""
    yield expression
    for _, inner in _inner(expression):
        yield from parts_of(inner)


def metrics_of(expression: Expression, among: Iterable[Metric] = ()) -> tuple[Metric, ...]:
    """The metrics an expression reads, each once; raw PromQL may also read those `among`."""
    known = tuple(among)
    found: dict[Metric, None] = {}
    for part in parts_of(expression):
        if isinstance(part, Raw):
            found |= dict.fromkeys(replace(part, among=(*part.among, *known)).metrics)
        elif isinstance(part, Selector | HistogramSelector):
            found[part.metric] = None
    return tuple(found)


def _scoped(part: Any, matchers: tuple[Matcher, ...], among: tuple[Metric, ...]) -> Any:
    if isinstance(part, Raw):
        return replace(part, among=(*part.among, *among))
    if isinstance(part, Selector | HistogramSelector):
        conditioned = {matcher.label for matcher in part.matchers}
        more = [one for one in matchers if one.label not in conditioned and _carries(part.metric, one.label)]
        return replace(part, matchers=(*more, *part.matchers)) if more else part
    changed = {name: _scoped(inner, matchers, among) for name, inner in _inner(part)}
    return replace(part, **changed) if changed else part


def _inner(part: Any) -> list[tuple[str, Any]]:
    if not is_dataclass(part):
        return []
    values = ((one.name, getattr(part, one.name)) for one in fields(part))
    return [(name, value) for name, value in values if isinstance(value, Expression | HistogramSelector)]


def _carries(metric: Metric, label: Label) -> bool:
    if isinstance(metric, Recorded):
        return label in metric.labels
    return metric.name not in FROM_OTHERS or metric == UP
