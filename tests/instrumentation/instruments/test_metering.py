"""Metrics of a team's own, from the declaration to the scrape."""

import logging
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from prometheus_client import Counter as ClientCounter

from tests.plugins.application import exposed, quiet, served
from tests.plugins.forked import forked
from tests.plugins.pager import Pager
from watchbill import (
    Counter,
    Gauge,
    Histogram,
    InvalidDeclaration,
    Label,
    Names,
    Observability,
    Service,
    Switches,
    Team,
    Unit,
)
from watchbill.catalogue.http import HTTP_REQUESTS
from watchbill.catalogue.watching import DROPPED_SERIES, INTERNAL_ERRORS, METRIC
from watchbill.exposition.encode import OPENMETRICS
from watchbill.guard import OTHER
from watchbill.instruments.counter import OwnCounter
from watchbill.testing import Exposition, Spans

PAYMENT = Label(name="payment", help="How it is paid.", values=("card", "invoice"))
COUNTRY = Label(name="country", help="Where it goes.", values=("de",), bound=4)
ORDERS = Counter(name="test_orders_total", help="Orders placed.", labels=(PAYMENT,))
PARCELS = Counter(name="test_parcels_total", help="Parcels sent.", labels=(PAYMENT, COUNTRY))
VISITS = Counter(name="test_visits_total", help="Visits.")
BASKETS = Gauge(name="test_baskets", help="Baskets with something in them.")
SPEED = Gauge(name="test_speed", help="The latest speed.", labels=(PAYMENT,), latest=True)
VALUE = Histogram(name="test_value_euros", help="What an order is worth.", labels=(PAYMENT,), buckets=(10, 50))
WAIT = Histogram(name="test_wait_seconds", help="How long it takes.", unit=Unit.SECONDS, buckets=(1, 60))


class Payment(Enum):
    """How the application calls it."""

    CARD = "card"


@pytest.fixture
def observability() -> Observability:
    return quiet()


def dropped(observability: Observability, metric: Counter) -> float:
    return exposed(observability).value(DROPPED_SERIES, {METRIC: metric.name})


def test_a_served_application_shows_what_it_counted_under_its_names() -> None:
    team = Team("storefront", page=Pager(), ticket=Pager())
    names = Names({PAYMENT.name: "means"}, {ORDERS.name: "sales_total"})
    observability = Observability(Service("shop", team=team, metrics=[ORDERS], names=names), tracing=None, logging=None)
    orders = observability.counter(ORDERS)
    app = FastAPI()

    @app.post("/orders")
    def place() -> None:
        orders.labels(payment="card").inc()

    observability.instrument(app)
    with served(app) as (host, port):
        httpx.post(f"http://{host}:{port}/orders")
        page = httpx.get(f"http://{host}:{port}/metrics").text
    observability.uninstrument(app)

    assert 'sales_total{means="card"} 1' in page
    assert ORDERS.name not in page
    assert f"# HELP sales_total {ORDERS.help}" in page


def test_a_counter_of_closed_labels_stands_at_zero_and_one_of_open_labels_does_not(
    observability: Observability,
) -> None:
    observability.counter(ORDERS)
    observability.histogram(VALUE)
    observability.counter(PARCELS)
    observability.gauge(SPEED)

    scrape = exposed(observability)
    assert scrape.values_of(ORDERS, PAYMENT) == {"card", "invoice"}
    assert scrape.series(VALUE) == 2
    assert (scrape.series(PARCELS), scrape.series(SPEED)) == (0, 0)


def test_each_kind_keeps_what_it_is_told(observability: Observability) -> None:
    observability.counter(VISITS).inc()
    observability.counter(VISITS).inc(2.5)
    baskets = observability.gauge(BASKETS)
    baskets.set(5)
    baskets.inc(3)
    baskets.dec()
    observability.histogram(VALUE).labels("card").observe(Decimal("19.90"))
    with observability.histogram(WAIT).time():
        pass

    scrape = exposed(observability)
    assert (scrape.value(VISITS), scrape.value(BASKETS)) == (3.5, 7)
    assert scrape.total(VALUE, {PAYMENT: "card"}) == pytest.approx(19.9)
    assert scrape.at_most(WAIT, 1) == 1


def test_a_gauge_asks_a_function_at_each_scrape(observability: Observability) -> None:
    stock = iter((12, 13))
    observability.gauge(BASKETS).set_function(lambda: next(stock))

    assert [exposed(observability).value(BASKETS) for _ in range(2)] == [12, 13]


