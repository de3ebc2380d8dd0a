"""Names profiles: how a service spells the catalogue's metrics and labels.

A profile is applied where a metric is created and where an expression is written out, so it costs nothing per
request and everything generated follows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from watchbill.catalogue import FROM_OTHERS
from watchbill.catalogue.label import LE, TARGET_LABELS, Label, Origin, is_label_name
from watchbill.catalogue.metric import Metric
from watchbill.errors import InvalidDeclaration
from watchbill.problem import is_a


@dataclass(frozen=True, slots=True)
class Names:
    """A mapping from catalogue names to the names a service uses; what it does not name stays as it is.

    `Names({"route": "endpoint"})` renames a label, `Names(metrics={"http_requests_total": "web_requests_total"})`
    a metric. Labels of the target (`job`, `instance`, `service`, …) and the exporter's metrics are never renamed.
    """

    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    metrics: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        for role, mapping in (("labels", self.labels), ("metrics", self.metrics)):
            if is_a(mapping, Mapping):
                object.__setattr__(self, role, MappingProxyType(dict(mapping)))

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
        return label.name if _is_fixed(label) else self.labels.get(label.name, label.name)

    def faults(self, catalogue: Mapping[str, Metric]) -> Iterator[str]:
        """What is wrong with this profile, given every metric it may meet."""
        misshapen = [*_misshapen("labels", self.labels), *_misshapen("metrics", self.metrics)]
        if misshapen:
            yield from misshapen
            return
        yield from self._faults_of_labels(catalogue)
        yield from self._faults_of_metrics(catalogue)
        yield from self._collisions(catalogue)

    def _faults_of_labels(self, catalogue: Mapping[str, Metric]) -> Iterator[str]:
        labels = {label for metric in catalogue.values() for label in metric.labels}
        fixed = {label.name for label in (*labels, *TARGET_LABELS, LE) if _is_fixed(label)}
        own = {label.name for one in catalogue.values() if one.name not in FROM_OTHERS for label in one.labels} - fixed
        known = fixed | {label.name for label in labels}
        for old, new in self.labels.items():
            if old not in known:
                yield f"no metric has a label {old!r}"
            elif old not in own:
                yield f"the label {old!r} is not the service's own and keeps its name"
            if not is_label_name(new):
                yield f"{new!r} is no label name"
            elif new in fixed:
                yield f"the label {old!r} cannot become {new!r}, which is put on every series by others"

    def _faults_of_metrics(self, catalogue: Mapping[str, Metric]) -> Iterator[str]:
        for old, new in self.metrics.items():
            if old not in catalogue:
                yield f"there is no metric {old!r}"
                continue
            if old in FROM_OTHERS:
                yield f"the metric {old!r} is not the service's own and keeps its name"
                continue
            try:
                replace(catalogue[old], name=new)
            except InvalidDeclaration as error:
                for fault in error.faults:
                    yield f"the metric {old!r} cannot become {new!r}: {fault}"

    def _collisions(self, catalogue: Mapping[str, Metric]) -> Iterator[str]:
        taken: dict[str, str] = {}
        for metric in catalogue.values():
            for series in (self.metric(metric) + suffix for suffix in metric.suffixes):
                if taken.setdefault(series, metric.name) != metric.name:
                    yield f"both {taken[series]!r} and {metric.name!r} become {series!r}"
            if len({self.label(label) for label in metric.labels}) < len(metric.labels):
                yield f"two labels of {metric.name!r} get the same name"


def _is_fixed(label: Label) -> bool:
    return label.origin is not Origin.CODE or label == LE


def _misshapen(role: str, mapping: Mapping[str, str]) -> Iterator[str]:
    if not is_a(mapping, Mapping):
        yield f"{role} is {mapping!r}, not a mapping from names to names"
        return
    for old, new in mapping.items():
        if not (is_a(old, str) and is_a(new, str)):
            yield f"{role} maps {old!r} to {new!r}; both must be text"


CLASSIC = Names.classic()
