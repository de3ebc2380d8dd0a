"""Services: every mistake is found at once, at its line, whatever was written."""

from pathlib import Path
from typing import Any

import pytest

from tests.plugins.pager import Pager
from watchbill import Names, Postgres, Redis, Service, Team, availability, latency, max_error_ratio, max_latency
from watchbill.catalogue.buckets import HTTP_SECONDS
from watchbill.catalogue.http import ROUTE
from watchbill.problem import Declared, Problem
from watchbill.service import TAKEN_NAMES

TEAM = Team("storefront", page=Pager(), ticket=Pager())
HERE = Path(__file__)


def causes(service: Service) -> list[str]:
    return [problem.cause for problem in service.problems()]


def marked(problems: list[Problem]) -> list[str]:
    """The comment at the end of each problem's line."""
    lines = HERE.read_text().splitlines()
    assert {problem.place.file for problem in problems} <= {str(HERE)}
    return [lines[problem.place.line - 1].partition("# ")[2] for problem in problems]


def test_a_full_service_is_sound() -> None:
    service = Service(
        "shop",
        team=TEAM,
        tier=1,
        uses=[Redis("cache"), Postgres("orders", pool_max=30)],
        objectives=[availability(99.9), latency(0.5, 95), latency(0.3, 99, route="/api/search")],
        thresholds=(max_error_ratio(0.01), max_latency(2.0)),
        targets=["127.0.0.1:8000"],
        names=Names({ROUTE.name: "endpoint"}),
    )

    assert list(service.problems()) == []


def test_a_service_needs_no_more_than_a_name_and_a_team() -> None:
    assert list(Service("shop", team=TEAM).problems()) == []


def test_every_mistake_is_found_at_once_each_at_its_own_line() -> None:
    service = Service(
        "shop",
        team=Team("The Team", page=Pager(), ticket=Pager()),  # team
        uses=[
            Redis("cache", address="nowhere"),  # address
            Postgres("orders", pool_max=0),  # pool
            Redis("cache"),  # twice
        ],
        objectives=[
            availability(50),  # unfireable
            latency(0, 99, route="search"),  # time and route
        ],
        thresholds=[max_error_ratio(5)],  # ratio
    )

    assert sorted(marked(list(service.problems()))) == sorted(
        ["team", "address", "pool", "twice", "unfireable", "time and route", "time and route", "ratio"]
    )


@pytest.mark.parametrize("tier", [0, 4, True, 1.0, "1", None, [1]])
def test_a_tier_is_1_2_or_3(tier: Any) -> None:
    assert causes(Service("shop", team=TEAM, tier=tier)) == [f"service 'shop' has tier={tier!r}"]


@pytest.mark.parametrize("path", ["", "metrics", "http://a/metrics", None, 5])
def test_a_metrics_path_starts_with_a_slash(path: Any) -> None:
    assert causes(Service("shop", team=TEAM, metrics_path=path)) == [f"metrics_path={path!r} is no path"]


@pytest.mark.parametrize("name", sorted(TAKEN_NAMES))
def test_a_service_is_not_called_like_a_part_of_the_stack(name: str) -> None:
    (problem,) = Service(name, team=TEAM).problems()

    assert problem.cause == f"{name!r} is a scrape job or rule file of the stack itself"
    assert problem.remedy == "choose another name"


def test_an_environment_has_a_name() -> None:
    assert causes(Service("shop", team=TEAM, env="Production!")) == ["'Production!' is no environment name"]


def test_a_target_is_an_address_and_shows_no_password() -> None:
    service = Service("shop", team=TEAM, targets=["http://me:s3cret@shop:8000", "shop", "shop:8000"])

    assert causes(service) == ["'…@shop:8000' is no target", "'shop' is no target"]


@pytest.mark.parametrize("role", ["uses", "objectives", "thresholds", "targets", "latency_bounds"])
@pytest.mark.parametrize("wrong", [None, 5, "shop:8000", {}, object(), Redis("cache")])
def test_a_list_is_a_list(role: str, wrong: Any) -> None:
    fields: dict[str, Any] = {role: wrong}

    assert causes(Service("shop", team=TEAM, **fields)) == [f"{role} of service 'shop' is {wrong!r}, not a list"]


def test_a_password_in_an_address_where_none_belongs_is_not_shown() -> None:
    wrong: Any = "http://me:s3cret@shop:8000"

    assert causes(Service("shop", team=wrong, targets=wrong, uses=[wrong])) == [
        "targets of service 'shop' is '…@shop:8000', not a list",
        "team='…@shop:8000' is no Team",
        "uses of service 'shop' holds '…@shop:8000'",
    ]


@pytest.mark.parametrize(
    ("role", "wrong", "kind"),
    [
        ("uses", availability(99), "Dependency"),
        ("objectives", 99.9, "Objective"),
        ("thresholds", None, "Threshold"),
        ("uses", Redis, "Dependency"),
    ],
)
def test_each_list_holds_its_own_kind(role: str, wrong: Any, kind: str) -> None:
    fields: dict[str, Any] = {role: [wrong]}
    (problem,) = Service("shop", team=TEAM, **fields).problems()

    assert problem.cause == f"{role} of service 'shop' holds {wrong!r}"
    assert problem.remedy == f"only a {kind} fits"


def test_two_members_cannot_be_told_apart_by_one_name() -> None:
    service = Service(
        "shop",
        team=TEAM,
        uses=[Redis("data"), Postgres("data")],
        objectives=[latency(0.5, 95), latency(0.5, 99)],
        thresholds=[
            max_error_ratio(0.01),
            max_error_ratio("0.05"),
            max_error_ratio(0.05, severity="critical"),
            max_latency(1),
            max_latency(2, percentile="95.0"),
            max_latency(1, percentile=99),
        ],
    )

    assert [cause.removeprefix("service 'shop' declares ") for cause in causes(service)] == [
        "'data' twice in uses",
        "'latency-0-5s' twice in objectives",
        "'max_error_ratio (warning)' twice in thresholds",
        "'max_latency of percentile 95 (warning)' twice in thresholds",
    ]


