"""The typed vocabulary whose result is PromQL text."""

from watchbill.expression.aggregate import Absent, Aggregate, Quantile, or_zero, ratio, total
from watchbill.expression.node import Binary, Expression, Scalar
from watchbill.expression.raw import Raw
from watchbill.expression.selector import CounterSelector, GaugeSelector, HistogramSelector, Selector, select

__all__ = [
    "Absent",
    "Aggregate",
    "Binary",
    "CounterSelector",
    "Expression",
    "GaugeSelector",
    "HistogramSelector",
    "Quantile",
    "Raw",
    "Scalar",
    "Selector",
    "or_zero",
    "ratio",
    "select",
    "total",
]
