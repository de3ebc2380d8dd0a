"""Comparisons: what they keep, and whether they can be true or false at all."""

from watchbill.catalogue.unit import Unit
from watchbill.flow import interval, rules
from watchbill.flow.family import Kind
from watchbill.flow.flow import Flow, changed
from watchbill.flow.interval import Interval
from watchbill.flow.mark import Mark
from watchbill.flow.raw_counter import report_raw
from watchbill.flow.walk import Position, Use, Walk

_SWAPPED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "==", "!=": "!="}
_EXISTENCE = frozenset({0.0, 1.0})


def compared(
    walk: Walk, operator: str, number: int, sides: tuple[Flow, Flow], labels: Flow, use: Use, *, with_bool: bool
) -> Flow:
    """The result of a comparison: the series that stay, or 0 and 1 with `bool`."""
    left, right = sides
    is_reported = _check_totals(walk, operator, left, right, use)
    _check_truth(walk, operator, number, sides, use, with_bool=with_bool)
    if with_bool or labels.type == "scalar":
        return changed(
            labels, kind=Kind.GAUGE, unit=Unit.BOOLEAN, low=0.0, high=1.0, rated=0, bounds=(), is_aggregated=False
        )
    value = right if left.type == "scalar" else left
    low, high = _narrowed(operator, left, right)
    return changed(
        labels,
        kind=_kind(value, right if value is left else left, operator, is_reported=is_reported),
        unit=value.unit,
        low=low,
        high=high,
        bounds=value.bounds,
        rated=value.rated,
        is_aggregated=value.is_aggregated,
        is_filtered=True,
        source=value.source,
    )


def _kind(value: Flow, other: Flow, operator: str, *, is_reported: bool) -> Kind:
    is_zero = operator == "==" and other.type == "scalar"
    between_totals = value.is_raw and other.is_raw
    return Kind.UNKNOWN if is_reported or between_totals or (value.is_raw and is_zero) else value.kind


def _check_totals(walk: Walk, operator: str, left: Flow, right: Flow, use: Use) -> bool:
    """Reports a counter's total held against a threshold, a level or a rate."""
    if left.is_raw is right.is_raw:
        return False
    total, other = (left, right) if left.is_raw else (right, left)
    if other.kind is Kind.UNKNOWN or _asks_existence(
        walk,
        operator if total is left else _SWAPPED[operator],
        other,
        use,
        is_limited=use.is_limited or total.is_filtered,
    ):
        return False
    report_raw(walk, total, "the total since the process started is compared; compare its rate() or increase()")
    return True


def _asks_existence(walk: Walk, operator: str, other: Flow, use: Use, *, is_limited: bool) -> bool:
    """Whether it is asked if a counter has ever counted: sound, but no alert alone: it would stay until a restart."""
    if other.type != "scalar" or not interval.is_constant(other.interval) or other.low not in _EXISTENCE:
        return False
    if operator == "==" and other.low == 0:
        return True
    is_alert = walk.is_alert and use.position is Position.RESULT and not is_limited
    return not is_alert and (operator in {">", "!=", "<="} if other.low == 0 else operator in {">=", "<"})


def _check_truth(
    walk: Walk, operator: str, number: int, sides: tuple[Flow, Flow], use: Use, *, with_bool: bool
) -> None:
    left, right = sides
    if use.position is Position.ASIDE or (left.type == "scalar" and right.type == "scalar"):
        return
    truth = verdict(operator, left.interval, right.interval)
    mark = Mark("operator", number)
    decides = walk.is_alert and use.position is Position.RESULT
    if decides and with_bool:
        walk.report(rules.ALWAYS_FIRES, "`bool` gives 0 or 1 and drops nothing, so the alert always fires", mark)
    elif truth is False and not with_bool:
        rule = rules.NEVER_FIRES if walk.is_alert else rules.EMPTY_RESULT
        walk.report(rule, f"{_limits(left, right)}, so it is never {operator} {_threshold(left, right)}", mark)
    elif truth is True and decides and not (left.is_filtered or right.is_filtered or use.is_limited):
        message = f"{_limits(left, right)}, so it is always {operator} {_threshold(left, right)}"
        walk.report(rules.ALWAYS_FIRES, message, mark)


def verdict(operator: str, left: Interval, right: Interval) -> bool | None:
    """Whether a comparison is always true, never true, or either."""
    if operator in {"<", "<="}:
        return verdict(_SWAPPED[operator], right, left)
    (low, high), (other_low, other_high) = left, right
    if operator in {"==", "!="}:
        apart = (high is not None and other_low is not None and high < other_low) or (
            low is not None and other_high is not None and low > other_high
        )
        same = interval.is_constant(left) and left == right
        equal = False if apart else True if same else None
        return equal if operator == "==" or equal is None else not equal
    return _above(operator, left, right)


def _above(operator: str, left: Interval, right: Interval) -> bool | None:
    (low, high), (other_low, other_high) = left, right
    if high is not None and other_low is not None and (high < other_low or (operator == ">" and high == other_low)):
        return False
    if low is not None and other_high is not None and (low > other_high or (operator == ">=" and low == other_high)):
        return True
    return None


def _narrowed(operator: str, left: Flow, right: Flow) -> Interval:
    """What is left of a value once the comparison held."""
    if left.type == "scalar":
        operator, left, right = _SWAPPED[operator], right, left
    limit = {">": (right.low, None), ">=": (right.low, None), "<": (None, right.high), "<=": (None, right.high)}
    kept = interval.both(left.interval, limit.get(operator, right.interval if operator == "==" else interval.ANYTHING))
    return kept if kept[0] is None or kept[1] is None or kept[0] <= kept[1] else left.interval


def _limits(left: Flow, right: Flow) -> str:
    value = right if left.type == "scalar" else left
    low, high = value.interval
    if low is not None and high is not None:
        return f"the value is {low:g}" if low == high else f"the value lies between {low:g} and {high:g}"
    if low is not None:
        return f"the value is at least {low:g}"
    return f"the value is at most {high:g}" if high is not None else "the value is limited"


def _threshold(left: Flow, right: Flow) -> str:
    other = left if left.type == "scalar" else right
    return f"{other.low:g}" if interval.is_constant(other.interval) else "the other side"
