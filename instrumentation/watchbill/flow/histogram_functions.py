"""Functions over the buckets of classic histograms, and over native ones."""

from collections.abc import Mapping
from types import MappingProxyType

from watchbill.catalogue.unit import Unit
from watchbill.flow import rules
from watchbill.flow.family import Kind
from watchbill.flow.flow import Flow, changed
from watchbill.flow.label_functions import label_text
from watchbill.flow.mark import Mark
from watchbill.flow.presence import Special
from watchbill.flow.quantile import check_quantile
from watchbill.flow.raw_counter import report_raw
from watchbill.flow.selection import BUCKET_BOUND
from watchbill.flow.values import ANY
from watchbill.flow.walk import Node, Use, Walk


def histogram_quantile(walk: Walk, node: Node, use: Use, number: int) -> Flow:
    """A quantile of buckets: at most their last bound."""
    quantile = walk.visit(node.args[0], use.inside())
    check_quantile(walk, quantile, Mark("argument", number, argument=0))
    operand = walk.visit(node.args[1], use.inside(BUCKET_BOUND))
    _check_buckets(walk, "histogram_quantile", operand, number)
    return _quantile_of(operand)


def histogram_quantiles(walk: Walk, node: Node, use: Use, number: int) -> Flow:
    """Several quantiles of buckets, told apart by a label."""
    operand = walk.visit(node.args[0], use.inside(BUCKET_BOUND))
    for position, argument in enumerate(node.args[2:], start=2):
        check_quantile(walk, walk.visit(argument, use.inside()), Mark("argument", number, argument=position))
    _check_buckets(walk, "histogram_quantiles", operand, number)
    label = label_text(node.args[1])
    flow = _quantile_of(operand)
    return changed(flow, labels={**flow.labels, label: ANY}, certain=flow.certain | {label})


def histogram_fraction(walk: Walk, node: Node, use: Use, number: int) -> Flow:
    """The share of observations between two limits."""
    for argument in node.args[:2]:
        walk.visit(argument, use.inside())
    operand = walk.visit(node.args[2], use.inside(BUCKET_BOUND))
    _check_buckets(walk, "histogram_fraction", operand, number)
    return changed(_quantile_of(operand), kind=Kind.GAUGE, unit=Unit.RATIO, low=0.0, high=1.0)


def _check_buckets(walk: Walk, name: str, operand: Flow, number: int) -> None:
    if operand.kind in {Kind.UNKNOWN, Kind.NATIVE}:
        return
    if operand.kind is not Kind.BUCKET or not operand.carries(BUCKET_BOUND):
        message = f"{name}() needs the buckets of a histogram with their label 'le'; this is a {operand.kind.value}"
        walk.report(rules.NO_BUCKETS, message, Mark("call", number))
    elif operand.is_raw:
        report_raw(walk, operand, "its buckets are counted since the process started; take their rate first")


def _quantile_of(operand: Flow) -> Flow:
    """Buckets interpolate from zero, unless their first bound is negative, to their last finite bound."""
    bounds = operand.bounds
    return changed(
        operand,
        type="vector",
        labels={label: values for label, values in operand.labels.items() if label != BUCKET_BOUND},
        certain=operand.certain - {BUCKET_BOUND},
        kind=Kind.QUANTILE if operand.kind is not Kind.UNKNOWN else Kind.UNKNOWN,
        low=0.0 if bounds and bounds[0] > 0 else None,
        high=bounds[-1] if bounds else None,
        bounds=(),
        rated=max(operand.rated, 1),
        is_aggregated=False,
    )


HISTOGRAM_FUNCTIONS: Mapping[str, Special] = MappingProxyType(
    {
        "histogram_quantile": histogram_quantile,
        "histogram_quantiles": histogram_quantiles,
        "histogram_fraction": histogram_fraction,
    }
)
