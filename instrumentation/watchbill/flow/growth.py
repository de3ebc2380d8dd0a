"""How fast a counter grows, how a gauge changes: functions that are right for one of the two only."""

from watchbill.catalogue.unit import Unit
from watchbill.flow import rules
from watchbill.flow.family import Kind
from watchbill.flow.flow import Flow, changed
from watchbill.flow.mark import Mark
from watchbill.flow.rule import Rule
from watchbill.flow.walk import Node, Walk

GROWTHS = frozenset({"rate", "irate", "increase"})
CHANGES = frozenset({"delta", "idelta", "deriv", "predict_linear"})
_PER_SECOND = frozenset({"rate", "irate", "deriv"})
_FEWEST_INTERVALS = {"rate": 4, "increase": 4, "irate": 2, "delta": 2, "idelta": 2, "deriv": 2, "predict_linear": 2}


def growth(walk: Walk, name: str, operand: Flow, number: int) -> Flow:
    """`rate` and its kin over the samples of a counter."""
    mistake = _mistake(name, operand)
    if mistake is None:
        return _result(name, operand)
    rule, message = mistake
    walk.report(rule, message, Mark("call", number))
    # One mistake is said once.
    return changed(_result(name, operand), kind=Kind.UNKNOWN)


def _mistake(name: str, operand: Flow) -> tuple[Rule, str] | None:
    if operand.kind is Kind.UNKNOWN:
        return None
    if operand.rated:
        return rules.RATE_OF_RATE, f"{name}() of what is a rate or an increase already"
    if operand.kind in {Kind.GAUGE, Kind.QUANTILE}:
        return rules.RATE_OF_GAUGE, f"{name}() of a {operand.kind.value}, which falls as well as grows"
    if operand.is_aggregated:
        return rules.RATE_AFTER_SUM, f"{name}() of counters that were added up before"
    return None


def _result(name: str, operand: Flow) -> Flow:
    stays = operand.kind in {Kind.BUCKET, Kind.NATIVE, Kind.UNKNOWN}
    per_second = name in _PER_SECOND and operand.kind is not Kind.BUCKET
    return changed(
        operand,
        type="vector",
        kind=operand.kind if stays else Kind.GAUGE,
        unit=rate_unit(operand) if per_second else operand.unit,
        low=0.0 if operand.low is not None and operand.low >= 0 else None,
        high=None,
        rated=operand.rated + 1,
        is_aggregated=False,
    )


def change(walk: Walk, name: str, operand: Flow, number: int) -> Flow:
    """`delta` and its kin over the samples of a gauge."""
    if operand.is_raw:
        over_time_of_total(walk, name, operand, number)
    unit = rate_unit(operand) if name in _PER_SECOND else operand.unit
    stays = operand.kind in {Kind.NATIVE, Kind.UNKNOWN}
    return changed(operand, type="vector", kind=operand.kind if stays else Kind.GAUGE, unit=unit, low=None, high=None)


def over_time_of_total(walk: Walk, name: str, operand: Flow, number: int) -> None:
    """Reports a function for gauges that is used over a counter's total."""
    message = f"{name}() of a {operand.kind.value}, which starts again at zero with its process"
    walk.report(rules.DELTA_OF_COUNTER, message, Mark("call", number))


def check_window(walk: Walk, name: str, argument: Node, operand: Flow) -> None:
    """Reports the range of a selector that holds too few samples."""
    if type(argument).__name__ != "MatrixSelector":
        return
    window, fewest = argument.range.total_seconds(), _FEWEST_INTERVALS[name] * walk.scrape_interval
    if window < fewest:
        walk.report(
            rules.SHORT_WINDOW,
            f"{name}() over {window:g} s, which is under {_FEWEST_INTERVALS[name]} scrape intervals "
            f"of {walk.scrape_interval:g} s",
            Mark("window", operand.source),
            f"[{fewest:g}s]",
        )


def rate_unit(operand: Flow) -> Unit:
    """The unit of a rate."""
    return Unit.COUNT if operand.kind is Kind.UNKNOWN else operand.unit.per_second
