"""Teams: who is reached, and how."""

from typing import Any

import pytest

from tests.plugins.pager import Pager
from watchbill.team import Team, is_name


def test_a_team_with_two_receivers_is_sound() -> None:
    assert list(Team("storefront", page=Pager(), ticket=Pager()).problems()) == []


@pytest.mark.parametrize("wrong", [None, 5, "https://hooks.example.com/T0/s3cret", object(), Pager, [Pager()]])
def test_what_cannot_notify_is_a_problem_and_is_not_shown(wrong: Any) -> None:
    (problem,) = Team("storefront", page=wrong, ticket=Pager()).problems()

    assert problem.cause == f"page of team 'storefront' is a {type(wrong).__name__}, no receiver"
    assert "s3cret" not in str(problem)


def test_all_mistakes_of_a_team_are_found_at_once() -> None:
    wrong: Any = None

    assert len(list(Team("The Team", page=wrong, ticket=wrong).problems())) == 3


@pytest.mark.parametrize("name", ["a", "storefront", "team-7", "a" * 29])
def test_a_name_has_lower_case_letters_digits_and_hyphens(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    "name", ["", "A", "7-team", "-a", "a b", "a_b", "a.b", "a" * 30, "ä", "a\n", None, 5, b"a", ["a"]]
)
def test_anything_else_is_no_name(name: Any) -> None:
    assert not is_name(name)
