"""The reasons a target is down."""

from typing import get_args

from watchbill.catalogue.exporter import REASON
from watchbill_exporters.reason import REMEDIES, Reason, TargetDown


def test_every_reason_of_the_catalogue_has_a_remedy() -> None:
    assert get_args(Reason) == REASON.values
    assert tuple(REMEDIES) == REASON.values


def test_a_cause_is_one_line() -> None:
    assert TargetDown("tls", "first\n\tsecond ").cause == "first second"
