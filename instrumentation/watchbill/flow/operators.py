"""Operators between two parts of an expression."""

from typing import NamedTuple

from watchbill.catalogue.unit import Unit
from watchbill.flow import interval, rules
from watchbill.flow.comparison import compared
from watchbill.flow.family import Kind, either
from watchbill.flow.flow import Flow, changed
from watchbill.flow.mark import Mark
from watchbill.flow.matching import SETS, Join, Matching
from watchbill.flow.measure import check_units, result_unit
from watchbill.flow.raw_counter import report_raw
from watchbill.flow.walk import Node, Use, Walk
from watchbill.flow.wording import listed

COMPARISONS = frozenset({"==", "!=", ">", "<", ">=", "<="})


def binary(walk: Walk, node: Node, use: Use) -> Flow:
    """The result of an operator. A chain of them leans to the left and may be long, so it is not recursed into."""
    chain: list[_Link] = []
    while type(node).__name__ == "BinaryExpr":
        link = _Link.of(node, use)
        chain.append(link)
        use = link.left_use
        node = link.node.lhs
    left = walk.visit(node, use)
    while chain:
        left = _joined(walk, chain.pop(), left)
    return left


class _Link(NamedTuple):
    """An operator of a chain, and what is done with its result and its sides."""

    node: Node
    operator: str
    matching: Matching
    use: Use
    left_use: Use
    right_use: Use

    @classmethod
    def of(cls, node: Node, use: Use) -> "_Link":
        operator, matching = str(node.op), Matching.of(node.modifier)
        inner = use.inside(*matching.mentioned)
        if operator not in SETS:
            return cls(node, operator, matching, use, inner, inner)
        is_limited = use.is_limited or operator != "or"
        outer = Use(use.position, inner.named, inner.window, inner.kept, is_limited)
        right = {"unless": outer.aside(), "and": inner}.get(operator, outer)
        return cls(node, operator, matching, use, outer, right)


def _joined(walk: Walk, link: _Link, left: Flow) -> Flow:
    node, operator, matching, use, *_ = link
    number = walk.next_operator()
    right = walk.visit(node.rhs, link.right_use)
    if operator in SETS:
        return _set(Join(walk, operator, number, left, right, matching), use)
    labels = _labels(walk, operator, number, left, right, matching)
    check_units(walk, operator, left, right, number)
    if operator in COMPARISONS:
        with_bool = node.modifier is not None and node.modifier.return_bool
        return compared(walk, operator, number, (left, right), labels, use, with_bool=with_bool)
    return _arithmetic(walk, operator, left, right, labels)


def _labels(walk: Walk, operator: str, number: int, left: Flow, right: Flow, matching: Matching) -> Flow:
    """A flow with the labels of the result; of two scalars, a scalar."""
    if right.type == "scalar":
        return left
    if left.type == "scalar":
        return right
    join = Join(walk, operator, number, left, right, matching)
    join.check()
    return join.labels()


def _arithmetic(walk: Walk, operator: str, left: Flow, right: Flow, labels: Flow) -> Flow:
    for raw, other in ((left, right), (right, left)):
        if raw.is_raw and other.rated and not other.is_raw:
            report_raw(walk, raw, "a total since the process started meets a rate; take the rate of both")
    low, high = interval.of(operator, left.interval, right.interval)
    kind = _kind(operator, left, right)
    return changed(
        labels,
        kind=kind,
        unit=labels.unit if kind is Kind.BUCKET else result_unit(operator, left, right),
        low=low,
        high=high,
        bounds=labels.bounds if kind is Kind.BUCKET else (),
        rated=0 if kind is Kind.COUNTER else max(left.rated, right.rated),
        is_aggregated=kind is Kind.COUNTER and (left.is_aggregated or right.is_aggregated or operator == "+"),
        # A divisor is compared to guard against zero; what is asked stands above it.
        is_filtered=left.is_filtered or (right.is_filtered and operator != "/"),
        source=left.source if left.source >= 0 else right.source,
    )


def _kind(operator: str, left: Flow, right: Flow) -> Kind:
    kinds = {left.kind, right.kind}
    for kind in (Kind.NATIVE, Kind.UNKNOWN):
        if kind in kinds:
            return kind
    if left.is_raw or right.is_raw:
        return _kind_of_total(operator, left, right)
    if Kind.BUCKET in kinds:
        return Kind.BUCKET
    if Kind.QUANTILE in kinds and "scalar" in (left.type, right.type):
        return Kind.QUANTILE
    return Kind.GAUGE


def _kind_of_total(operator: str, left: Flow, right: Flow) -> Kind:
    """Of two totals the sum is one; a difference or a ratio since the start may well be meant."""
    if left.is_raw and right.is_raw:
        return left.kind if operator == "+" and left.kind is right.kind else Kind.UNKNOWN
    total, other = (left, right) if left.is_raw else (right, left)
    scales = operator == "*" or (operator == "/" and total is left)
    if scales and (other.type == "scalar" or other.unit is Unit.BOOLEAN or other.interval == (1.0, 1.0)):
        return total.kind
    if operator == "+" and other.type == "scalar":
        return total.kind
    return Kind.UNKNOWN


def _set(join: Join, use: Use) -> Flow:
    join.check()
    if join.operator == "or":
        return _either(join, use)
    left = join.left
    if join.operator == "unless":
        return changed(left, is_filtered=True)
    certain = left.certain | frozenset(label for label in join.keys_certain() if left.carries(label))
    return changed(left, certain=certain, is_filtered=True)


def _either(join: Join, use: Use) -> Flow:
    left, right = join.left, join.right
    _check_default(join, use)
    low, high = interval.union(left.interval, right.interval)
    return changed(
        left,
        labels=either(left.labels, right.labels),
        certain=left.certain & right.certain,
        is_open=left.is_open or right.is_open,
        kind=_kind_of_either(left, right),
        unit=left.unit if left.unit is right.unit or not right.labels else Unit.COUNT,
        low=low,
        high=high,
        rated=max(left.rated, right.rated),
        is_aggregated=left.is_aggregated or right.is_aggregated,
        is_filtered=left.is_filtered and right.is_filtered,
    )


def _kind_of_either(left: Flow, right: Flow) -> Kind:
    if left.kind is right.kind or _is_number(right):
        return left.kind
    return right.kind if _is_number(left) else Kind.UNKNOWN


def _is_number(flow: Flow) -> bool:
    return not flow.labels and not flow.is_open and interval.is_constant(flow.interval)


def _check_default(join: Join, use: Use) -> None:
    """A label that the left side may lack, as one of the target, tells nothing; nor does one that is dropped later."""
    left, right = join.left, join.right
    if join.matching.is_said or not _is_number(right) or right.source >= 0 or right.is_filtered:
        return
    carried = left.certain if use.kept is None else left.certain & use.kept
    if carried and not _is_number(left):
        message = f"or: the left side carries {listed(carried)}, the number on the right has no labels"
        join.walk.report(rules.OR_WITHOUT_LABELS, message, Mark("operator", join.number), "or on ()")


def unary(walk: Walk, node: Node, use: Use) -> Flow:
    """The operand with the other sign; a plus changes nothing."""
    operand = walk.visit(node.expr, use.inside())
    low, high = interval.negated(operand.interval)
    kind = Kind.UNKNOWN if operand.is_raw else operand.kind
    return changed(operand, kind=kind, low=low, high=high)


def number(walk: Walk, node: Node, use: Use) -> Flow:  # noqa: ARG001  # the shape of every handler
    """A literal."""
    low, high = interval.constant(node.val)
    return Flow(type="scalar", low=low, high=high)
