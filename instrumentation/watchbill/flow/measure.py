"""Units through operators."""

from watchbill.catalogue.unit import Unit
from watchbill.flow import interval, rules
from watchbill.flow.flow import Flow
from watchbill.flow.mark import Mark
from watchbill.flow.walk import Walk

# Moments and durations are told apart by few metrics' names, so they count as one dimension.
_DIMENSIONS = {
    Unit.SECONDS: "time",
    Unit.TIMESTAMP: "time",
    Unit.BYTES: "bytes",
    Unit.BYTES_PER_SECOND: "bytes per second",
    Unit.RATIO: "a ratio",
}
_COMPARED = frozenset({"+", "-", "==", "!=", ">", "<", ">=", "<="})


def check_units(walk: Walk, operator: str, left: Flow, right: Flow, number: int) -> None:
    """Reports two sides that are measured in different units; a plain number has none."""
    if operator not in _COMPARED:
        return
    one, other = _DIMENSIONS.get(left.unit), _DIMENSIONS.get(right.unit)
    if one is not None and other is not None and one != other:
        message = f"{operator}: {one} on the left, {other} on the right"
        walk.report(rules.MIXED_UNITS, message, Mark("operator", number))


def result_unit(operator: str, left: Flow, right: Flow) -> Unit:
    """The unit of an arithmetic result, COUNT where it is not known for sure."""
    if operator in {"+", "-"}:
        return _of_sum(operator, left, right)
    for one, other in ((left, right), (right, left)):
        if one.type == "scalar" and one.unit is Unit.COUNT:
            is_one = interval.is_constant(one.interval) and one.low == 1 and (operator == "*" or one is right)
            return other.unit if is_one and operator in {"*", "/"} else Unit.COUNT
    if operator == "/" and Unit.COUNT not in {left.unit, right.unit}:
        return left.unit.divided_by(right.unit)
    if operator == "*" and Unit.BOOLEAN in {left.unit, right.unit}:
        return left.unit if right.unit is Unit.BOOLEAN else right.unit
    return left.unit if operator == "%" else Unit.COUNT


def _of_sum(operator: str, left: Flow, right: Flow) -> Unit:
    times = (left.unit, right.unit)
    if operator == "-" and times == (Unit.TIMESTAMP, Unit.TIMESTAMP):
        return Unit.SECONDS
    if Unit.TIMESTAMP in times:
        return Unit.COUNT
    if left.unit is right.unit or (right.type == "scalar" and right.unit is Unit.COUNT):
        return left.unit
    return right.unit if left.type == "scalar" and left.unit is Unit.COUNT else Unit.COUNT