def test_labels_are_given_by_name_in_any_order_or_all_in_theirs(observability: Observability) -> None:
    parcels = observability.counter(PARCELS)
    parcels.labels(payment="card", country="de").inc()
    parcels.labels(country="de", payment="card").inc()
    parcels.labels("card", "de").inc()

    assert exposed(observability).value(PARCELS, {PAYMENT: "card", COUNTRY: "de"}) == 3


@pytest.mark.parametrize(
    ("value", "text"), [(Payment.CARD, "card"), (True, "true"), (7, "7"), (None, "None"), ("é\n", "é\n")]
)
def test_a_label_takes_any_kind_of_value(observability: Observability, value: Any, text: str) -> None:
    observability.counter(PARCELS).labels(payment="card", country=value).inc()

    assert exposed(observability).values_of(PARCELS, COUNTRY) == {text}


def test_a_label_may_have_any_name(observability: Observability) -> None:
    itself = Label(name="self", help="Whom it is about.", bound=3)
    metric = Counter(name="test_selves_total", help="Selves.", labels=(itself,))

    observability.counter(metric).labels(self="me").inc()

    assert exposed(observability).value(metric, {itself: "me"}) == 1


def test_values_that_only_compare_equal_are_told_apart(observability: Observability) -> None:
    parcels = observability.counter(PARCELS)
    for value in ("1", 1, True):
        parcels.labels(payment="card", country=value).inc()

    assert exposed(observability).value(PARCELS, {COUNTRY: "1"}) == 2
    assert exposed(observability).value(PARCELS, {COUNTRY: "true"}) == 1


def test_a_value_that_a_closed_label_does_not_know_is_folded_counted_and_told_once(
    observability: Observability, caplog: pytest.LogCaptureFixture
) -> None:
    orders = observability.counter(ORDERS)
    with caplog.at_level(logging.WARNING, "watchbill"):
        for value in ("card", "crypto", "shells", "crypto"):
            orders.labels(payment=value).inc()

    assert exposed(observability).value(ORDERS, {PAYMENT: OTHER}) == 3
    assert exposed(observability).value(ORDERS, {PAYMENT: "card"}) == 1
    assert dropped(observability, ORDERS) == 3
    (told,) = (record.message for record in caplog.records)
    assert told.startswith("watchbill: label 'payment' of metric 'test_orders_total' has reached its limit of 3 values")
    assert told.endswith("first 'crypto'")


def test_an_open_label_keeps_to_its_bound_and_known_values_always_have_their_place(
    observability: Observability,
) -> None:
    parcels = observability.counter(PARCELS)
    for number in range(100):
        parcels.labels(payment="card", country=f"country {number}").inc()
    parcels.labels(payment="card", country="de").inc()

    scrape = exposed(observability)
    assert scrape.values_of(PARCELS, COUNTRY) == {"country 0", "country 1", "de", OTHER}
    assert scrape.value(PARCELS) == 101
    assert dropped(observability, PARCELS) == 98


WRONG: list[tuple[Callable[[OwnCounter], object], str]] = [
    (lambda orders: orders.labels(paymnt="card"), "it has no label 'paymnt'; is it 'payment'?"),
    (lambda orders: orders.labels(payment="card", x="y"), "it has no label 'x'; it has payment"),
    (lambda orders: orders.labels(), "its label 'payment' is missing"),
    (lambda orders: orders.labels("card", "de"), "give its labels by name, or all of them in order: payment"),
    (lambda orders: orders.labels("card").labels("card"), "this series has its labels already"),
    (lambda orders: orders.inc(), "it has labels: say labels(payment=…) first"),
]


@pytest.mark.parametrize(("call", "fault"), WRONG)
def test_a_wrong_label_name_is_an_error_at_once(
    observability: Observability, call: Callable[[OwnCounter], object], fault: str
) -> None:
    orders = observability.counter(ORDERS)

    with pytest.raises(InvalidDeclaration) as caught:
        call(orders)

    assert fault in caught.value.faults


def test_a_value_that_cannot_be_counted_is_left_out_and_reported(observability: Observability) -> None:
    class Broken:
        def __str__(self) -> str:
            raise OSError("no text")

    untypable: Any = "seven"
    visits, orders = observability.counter(VISITS), observability.counter(ORDERS)
    for amount in (-1, float("nan"), float("inf"), untypable):
        visits.inc(amount)
    observability.histogram(WAIT).observe(float("nan"))
    orders.labels(payment=Broken()).inc()
    orders.labels(payment=["card"]).inc()

    scrape = exposed(observability)
    assert (scrape.value(VISITS), scrape.count(WAIT)) == (0, 0)
    assert scrape.value(ORDERS, {PAYMENT: OTHER}) == 1
    assert scrape.value(INTERNAL_ERRORS) == 6


