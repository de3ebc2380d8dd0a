"""Reads the text of one expression against a vocabulary."""

from collections.abc import Mapping
from math import ceil
from types import MappingProxyType
from typing import TYPE_CHECKING

from watchbill import promql
from watchbill.flow import interval, rules
from watchbill.flow.aggregation import aggregation
from watchbill.flow.calls import call
from watchbill.flow.family import Kind
from watchbill.flow.fault import Fault
from watchbill.flow.flow import Flow, Inference
from watchbill.flow.mark import TEXT, spans
from watchbill.flow.operators import binary, number, unary
from watchbill.flow.raw_counter import report_raw
from watchbill.flow.selection import matrix, selected
from watchbill.flow.subquery import bracketed, subquery, text
from watchbill.flow.tokens import is_deep
from watchbill.flow.vocabulary import Vocabulary
from watchbill.flow.walk import Draft, Handler, Use, Walk

if TYPE_CHECKING:
    import promql_parser

# The parser ends the process on deeper ones.
_DEEPEST = 100
_MOST_OPERATORS = 500
_LONGEST_WORD_OF_PARSER = 200

HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "VectorSelector": selected,
        "MatrixSelector": matrix,
        "SubqueryExpr": subquery,
        "ParenExpr": bracketed,
        "Call": call,
        "AggregateExpr": aggregation,
        "BinaryExpr": binary,
        "UnaryExpr": unary,
        "NumberLiteral": number,
        "StringLiteral": text,
    }
)


def read(text: str, vocabulary: Vocabulary, scrape_interval: float, *, is_alert: bool) -> Inference:
    """What an expression gives, reads, and has wrong with it; a text that is no PromQL has that wrong with it."""
    try:
        tree = _parsed(text, scrape_interval)
    except promql.InvalidPromQL as error:
        return _failed(text, Draft(rules.SYNTAX, _word_of_parser(error), TEXT))
    if tree is None:
        return _failed(text, _too_deep())
    walk = Walk(vocabulary, HANDLERS, scrape_interval, is_alert)
    try:
        flow = walk.visit(tree, Use())
    except RecursionError:
        return _failed(text, _too_deep())
    _check_result(walk, flow)
    return Inference(text=text, flow=flow, references=tuple(walk.references), faults=_placed(text, walk.drafts))


def _parsed(text: str, scrape_interval: float) -> "promql_parser.Expr | None":
    """The syntax tree, or None of a text that is nested too deep."""
    if is_deep(text, _DEEPEST, _MOST_OPERATORS):
        return None
    try:
        return promql.parse(promql.with_windows(text, f"{max(300, ceil(4 * scrape_interval))}s"))
    except BaseException as error:
        # The parser panics on a moment or an offset too large for it; Python sees that as no ordinary exception.
        if type(error).__name__ == "PanicException":
            raise promql.InvalidPromQL("a number in it is too large") from error
        raise


def _check_result(walk: Walk, flow: Flow) -> None:
    """What is wrong with the result as a whole."""
    if flow.type in {"matrix", "string"}:
        what = "a range of samples" if flow.type == "matrix" else "a text"
        walk.report(rules.WRONG_TYPE, f"it gives {what}, not a value per series", TEXT)
    elif walk.is_alert:
        _check_condition(walk, flow)
    elif flow.is_raw:
        report_raw(walk, flow, "it gives the total since the process started, not how fast that grows")


def _check_condition(walk: Walk, flow: Flow) -> None:
    if flow.type == "scalar":
        if not interval.is_constant(flow.interval):
            walk.report(rules.NO_CONDITION, "it is a number, which is always there, so it always fires", TEXT)
    elif not flow.is_filtered and (flow.is_raw or (flow.rated and flow.kind is not Kind.UNKNOWN)):
        walk.report(rules.NO_CONDITION, "it fires for every series, whatever the value", TEXT)


def _placed(text: str, drafts: list[Draft]) -> tuple[Fault, ...]:
    places = spans(text, [one.mark for one in drafts])
    faults = [Fault(one.rule, one.message, *place, one.nearest) for one, place in zip(drafts, places, strict=True)]
    return tuple(sorted(faults, key=lambda fault: (fault.start, fault.end)))


def _failed(text: str, draft: Draft) -> Inference:
    return Inference(text=text, flow=None, faults=_placed(text, [draft]))


def _too_deep() -> Draft:
    return Draft(rules.TOO_DEEP, f"more than {_DEEPEST} brackets deep or {_MOST_OPERATORS} operators long", TEXT)


def _word_of_parser(error: promql.InvalidPromQL) -> str:
    cause = str(error.__cause__ or error).strip()
    line = cause.splitlines()[0] if cause else "the parser gives no reason"
    return line if len(line) <= _LONGEST_WORD_OF_PARSER else f"{line[:_LONGEST_WORD_OF_PARSER]}…"
