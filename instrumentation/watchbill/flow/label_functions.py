"""Functions that write labels: label_replace, label_join, info, and sorting by labels."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from watchbill.flow import rules
from watchbill.flow.condition import MATCHES, condition
from watchbill.flow.flow import Flow, changed
from watchbill.flow.mark import Mark
from watchbill.flow.presence import Special
from watchbill.flow.selection import NAME
from watchbill.flow.values import ANY, Values
from watchbill.flow.walk import Node, Use, Walk
from watchbill.flow.wording import listed, nearest

_GROUP = re.compile(r"\$(?:\w+|\{\w+\})|\$\$")
_WHOLE = frozenset({"$1", "${1}", "$0", "${0}"})
_ALL = frozenset({"(.*)", "(.+)"})


def label_replace(walk: Walk, node: Node, use: Use, number: int) -> Flow:
    """Writes a label from the parts of another that a pattern finds."""
    target, replacement, source, pattern = (label_text(argument) for argument in node.args[1:5])
    operand = walk.visit(node.args[0], use.inside(source))
    test = condition(MATCHES, pattern)
    is_lost = source not in {"", NAME} and not operand.carries(source)
    if is_lost and (_GROUP.search(replacement) or not test.admits("")):
        _report_lost(walk, "label_replace", source, operand, Mark("argument", number, argument=3))
    if target == NAME or (not operand.carries(source) and source != NAME and not test.admits("")):
        return operand
    written, is_certain = _written(operand, replacement, source, pattern)
    matches_all = pattern == ".*" or (pattern in _ALL and source in operand.certain)
    return _with_label(operand, target, written, is_certain=is_certain, matches_all=matches_all)


def _written(operand: Flow, replacement: str, source: str, pattern: str) -> tuple[Values, bool]:
    """The values that a replacement can write, and whether they are surely not empty where the pattern matches."""
    if not _GROUP.search(replacement):
        return Values.only({replacement} - {""}), bool(replacement)
    if replacement in _WHOLE and pattern in _ALL:
        return operand.labels.get(source, ANY), pattern == "(.+)" or source in operand.certain
    return ANY, bool(_GROUP.sub("", replacement))


def _with_label(operand: Flow, target: str, written: Values, *, is_certain: bool, matches_all: bool) -> Flow:
    labels = dict(operand.labels)
    kept = labels.pop(target, Values.only(()) if not operand.is_open else ANY)
    after = written if matches_all else written.or_(kept)
    if after.known or not after.is_closed:
        labels[target] = after
    stays = is_certain and (matches_all or target in operand.certain)
    certain = operand.certain | {target} if stays else operand.certain - {target}
    return changed(operand, labels=labels, certain=certain)


def label_join(walk: Walk, node: Node, use: Use, number: int) -> Flow:
    """Writes a label from several others, with a text between them."""
    target, separator, *sources = (label_text(argument) for argument in node.args[1:])
    operand = walk.visit(node.args[0], use.inside(*sources))
    for position, source in enumerate(sources):
        if source != NAME and not operand.carries(source):
            _report_lost(walk, "label_join", source, operand, Mark("argument", number, argument=3 + position))
    is_certain = not operand.certain.isdisjoint(sources) or (bool(separator) and len(sources) > 1)
    if target == NAME:
        return operand
    return _with_label(operand, target, ANY, is_certain=is_certain, matches_all=True)


def info(walk: Walk, node: Node, use: Use, number: int) -> Flow:  # noqa: ARG001  # the shape of every special function
    """Adds labels of info metrics, which nobody names here."""
    operand = walk.visit(node.args[0], use.inside())
    if len(node.args) > 1:
        # The second argument looks like a selector, but means the labels to add.
        walk.next_selector()
    return changed(operand, is_open=True)


def sort_by_label(walk: Walk, node: Node, use: Use, number: int) -> Flow:
    """Keeps everything; the labels must be there to be sorted by."""
    named = [label_text(argument) for argument in node.args[1:]]
    operand = walk.visit(node.args[0], use.inside(*named))
    for position, label in enumerate(named):
        if label != NAME and not operand.carries(label):
            _report_lost(walk, node.func.name, label, operand, Mark("argument", number, argument=1 + position))
    return operand


def _report_lost(walk: Walk, name: str, label: str, operand: Flow, mark: Mark) -> None:
    carried = listed(operand.labels, operand.certain)
    message = f"{name}() reads the label {label!r}, which its operand does not carry; it carries {carried}"
    walk.report(rules.LOST_LABEL, message, mark, nearest(label, operand.labels, operand.certain))


def label_text(node: Node) -> str:
    while type(node).__name__ == "ParenExpr":
        node = node.expr
    return node.val if type(node).__name__ == "StringLiteral" else ""


LABEL_FUNCTIONS: Mapping[str, Special] = MappingProxyType(
    {
        "label_replace": label_replace,
        "label_join": label_join,
        "info": info,
        "sort_by_label": sort_by_label,
        "sort_by_label_desc": sort_by_label,
    }
)
