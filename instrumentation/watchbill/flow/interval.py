"""Arithmetic over what is known of a value: its least and its greatest, None where there is no limit."""

from collections.abc import Callable
from math import inf, isfinite, isnan

Interval = tuple[float | None, float | None]
ANYTHING: Interval = (None, None)


def constant(value: float) -> Interval:
    """One value; what is not finite tells nothing."""
    return (value, value) if isfinite(value) else ANYTHING


def is_constant(one: Interval) -> bool:
    """Whether only one value is left."""
    return one[0] is not None and one[0] == one[1]


def union(one: Interval, other: Interval) -> Interval:
    """Either."""
    low = None if one[0] is None or other[0] is None else min(one[0], other[0])
    high = None if one[1] is None or other[1] is None else max(one[1], other[1])
    return low, high


def both(one: Interval, other: Interval) -> Interval:
    """What is within both."""
    lows = [limit for limit in (one[0], other[0]) if limit is not None]
    highs = [limit for limit in (one[1], other[1]) if limit is not None]
    return max(lows, default=None), min(highs, default=None)


def negated(one: Interval) -> Interval:
    """The value with the other sign."""
    return None if one[1] is None else -one[1], None if one[0] is None else -one[0]


def increasing(function: Callable[[float], float], one: Interval) -> Interval:
    """What a function makes of it that never falls."""
    return _limit(one[0], function), _limit(one[1], function)


def of(operator: str, one: Interval, other: Interval) -> Interval:
    """The result of an arithmetic operator."""
    operation = _OPERATIONS.get(operator)
    if operation is None or ANYTHING in (one, other):
        return ANYTHING
    return operation(one, other)


def _limit(value: float | None, function: Callable[[float], float]) -> float | None:
    if value is None:
        return None
    result = function(value)
    return result if isfinite(result) else None


def _sum(one: Interval, other: Interval) -> Interval:
    low = None if one[0] is None or other[0] is None else one[0] + other[0]
    high = None if one[1] is None or other[1] is None else one[1] + other[1]
    return _closed(low, high)


def _difference(one: Interval, other: Interval) -> Interval:
    return _sum(one, negated(other))


def _product(one: Interval, other: Interval) -> Interval:
    corners = [_times(left, right) for left in _ends(one) for right in _ends(other)]
    return _closed(min(corners), max(corners))


def _quotient(one: Interval, other: Interval) -> Interval:
    if is_constant(other) and other[0]:
        return _product(one, constant(1 / other[0]) if isfinite(1 / other[0]) else ANYTHING)
    # A divisor that may be zero makes infinities, but of the sign that both have.
    if one[0] is not None and one[0] >= 0 and other[0] is not None and other[0] >= 0:
        return 0.0, None
    return ANYTHING


def _times(left: float, right: float) -> float:
    # Zero times what is not limited: the limit is not reached, the product stays zero.
    product = left * right
    return 0.0 if isnan(product) else product


def _ends(one: Interval) -> tuple[float, float]:
    return -inf if one[0] is None else one[0], inf if one[1] is None else one[1]


def _closed(low: float | None, high: float | None) -> Interval:
    return (
        None if low is None or not isfinite(low) else low,
        None if high is None or not isfinite(high) else high,
    )


_OPERATIONS = {"+": _sum, "-": _difference, "*": _product, "/": _quotient}
