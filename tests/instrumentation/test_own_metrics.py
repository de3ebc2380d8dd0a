"""Metrics of a team's own in a service: what the stack refuses, each at the line that declares it."""

from pathlib import Path
from typing import Any

import pytest

from tests.plugins.pager import Pager
from watchbill import Counter, Gauge, Histogram, Label, Names, Observability, Service, Team, Unit
from watchbill.catalogue import Metric, Recorded
from watchbill.catalogue.http import HTTP_REQUESTS
from watchbill.catalogue.redis_server.probe import REDIS_UP
from watchbill.own_metrics import problems_of
from watchbill.problem import Problem
from watchbill.stack import Stack

TEAM = Team("storefront", page=Pager(), ticket=Pager())
KIND = Label(name="kind", help="The kind.", values=("a", "b"))
REGION = Label(name="env", help="Where.", values=("a", "b"))
ORDERS = Counter(name="shop_orders_total", help="Orders placed.", labels=(KIND,))
HERE = Path(__file__)


def marked(problems: list[Problem]) -> list[str]:
    """The comment at the end of each problem's line."""
    lines = HERE.read_text().splitlines()
    assert {problem.place.file for problem in problems} <= {str(HERE)}
    return [lines[problem.place.line - 1].partition("# ")[2] for problem in problems]


def test_sound_metrics_have_no_problem() -> None:
    metrics = [
        ORDERS,
        Gauge(name="shop_baskets", help="Baskets."),
        Gauge(name="shop_stock_ratio", help="Stock.", unit=Unit.RATIO),
        Counter(name="shop_sent_bytes_total", help="Bytes.", unit=Unit.BYTES),
        Histogram(name="shop_wait_seconds", help="Wait.", unit=Unit.SECONDS, buckets=(1,)),
    ]

    assert list(Service("shop", team=TEAM, metrics=metrics).problems()) == []


@pytest.mark.parametrize(
    ("metric", "cause"),
    [
        (Counter(name=HTTP_REQUESTS.name, help="Mine."), "stands in the catalogue: Requests answered"),
        (Gauge(name=REDIS_UP.name, help="Mine."), "stands in the catalogue"),
        (Gauge(name="http_request_duration_seconds_sum", help="Mine."), "stands in the catalogue"),
        (Gauge(name="http_requests", help="Mine."), "stands in the catalogue: Requests answered"),
        (Gauge(name="shop_baskets", help="Baskets.", labels=(REGION,)), "label 'env' of 'shop_baskets' is one that"),
        (Gauge(name="watchbill_mine", help="Mine."), "begins like Watchbill's own metrics"),
        (Gauge(name="shop_wait", help="Wait.", unit=Unit.SECONDS), "does not say its unit"),
        (Counter(name="shop_sent_total", help="Sent.", unit=Unit.BYTES), "does not say its unit"),
        (Gauge(name="shop_wait_ms", help="Wait."), "is not in a base unit"),
        (Gauge(name="shop_stock_percent", help="Stock."), "is not in a base unit"),
        (Recorded(name="shop:orders:rate5m", help="Orders."), "is a Recorded"),
    ],
    ids=lambda value: value.name if isinstance(value, Metric) else "",
)
def test_a_misnamed_metric_is_told_with_its_remedy(metric: Metric, cause: str) -> None:
    (problem,) = problems_of([metric])

    assert cause in problem.cause
    assert problem.remedy


def test_a_metric_that_does_not_say_its_unit_is_told_how_it_should() -> None:
    (problem,) = problems_of([Counter(name="shop_sent_total", help="Sent.", unit=Unit.BYTES)])

    assert problem.remedy == "let its name end in _bytes_total"


def test_clashes_are_found_at_once_each_where_it_is_declared() -> None:
    service = Service(
        "shop",
        team=TEAM,
        metrics=[
            ORDERS,
            ORDERS,
            Counter(name=ORDERS.name, help="Others."),  # other
            Histogram(name="shop_wait_seconds", help="Wait.", unit=Unit.SECONDS, buckets=(1,)),
            Gauge(name="shop_wait_seconds_count", help="Waits."),  # series
            Counter(name=HTTP_REQUESTS.name, help="Mine."),  # catalogue
            Gauge(name="shop_orders", help="Waiting."),  # family
        ],
    )
    problems = list(service.problems())

    assert sorted(marked(problems)) == ["", "catalogue", "family", "other", "series"]
    assert [problem.cause for problem in problems if "series" in problem.cause] == [
        "'shop_wait_seconds_count' clashes with the series of 'shop_wait_seconds'",
        "'shop_orders' clashes with the series of 'shop_orders_total'",
    ]


def test_what_is_no_metric_is_told() -> None:
    wrong: list[Metric] = [*[KIND]]  # type: ignore[list-item]  # pyright: ignore[reportAssignmentType]  a mistake

    assert [problem.cause for problem in Service("shop", team=TEAM, metrics=wrong).problems()] == [
        f"metrics of service 'shop' holds {KIND!r}"
    ]


def test_two_services_that_declare_a_metric_differently_are_told_both_places() -> None:
    shop = Service("shop", team=TEAM, metrics=[ORDERS])
    depot = Service("depot", team=TEAM, metrics=[Counter(name=ORDERS.name, help="Others.")])  # here
    same = Service("store", team=TEAM, metrics=[Counter(name=ORDERS.name, help=ORDERS.help, labels=(KIND,))])

    (problem,) = Stack(shop, depot, same).problems()

    assert marked([problem]) == ["here"]
    assert str(ORDERS.place) in problem.cause


def test_a_names_profile_may_rename_own_metrics_and_labels_and_not_to_what_is_taken() -> None:
    good = Names({KIND.name: "sort"}, {ORDERS.name: "sales_total"})
    bad = Names({KIND.name: "job"}, {ORDERS.name: HTTP_REQUESTS.name})

    assert list(Service("shop", team=TEAM, metrics=[ORDERS], names=good).problems()) == []
    causes = [problem.cause for problem in Service("shop", team=TEAM, metrics=[ORDERS], names=bad).problems()]
    assert any("the label 'kind' cannot become 'job'" in cause for cause in causes)
    assert any("become 'http_requests_total'" in cause for cause in causes)


def test_metrics_that_are_none_are_told_and_leave_the_rest_at_work() -> None:
    wrong: Any = 5
    service = Service("shop", team=TEAM, metrics=wrong)

    assert [problem.cause for problem in service.problems()] == ["metrics of service 'shop' is 5, not a list"]
    assert service.own_metrics == ()
    Observability(service, tracing=None, logging=None).counter(ORDERS).labels("a").inc()
