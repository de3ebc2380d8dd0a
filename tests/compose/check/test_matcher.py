"""Alertmanager's matchers, as Alertmanager reads them."""

import pytest

from watchbill_stack.check.matcher import Matcher


@pytest.mark.parametrize(
    ("text", "labels", "is_met"),
    [
        ('team="shop"', {"team": "shop"}, True),
        ("team=shop", {"team": "shop"}, True),
        ('team="shop"', {"team": "shopping"}, False),
        ('team=""', {}, True),
        ('team!="shop"', {}, True),
        ('team=~"shop|till"', {"team": "till"}, True),
        ('team=~"shop|till"', {"team": "tillage"}, False),
        ('team!~"shop.*"', {"team": "till"}, True),
        (r'path="a\"b\\c"', {"path": r"a\"b\c".replace('\\"', '"')}, True),
    ],
)
def test_a_matcher_is_met_by_the_labels_it_asks_for(text: str, labels: dict[str, str], *, is_met: bool) -> None:
    assert Matcher.of(text).is_met(labels) is is_met


def test_a_text_that_is_no_matcher_is_refused() -> None:
    with pytest.raises(ValueError, match="is no matcher"):
        Matcher.of("team is shop")
