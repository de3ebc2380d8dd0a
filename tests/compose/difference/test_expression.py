"""Two expressions, and what differs between them."""

import pytest

from watchbill_stack.difference.expression import said


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("rate(a[5m]) > 0.01", "rate(a[5m]) > 0.02", "threshold 0.01 → 0.02"),
        ("rate(a[5m]) > 0.01", "rate(a[10m]) > 0.01", "window 5m → 10m"),
        ("rate(a[5m]) > 0.01", "rate(a[10m]) > 0.02", "window 5m → 10m, threshold 0.01 → 0.02"),
        ("a > 1 and a offset 1h > 1", "a > 1 and a offset 2h > 1", "offset 1h → 2h"),
        ('a{status="5.."}', 'a{status="4.."}', 'status "5.." → "4.."'),
        ("sum by (x) (a)", "avg by (x) (a)", "sum → avg"),
        ("sum(a) / sum(b)", "sum(a) / sum(c)", "b → c"),
        ("sum(a)", "sum(a) / sum(b)", "expression nothing → / sum(b)"),
        ("sum(a) > 1", "sum by (x) (a) > 1", "expression nothing → by(x)"),
        ("no promql (", "no promql [", "( → ["),
    ],
)
def test_the_difference_of_two_expressions_is_said_in_words(old: str, new: str, expected: str) -> None:
    assert said(old, new) == expected


def test_a_long_difference_is_cut() -> None:
    long = " + ".join(f"metric_{number}" for number in range(40))

    assert len(said("sum(a)", long)) < 160


def test_spaces_and_the_order_of_matchers_are_no_difference() -> None:
    assert said('a{x="1",y="2"}', 'a { y = "2" , x = "1" } > 1').endswith("→ > 1")
