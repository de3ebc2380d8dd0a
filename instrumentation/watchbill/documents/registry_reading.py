"""A semantic convention registry read into metrics: attributes become labels, names become Prometheus' ones."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from watchbill.catalogue import Counter, Gauge, Histogram, Label, Metric, Unit
from watchbill.catalogue.buckets import HTTP_SECONDS
from watchbill.documents.encoding import FLAGS
from watchbill.documents.registry import ANNOTATIONS
from watchbill.documents.registry_source import Attribute, RegistrySource, sourced
from watchbill.documents.translation import Instrument, prometheus_label, prometheus_name, unit_of
from watchbill.documents.yaml_source import Entry
from watchbill.errors import InvalidDeclaration, WatchbillError
from watchbill.problem import Problem

ASSUMED_BOUND = 100
"""Values that a label may take where the registry names none and says no `annotations.watchbill.bound`."""
ASSUMED_BUCKETS = (0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1e3, 2.5e3, 5e3, 7.5e3, 1e4)
"""Default bounds of the OpenTelemetry SDK specification, for histograms not in seconds."""
_KINDS: dict[Instrument, type[Metric]] = {
    "counter": Counter,
    "gauge": Gauge,
    "updowncounter": Gauge,
    "histogram": Histogram,
}
_SCALARS = frozenset({"string", "int", "double"})
Made = TypeVar("Made")


class WrongRegistry(WatchbillError, ValueError):
    """Registry files contradict themselves; `problems` holds everything that is wrong, by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Registry:
    """The metrics of a registry, and by place what of it could not be kept or had to be assumed."""

    metrics: tuple[Metric, ...]
    remarks: tuple[Problem, ...]


def read(*paths: Path) -> Registry:
    """The metrics of registry files, or of all YAML files in folders.

    Reads the formats `groups:` and `definition/2`. Raises WrongRegistry with every mistake of all files, MissingExtra
    without PyYAML.
    """
    source = sourced(paths)
    reading = _Reading(source)
    metrics = tuple(metric for metric in map(reading.metric, source.metrics) if metric is not None)
    reading.faults += _clashes(metrics)
    if source.faults or reading.faults:
        raise WrongRegistry((*source.faults, *reading.faults))
    return Registry(metrics, tuple(sorted({*source.remarks, *reading.remarks})))


def _clashes(metrics: Iterable[Metric]) -> Iterator[Problem]:
    taken: dict[str, Metric] = {}
    for metric in metrics:
        for series in metric.series:
            earlier = taken.setdefault(series, metric)
            if earlier is not metric:
                cause = f"{metric.name} exposes {series!r}, as does the metric at {earlier.place}"
                yield Problem(metric.place, cause, "rename one of them")


