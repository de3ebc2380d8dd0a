"""Many series into few: sums, quantiles, ratios, absence."""

from dataclasses import dataclass
from typing import Literal

from watchbill.catalogue.label import LE, Label
from watchbill.catalogue.unit import Unit
from watchbill.errors import InvalidDeclaration
from watchbill.expression.node import Binary, Expression, Number, number_text
from watchbill.expression.selector import HistogramSelector, Selector
from watchbill.names import CLASSIC, Names

Operation = Literal["sum", "max", "min", "avg", "count"]


@dataclass(frozen=True, slots=True, eq=False)
class Aggregate(Expression):
    """`sum by (…)` and its kin; raises InvalidDeclaration for a label the series do not carry."""

    operation: Operation
    inner: Expression
    by: tuple[Label, ...] = ()

    def __post_init__(self) -> None:
        carried = self.inner.labels if self.by else frozenset[Label]()
        lost = [label.name for label in self.by if label not in carried]
        if lost:
            raise InvalidDeclaration(
                f"{self.operation} by ({', '.join(label.name for label in self.by)})",
                [f"the series carry no label {name!r}" for name in lost],
            )

    @property
    def labels(self) -> frozenset[Label]:
        return frozenset(self.by)

    @property
    def unit(self) -> Unit:
        return Unit.COUNT if self.operation == "count" else self.inner.unit

    def promql(self, names: Names = CLASSIC) -> str:
        grouping = f" by ({', '.join(names.label(label) for label in self.by)})" if self.by else ""
        separator = " " if grouping else ""
        return f"{self.operation}{grouping}{separator}({self.inner.promql(names)})"


@dataclass(frozen=True, slots=True, eq=False)
class Quantile(Expression):
    """A quantile of a histogram's observations over a window.

    Raises InvalidDeclaration for a quantile outside 0 to 1 and for a label the series do not carry.
    """

    quantile: Number
    histogram: HistogramSelector
    window: str
    by: tuple[Label, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.quantile <= 1:
            raise InvalidDeclaration(f"quantile {self.quantile}", ["a quantile lies between 0 and 1: p95 is 0.95"])
        self._buckets()

    @property
    def labels(self) -> frozenset[Label]:
        return frozenset(self.by)

    @property
    def unit(self) -> Unit:
        return self.histogram.metric.unit

    def promql(self, names: Names = CLASSIC) -> str:
        return f"histogram_quantile({number_text(self.quantile)}, {self._buckets().promql(names)})"

    def _buckets(self) -> Aggregate:
        return Aggregate("sum", self.histogram.buckets.rate(self.window), (*self.by, LE))


@dataclass(frozen=True, slots=True, eq=False)
class Absent(Expression):
    """1 when no series meets the conditions."""

    selector: Selector

    @property
    def labels(self) -> frozenset[Label]:
        return frozenset(matcher.label for matcher in self.selector.matchers if matcher.operator == "=")

    @property
    def unit(self) -> Unit:
        return Unit.BOOLEAN

    def promql(self, names: Names = CLASSIC) -> str:
        return f"absent({self.selector.promql(names)})"


def total(inner: Expression, *by: Label) -> Aggregate:
    """`sum`, by some labels or into one series."""
    return Aggregate("sum", inner, by)


def ratio(part: Expression, whole: Expression) -> Binary:
    """Part of whole, absent (rather than NaN) while the whole is zero."""
    return part / (whole > 0)


def or_zero(part: Expression, whole: Expression) -> Binary:
    """The part, or zero with the labels of the whole where there is none yet."""
    return part.or_(whole * 0)