def test_a_metric_has_one_instrument_whoever_asks(observability: Observability) -> None:
    assert observability.counter(ORDERS) is observability.counter(ORDERS)


def test_two_observabilities_of_a_registry_count_together() -> None:
    registry = CollectorRegistry()
    first, second = quiet(registry=registry), quiet(registry=registry)
    first.counter(ORDERS).labels("card").inc()
    second.counter(ORDERS).labels("card").inc()

    assert exposed(first).value(ORDERS) == 2


def test_after_uninstrument_nothing_is_counted_until_it_is_asked_for_again(observability: Observability) -> None:
    kept = observability.counter(ORDERS)
    card = kept.labels("card")
    card.inc()
    observability.uninstrument(ORDERS)
    card.inc()
    kept.labels("card").inc()
    kept.labels("invoice").inc()
    assert exposed(observability).value(ORDERS) == 1
    assert "own metrics" not in str(observability.report())

    observability.counter(ORDERS).labels("card").inc()
    assert exposed(observability).value(ORDERS) == 2
    assert exposed(observability).value(INTERNAL_ERRORS) == 0


def test_switched_off_it_does_nothing() -> None:
    observability = quiet(switches=Switches(monitoring=False))
    observability.counter(ORDERS).labels(payment="card").inc()
    observability.gauge(BASKETS).set_function(lambda: 1)
    observability.histogram(WAIT).observe(1)

    assert ORDERS.name not in observability.exposition()
    with pytest.raises(InvalidDeclaration, match="it has no label 'x'"):
        observability.counter(ORDERS).labels(x="card")


def test_a_metric_of_the_catalogue_is_not_anybodys_own(observability: Observability) -> None:
    with pytest.raises(InvalidDeclaration, match="stands in the catalogue"):
        observability.counter(HTTP_REQUESTS)


def test_a_metric_of_another_kind_is_refused(observability: Observability) -> None:
    gauge: Any = BASKETS
    with pytest.raises(InvalidDeclaration, match="it is no Counter"):
        observability.counter(gauge)


def test_a_name_that_the_registry_has_from_elsewhere_is_refused(observability: Observability) -> None:
    ClientCounter(ORDERS.name, "Of somebody's.", registry=observability.registry)

    with pytest.raises(InvalidDeclaration, match="the registry has it from elsewhere"):
        observability.counter(ORDERS)


def test_the_report_names_what_the_stack_does_not_know() -> None:
    team = Team("storefront", page=Pager(), ticket=Pager())
    observability = Observability(Service("shop", team=team, metrics=[ORDERS]), tracing=None, logging=None)
    observability.counter(ORDERS)
    assert "undeclared" not in str(observability.report())
    observability.counter(VISITS)

    entries = {entry.subject: entry.reason for entry in observability.report().entries}
    assert entries["own metrics"] == "test_orders_total, test_visits_total"
    assert entries["undeclared metrics"].startswith("test_visits_total: not in metrics= of the Service")


def test_numbers_of_several_workers_are_one(tmp_path: Path) -> None:
    observability = quiet(workers=tmp_path)
    orders, speed = observability.counter(ORDERS), observability.gauge(SPEED)

    def work() -> None:
        orders.labels(payment="card").inc(2)
        speed.labels("card").set(7)

    orders.labels(payment="card").inc()
    speed.labels("card").set(3)
    with forked(work):
        scrape = exposed(observability)

    assert scrape.value(ORDERS, {PAYMENT: "card"}) == 3
    assert scrape.value(SPEED, {PAYMENT: "card"}) == 7


def test_an_observation_within_a_sampled_span_carries_its_trace() -> None:
    spans = Spans()
    observability = quiet(tracing=spans.tracing)
    provider = observability.tracer_provider
    assert provider is not None
    observability.histogram(VALUE).labels("card").observe(5)
    with provider.get_tracer("test").start_as_current_span("order") as span:
        observability.histogram(VALUE).labels("card").observe(20)
    trace = f"{span.get_span_context().trace_id:032x}"

    exemplars = Exposition.parse(observability.exposition(OPENMETRICS)).exemplars(VALUE)
    assert [(one.labels["trace_id"], one.value) for one in exemplars] == [(trace, 20)]


def test_a_value_needs_no_more_than_a_text(observability: Observability) -> None:
    class Refusing:
        def __hash__(self) -> int:
            raise OSError("no hash")

        def __str__(self) -> str:
            return "card"

    orders = observability.counter(ORDERS)
    orders.labels(payment=Refusing()).inc()
    orders.labels(payment=Payment.CARD).inc()
    orders.labels(payment=Payment.CARD).inc()

    assert exposed(observability).value(ORDERS, {PAYMENT: "card"}) == 3
