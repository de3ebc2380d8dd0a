"""What requests took from behind them stands in histograms by route."""

import pytest
from prometheus_client import Gauge

from tests.plugins.application import exposed, quiet
from watchbill import InvalidDeclaration, Names, Observability
from watchbill.catalogue.http import ROUTE
from watchbill.catalogue.metric import Histogram
from watchbill.catalogue.request_totals import (
    REQUEST_CACHE_CALLS,
    REQUEST_MESSAGES,
    REQUEST_OUTBOUND_TIME,
    REQUEST_QUERIES,
    REQUEST_QUERY_TIME,
    REQUEST_ROUND_TRIPS,
)
from watchbill.catalogue.watching import DROPPED_SERIES, METRIC
from watchbill.emission import Emission
from watchbill.http.totals_series import TotalsSeries
from watchbill.totals import Totals

PARTS = (
    REQUEST_QUERIES,
    REQUEST_QUERY_TIME,
    REQUEST_CACHE_CALLS,
    REQUEST_ROUND_TRIPS,
    REQUEST_MESSAGES,
    REQUEST_OUTBOUND_TIME,
)


def account(**parts: float) -> Totals:
    """Of one request."""
    found = Totals()
    for name, value in parts.items():
        setattr(found, name, value)
    return found


def series() -> tuple[Observability, TotalsSeries]:
    """Those of a registry."""
    observability = quiet()
    return observability, TotalsSeries(Emission(observability.registry, observability.names))


def of_route(observability: Observability, metric: Histogram, route: str) -> tuple[float, float]:
    """How many observations, and their sum."""
    scrape = exposed(observability)
    return scrape.count(metric, {ROUTE: route}), scrape.total(metric, {ROUTE: route})


def test_each_part_of_an_account_is_one_observation() -> None:
    observability, tested = series()
    full = account(
        queries=3,
        query_seconds=0.25,
        cache_hits=2,
        cache_misses=1,
        round_trips=4,
        messages=5,
        calls=6,
        call_seconds=1.5,
    )
    tested.observe("/a", full)
    tested.observe("/a", full)

    found = [of_route(observability, metric, "/a") for metric in PARTS]
    assert found == [(2, 6), (2, 0.5), (2, 6), (2, 8), (2, 10), (2, 3.0)]
    assert exposed(observability).at_most(REQUEST_QUERIES, 2.0) == 0
    assert exposed(observability).at_most(REQUEST_QUERIES, 3.0) == 2
    assert exposed(observability).at_most(REQUEST_QUERIES, 5.0) == 2


def test_a_route_has_no_series_of_what_its_requests_do_not_use() -> None:
    observability, tested = series()
    tested.observe("/a", account(round_trips=1))
    tested.observe("/b", account())

    found = {metric.name: exposed(observability).values_of(metric, ROUTE) for metric in PARTS}
    assert {name for name, routes in found.items() if routes} == {REQUEST_ROUND_TRIPS.name}
    assert found[REQUEST_ROUND_TRIPS.name] == {"/a"}


def test_what_is_beyond_every_bound_is_counted() -> None:
    observability, tested = series()
    tested.observe("/a", account(queries=1_000_000, query_seconds=1e6))

    assert of_route(observability, REQUEST_QUERIES, "/a") == (1, 1_000_000)
    assert exposed(observability).at_most(REQUEST_QUERIES, REQUEST_QUERIES.buckets[-1]) == 0


def test_routes_beyond_their_limit_are_folded_and_counted() -> None:
    observability, tested = series()
    for number in range(ROUTE.limit + 50):
        tested.observe(f"/{number}", account(queries=1))

    scrape = exposed(observability)
    assert len(scrape.values_of(REQUEST_QUERIES, ROUTE)) == ROUTE.limit
    assert scrape.count(REQUEST_QUERIES) == ROUTE.limit + 50
    assert scrape.value(DROPPED_SERIES, {METRIC: REQUEST_QUERIES.name}) == 51
    assert scrape.value(DROPPED_SERIES, {METRIC: REQUEST_MESSAGES.name}) == 0


def test_two_of_one_registry_add_up() -> None:
    first = quiet()
    second = quiet(registry=first.registry)
    for one in (first, second):
        TotalsSeries(Emission(one.registry, one.names)).observe("/a", account(messages=2))

    assert of_route(first, REQUEST_MESSAGES, "/a") == (2, 4)


def test_a_name_that_is_taken_is_an_error() -> None:
    observability = quiet()
    Gauge("taken", "Somebody else's.", registry=observability.registry)
    names = Names(metrics={REQUEST_QUERIES.name: "taken"})

    with pytest.raises(InvalidDeclaration):
        TotalsSeries(Emission(observability.registry, names))
