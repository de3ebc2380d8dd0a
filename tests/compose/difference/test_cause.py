"""What follows from another change is folded into it, and nothing else is."""

from dataclasses import replace

import pytest

from watchbill import Names, Postgres, Redis, Service, Team, alert, availability, latency
from watchbill.catalogue.database import QUERY_TYPE
from watchbill.catalogue.http import HTTP_REQUESTS
from watchbill.catalogue.outbound import API
from watchbill.catalogue.redis_client import COMMAND
from watchbill.profile import Profile
from watchbill_stack import Stack, Webhook
from watchbill_stack.difference.cause import Cause, Causes
from watchbill_stack.difference.change import Change
from watchbill_stack.difference.comparison import Difference, compare
from watchbill_stack.difference.state import State

PAGER = Webhook("https://pager.example.com")
CACHE = Redis("cache", address="cache:6379")
SHOP = Service("shop", team=Team("storefront", page=PAGER, ticket=PAGER), targets=["shop:8000"])
USING = replace(SHOP, uses=[CACHE])
BURNS = ", ".join(f"ErrorBudgetBurn{tier}" for tier in ("Fast", "Medium", "Slow", "Trickle"))
SEARCH = replace(SHOP, objectives=[latency(0.3, 99, route="/api/search")])


def _difference(before: tuple[Service, ...], after: tuple[Service, ...]) -> Difference:
    states = (State.of_stack(Stack(*services), Profile.production()) for services in (before, after))
    return compare(*states)


def _lines(before: Service, after: Service) -> list[str]:
    return [f"{change.area} {change.line}" for change in _difference((before,), (after,)).changes]


def test_a_value_that_holds_the_name_of_a_renamed_label_is_left_alone() -> None:
    assert _lines(SEARCH, replace(SEARCH, names=Names({API.name: "operation"}))) == [
        f"metric label {API.name} of shop: renamed to operation"
    ]


def test_a_name_that_stood_for_two_labels_is_two_renames() -> None:
    both = replace(USING, names=Names({QUERY_TYPE: "operation", COMMAND: "operation"}))

    assert _lines(both, USING) == [
        f"metric label operation of shop: renamed to {QUERY_TYPE.name}",
        f"metric label operation of shop: renamed to {COMMAND.name}",
    ]


def test_an_objective_of_another_route_is_one_that_went_and_one_that_came() -> None:
    other = replace(SHOP, objectives=[latency(0.3, 99, route="/api/checkout")])

    assert [line.partition(":")[0] for line in _lines(SEARCH, other)] == [
        "objective latency-0-3s-api-search of shop",
        "objective latency-0-3s-api-checkout of shop",
    ]


def test_a_dependency_that_went_takes_along_every_text_that_names_it() -> None:
    both = replace(USING, uses=[CACHE, Postgres("orders", address="orders:5432")], objectives=[availability(99.9)])

    lines = [line.partition(":")[0] for line in _lines(both, replace(both, uses=[CACHE]))]

    assert [line for line in lines if not line.startswith("metric ")] == ["dependency orders", "scraping job postgres"]


def test_a_dependency_under_another_name_is_one_that_went_and_one_that_came() -> None:
    lines = _lines(USING, replace(USING, uses=[Redis("sessions", address="cache:6379")]))

    assert [line.partition(":")[0] for line in lines] == [
        "dependency cache",
        "dependency sessions",
        "scraping job redis",
    ]


def test_a_dependency_that_one_of_its_services_gave_up_is_said_of_that_service() -> None:
    cart = replace(USING, name="cart", objectives=[availability(99.9)])

    changes = _difference((USING, cart), (USING, replace(cart, uses=[]))).changes

    assert [(change.area, change.line) for change in changes if change.area != "panel"] == [
        ("dependency", "cache of cart: removed"),
        ("inhibition", f"RedisDown dependency=cache: no longer silences {BURNS}, service=cart"),
    ]
    assert not [change for change in changes if change.area == "panel" and change.verb == "removed"]


def test_a_renamed_alert_takes_its_inhibitions_along() -> None:
    stopped = alert(f"sum(rate({HTTP_REQUESTS.name}[10m])) == 0", name="NoRequests", summary="Nobody asks.")
    silent = replace(stopped, alert_name="Silence")

    assert _lines(replace(USING, alerts=[stopped]), replace(USING, alerts=[silent])) == [
        "alert NoRequests of shop: renamed to Silence"
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Used by a, cache and b.", "Used by a and b.", ["cache"]),
        ("up or redis_up{x='cache'}", "up", ["cache"]),
        ("Ask the cache. Then wait.", "Ask.", []),
        ("Used by a and cache.\nWait 5 min.", "Used by a.\nCall them.", []),
        ("Wait.", "Go.", []),
    ],
)
def test_a_text_follows_what_went_where_every_part_that_differs_names_it(
    old: str, new: str, expected: list[str]
) -> None:
    causes = Causes()
    causes.add(Cause(Change("dependency", "cache", "removed"), dependency="cache"))

    assert [cause.dependency for cause in causes.behind_parts("shop", old, new)] == expected
