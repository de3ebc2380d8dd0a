"""Metrics of a team's own, beside the catalogue's: what is wrong with them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from watchbill.catalogue import METRICS
from watchbill.catalogue.label import TARGET_LABELS
from watchbill.catalogue.metric import Counter, Gauge, Histogram, Metric, Recorded
from watchbill.catalogue.unit import Unit
from watchbill.problem import Problem

_OURS = "watchbill_"
_OF_TARGETS = frozenset(label.name for label in TARGET_LABELS)
_NAMED_UNITS = (Unit.SECONDS, Unit.BYTES, Unit.RATIO, Unit.TIMESTAMP)
_BASE_UNITS = {
    "ms": Unit.SECONDS,
    "milliseconds": Unit.SECONDS,
    "minutes": Unit.SECONDS,
    "hours": Unit.SECONDS,
    "kilobytes": Unit.BYTES,
    "megabytes": Unit.BYTES,
    "kb": Unit.BYTES,
    "mb": Unit.BYTES,
    "percent": Unit.RATIO,
}
_ENDING = re.compile(rf"_({'|'.join(_BASE_UNITS)})$")


def fault_of(metric: Metric) -> tuple[str, str] | None:
    """Why a metric cannot be a team's own, and what to do about it."""
    if not isinstance(metric, Counter | Gauge | Histogram):
        return f"{metric.name!r} is a {type(metric).__name__}", "only a Counter, a Gauge or a Histogram is emitted"
    return clash_of(metric) or _fault_of_unit(metric)


def clash_of(metric: Metric) -> tuple[str, str] | None:
    """Why its name belongs to somebody else, and what to do about it."""
    if metric.name.startswith(_OURS):
        return f"{metric.name!r} begins like Watchbill's own metrics", "begin it with the service's name"
    taken = next((_taken()[name] for name in _claimed(metric) if name in _taken()), None)
    if taken is not None:
        return f"{metric.name!r} stands in the catalogue: {taken.help}", "choose another name"
    target = next((label for label in metric.labels if label.name in _OF_TARGETS), None)
    if target is not None:
        return f"label {target.name!r} of {metric.name!r} is one that targets have", "rename the label"
    return None


def problems_of(metrics: Iterable[Metric]) -> Iterator[Problem]:
    """Every mistake in the metrics of one service, at the line that declares each."""
    series: dict[str, Metric] = {}
    for metric in metrics:
        fault = fault_of(metric)
        if fault:
            yield Problem(metric.place, *fault)
        clashing = {series[name].name: None for name in _claimed(metric) if name in series}
        for other in clashing:
            cause = f"{metric.name!r} stands there twice" if other == metric.name else f"{metric.name!r} clashes with"
            full = cause if other == metric.name else f"{cause} the series of {other!r}"
            yield Problem(metric.place, full, "keep one of them, or rename it")
        series |= dict.fromkeys(_claimed(metric), metric)


def contradictions(metrics: Iterable[Metric]) -> Iterator[Problem]:
    """Metrics of one name that several services declare differently."""
    first: dict[str, Metric] = {}
    told: set[object] = set()
    for metric in metrics:
        known = first.setdefault(metric.name, metric)
        if known != metric and metric.place not in told:
            told.add(metric.place)
            yield Problem(
                metric.place,
                f"{metric.name!r} is declared twice, differently: see {known.place}",
                "declare it once and use that object in both services, or rename one",
            )


def _fault_of_unit(metric: Metric) -> tuple[str, str] | None:
    stem = metric.name.removesuffix("_total")
    other = _ENDING.search(stem)
    if other is not None:
        base = _BASE_UNITS[other[1]].value
        return f"{metric.name!r} is not in a base unit", f"measure in {base}, and let the name say so"
    if metric.unit in _NAMED_UNITS and not stem.endswith(metric.unit.value):
        ending = metric.unit.value + ("_total" if isinstance(metric, Counter) else "")
        return f"{metric.name!r} does not say its unit", f"let its name end in _{ending}"
    return None


def _claimed(metric: Metric) -> tuple[str, ...]:
    """Names that nothing else in a registry may have: also that of the family in OpenMetrics, and when it began."""
    if isinstance(metric, Gauge | Recorded):
        return metric.series
    family = metric.name.removesuffix("_total")
    return tuple(dict.fromkeys((*metric.series, family, f"{family}_created")))


@cache
def _taken() -> Mapping[str, Metric]:
    return {name: metric for metric in METRICS.values() for name in _claimed(metric)}
