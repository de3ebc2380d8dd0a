"""Calls of functions: what each does to labels, kind, unit and limits of its operand."""

from types import MappingProxyType

from watchbill.catalogue.unit import Unit
from watchbill.flow import interval
from watchbill.flow.family import Kind
from watchbill.flow.flow import Flow, changed
from watchbill.flow.function import OfValue
from watchbill.flow.functions import NUMBERS, OF_DATE, OF_VALUE, OVER_TIME
from watchbill.flow.growth import CHANGES, GROWTHS, change, check_window, growth, over_time_of_total
from watchbill.flow.histogram_functions import HISTOGRAM_FUNCTIONS
from watchbill.flow.label_functions import LABEL_FUNCTIONS
from watchbill.flow.mark import Mark
from watchbill.flow.presence import PRESENCE_FUNCTIONS
from watchbill.flow.quantile import check_quantile
from watchbill.flow.walk import Node, Use, Walk

SPECIAL = MappingProxyType({**HISTOGRAM_FUNCTIONS, **LABEL_FUNCTIONS, **PRESENCE_FUNCTIONS})


def call(walk: Walk, node: Node, use: Use) -> Flow:
    """The result of a function."""
    number = walk.next_call()
    name, arguments = node.func.name, node.args
    if name in SPECIAL:
        return SPECIAL[name](walk, node, use, number)
    flows = [walk.visit(argument, use.inside()) for argument in arguments]
    if name in GROWTHS or name in CHANGES:
        check_window(walk, name, arguments[0], flows[0])
        return (growth if name in GROWTHS else change)(walk, name, flows[0], number)
    return _of(walk, name, flows, number)


def _of(walk: Walk, name: str, flows: list[Flow], number: int) -> Flow:
    if name in OVER_TIME:
        return _over_time(walk, name, flows, number)
    if name in OF_VALUE:
        return _applied(OF_VALUE[name], flows[0])
    if name in OF_DATE:
        low, high = OF_DATE[name]
        return changed(_plain(flows[0]) if flows else Flow(type="vector"), unit=Unit.COUNT, low=low, high=high)
    if name in NUMBERS:
        unit, (low, high) = NUMBERS[name]
        return Flow(type="scalar", unit=unit, low=low, high=high)
    if name in _CLAMPS:
        return _clamped(name, flows)
    return _unheard_of(flows)


def _over_time(walk: Walk, name: str, flows: list[Flow], number: int) -> Flow:
    row = OVER_TIME[name]
    operand = next(flow for flow in flows if flow.type == "matrix")
    if name == "quantile_over_time":
        check_quantile(walk, flows[0], Mark("argument", number, argument=0))
    if row.of_gauge and operand.is_raw:
        over_time_of_total(walk, name, operand, number)
        operand = changed(operand, kind=Kind.UNKNOWN)
    return _applied(row, operand)


def _applied(row: OfValue, operand: Flow) -> Flow:
    low, high = row.within(operand.interval)
    keeps_kind = operand.kind in {Kind.UNKNOWN, Kind.NATIVE} or (operand.rated and operand.kind is Kind.BUCKET)
    keeps_quantile = row.keeps_unit and operand.kind is Kind.QUANTILE
    kind = operand.kind if row.keeps_total or (keeps_kind and row.keeps_unit) or keeps_quantile else Kind.GAUGE
    return changed(
        operand,
        type="vector",
        kind=kind,
        unit=operand.unit if row.keeps_unit else row.unit,
        low=low,
        high=high,
        rated=0 if row.is_new else operand.rated,
    )


def _plain(flow: Flow) -> Flow:
    return changed(flow, type="vector", kind=Kind.GAUGE, rated=0)


_CLAMPS = frozenset({"clamp", "clamp_min", "clamp_max"})


def _clamped(name: str, flows: list[Flow]) -> Flow:
    """A clamped counter says whether it is there or how far it has come, so it is a total no longer."""
    operand, limits = flows[0], flows[1:]
    low, high = operand.interval
    if name != "clamp_max" and limits[0].low is not None:
        low = limits[0].low if low is None else max(low, limits[0].low)
    if name != "clamp_min" and limits[-1].high is not None:
        high = limits[-1].high if high is None else min(high, limits[-1].high)
    if low is not None and high is not None and low > high:
        low, high = interval.ANYTHING
    kind = Kind.GAUGE if operand.kind is Kind.COUNTER else operand.kind
    return changed(operand, kind=kind, low=low, high=high)


def _unheard_of(flows: list[Flow]) -> Flow:
    """A function that was registered with the parser later on: anything may come out."""
    operand = next((flow for flow in flows if flow.type in {"vector", "matrix"}), None)
    labels = operand.labels if operand else Flow(type="vector").labels
    return Flow(type="vector", labels=labels, is_open=True, kind=Kind.UNKNOWN)
