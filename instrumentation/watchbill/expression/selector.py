"""From a metric to an expression: which series, then what is done with them over time.

Each kind of metric has a selector of its own, so that `rate` of a gauge or a mean of a counter does not type-check.
"""

from dataclasses import dataclass
from typing import Literal, overload

from watchbill.catalogue.buckets import bound_text
from watchbill.catalogue.label import LE, TARGET_LABELS, Label, Matcher
from watchbill.catalogue.metric import Counter, Gauge, Histogram, Metric, Recorded
from watchbill.catalogue.unit import Unit
from watchbill.errors import InvalidDeclaration
from watchbill.expression.node import Expression
from watchbill.names import CLASSIC, Names

_OF_TARGET = frozenset(TARGET_LABELS)
_NAMES_OF_TARGET = frozenset(label.name for label in TARGET_LABELS)
RateFunction = Literal["rate", "increase"]
OverTime = Literal["avg_over_time", "max_over_time", "min_over_time", "sum_over_time"]


@dataclass(frozen=True, slots=True, eq=False)
class Selector(Expression):
    """The series of a metric that meet all conditions."""

    metric: Metric
    matchers: tuple[Matcher, ...]
    suffix: str = ""

    @property
    def labels(self) -> frozenset[Label]:
        own = frozenset(self.metric.labels)
        if not isinstance(self.metric, Recorded):
            own |= _OF_TARGET
        return own | {LE} if self.suffix == "_bucket" else own

    @property
    def unit(self) -> Unit:
        return Unit.COUNT if self.suffix in {"_bucket", "_count"} else self.metric.unit

    def promql(self, names: Names = CLASSIC) -> str:
        name = names.metric(self.metric) + self.suffix
        conditions = ",".join(
            f"{names.label(matcher.label)}{matcher.operator}{quoted(matcher.value)}" for matcher in self.matchers
        )
        return f"{name}{{{conditions}}}" if conditions else name


class GaugeSelector(Selector):
    """Series whose value itself means something."""

    __slots__ = ()

    def over_time(self, function: OverTime, window: str) -> "Ranged":
        """The mean, maximum, minimum or sum of the samples in the window."""
        return Ranged(self, function, window)


class CounterSelector(Selector):
    """Series that only grow."""

    __slots__ = ()

    def rate(self, window: str) -> "Ranged":
        """Growth per second over the window."""
        return Ranged(self, "rate", window)

    def increase(self, window: str) -> "Ranged":
        """Growth over the window."""
        return Ranged(self, "increase", window)


@dataclass(frozen=True, slots=True, eq=False)
class HistogramSelector:
    """The observations that meet all conditions; their number, sum and buckets are counters."""

    metric: Histogram
    matchers: tuple[Matcher, ...]

    @property
    def count(self) -> CounterSelector:
        """How many observations."""
        return CounterSelector(self.metric, self.matchers, "_count")

    @property
    def sum(self) -> CounterSelector:
        """The sum of all observations."""
        return CounterSelector(self.metric, self.matchers, "_sum")

    @property
    def buckets(self) -> CounterSelector:
        """Observations at or under each bound."""
        return CounterSelector(self.metric, self.matchers, "_bucket")

    def at_most(self, bound: float) -> CounterSelector:
        """Observations at or under a bound, in the metric's unit."""
        return CounterSelector(self.metric, (*self.matchers, LE.equals(bound_text(bound))), "_bucket")


@dataclass(frozen=True, slots=True, eq=False)
class Ranged(Expression):
    """A function over a window of samples."""

    selector: Selector
    function: RateFunction | OverTime
    window: str

    @property
    def labels(self) -> frozenset[Label]:
        return self.selector.labels

    @property
    def unit(self) -> Unit:
        return self.selector.unit.per_second if self.function == "rate" else self.selector.unit

    def promql(self, names: Names = CLASSIC) -> str:
        return f"{self.function}({self.selector.promql(names)}[{self.window}])"


@overload
def select(metric: Counter, *matchers: Matcher) -> CounterSelector: ...
@overload
def select(metric: Gauge | Recorded, *matchers: Matcher) -> GaugeSelector: ...
@overload
def select(metric: Histogram, *matchers: Matcher) -> HistogramSelector: ...
def select(
    metric: Counter | Gauge | Recorded | Histogram, *matchers: Matcher
) -> CounterSelector | GaugeSelector | HistogramSelector:
    """The series of a metric that meet all conditions; raises InvalidDeclaration for a label it does not have."""
    # A recorded series carries what its rule kept; anything else has the target's labels too.
    from_target = () if isinstance(metric, Recorded) else _NAMES_OF_TARGET
    known = {label.name for label in metric.labels}.union(from_target)
    unknown = sorted({name for matcher in matchers if (name := matcher.label.name) not in known})
    if unknown:
        raise InvalidDeclaration(
            f"selector of {metric.name}",
            [f"it has no label {name!r}; it has {sorted(known)}" for name in unknown],
        )
    match metric:
        case Counter():
            return CounterSelector(metric, matchers)
        case Histogram():
            return HistogramSelector(metric, matchers)
        case _:
            return GaugeSelector(metric, matchers)


def quoted(value: str) -> str:
    """A string literal of PromQL."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
