"""The selectors of an expression."""

import pytest

from watchbill.promql import InvalidPromQL
from watchbill_stack.cost.selection import Condition, Selection, selections


def test_each_selector_is_found_with_its_conditions_and_window() -> None:
    found = selections('sum by (job) (rate(requests{job="shop",code!~"5.."}[5m])) / on (job) up')

    assert found == (
        Selection("requests", (Condition("job", "=", "shop"), Condition("code", "!~", "5..")), 300.0),
        Selection("up", ()),
    )


def test_a_name_may_stand_between_the_braces() -> None:
    assert selections('{__name__="up",job="shop"}') == (Selection("up", (Condition("job", "=", "shop"),)),)


def test_a_subquery_repeats_what_is_in_it() -> None:
    (found,) = selections("max_over_time(rate(requests[1m])[1h:30s])")

    assert (found.window, found.repeats) == (60.0, ((3600.0, 30.0),))


@pytest.mark.parametrize(
    ("text", "samples"),
    [
        ("up", 1),
        ("up offset 1d", 1),
        ("rate(up[5m])", 21),
        ("rate(up[14s])", 1),
        ("max_over_time(up[10m:1m])", 11),
        ("max_over_time(up[10m:])", 41),
        ("max_over_time(rate(up[1m])[10m:1m])", 55),
    ],
)
def test_samples_are_those_that_a_window_of_the_scrape_interval_may_hold(text: str, samples: int) -> None:
    (found,) = selections(text)

    assert found.samples(interval=15, step=15) == samples


@pytest.mark.parametrize("value", ["a b", "5..|4..", "it's", "a`b", "#no", ""])
def test_quoted_text_stays_as_written(value: str) -> None:
    (found,) = selections(f'up{{job="{value}"}}')

    assert found.conditions == (Condition("job", "=", value),)


def test_escapes_are_read() -> None:
    (found,) = selections('up{job=~"a\\\\.b"}')

    assert found.conditions == (Condition("job", "=~", "a\\.b"),)


def test_texts_of_functions_are_no_conditions() -> None:
    assert selections('label_replace(up{job="shop"}, "to", "$1", "from", "(.*)")') == (
        Selection("up", (Condition("job", "=", "shop"),)),
    )


def test_what_is_no_promql_is_said() -> None:
    with pytest.raises(InvalidPromQL):
        selections("sum(")
