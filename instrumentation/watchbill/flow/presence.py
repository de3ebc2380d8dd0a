"""Functions about whether series exist, and those that move between scalars and vectors."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from watchbill.catalogue.unit import Unit
from watchbill.flow.family import Kind
from watchbill.flow.flow import Flow
from watchbill.flow.selection import absence_labels
from watchbill.flow.walk import Node, Use, Walk

Special = Callable[[Walk, Node, Use, int], Flow]


def absent(walk: Walk, node: Node, use: Use, number: int) -> Flow:  # noqa: ARG001  # the shape of every special function
    """1 where the operand is empty, with the labels its selector asks for."""
    argument = node.args[0]
    walk.visit(argument, use.aside())
    while type(argument).__name__ == "ParenExpr":
        argument = argument.expr
    if type(argument).__name__ == "MatrixSelector":
        argument = argument.vector_selector
    is_selector = type(argument).__name__ == "VectorSelector"
    labels, certain = absence_labels(argument) if is_selector else ({}, frozenset[str]())
    return Flow(
        type="vector",
        labels=labels,
        certain=certain,
        unit=Unit.BOOLEAN,
        low=1.0,
        high=1.0,
        is_filtered=True,
    )


def scalar(walk: Walk, node: Node, use: Use, number: int) -> Flow:  # noqa: ARG001
    """The value of the only series, NaN without one."""
    operand = walk.visit(node.args[0], use.aside())
    return Flow(type="scalar", kind=_level(operand), unit=operand.unit, low=operand.low, high=operand.high)


def vector(walk: Walk, node: Node, use: Use, number: int) -> Flow:  # noqa: ARG001
    """A series without labels."""
    operand = walk.visit(node.args[0], use.inside())
    return Flow(type="vector", kind=operand.kind, unit=operand.unit, low=operand.low, high=operand.high)


def _level(operand: Flow) -> Kind:
    return Kind.UNKNOWN if operand.kind is Kind.UNKNOWN else Kind.GAUGE


PRESENCE_FUNCTIONS: Mapping[str, Special] = MappingProxyType(
    {"absent": absent, "absent_over_time": absent, "scalar": scalar, "vector": vector}
)