class _Reading:
    """Metrics and labels from their entries; goes on behind a mistake."""

    def __init__(self, source: RegistrySource) -> None:
        self.source = source
        self.faults: list[Problem] = []
        self.remarks: list[Problem] = []
        self._labels: dict[str, Label | None] = {}

    def metric(self, entry: Entry) -> Metric | None:
        """The metric of an entry; None where it is left out."""
        name, instrument, code = (
            entry.said("metric_name") or entry.said("name"),
            entry.said("instrument"),
            entry.field("unit"),
        )
        missing = [key for key, value in (("metric_name", name), ("instrument", instrument)) if not value]
        missing += ["unit"] if code is None else []
        if missing:
            self._fault(entry, f"a metric without {', '.join(missing)}", "say it: the format asks for each")
            return None
        if instrument not in _KINDS:
            self._fault(entry, f"metric {name!r}: {instrument!r} is no instrument", f"use one of {', '.join(_KINDS)}")
            return None
        kind = instrument
        unit = self._unit(entry, name, entry.said("unit"))
        return self._made(
            entry,
            lambda: _KINDS[kind](
                name=entry.said("annotations", ANNOTATIONS, "name") or prometheus_name(name, entry.said("unit"), kind),
                help=_brief(entry) or f"{name}.",
                unit=unit,
                labels=tuple(self._labels_of(entry)),
                place=entry.place,
                **self._special(entry, name, unit, _KINDS[kind]),
            ),
        )

    def _unit(self, entry: Entry, name: str, code: str) -> Unit:
        own = entry.said("annotations", ANNOTATIONS, "unit")
        unit = Unit(own) if own and own in [one.value for one in Unit] else unit_of(code)
        if unit is None:
            self._remark(
                entry,
                f"metric {name!r}: the unit {code!r} is no base unit of ours",
                "its values count as plain numbers",
            )
        return unit or Unit.COUNT

    def _special(self, entry: Entry, name: str, unit: Unit, kind: type[Metric]) -> dict[str, Any]:
        own = entry.field("annotations", ANNOTATIONS)
        special: dict[str, Any] = {key: True for key in FLAGS if own and own.said(key) == "true" and hasattr(kind, key)}
        if kind is Histogram:
            bounds = own.field("buckets") if own else None
            special["buckets"] = tuple(self._numbers(bounds)) if bounds else self._assumed_buckets(entry, name, unit)
        at_most = own.said("at_most") if own else ""
        if at_most.isascii() and at_most.isdigit():
            special["at_most"] = int(at_most[:18])
        return special

    def _numbers(self, bounds: Entry) -> Iterator[float]:
        for one in bounds.items:
            try:
                yield float(one.text)
            except ValueError:
                self._fault(one, f"{one.text!r} is no bucket bound", "give a number")

    def _assumed_buckets(self, entry: Entry, name: str, unit: Unit) -> tuple[float, ...]:
        bounds = HTTP_SECONDS if unit is Unit.SECONDS else ASSUMED_BUCKETS
        remedy = f"OpenTelemetry's default is assumed; say annotations.{ANNOTATIONS}.buckets"
        self._remark(entry, f"histogram {name!r} names no bucket bounds", remedy)
        return bounds

    def _labels_of(self, entry: Entry) -> Iterator[Label]:
        for attribute in self.source.attributes_of(entry):
            if attribute.name not in self._labels:
                self._labels[attribute.name] = self._label(attribute)
            label = self._labels[attribute.name]
            if label is not None:
                yield label

    def _label(self, attribute: Attribute) -> Label | None:
        entry = attribute.entry
        kind = entry.field("type")
        members = kind.field("members") if kind else None
        values = tuple(dict.fromkeys(map(_value, members.items))) if members else ()
        if not members and kind and kind.text == "boolean":
            values = ("true", "false")
        elif not members and (kind is None or kind.text not in _SCALARS):
            said = kind.text if kind and kind.text else "none"
            self._remark(entry, f"attribute {attribute.name!r} of type {said} fits into no label", "it is left out")
            return None
        own = entry.field("annotations", ANNOTATIONS)
        return self._made(
            entry,
            lambda: Label(
                name=(own.said("name") if own else "") or prometheus_label(attribute.name),
                help=_brief(entry) or f"{attribute.name}.",
                values=values,
                bound=self._bound(attribute, own, is_known=bool(values)),
            ),
        )

    def _bound(self, attribute: Attribute, own: Entry | None, *, is_known: bool) -> int:
        said = own.field("bound") if own else None
        if said is not None:
            if said.text.isascii() and said.text.isdigit():
                return int(said.text[:18])
            self._fault(said, f"{said.text!r} is no bound", "give a whole number of values")
        if said is None and not is_known:
            remedy = f"{ASSUMED_BOUND} are assumed; say annotations.{ANNOTATIONS}.bound"
            self._remark(attribute.entry, f"attribute {attribute.name!r} says not how many values it takes", remedy)
        return 0 if is_known else ASSUMED_BOUND

    def _made(self, entry: Entry, make: Callable[[], Made]) -> Made | None:
        try:
            return make()
        except InvalidDeclaration as error:
            for fault in error.faults:
                self._fault(entry, f"{error.subject}: {fault}", f"rename it, or say annotations.{ANNOTATIONS}.name")
            return None

    def _fault(self, entry: Entry, cause: str, remedy: str) -> None:
        self.faults.append(Problem(entry.place, cause, remedy))

    def _remark(self, entry: Entry, cause: str, remedy: str) -> None:
        self.remarks.append(Problem(entry.place, cause, remedy))


def _brief(entry: Entry) -> str:
    return " ".join(entry.said("brief").split())


def _value(member: Entry) -> str:
    """What a member of an enumeration stands for, which may be no text at all."""
    value = member.field("value")
    return member.said("id") if value is None else value.text
