"""Stacks: what is watched together, and every mistake of a whole stack file."""

from pathlib import Path
from typing import Any

import pytest

from tests.plugins.pager import Pager
from watchbill import Postgres, Redis, Service, Team, availability, latency
from watchbill.problem import Problem
from watchbill.stack import Stack

TEAM = Team("storefront", page=Pager(), ticket=Pager("2"))
HERE = Path(__file__)
HOSTILE: list[Any] = [None, 0, 5, 1.5, True, "", "text", b"bytes", [], ["text"], {}, {1}, object(), int, Pager]


def marked(problems: tuple[Problem, ...]) -> list[str]:
    """The comment at the end of each problem's line."""
    lines = HERE.read_text().splitlines()
    assert {problem.place.file for problem in problems} <= {str(HERE)}
    return [lines[problem.place.line - 1].partition("# ")[2] for problem in problems]


def causes(stack: Stack) -> list[str]:
    return [problem.cause for problem in stack.problems()]


def test_a_sound_stack_has_no_problem() -> None:
    shop = Service("shop", team=TEAM, uses=[Redis("cache")], objectives=[availability(99.9)])
    stack = Stack(shop, catch_all=Pager(), watchdog=Pager(), dashboards="https://grafana.example.com/base/")

    assert stack.problems() == ()
    assert stack.links.dashboards == "https://grafana.example.com/base"


def test_six_mistakes_in_a_stack_file_are_six_problems_at_six_lines_in_order() -> None:
    stack = Stack(
        Service(
            "shop",
            team=TEAM,
            uses=[
                Redis("Cache"),  # name
                Postgres("orders", address="orders"),  # address
            ],
            objectives=[
                availability(90),  # unfireable
                latency(-1, 99),  # time
                latency(0.5, 99, route="search"),  # route
            ],
        ),
        Service("search", team=TEAM, tier=9),  # tier
    )

    assert marked(stack.problems()) == ["name", "address", "unfireable", "time", "route", "tier"]
    assert all(problem.cause and problem.remedy for problem in stack.problems())


def test_a_mistake_that_two_services_share_is_one_problem() -> None:
    team = Team("The Team", page=Pager(), ticket=Pager())
    cache = Redis("cache", address="nowhere")
    stack = Stack(Service("shop", team=team, uses=[cache]), Service("search", team=team, uses=[cache]))

    assert sorted(causes(stack)) == ["'The Team' is no team name", "Redis 'cache' has the address 'nowhere'"]


def test_a_stack_watches_something() -> None:
    assert causes(Stack()) == ["the stack watches no service"]


def test_two_services_cannot_share_a_name() -> None:
    stack = Stack(
        Service("shop", team=TEAM),
        Service("shop", team=TEAM),  # second
    )

    assert marked(stack.problems()) == ["second"]
    assert causes(stack) == ["there are two services 'shop'"]


def test_one_service_cannot_stand_twice() -> None:
    shop = Service("shop", team=TEAM)

    assert causes(Stack(shop, shop)) == ["there are two services 'shop'"]


def test_two_teams_of_one_name_must_be_equal() -> None:
    stack = Stack(
        Service("shop", team=TEAM),
        Service("search", team=Team("storefront", page=Pager("7"), ticket=Pager("2"))),  # other receiver
        Service("images", team=Team("storefront", page=Pager(), ticket=Pager("2"))),  # equal to the first
    )

    assert marked(stack.problems()) == ["other receiver", "equal to the first"]


def test_two_dependencies_of_one_name_must_be_equal() -> None:
    stack = Stack(
        Service("shop", team=TEAM, uses=[Redis("data")]),
        Service("images", team=TEAM, uses=[Redis("data")]),
        Service("search", team=TEAM, uses=[Postgres("data")]),  # another server
    )

    assert marked(stack.problems()) == ["another server"]
    assert causes(stack) == ["'data' is declared twice, differently"]


def test_each_team_and_dependency_is_listed_once() -> None:
    cache = Redis("cache")
    shop = Service("shop", team=TEAM, tier=2, uses=[cache])
    search = Service("search", team=Team("finders", page=Pager(), ticket=Pager()), tier=1, uses=[cache])
    stack = Stack(shop, search)

    assert [team.name for team in stack.teams] == ["storefront", "finders"]
    assert stack.dependencies == (cache,)
    assert stack.dependants == {"cache": (shop, search)}


def test_a_dependency_belongs_to_the_team_of_the_most_important_service_that_uses_it() -> None:
    cache = Redis("cache")
    finders = Team("finders", page=Pager(), ticket=Pager())
    stack = Stack(
        Service("shop", team=TEAM, tier=2, uses=[cache]), Service("search", team=finders, tier=1, uses=[cache])
    )

    assert stack.owner(cache) is finders


def test_without_a_catch_all_the_first_teams_tickets_are() -> None:
    assert Stack(Service("shop", team=TEAM)).catch_all == TEAM.ticket
    assert Stack(Service("shop", team=TEAM), catch_all=Pager("9")).catch_all == Pager("9")


def test_links_are_local_until_a_dashboards_address_is_given() -> None:
    shop = Service("shop", team=TEAM)

    assert Stack(shop).has_local_links
    assert not Stack(shop, dashboards="https://grafana.example.com").has_local_links


@pytest.mark.parametrize("base", ["grafana.example.com", "ftp://example.com", "https://", "https://a?b", "https://a b"])
def test_a_base_address_is_http_without_a_query(base: str) -> None:
    stack = Stack(Service("shop", team=TEAM), dashboards=base, runbooks=base)

    assert sorted(cause.partition("=")[0] for cause in causes(stack)) == ["dashboards", "runbooks"]


def test_addresses_with_a_password_are_refused_without_showing_it() -> None:
    stack = Stack(
        Service("shop", team=TEAM), dashboards="https://me:s3cret@grafana.example.com", exporter="me:s3cret@a:9"
    )

    assert len(causes(stack)) == 2
    assert "s3cret" not in "".join(map(str, stack.problems()))


@pytest.mark.parametrize("role", ["catch_all", "watchdog"])
def test_what_cannot_notify_is_a_problem_and_is_not_shown(role: str) -> None:
    fields: dict[str, Any] = {role: "https://hooks.example.com/s3cret"}
    stack = Stack(Service("shop", team=TEAM), **fields)

    assert causes(stack) == [f"{role} is a str, no receiver"]


@pytest.mark.parametrize("role", ["catch_all", "watchdog", "dashboards", "runbooks", "exporter"])
@pytest.mark.parametrize("value", [value for value in HOSTILE if value is not None])
def test_a_wrong_value_of_any_type_is_a_problem(role: str, value: Any) -> None:
    fields: dict[str, Any] = {role: value}

    assert len(Stack(Service("shop", team=TEAM), **fields).problems()) == 1


@pytest.mark.parametrize("value", HOSTILE)
def test_what_is_no_service_is_a_problem_beside_the_others(value: Any) -> None:
    stack = Stack(value, Service("Shop", team=TEAM))

    assert sorted(causes(stack)) == sorted([f"{value!r} is no Service", "'Shop' is no service name"])


@pytest.mark.parametrize("value", HOSTILE)
def test_a_stack_of_services_made_of_wrong_values_raises_nothing(value: Any) -> None:
    broken = Service(value, team=value, uses=value, objectives=value)
    held = Service(value, team=Team(value, page=value, ticket=value), uses=[Redis(value), value])

    assert len(Stack(broken, held, broken).problems()) >= 5
