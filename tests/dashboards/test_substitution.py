"""Variables are replaced as Grafana replaces them."""

import pytest

from watchbill_dashboards.substitution import Pattern, UnknownVariable, substituted, variables_in


def test_every_way_of_writing_a_variable_is_understood() -> None:
    assert substituted("$a ${a} ${a:regex} [[a]]", {"a": "x"}) == "x x x x"


def test_a_single_value_cannot_leave_its_quotes() -> None:
    assert substituted('up{env="$env"}', {"env": 'a"\\b'}) == 'up{env="a\\"\\\\b"}'


def test_a_chosen_value_is_matched_literally() -> None:
    """The regex's backslash stands inside a PromQL string, so it is doubled."""
    chosen = Pattern(("/items/{id}",))
    assert substituted('r=~"$route"', {"route": chosen}) == r'r=~"/items/\\{id\\}"'


def test_several_values_become_alternatives() -> None:
    assert substituted("$route", {"route": Pattern(("/a", "/b.c"))}) == r"(/a|/b\\.c)"


def test_the_value_for_all_stands_as_written() -> None:
    assert substituted("$route", {"route": Pattern(raw=".*")}) == ".*"


def test_groups_of_a_replacement_are_no_variables() -> None:
    text = 'label_replace(up, "a", "$1", "b", "(.*)")'
    assert substituted(text, {}) == text


def test_every_unknown_variable_is_named() -> None:
    with pytest.raises(UnknownVariable, match=r"no such variable: \$one, \$two"):
        substituted("$two $one", {})


def test_the_variables_of_a_query_are_listed_once_each_in_their_order() -> None:
    assert variables_in('rate(up{b=~"$two", c="${one:regex}"}[$__rate_interval]) + $two') == (
        "two",
        "one",
        "__rate_interval",
    )
