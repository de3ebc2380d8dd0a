"""Every function that the parser knows has an outcome."""

import promql_parser
import pytest

from tests.instrumentation.flow.invented import SCRAPED
from watchbill.flow.family import Kind
from watchbill.flow.inference import infer

CALLS = {
    "{}(belt_depth)": (
        *("abs", "absent", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "deg", "exp"),
        *("floor", "ln", "log10", "log2", "rad", "round", "sgn", "sin", "sinh", "sort", "sort_desc", "sqrt", "tan"),
        *("tanh", "timestamp", "day_of_month", "day_of_week", "day_of_year", "days_in_month", "hour", "minute"),
        *("month", "year", "histogram_avg", "histogram_count", "histogram_sum", "histogram_stddev"),
        *("histogram_stdvar", "info"),
    ),
    "{}(belt_depth[5m])": (
        *("absent_over_time", "avg_over_time", "changes", "count_over_time", "delta", "deriv", "first_over_time"),
        *("idelta", "last_over_time", "mad_over_time", "max_over_time", "min_over_time", "present_over_time"),
        *("resets", "stddev_over_time", "stdvar_over_time", "sum_over_time", "ts_of_first_over_time"),
        *("ts_of_last_over_time", "ts_of_max_over_time", "ts_of_min_over_time"),
    ),
    "{}(parcels_total[5m])": ("rate", "increase", "irate"),
    "{}(belt_depth, 1)": ("clamp_max", "clamp_min"),
    "{}()": ("time", "pi", "start", "end", "step", "range"),
    "{}(1, 2)": ("min_of", "max_of"),
    '{}(belt_depth, "hall")': ("sort_by_label", "sort_by_label_desc"),
    "clamp(belt_depth, 1, 2)": ("clamp",),
    "double_exponential_smoothing(belt_depth[5m], 0.1, 0.2)": ("double_exponential_smoothing",),
    "predict_linear(belt_depth[5m], 60)": ("predict_linear",),
    "quantile_over_time(0.9, belt_depth[5m])": ("quantile_over_time",),
    "histogram_quantile(0.9, rate(sorting_seconds_bucket[5m]))": ("histogram_quantile",),
    "histogram_fraction(0, 0.5, rate(sorting_seconds_bucket[5m]))": ("histogram_fraction",),
    'histogram_quantiles(rate(sorting_seconds_bucket[5m]), "q", 0.5, 0.9)': ("histogram_quantiles",),
    'label_replace(belt_depth, "a", "$1", "hall", "(.*)")': ("label_replace",),
    'label_join(belt_depth, "a", "-", "hall")': ("label_join",),
    "scalar(belt_depth)": ("scalar",),
    "vector(1)": ("vector",),
}
EXPERIMENTAL = 'info(belt_depth, {site="a"})', "limitk(2, belt_depth)", "limit_ratio(0.5, belt_depth)"


@pytest.mark.parametrize("text", [form.format(name) for form, names in CALLS.items() for name in names])
def test_a_function_has_an_outcome(text: str) -> None:
    inference = infer(text, SCRAPED)

    assert inference.faults == ()
    assert inference.flow is not None
    assert inference.flow.kind is not Kind.UNKNOWN
    assert inference.flow.type in {"scalar", "vector"}


@pytest.mark.parametrize("text", EXPERIMENTAL)
def test_an_experimental_form_has_an_outcome(text: str) -> None:
    assert infer(text, SCRAPED).faults == ()


def test_of_a_function_registered_later_anything_may_come() -> None:
    value = promql_parser.ValueType
    promql_parser.register_extra_functions([promql_parser.Function("keel", [value.Vector], value.Vector)])
    try:
        flow = infer("keel(belt_depth)", SCRAPED).flow
    finally:
        promql_parser.clear_extra_functions()

    assert flow is not None
    assert (flow.is_open, flow.kind) == (True, Kind.UNKNOWN)
