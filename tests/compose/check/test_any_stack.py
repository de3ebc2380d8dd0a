"""Whatever a right stack declares, it has no finding: what is generated from it fits together."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.compose.check.built_stack import shop, team
from watchbill import Names, Postgres, Redis, Service, availability, latency, max_error_ratio, max_latency
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, ROUTE, STATUS
from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_stack.check.checking import check

TEAMS = [team(name) for name in ("storefront", "payments", "search")]
USED = [Redis("cache"), Redis("sessions"), Postgres("orders", pool_max=5), Postgres("ledger")]
OBJECTIVES = [
    availability(99.9),
    availability("99.95", route="/api/search"),
    availability(99, route="/"),
    latency(0.5, 95),
    latency(0.3, 99, route="/items/{id}"),
    latency(2.5, 94),
]
THRESHOLDS = [
    max_error_ratio(0.01),
    max_error_ratio(0.05, severity="critical"),
    max_error_ratio(0.1, severity="info"),
    max_latency(2.0),
    max_latency(1.0, percentile=99, severity="critical"),
    max_latency(0.5, percentile=50, for_="0s"),
]
NAMES = [
    Names.classic(),
    Names.opentelemetry(),
    Names({ROUTE.name: "endpoint"}),
    Names({ROUTE.name: "handler", STATUS.name: "code"}),
    Names(metrics={HTTP_REQUESTS.name: "web_requests_total", HTTP_REQUEST_DURATION.name: "web_seconds"}),
]


def some_of(members: list[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(members), unique_by=id)


SERVICES = st.builds(
    shop,
    team=st.sampled_from(TEAMS),
    tier=st.integers(1, 3),
    env=st.sampled_from(["production", "staging"]),
    targets=st.lists(st.sampled_from(["one:8000", "two:8000"]), unique=True),
    uses=some_of(USED),
    objectives=some_of(OBJECTIVES),
    thresholds=some_of(THRESHOLDS),
    names=st.sampled_from(NAMES),
)


@settings(max_examples=25)
@given(
    services=st.lists(SERVICES, min_size=1, max_size=3),
    profile=st.sampled_from([Profile.production(), Profile.development()]),
    is_watched=st.booleans(),
)
def test_a_stack_without_a_problem_has_no_finding(
    services: list[Service], profile: Profile, *, is_watched: bool
) -> None:
    named = [replace(one, name=f"service-{number}") for number, one in enumerate(services)]
    stack = Stack(*named, watchdog=TEAMS[0].page if is_watched else None)

    assert stack.problems() == ()
    assert check(stack, profile).findings == ()
