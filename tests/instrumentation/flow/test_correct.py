"""Nothing is found in correct expressions of real-world shapes."""

import pytest

from tests.instrumentation.flow.correct import ALERTS, CORRECT
from tests.instrumentation.flow.invented import INVENTED
from watchbill.flow.inference import infer


def _found(text: str, *, is_alert: bool) -> list[tuple[str, str, str]]:
    faults = infer(text, INVENTED, is_alert=is_alert).faults
    return [(fault.rule.id, text[fault.start : fault.end], fault.message) for fault in faults]


@pytest.mark.parametrize("text", CORRECT)
def test_nothing_is_found_in_a_correct_expression(text: str) -> None:
    assert _found(text, is_alert=False) == []


@pytest.mark.parametrize("text", ALERTS)
def test_nothing_is_found_in_a_correct_alert(text: str) -> None:
    assert _found(text, is_alert=True) == []
