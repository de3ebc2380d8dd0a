"""The catalogue's metrics as families of series, under the names that a profile exposes."""

from collections.abc import Iterable, Iterator
from types import MappingProxyType

from watchbill.catalogue import METRICS
from watchbill.catalogue.buckets import bound_text
from watchbill.catalogue.label import INSTANCE, JOB, LE, TARGET_LABELS, Label, Origin
from watchbill.catalogue.metric import Counter, Histogram, Metric, Recorded, Synthetic
from watchbill.catalogue.unit import Unit
from watchbill.flow.family import Family, Kind
from watchbill.flow.interval import ANYTHING, Interval
from watchbill.flow.values import Values
from watchbill.guard import OTHER
from watchbill.names import CLASSIC, Names

# Prometheus sets these two itself; the others depend on how a target was declared.
_ON_EVERY_TARGET = frozenset({JOB.name, INSTANCE.name})
_OF_UNIT: dict[Unit, Interval] = {Unit.BOOLEAN: (0.0, 1.0), Unit.RATIO: (0.0, 1.0), Unit.TIMESTAMP: (0.0, None)}


def families_of(metrics: Iterable[Metric], names: Names = CLASSIC) -> Iterator[Family]:
    """The families that metrics expose; scraped ones with the labels of their target.

    Recorded and synthetic metrics carry what they declare. A recorded one is known better from its rule.
    """
    for metric in metrics:
        match metric:
            case Histogram():
                yield from _of_histogram(metric, names)
            case Recorded():
                yield _of_recorded(metric, names)
            case Counter():
                yield _scraped(metric, names, "", Kind.COUNTER, (0.0, None))
            case _:
                yield _scraped(metric, names, "", Kind.GAUGE, _OF_UNIT.get(metric.unit, ANYTHING))


def values_of(label: Label) -> Values:
    """The values a label can take."""
    return Values(frozenset(label.values), label.is_closed, label.limit, occur=label.is_closed)


def _values(label: Label, metric: Metric) -> Values:
    """What it can take there: metrics of a team's own fold what a closed label does not know."""
    if label.is_closed and not isinstance(metric, Recorded) and metric.name not in METRICS:
        return Values.only((*label.values, OTHER), occur=True)
    return values_of(label)


_TARGET_VALUES = {label.name: values_of(label) for label in TARGET_LABELS}


def _labels(metric: Metric, names: Names) -> dict[str, Values]:
    return {names.label(label): _values(label, metric) for label in metric.labels}


def _scraped(metric: Metric, names: Names, suffix: str, kind: Kind, limits: Interval) -> Family:
    own = _labels(metric, names)
    bounds: tuple[float, ...] = ()
    unit = metric.unit
    if kind is Kind.BUCKET and isinstance(metric, Histogram):
        bounds = metric.buckets
        own[LE.name] = Values.only((*map(bound_text, bounds), bound_text(float("inf"))), occur=True)
    elif suffix == "_count":
        unit = Unit.COUNT
    return Family(
        name=names.metric(metric) + suffix,
        kind=kind,
        unit=unit,
        labels=MappingProxyType({**_TARGET_VALUES, **own}),
        certain=_ON_EVERY_TARGET.union(label for label, values in own.items() if "" not in values.known),
        bounds=bounds,
        metric=metric,
        place=metric.place,
        low=limits[0],
        high=limits[1],
    )


def _of_histogram(metric: Histogram, names: Names) -> Iterator[Family]:
    yield _scraped(metric, names, "_bucket", Kind.BUCKET, (0.0, None))
    lowest = 0.0 if metric.buckets[0] >= 0 else None
    yield _scraped(metric, names, "_sum", Kind.COUNTER, (lowest, None))
    yield _scraped(metric, names, "_count", Kind.COUNTER, (0.0, None))


def _of_recorded(metric: Recorded, names: Names) -> Family:
    """Of the operations in the name nothing is concluded but what the unit says."""
    is_synthetic = isinstance(metric, Synthetic)
    is_level = is_synthetic or metric.unit is not Unit.COUNT
    return Family(
        name=names.metric(metric),
        kind=Kind.GAUGE if is_level else Kind.UNKNOWN,
        unit=metric.unit,
        labels=MappingProxyType(_labels(metric, names)),
        certain=frozenset(names.label(label) for label in metric.labels if _is_certain(label) and not is_synthetic),
        # An alert's own labels are on its ALERTS too.
        is_open=is_synthetic,
        metric=metric,
        place=metric.place,
        is_recorded=True,
        low=0.0 if metric.unit is Unit.BOOLEAN else None,
        high=1.0 if metric.unit in {Unit.BOOLEAN, Unit.RATIO} else None,
    )


def _is_certain(label: Label) -> bool:
    return label.origin is not Origin.TARGET
