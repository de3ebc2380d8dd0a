"""Quantiles: which of them there are, and what may be done with them."""

from watchbill.flow import rules
from watchbill.flow.flow import Flow
from watchbill.flow.mark import Mark
from watchbill.flow.walk import Walk


def check_quantile(walk: Walk, quantile: Flow, mark: Mark) -> None:
    """Reports a quantile that is surely outside 0 to 1."""
    low, high = quantile.interval
    if (low is not None and low > 1) or (high is not None and high < 0):
        value = low if low == high else None
        meant = f"{value / 100:g}" if value is not None and 1 < value < 100 else ""
        said = "" if value is None else f" {value:g}"
        walk.report(rules.QUANTILE_RANGE, f"the quantile{said} is outside 0 to 1", mark, meant)
