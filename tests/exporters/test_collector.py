"""A collector's outcome is bounded, whatever a target sends."""

from collections.abc import Iterable

import pytest

from watchbill.catalogue import Gauge, Histogram, Label
from watchbill_exporters.collector import (
    Collected,
    Distribution,
    Measured,
    collected,
    column,
    distributions,
    series,
    single,
)

QUEUE = Label(name="queue", help="The queue.", bound=3)
DEPTH = Gauge(name="depth", help="Depth.", labels=(QUEUE,))
WORKERS = Gauge(name="workers", help="Workers.", labels=(QUEUE,))
UP = Gauge(name="up", help="Up.")
WAIT = Histogram(name="wait_seconds", help="Wait.", labels=(QUEUE,), buckets=(1.0, 2.0))


def outcome(*measured: Measured) -> Collected:
    return collected("queues", lambda: 0.5, lambda: measured)


def test_what_is_sound_passes_untouched() -> None:
    keys = [("a",), ("b",)]
    found = (Measured(DEPTH, keys, [1, 2]), Measured(WORKERS, keys, [3, 4]), single(UP, 1))

    assert list(outcome(*found).measured) == list(found)
    assert outcome(*found).dropped == 0


def test_a_series_that_comes_twice_is_shown_once_and_counted() -> None:
    one = outcome(series(DEPTH, [(("a",), 1), (("b",), 2), (("a",), 9)]))

    assert list(one.measured) == [Measured(DEPTH, [("a",), ("b",)], [1, 2])]
    assert one.dropped == 1


def test_no_more_series_than_the_catalogue_allows_are_shown() -> None:
    one = outcome(series(DEPTH, [((str(number),), number) for number in range(10)]))

    assert one.measured[0].keys == [("0",), ("1",), ("2",)]
    assert one.dropped == 7


def test_a_text_is_cut_and_what_then_is_the_same_counts_as_such() -> None:
    one = outcome(series(DEPTH, [(("x" * 300,), 1), (("x" * 256 + "y",), 2)]))

    assert one.measured[0].keys == [("x" * 256,)]
    assert one.dropped == 1


def test_a_hole_in_a_column_is_left_out() -> None:
    keys = [("a",), ("b",), ("c",)]

    assert column(DEPTH, keys, [1, None, 0]) == Measured(DEPTH, [("a",), ("c",)], [1, 0])
    assert column(DEPTH, keys, [1, 2, 3]).keys is keys
    assert outcome(column(DEPTH, keys, [None, None, None])).measured == []


def test_a_histogram_has_buckets_sum_and_count_of_each_state() -> None:
    states = [Distribution(("a",), {1.0: 4, 2.0: 6}, 9.5, 7), Distribution(("b",), {1.0: 0, 2.0: 0}, 0, 0)]

    (measured,) = distributions(WAIT, states)
    assert list(measured.keys[:5]) == [
        ("_bucket", "a", "1.0"),
        ("_bucket", "a", "2.0"),
        ("_bucket", "a", "+Inf"),
        ("_sum", "a"),
        ("_count", "a"),
    ]
    assert list(measured.values[:5]) == [4, 6, 7, 9.5, 7]
    assert outcome(*distributions(WAIT, states)).dropped == 0


@pytest.mark.parametrize("error", [ValueError("a bad line"), KeyError("cmd"), RecursionError()])
def test_what_a_collector_raises_is_its_own_fault(error: Exception) -> None:
    def measure() -> Iterable[Measured]:
        yield single(UP, 1)
        raise error

    one = collected("queues", lambda: 0.5, measure)

    assert one.fault == f"{type(error).__name__}: {error}"
    assert one.measured == ()
