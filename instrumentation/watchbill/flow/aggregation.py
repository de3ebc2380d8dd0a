"""Aggregations: many series into few."""

from dataclasses import dataclass, replace

from watchbill.catalogue.unit import Unit
from watchbill.flow import rules
from watchbill.flow.family import Kind
from watchbill.flow.flow import Flow, changed
from watchbill.flow.interval import Interval
from watchbill.flow.label_functions import label_text
from watchbill.flow.mark import Mark
from watchbill.flow.quantile import check_quantile
from watchbill.flow.raw_counter import report_raw
from watchbill.flow.selection import BUCKET_BOUND, NAME
from watchbill.flow.values import ANY
from watchbill.flow.walk import Node, Use, Walk
from watchbill.flow.wording import listed, nearest

_PICKS = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
_COUNTS = frozenset({"count", "group", "count_values"})
_SPREADS = frozenset({"stddev", "stdvar"})
_ADDS = frozenset({"sum", "avg", "stddev", "stdvar", "quantile"})
_SHAPES = frozenset({"stddev", "stdvar", "quantile"})


@dataclass(frozen=True, slots=True)
class Grouping:
    """The labels after `by` or `without`."""

    is_by: bool = True
    labels: tuple[str, ...] = ()

    @classmethod
    def of(cls, modifier: Node) -> "Grouping":
        """What a node says; nothing said means by no label."""
        if modifier is None:
            return cls()
        return cls(str(modifier.type).endswith("By"), tuple(modifier.labels))


def aggregation(walk: Walk, node: Node, use: Use) -> Flow:
    """The result of an aggregation."""
    number = walk.next_call()
    operation = str(node.op)
    grouping = Grouping.of(node.modifier)
    parameter = None if node.param is None else walk.visit(node.param, use.inside())
    inner = use.inside(*grouping.labels)
    if grouping.is_by and operation not in _PICKS:
        kept = grouping.labels if use.kept is None else use.kept.intersection(grouping.labels)
        inner = Use(inner.position, inner.named, inner.window, frozenset(kept))
    operand = walk.visit(node.expr, inner)
    _check_labels(walk, operand, grouping, number)
    if operation == "quantile" and parameter is not None:
        check_quantile(walk, parameter, Mark("argument", number, argument=0))
    if operation in _PICKS:
        return _picked(operand)
    result = _grouped(operand, grouping)
    if operation == "count_values":
        label = label_text(node.param)
        result = changed(result, labels={**result.labels, label: ANY}, certain=result.certain | {label})
    return _valued(walk, operation, operand, result, number)


def _picked(operand: Flow) -> Flow:
    """Some of the series: of which values is not known any more."""
    labels = {
        label: replace(values, occur=False) if values.occur else values for label, values in operand.labels.items()
    }
    return changed(operand, labels=labels)


def _check_labels(walk: Walk, operand: Flow, grouping: Grouping, number: int) -> None:
    if operand.is_open:
        return
    for label in grouping.labels:
        if label in operand.labels or label == NAME:
            continue
        rule = rules.LOST_LABEL if grouping.is_by else rules.NEEDLESS_LABEL
        clause = "by" if grouping.is_by else "without"
        message = f"{clause} ({label}), but what is grouped carries {listed(operand.labels, operand.certain)}"
        walk.report(rule, message, Mark("grouping", number, label), nearest(label, operand.labels, operand.certain))


def _grouped(operand: Flow, grouping: Grouping) -> Flow:
    if grouping.is_by:
        kept = {
            label: operand.labels.get(label, ANY)
            for label in grouping.labels
            if operand.carries(label) and label != NAME
        }
        return changed(operand, labels=kept, certain=operand.certain.intersection(kept), is_open=False)
    kept = {label: values for label, values in operand.labels.items() if label not in grouping.labels}
    return changed(operand, labels=kept, certain=operand.certain.difference(grouping.labels))


def _valued(walk: Walk, operation: str, operand: Flow, result: Flow, number: int) -> Flow:
    if operation in _COUNTS:
        return _counted(operation, result)
    _check_values(walk, operation, operand, result, number)
    is_sum = operand.kind is Kind.BUCKET and not result.carries(BUCKET_BOUND)
    low, high = _limits(operation, operand.interval)
    return changed(
        result,
        kind=_kind(operation, operand, result),
        unit=Unit.COUNT if operation == "stdvar" or is_sum else result.unit,
        low=low,
        high=high,
        is_aggregated=(operand.is_raw and operation in _ADDS) or operand.is_aggregated,
    )


def _counted(operation: str, result: Flow) -> Flow:
    """How many series there are: that there are any is what it says, so it counts as filtered."""
    return changed(
        result,
        kind=Kind.GAUGE,
        unit=Unit.COUNT,
        low=1.0,
        high=1.0 if operation == "group" else None,
        bounds=(),
        rated=0,
        is_aggregated=False,
        is_filtered=True,
    )


def _check_values(walk: Walk, operation: str, operand: Flow, result: Flow, number: int) -> None:
    if operand.kind is Kind.BUCKET and operation in _ADDS and not _keeps_or_picks_bounds(operand, result):
        message = f"{operation} adds up buckets that contain one another, because it drops their label 'le'"
        walk.report(rules.LOST_LE, message, Mark("call", number), BUCKET_BOUND)
    elif operand.kind is Kind.QUANTILE and operation in _ADDS:
        message = f"{operation} of quantiles is no quantile of anything"
        walk.report(rules.AGGREGATED_QUANTILE, message, Mark("call", number))
    elif operation in _SHAPES and operand.is_raw:
        report_raw(walk, operand, f"{operation} of totals that processes of different age have counted")


def _keeps_or_picks_bounds(operand: Flow, result: Flow) -> bool:
    """Whether `le` stays, or some bounds were picked by hand, as for an Apdex of two of them."""
    bound = operand.labels.get(BUCKET_BOUND, ANY)
    return result.carries(BUCKET_BOUND) or (bound.is_closed and len(bound.known) <= len(operand.bounds))


def _kind(operation: str, operand: Flow, result: Flow) -> Kind:
    kind = operand.kind
    if kind is Kind.BUCKET and not result.carries(BUCKET_BOUND):
        # Reported where it is wrong, and the greatest bucket counts everything.
        return Kind.UNKNOWN if operation in _ADDS else Kind.COUNTER if operand.is_raw else Kind.GAUGE
    if operation in _SHAPES and kind not in {Kind.UNKNOWN, Kind.NATIVE}:
        return Kind.GAUGE
    return Kind.GAUGE if kind is Kind.QUANTILE and operation in _ADDS else kind


def _limits(operation: str, operand: Interval) -> Interval:
    low, high = operand
    if operation in _SPREADS:
        return 0.0, None
    if operation == "sum":
        return low if low is not None and low >= 0 else None, high if high is not None and high <= 0 else None
    return operand
