"""Objectives: exact shares, names and titles, and which of them can never alert."""

from decimal import Decimal

import pytest

from watchbill import availability, latency
from watchbill.objective import Objective


@pytest.mark.parametrize("percent", [99.9, "99.9", 95, "99.99", 99.95])
def test_ratio_and_budget_are_exact_decimals(percent: float | str) -> None:
    objective = availability(percent)

    assert objective.ratio == Decimal(str(percent)) / 100
    assert objective.ratio + objective.budget == 1


def test_a_budget_has_no_binary_noise() -> None:
    assert str(availability(99.9).budget) == "0.001"
    assert 1 - 99.9 / 100 != 0.001


@pytest.mark.parametrize(
    ("objective", "name", "title"),
    [
        (availability(99.9), "availability", "99.9 % of requests answered without a server error"),
        (
            availability(99.9, route="/api/search"),
            "availability-api-search",
            "99.9 % of requests to /api/search answered without a server error",
        ),
        (availability(99, route="/"), "availability-root", "99 % of requests to / answered without a server error"),
        (latency(0.5, 95), "latency-0-5s", "95 % of requests answered within 0.5 s"),
        (latency(2, 99), "latency-2s", "99 % of requests answered within 2 s"),
        (latency(2.0, 99), "latency-2s", "99 % of requests answered within 2 s"),
        (
            latency(0.00001, 99, route="/users/{id}"),
            "latency-0-00001s-users-id",
            "99 % of requests to /users/{id} answered within 0.00001 s",
        ),
    ],
)
def test_names_and_titles(objective: Objective, name: str, title: str) -> None:
    assert objective.name == name
    assert objective.title == title


@pytest.mark.parametrize("percent", [93.06, 95, 99.999])
def test_an_objective_whose_fast_page_can_fire_is_sound(percent: float) -> None:
    assert list(availability(percent).problems()) == []


@pytest.mark.parametrize("percent", [93.05, 90, 50, 1])
def test_an_objective_whose_fast_page_can_never_fire_is_a_problem(percent: float) -> None:
    (problem,) = availability(percent).problems()

    assert "the fast page can never fire" in problem.cause
    assert problem.remedy == "give an objective above 93.06 %"


def test_the_cause_shows_the_sum_that_cannot_be_reached() -> None:
    (problem,) = availability(90).problems()

    assert problem.cause.endswith("it asks for an error ratio above 14.4 × 0.1 = 1.44")


@pytest.mark.parametrize("percent", [0, 100, -1, 101, "1e9"])
def test_a_percentage_that_cannot_be_missed_or_kept_is_a_problem(percent: float | str) -> None:
    (problem,) = availability(percent).problems()

    assert "cannot be kept or missed" in problem.cause


def test_what_is_no_number_is_shown_as_it_was_written() -> None:
    (problem,) = availability("99,9").problems()

    assert problem.cause == "an objective of '99,9' is no percentage"
    assert problem.remedy == "give a number, such as 99.9"


@pytest.mark.parametrize("route", ["", "search", "https://shop/search"])
def test_a_route_starts_with_a_slash(route: str) -> None:
    (problem,) = latency(0.5, 95, route=route).problems()

    assert problem.cause == f"{route!r} is no route"


@pytest.mark.parametrize("seconds", [0, -1.0, float("nan"), float("inf")])
def test_a_time_is_a_finite_number_above_0(seconds: float) -> None:
    (problem,) = latency(seconds, 95).problems()

    assert problem.cause == f"no request is answered within {seconds!r} seconds"


def test_all_mistakes_of_one_objective_are_found_at_once() -> None:
    assert len(list(latency(-1, 200, route="search").problems())) == 3


def test_an_objective_of_no_kind_is_a_problem() -> None:
    (problem,) = Objective(Decimal(99)).problems()

    assert problem.remedy == "use availability(…) or latency(…)"


def test_objectives_are_equal_wherever_they_were_declared() -> None:
    first = availability(99.9)
    second = availability("99.9")

    assert first == second
    assert first.place != second.place
