"""One series name and what is known of the series that bear it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType

from watchbill.catalogue.metric import Metric
from watchbill.catalogue.unit import Unit
from watchbill.flow import interval
from watchbill.flow.values import Values
from watchbill.problem import Place


class Kind(Enum):
    """What the samples of a series are."""

    COUNTER = "counter"
    """Only grows: also a histogram's or summary's `_count` and `_sum`."""
    GAUGE = "gauge"
    BUCKET = "histogram bucket"
    """Cumulative counter of a classic histogram, with a label `le`."""
    NATIVE = "native histogram"
    QUANTILE = "quantile"
    """A gauge of a summary's quantile: it cannot be aggregated."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """`name` is the series' name as exposed, with `_bucket` and the like.

    `labels` are those its series can carry, under the exposed names; `certain` those that every series carries. With
    `is_open`, there may be labels that nobody declared (a metric known by its type alone). `metric` and `place` say
    which catalogue value it comes from and where that stands, where there is one. `bounds` are a bucket's, and its
    `unit` is that of the bounds. `rated` and `is_aggregated` are those of the flow that is recorded.
    """

    name: str
    kind: Kind
    unit: Unit = Unit.COUNT
    labels: Mapping[str, Values] = field(default_factory=lambda: MappingProxyType(dict[str, Values]()))
    certain: frozenset[str] = frozenset()
    is_open: bool = False
    bounds: tuple[float, ...] = ()
    metric: Metric | None = None
    place: Place | None = None
    is_recorded: bool = False
    low: float | None = None
    """The least value it can take, where that is known: 0 for a counter, a ratio, an up."""
    high: float | None = None
    """The greatest: 1 for a ratio or a boolean."""
    rated: int = 0
    is_aggregated: bool = False

    def merged_with(self, other: "Family") -> "Family":
        """What is known of series that may be of either: for a name that several rules record."""
        low, high = interval.union((self.low, self.high), (other.low, other.high))
        return replace(
            self,
            kind=self.kind if self.kind is other.kind else Kind.UNKNOWN,
            unit=self.unit if self.unit is other.unit else Unit.COUNT,
            labels=either(self.labels, other.labels),
            certain=self.certain & other.certain,
            is_open=self.is_open or other.is_open,
            bounds=tuple(sorted({*self.bounds, *other.bounds})),
            low=low,
            high=high,
            rated=min(self.rated, other.rated),
            is_aggregated=self.is_aggregated and other.is_aggregated,
        )


def either(labels: Mapping[str, Values], others: Mapping[str, Values]) -> Mapping[str, Values]:
    """The labels of both, with the values they have in either."""
    if labels is others:
        return labels
    merged = dict(labels)
    for label, values in others.items():
        merged[label] = merged[label].or_(values) if label in merged else values
    return merged
