"""Totals where growth is meant."""

from watchbill.flow import rules
from watchbill.flow.flow import Flow
from watchbill.flow.mark import Mark
from watchbill.flow.walk import Walk


def report_raw(walk: Walk, flow: Flow, why: str) -> None:
    """Reports a counter's total, at the selector it comes from."""
    walk.report(rules.RAW_COUNTER, why, Mark("selector", flow.source) if flow.source >= 0 else Mark("text"))
