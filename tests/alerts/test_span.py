"""Lengths of time, names and matchers as people read them."""

import pytest

from watchbill.catalogue import SERVICE
from watchbill_alerts.enumeration import listed
from watchbill_alerts.matchers import any_of
from watchbill_alerts.span import held, spoken


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "under 1 s"),
        (52, "52 s"),
        (60, "1 min"),
        (2592, "43 min 12 s"),
        (3600, "1 h"),
        (3605, "1 h"),
        (180_000, "2 d 2 h"),
        (2_592_000, "30 d"),
    ],
)
def test_a_length_is_spoken_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert spoken(seconds) == words


def test_an_alert_without_a_wait_has_held_just_now() -> None:
    assert (held(0), held(60)) == ("just now", "for 1 min")


def test_names_are_listed_as_in_a_sentence() -> None:
    assert [listed(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


def test_one_value_is_matched_exactly_and_several_by_a_pattern() -> None:
    assert any_of(SERVICE, ["shop"]) == 'service="shop"'
    assert any_of(SERVICE, ["shop", "till", "shop"]) == 'service=~"shop|till"'
