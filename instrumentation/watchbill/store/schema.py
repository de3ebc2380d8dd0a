"""What a stored family of series looks like, and how the same series of several worker processes become one."""

from dataclasses import dataclass
from typing import Literal

from watchbill.catalogue.metric import Gauge, Histogram, Metric
from watchbill.catalogue.process import WORKER
from watchbill.catalogue.unit import Unit
from watchbill.names import Names

Kind = Literal["counter", "gauge", "histogram", "summary"]
Merge = Literal["sum", "live", "worker", "max", "min", "latest", "live_latest"]
"""How workers are merged.

`sum` adds all, dead ones too; `live` adds those alive; `max` and `min` choose among those alive; `worker` keeps those
alive apart by the label of that name; `latest` takes the one written last, dead or alive, and `live_latest` the one
that a living one wrote last.
"""


@dataclass(frozen=True, slots=True)
class Schema:
    """A family: its full name (`_total` included), its label names, and its bounds if it is a histogram.

    A series is `width` cells long: a histogram's buckets (not cumulative, the last without bound) and its sum;
    a summary's count and sum; a value and the Unix time of its writing when merged by `latest` or `live_latest`; else
    a value.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    merge: Merge = "sum"

    @property
    def width(self) -> int:
        """Cells of one series."""
        if self.kind == "histogram":
            return len(self.bounds) + 2
        return 2 if self.kind == "summary" or self.is_dated else 1

    @property
    def is_dated(self) -> bool:
        """Whether each value has the time of its writing beside it."""
        return self.merge in {"latest", "live_latest"}

    @property
    def places(self) -> int:
        """How many exemplars a series can have: one per bucket, or one."""
        return len(self.bounds) + 1 if self.kind == "histogram" else 1


def schema_of(metric: Metric, names: Names) -> Schema:
    """The schema of a catalogue metric under a service's names."""
    own = tuple(names.label(label) for label in metric.labels if label != WORKER)
    bounds = metric.buckets if isinstance(metric, Histogram) else ()
    kind: Kind = "histogram" if bounds else "gauge" if isinstance(metric, Gauge) else "counter"
    return Schema(names.metric(metric), kind, metric.help, own, bounds, merge_of(metric))


def merge_of(metric: Metric) -> Merge:
    """Metrics with the label WORKER are kept apart; gauges add up over the workers alive.

    Of times the latest holds, and a yes or no is yes when every worker says so; other gauges say what holds of them.
    """
    if WORKER in metric.labels:
        return "worker"
    if not isinstance(metric, Gauge):
        return "sum"
    if metric.latest:
        return "live_latest"
    if metric.unit is Unit.BOOLEAN:
        return "min"
    return "max" if metric.highest or metric.unit is Unit.TIMESTAMP else "live"
