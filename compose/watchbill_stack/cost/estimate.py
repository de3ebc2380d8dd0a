"""How many series one metric has on one target."""

from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

from watchbill.catalogue import LE, Histogram, Metric
from watchbill.catalogue.buckets import bound_text
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_TIME_TO_FIRST_BYTE
from watchbill.names import CLASSIC
from watchbill.service import Service
from watchbill_stack.cost.emitted import OWN, Emitted
from watchbill_stack.cost.label_count import LabelCount, counts_of

_TIMED = (HTTP_REQUEST_DURATION, HTTP_TIME_TO_FIRST_BYTE)
_INFINITY = float("inf")


@dataclass(frozen=True)
class Estimate:
    """`name` is as exposed. `most` and `likely` are series of one target; `likely` is None where nothing tells.

    There are no more combinations than `ceiling`, where that is known from elsewhere.
    """

    metric: Metric
    name: str
    labels: tuple[LabelCount, ...]
    because: str
    ceiling: int | None = None

    @cached_property
    def combinations(self) -> int:
        """The largest number of label combinations, buckets apart."""
        combinations = prod(label.most for label in self.labels)
        return combinations if self.ceiling is None else min(combinations, self.ceiling)

    @cached_property
    def likely_combinations(self) -> int | None:
        """The number of label combinations that the stack file lets one expect."""
        likely = [label.likely for label in self.labels]
        return None if None in likely else prod(one for one in likely if one is not None)

    @cached_property
    def width(self) -> int:
        """Series of one combination: one, or a histogram's buckets with +Inf, its sum and its count."""
        return len(self.metric.buckets) + 3 if isinstance(self.metric, Histogram) else 1

    @cached_property
    def most(self) -> int:
        """Series at worst."""
        return self.combinations * self.width

    @cached_property
    def likely(self) -> int | None:
        """Series to be expected."""
        combinations = self.likely_combinations
        return None if combinations is None else combinations * self.width

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of its series."""
        return tuple(self.name + suffix for suffix in self.metric.suffixes)

    def of_series(self, name: str) -> tuple[LabelCount, ...]:
        """The labels of the series of one name, `le` included."""
        if not isinstance(self.metric, Histogram) or name != self.names[0]:
            return self.labels
        bounds = frozenset(map(bound_text, (*self.metric.buckets, _INFINITY)))
        return (*self.labels, LabelCount(LE.name, len(bounds), len(bounds), "buckets", bounds))


def estimate(emitted: Emitted, service: Service | None) -> Estimate:
    """The series of a metric on one target of a service, or of the exporter where there is none."""
    metric, names = emitted.metric, service.names if service is not None else CLASSIC
    if service is not None and isinstance(metric, Histogram) and metric in _TIMED:
        metric = replace(metric, buckets=service.latency_buckets)
    counts = counts_of(metric, service, is_own=emitted.because == OWN)
    return Estimate(metric, names.metric(metric), counts, emitted.because, metric.at_most or None)
