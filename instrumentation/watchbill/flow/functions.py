"""The table of PromQL's functions that work on values alone, and the numbers that depend on time only."""

from collections.abc import Mapping
from math import ceil, floor, pi
from types import MappingProxyType

from watchbill.catalogue.unit import Unit
from watchbill.flow import interval
from watchbill.flow.function import OfValue
from watchbill.flow.interval import Interval


def _absolute(one: Interval) -> Interval:
    low, high = one
    if low is not None and low >= 0:
        return one
    return 0.0, None if low is None or high is None else max(abs(low), abs(high))


def _floors(one: Interval) -> Interval:
    return interval.increasing(floor, one)


def _ceils(one: Interval) -> Interval:
    return interval.increasing(ceil, one)


_ANY_REAL = OfValue()
_FROM_ZERO = OfValue(interval=(0.0, None))
_UNIT_CIRCLE = OfValue(interval=(-1.0, 1.0))
_MOMENT = OfValue(unit=Unit.TIMESTAMP, interval=(0.0, None), is_new=True)
_NUMBER = OfValue(interval=(0.0, None), is_new=True)
_SAME = OfValue(keeps_total=True, keeps_unit=True, keeps_interval=True)
_LEVEL = OfValue(keeps_unit=True, keeps_interval=True)

OF_VALUE: Mapping[str, OfValue] = MappingProxyType(
    {
        "abs": OfValue(keeps_total=True, keeps_unit=True, narrows=_absolute),
        "ceil": OfValue(keeps_total=True, keeps_unit=True, narrows=_ceils),
        "floor": OfValue(keeps_total=True, keeps_unit=True, narrows=_floors),
        "round": OfValue(keeps_total=True, keeps_unit=True),
        "sort": _SAME,
        "sort_desc": _SAME,
        "sgn": _UNIT_CIRCLE,
        "sqrt": _FROM_ZERO,
        "exp": _FROM_ZERO,
        "ln": _ANY_REAL,
        "log2": _ANY_REAL,
        "log10": _ANY_REAL,
        "sin": _UNIT_CIRCLE,
        "cos": _UNIT_CIRCLE,
        "tan": _ANY_REAL,
        "asin": _ANY_REAL,
        "acos": _ANY_REAL,
        "atan": _ANY_REAL,
        "sinh": _ANY_REAL,
        "cosh": OfValue(interval=(1.0, None)),
        "tanh": _UNIT_CIRCLE,
        "asinh": _ANY_REAL,
        "acosh": _ANY_REAL,
        "atanh": _ANY_REAL,
        "deg": _ANY_REAL,
        "rad": _ANY_REAL,
        "timestamp": _MOMENT,
        "histogram_avg": _ANY_REAL,
        "histogram_count": _FROM_ZERO,
        "histogram_sum": _ANY_REAL,
        "histogram_stddev": _FROM_ZERO,
        "histogram_stdvar": _FROM_ZERO,
    }
)
"""Functions of one instant vector."""

OVER_TIME: Mapping[str, OfValue] = MappingProxyType(
    {
        "avg_over_time": OfValue(keeps_unit=True, keeps_interval=True, of_gauge=True),
        "sum_over_time": OfValue(
            keeps_unit=True, narrows=lambda one: interval.of("*", one, (1.0, None)), of_gauge=True
        ),
        "quantile_over_time": OfValue(keeps_unit=True, keeps_interval=True, of_gauge=True),
        "stddev_over_time": OfValue(keeps_unit=True, interval=(0.0, None), of_gauge=True),
        "stdvar_over_time": OfValue(interval=(0.0, None), of_gauge=True),
        "mad_over_time": OfValue(keeps_unit=True, interval=(0.0, None), of_gauge=True),
        "double_exponential_smoothing": OfValue(keeps_unit=True, of_gauge=True),
        "min_over_time": _LEVEL,
        "max_over_time": _LEVEL,
        "last_over_time": _SAME,
        "first_over_time": _SAME,
        "count_over_time": OfValue(interval=(1.0, None), is_new=True),
        "present_over_time": OfValue(unit=Unit.BOOLEAN, interval=(1.0, 1.0), is_new=True),
        "changes": _NUMBER,
        "resets": _NUMBER,
        "ts_of_first_over_time": _MOMENT,
        "ts_of_last_over_time": _MOMENT,
        "ts_of_max_over_time": _MOMENT,
        "ts_of_min_over_time": _MOMENT,
    }
)
"""Functions of the samples in a window."""

OF_DATE: Mapping[str, Interval] = MappingProxyType(
    {
        "minute": (0.0, 59.0),
        "hour": (0.0, 23.0),
        "day_of_week": (0.0, 6.0),
        "day_of_month": (1.0, 31.0),
        "day_of_year": (1.0, 366.0),
        "days_in_month": (28.0, 31.0),
        "month": (1.0, 12.0),
        "year": interval.ANYTHING,
    }
)
"""Functions of a moment, now where none is given."""

NUMBERS: Mapping[str, tuple[Unit, Interval]] = MappingProxyType(
    {
        "time": (Unit.TIMESTAMP, (0.0, None)),
        "start": (Unit.TIMESTAMP, (0.0, None)),
        "end": (Unit.TIMESTAMP, (0.0, None)),
        "step": (Unit.SECONDS, (0.0, None)),
        "range": (Unit.SECONDS, (0.0, None)),
        "pi": (Unit.COUNT, (pi, pi)),
        "min_of": (Unit.COUNT, interval.ANYTHING),
        "max_of": (Unit.COUNT, interval.ANYTHING),
    }
)
"""Functions that give a scalar of nothing, or of scalars."""
