"""Names profiles: how a service spells the catalogue's metrics and labels.

A profile is applied where a metric is created and where an expression is written out, so it costs nothing per
request and everything generated follows.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, cast

from watchbill.catalogue import FROM_OTHERS, METRICS, semantic_conventions
from watchbill.catalogue.label import LE, TARGET_LABELS, Label, Origin, is_label_name
from watchbill.catalogue.metric import Metric
from watchbill.errors import InvalidDeclaration
from watchbill.problem import is_a

Labels = Mapping[str, str] | Mapping[Label, str] | Mapping[str | Label, str]
"""New names of labels: a name stands for every label of that name, a Label for itself alone, before its name."""


@dataclass(frozen=True, slots=True)
class Names:
    """A mapping from catalogue names to the names a service uses; what it does not name stays as it is.

    `Names({"route": "endpoint"})` renames a label, `Names({STATUS: "code"})` one of several labels of one name, and
    `Names(metrics={"http_requests_total": "web_requests_total"})` a metric. Labels of the target (`job`, `instance`,
    `service`, …) and the exporter's metrics and labels are never renamed.
    """

    labels: Labels = field(default_factory=dict[str | Label, str])
    metrics: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        for role, mapping in (("labels", self.labels), ("metrics", self.metrics)):
            if is_a(mapping, Mapping):
                object.__setattr__(self, role, MappingProxyType(dict[Any, str](mapping)))

    def __hash__(self) -> int:
        return hash((frozenset(self.labels.items()), frozenset(self.metrics.items())))

    @classmethod
    def classic(cls) -> "Names":
        """The catalogue's own names: Prometheus' classic ones."""
        return cls()

    @classmethod
    def opentelemetry(cls) -> "Names":
        """OpenTelemetry's semantic conventions 1.44.0, as Prometheus names what comes over OTLP.

        Names alone change: a metric keeps its kind, its buckets, and its labels with their values. A metric or label
        without a convention keeps its name.
        """
        metrics = {metric.name: semantic_conventions.exposed_metric(metric) for metric in semantic_conventions.METRICS}
        labels = {
            label: semantic_conventions.exposed_label(attribute)
            for label, attribute in semantic_conventions.LABELS.items()
        }
        return cls(labels, metrics)

    def but(self, labels: Labels | None = None, metrics: Mapping[str, str] | None = None) -> "Names":
        """This profile with other names for some labels and metrics."""
        others = _by_label_or_name(labels or {})
        kept = {old: new for old, new in _by_label_or_name(self.labels).items() if _name(old) not in others}
        return Names({**kept, **others}, {**self.metrics, **(metrics or {})})

    @property
    def renames_nothing(self) -> bool:
        """Whether every metric and label keeps its name."""
        return not self.labels and not self.metrics

    def metric(self, metric: Metric) -> str:
        """The name this profile gives to a metric."""
        return self.metrics.get(metric.name, metric.name)

    def label(self, label: Label) -> str:
        """The name this profile gives to a label."""
        if not self.labels or _is_fixed(label):
            return label.name
        labels = _by_label_or_name(self.labels)
        return labels.get(label) or labels.get(label.name, label.name)

    def faults(self, catalogue: Mapping[str, Metric]) -> Iterator[str]:
        """What is wrong with this profile, given every metric it may meet."""
        misshapen = [
            *_misshapen("labels", self.labels, keys=(str, Label)),
            *_misshapen("metrics", self.metrics, keys=(str,)),
        ]
        if misshapen:
            yield from misshapen
            return
        yield from self._faults_of_labels(catalogue)
        yield from self._faults_of_metrics(catalogue)
        if not self.renames_nothing:
            yield from self._collisions(catalogue)

    def _faults_of_labels(self, catalogue: Mapping[str, Metric]) -> Iterator[str]:
        if not self.labels:
            return
        known = {*_labels(catalogue.values()), *TARGET_LABELS, LE}
        fixed = {label.name for label in known if label.origin is not Origin.CODE or label == LE}
        for old, new in _by_label_or_name(self.labels).items():
            meant = [label for label in known if label.name == _name(old) and (is_a(old, str) or label == old)]
            if not meant:
                yield f"no metric has a label {_name(old)!r}"
            elif all(_is_fixed(label) for label in meant):
                yield f"the label {_name(old)!r} is not the service's own and keeps its name"
            if not is_label_name(new):
                yield f"{new!r} is no label name"
            elif new in fixed:
                yield f"the label {_name(old)!r} cannot become {new!r}, which is put on every series by others"

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


def _by_label_or_name(labels: Labels) -> Mapping[str | Label, str]:
    return cast("Mapping[str | Label, str]", labels)


def _name(key: str | Label) -> str:
    return key if isinstance(key, str) else key.name


def _labels(metrics: Iterable[Metric]) -> frozenset[Label]:
    return frozenset(label for metric in metrics for label in metric.labels)


def _is_fixed(label: Label) -> bool:
    if label.origin is not Origin.CODE or label.name == LE.name:
        return True
    # By name first: hashing a label costs more than all the rest.
    return label.name in _NAMES_OF_OTHERS and label in _LABELS_OF_OTHERS


def _misshapen(role: str, mapping: object, *, keys: tuple[type, ...]) -> Iterator[str]:
    if not is_a(mapping, Mapping):
        yield f"{role} is {mapping!r}, not a mapping from names to names"
        return
    for old, new in cast("Mapping[object, object]", mapping).items():
        if not (isinstance(old, keys) and is_a(new, str)):
            yield f"{role} maps {old!r} to {new!r}; both must be text"


_LABELS_OF_OTHERS = _labels(metric for metric in METRICS.values() if metric.name in FROM_OTHERS) - _labels(
    metric for metric in METRICS.values() if metric.name not in FROM_OTHERS
)
_NAMES_OF_OTHERS = frozenset(label.name for label in _LABELS_OF_OTHERS)
CLASSIC = Names.classic()
