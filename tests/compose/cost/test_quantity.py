"""Numbers as people read them."""

import pytest

from watchbill_stack.cost.quantity import share, short, size


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (0.27, "0.27"),
        (3, "3"),
        (57.04, "57"),
        (57.46, "57.5"),
        (857, "857"),
        (1_000, "1 k"),
        (23_000, "23 k"),
        (999_499, "999 k"),
        (1_476_049, "1.48 M"),
        (31_100_000_000, "31.1 G"),
        (2e12, "2 T"),
        (999_999, "1 M"),
        (999.7, "1 k"),
    ],
)
def test_a_number_has_three_digits_and_a_scale(number: float, text: str) -> None:
    assert short(number) == text


def test_bytes_have_their_unit() -> None:
    assert (size(17_000_000_000), size(12)) == ("17 GB", "12 B")


def test_a_share_is_in_percent() -> None:
    assert (share(0.00058), share(0.425), share(1), share(12.3)) == ("0.058 %", "42 %", "100 %", "1,230 %")
