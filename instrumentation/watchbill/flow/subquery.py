"""Parts that only wrap others: subqueries, brackets, texts."""

from watchbill.flow.flow import Flow, changed
from watchbill.flow.walk import Node, Position, Use, Walk


def subquery(walk: Walk, node: Node, use: Use) -> Flow:
    """The results of an expression over a range."""
    seconds = 0.0 if node.range is None else node.range.total_seconds()
    position = Position.ASIDE if use.position is Position.ASIDE else Position.FILTER
    flow = walk.visit(node.expr, Use(position, use.named, use.window + seconds, use.kept))
    return changed(flow, type="matrix")


def bracketed(walk: Walk, node: Node, use: Use) -> Flow:
    """What is between the brackets."""
    return walk.visit(node.expr, use)


def text(walk: Walk, node: Node, use: Use) -> Flow:  # noqa: ARG001  # the shape of every handler
    """A literal."""
    return Flow(type="string")
