"""The guard of one label."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from watchbill.catalogue.label import Label
from watchbill.guard import OTHER, Guard

COLOUR = Label(name="colour", help="A colour.", bound=10)


def test_the_first_values_are_admitted_and_stay_admitted(caplog: pytest.LogCaptureFixture) -> None:
    guard = Guard(COLOUR, metric="paint_total")
    with caplog.at_level(logging.WARNING, logger="watchbill"):
        admitted = [guard.admit(str(number)) for number in range(30)]
        again = [guard.admit(str(number)) for number in range(30)]
    assert admitted == again == [*(str(number) for number in range(9)), *[OTHER] * 21]
    assert len(set(admitted)) == COLOUR.limit
    (warning,) = (record.getMessage() for record in caplog.records)
    assert f"label '{COLOUR.name}' of metric 'paint_total' has reached its limit of 10 values" in warning


def test_threads_together_do_not_exceed_the_limit() -> None:
    guard = Guard(COLOUR)
    with ThreadPoolExecutor(8) as pool:
        admitted = set(pool.map(guard.admit, (str(number) for number in range(1_000))))
    assert len(admitted) == COLOUR.limit
