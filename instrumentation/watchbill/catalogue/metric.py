"""Metrics as typed values: instrumentation emits them, expressions refer to them, documents describe them."""

import re
from dataclasses import dataclass, field
from math import isfinite
from typing import ClassVar

from watchbill.catalogue.label import LE, Label, Origin
from watchbill.catalogue.unit import Unit
from watchbill.errors import InvalidDeclaration
from watchbill.problem import Place, is_a, is_list

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_RECORDED_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*(:[a-zA-Z0-9_]+){1,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What every kind has: a name, a help text, a unit and labels. Use one of its kinds.

    `suffixes` are what its series add to its name, `place` is the line that declares it. `at_most` bounds the series of
    one target where the values of labels depend on each other, such as a schema and a table; 0 leaves it to the labels.
    `community_name` keeps a name that an older exporter made known, whatever it promises.
    """

    suffixes: ClassVar[tuple[str, ...]] = ("",)

    name: str
    help: str
    unit: Unit = Unit.COUNT
    labels: tuple[Label, ...] = ()
    at_most: int = 0
    community_name: bool = False
    place: Place = field(default_factory=Place.of_maker, repr=False, compare=False)

    def __post_init__(self) -> None:
        faults = self.misfits()
        if not faults:
            object.__setattr__(self, "labels", tuple(self.labels))
            faults = self.faults()
        if faults:
            raise InvalidDeclaration(f"metric {self.name!r}", faults)

    def misfits(self) -> list[str]:
        """What is not of the kind it must be; people who declare metrics of their own may use no type checker."""
        faults = [f"{one}={got!r} is no text" for one in ("name", "help") if not is_a(got := getattr(self, one), str)]
        if not is_a(self.unit, Unit):
            faults.append(f"unit={self.unit!r} is no unit; write one such as Unit.SECONDS")
        if not (is_list(self.labels) and all(is_a(label, Label) for label in self.labels)):
            faults.append(f"labels={self.labels!r} is no tuple of labels; write labels=(PAYMENT,)")
        if type(self.at_most) is not int or self.at_most < 0:
            faults.append(f"at_most={self.at_most!r} is no number of series")
        return faults

    def faults(self) -> list[str]:
        """Every contradiction in the declaration."""
        faults: list[str] = []
        if not _NAME.fullmatch(self.name):
            faults.append("a metric name has letters, digits and underscores only")
        if self.name.endswith("_total") and not isinstance(self, Counter) and not self.community_name:
            faults.append("a name in _total promises a counter")
        faults += self._faults_of_any()
        if LE.name in {label.name for label in self.labels}:
            faults.append("`le` belongs to the buckets of a histogram; do not declare it")
        foreign = [label.name for label in self.labels if label.origin is not Origin.CODE]
        if foreign:
            faults.append(f"{', '.join(foreign)} come from the target; code does not emit them")
        return faults

    def _promises_a_counter(self) -> bool:
        return self.name.endswith("_total")

    def _faults_of_any(self) -> list[str]:
        names = [label.name for label in self.labels]
        faults: list[str] = []
        if not self.help.strip():
            faults.append("give a help text")
        if len(names) != len(set(names)):
            faults.append("a label stands twice")
        return faults

    @property
    def series(self) -> tuple[str, ...]:
        """The names of the series it exposes."""
        return tuple(self.name + suffix for suffix in self.suffixes)

    @property
    def series_limit(self) -> int:
        """The largest number of label combinations one target can expose."""
        product = 1
        for label in self.labels:
            product *= label.limit
        return min(product, self.at_most) if self.at_most else product


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter(Metric):
    """Only ever grows, and starts at zero with its process."""

    def faults(self) -> list[str]:
        faults = Metric.faults(self)
        if not self.community_name and not self.name.endswith("_total"):
            faults.append("a counter's name ends in _total")
        return faults

    def _promises_a_counter(self) -> bool:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge(Metric):
    """Goes up and down. Those of several workers add up, unless the one written `latest`, or the `highest`, holds.

    `community_name` keeps a name that an older exporter made known, even in `_total`.
    """

    latest: bool = False
    highest: bool = False
    community_name: bool = False

    def faults(self) -> list[str]:
        faults = Metric.faults(self)
        if self.latest and self.highest:
            faults.append("of several workers either the latest holds or the highest")
        return faults

    def _promises_a_counter(self) -> bool:
        return not self.community_name and self.name.endswith("_total")


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram(Metric):
    """Observations counted in buckets, with their sum and number. Bounds are in the metric's unit, without +Inf."""

    suffixes: ClassVar[tuple[str, ...]] = ("_bucket", "_sum", "_count")

    buckets: tuple[float, ...]

    def misfits(self) -> list[str]:
        faults = Metric.misfits(self)
        if not (is_list(self.buckets) and all(_is_number(bound) for bound in self.buckets)):
            return [*faults, f"buckets={self.buckets!r} is no tuple of numbers; write buckets=(0.1, 0.5, 1)"]
        object.__setattr__(self, "buckets", tuple(self.buckets))
        return faults

    def faults(self) -> list[str]:
        faults = Metric.faults(self)
        if not self.buckets:
            faults.append("give at least one bucket bound")
        if not all(isfinite(bound) for bound in self.buckets):
            faults.append("bucket bounds are finite; +Inf is implied")
        elif list(self.buckets) != sorted(set(self.buckets)):
            faults.append("bucket bounds ascend and none stands twice")
        return faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Metric):
    """Written by a recording rule. Its labels are all that the recorded series carry, whoever put them there."""

    def faults(self) -> list[str]:
        faults: list[str] = []
        if not _RECORDED_NAME.fullmatch(self.name):
            faults.append("a recorded name reads level:metric:operations")
        return faults + self._faults_of_any()


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthetic(Recorded):
    """Written by Prometheus itself while it evaluates rules. Its labels are those that every such series carries."""

    def faults(self) -> list[str]:
        return self._faults_of_any()


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