def test_a_latency_objective_gets_its_own_bucket_bound() -> None:
    service = Service("shop", team=TEAM, objectives=[latency(0.3, 99), latency(0.5, 95)])

    assert service.latency_buckets == tuple(sorted({*HTTP_SECONDS, 0.3}))


def test_given_bounds_replace_the_usual_ones() -> None:
    assert Service("shop", team=TEAM, latency_bounds=[2, 0.1, 1]).latency_buckets == (0.1, 1, 2)


def test_a_latency_objective_between_given_bounds_cannot_be_measured() -> None:
    service = Service(
        "shop",
        team=TEAM,
        latency_bounds=(0.1, 0.25, 1),
        objectives=[latency(0.3, 99)],  # between
    )
    (problem,) = service.problems()

    assert marked([problem]) == ["between"]
    assert problem.cause == "0.3 s is no bucket bound of service 'shop', so it cannot be measured"
    assert problem.remedy == "add it to latency_bounds, or use the nearest bound, 0.25"


@pytest.mark.parametrize(("limit", "outcome"), [(10, "never"), (20, "never"), ("1e400", "never"), (0.001, "always")])
def test_a_latency_limit_beyond_the_bounds_is_never_or_always_exceeded(limit: float | str, outcome: str) -> None:
    (problem,) = Service("shop", team=TEAM, thresholds=[max_latency(limit)]).problems()

    assert f"s is {outcome} exceeded: the histogram of service 'shop' tells times from 0.005 s to 10 s" in problem.cause
    assert problem.remedy == "give a limit in between, or latency_bounds around it"


@pytest.mark.parametrize("limit", [0.005, 0.3, 9.99])
def test_a_latency_limit_between_the_bounds_is_sound(limit: float) -> None:
    assert list(Service("shop", team=TEAM, thresholds=[max_latency(limit)]).problems()) == []


@pytest.mark.parametrize("bound", [0, -1, "0.5", None, float("nan"), float("inf"), True, [1]])
def test_a_bound_is_a_finite_number_of_seconds_above_0(bound: Any) -> None:
    service = Service("shop", team=TEAM, latency_bounds=[0.5, bound], objectives=[latency(0.5, 99)])

    assert causes(service) == [f"latency_bounds of service 'shop' holds {bound!r}"]


def test_a_bound_stands_once() -> None:
    assert causes(Service("shop", team=TEAM, latency_bounds=[1, 1.0])) == [
        "latency_bounds of service 'shop' holds a bound twice"
    ]


def test_faults_of_the_names_profile_are_problems_of_the_service() -> None:
    service = Service("shop", team=TEAM, names=Names({"no_such_label": "x"}))

    assert causes(service) == ["names of service 'shop': no metric has a label 'no_such_label'"]


HOSTILE: list[Any] = [
    None, 0, -1, 10**400, 1.5, float("nan"), float("inf"), True, "", "text", "/text", "1", b"bytes", [], [None],
    [["nested"]], ["text"], (), (1, "a"), {}, {"a": 1}, {1}, object(), int, lambda: None, Declared(), TEAM, Names(),
]  # fmt: skip
FIELDS: dict[Any, list[str]] = {
    Service: ["name", "team", "tier", "env", "uses", "objectives", "thresholds", "targets", "metrics_path", "names",
              "latency_bounds"],
    Team: ["name", "page", "ticket"],
    Redis: ["name", "address", "password_file", "username"],
    Postgres: ["name", "address", "password_file", "database", "user", "pool_max"],
    availability: ["percent", "route"],
    latency: ["seconds", "percent", "route"],
    max_error_ratio: ["ratio", "for_", "severity"],
    max_latency: ["seconds", "percentile", "for_", "severity"],
}  # fmt: skip
SOUND: dict[Any, dict[str, Any]] = {
    Service: {"name": "shop", "team": TEAM},
    Team: {"name": "storefront", "page": Pager(), "ticket": Pager()},
    Redis: {"name": "cache"},
    Postgres: {"name": "orders"},
    availability: {"percent": 99},
    latency: {"seconds": 0.5, "percent": 99},
    max_error_ratio: {"ratio": 0.01},
    max_latency: {"seconds": 2},
}


def within_a_service(declared: Any) -> Service:
    """The declared object where a stack file has it."""
    match declared:
        case Service():
            return declared
        case Team():
            return Service("shop", team=declared)
        case Redis() | Postgres():
            return Service("shop", team=TEAM, uses=[declared])
        case _ if hasattr(declared, "percent"):
            return Service("shop", team=TEAM, objectives=[declared])
        case _:
            return Service("shop", team=TEAM, thresholds=[declared])


@pytest.mark.parametrize(
    ("declare", "field"), [(declare, field) for declare, fields in FIELDS.items() for field in fields]
)
def test_a_value_of_any_type_anywhere_raises_nothing_and_most_are_problems(declare: Any, field: str) -> None:
    verdicts = [
        bool(list(within_a_service(declare(**SOUND[declare] | {field: value})).problems())) for value in HOSTILE
    ]

    assert verdicts.count(True) >= len(HOSTILE) * 2 // 3


@pytest.mark.parametrize("value", [value for value in HOSTILE if not isinstance(value, Team)])
def test_a_service_made_of_wrong_values_alone_raises_nothing(value: Any) -> None:
    fields: dict[str, Any] = dict.fromkeys(FIELDS[Service], value)
    service = Service(**fields)

    assert len(list(service.problems())) >= 3
