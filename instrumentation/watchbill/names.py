"""Names profiles: how a service spells the catalogue's metrics and labels.

A profile is applied where a metric is created and where an expression is written out, so it costs nothing per
request and everything generated follows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from watchbill.catalogue.label import LE, Label, Origin
from watchbill.catalogue.metric import Metric


@dataclass(frozen=True, slots=True)
class Names:
    """A mapping from catalogue names to the names a service uses; what it does not name stays as it is.

    `Names({"route": "endpoint"})` renames a label, `Names(metrics={"http_requests_total": "web_requests_total"})`
    a metric. Labels of the target (`job`, `instance`, `service`, …) are never renamed.
    """

    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    metrics: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", MappingProxyType(dict(self.labels)))
        object.__setattr__(self, "metrics", MappingProxyType(dict(self.metrics)))

    def __hash__(self) -> int:
        return hash((frozenset(self.labels.items()), frozenset(self.metrics.items())))

    @classmethod
    def classic(cls) -> "Names":
        """The catalogue's own names: Prometheus' classic ones."""
        return cls()

    def metric(self, metric: Metric) -> str:
        """The name this profile gives to a metric."""
        return self.metrics.get(metric.name, metric.name)

    def label(self, label: Label) -> str:
        """The name this profile gives to a label."""
        return self.labels.get(label.name, label.name) if label.origin is Origin.CODE else label.name

    def faults(self, catalogue: Mapping[str, Metric]) -> Iterator[str]:
        """What is wrong with this profile, given every metric it may meet."""
        labels = {label.name for metric in catalogue.values() for label in metric.labels}
        fixed = {
            label.name for metric in catalogue.values() for label in metric.labels if label.origin is not Origin.CODE
        } | {LE.name}
        for old in self.labels:
            if old not in labels:
                yield f"no metric has a label {old!r}"
            elif old in fixed:
                yield f"the label {old!r} belongs to the target and keeps its name"
        for old in self.metrics:
            if old not in catalogue:
                yield f"there is no metric {old!r}"
        yield from self._collisions(catalogue)

    def _collisions(self, catalogue: Mapping[str, Metric]) -> Iterator[str]:
        taken: dict[str, str] = {}
        for metric in catalogue.values():
            name = self.metric(metric)
            if name in taken:
                yield f"both {taken[name]!r} and {metric.name!r} become {name!r}"
            taken[name] = metric.name
            if len({self.label(label) for label in metric.labels}) < len(metric.labels):
                yield f"two labels of {metric.name!r} get the same name"


CLASSIC = Names.classic()
