"""Everything that refers to a metric is found, directly or through what is recorded from it."""

from dataclasses import replace

import pytest

from tests.compose.check.built_stack import built, shop
from watchbill import Counter, Label, Names, Service, above, alert, availability, chart
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, METHOD, ROUTE, STATUS
from watchbill.catalogue.objectives import error_ratio, events_good, events_total
from watchbill.expression import select, total
from watchbill_stack.check.checking import check_built
from watchbill_stack.check.consumers import Consumers, Use
from watchbill_stack.check.evidence import Evidence
from watchbill_stack.check.subject import Subject
from watchbill_stack.check.unused import unread, unused_metrics

PAYMENT = Label(name="payment", help="How it was paid.", values=("card", "invoice", "voucher"))
ORDERS = Counter(name="shop_orders_total", help="Orders placed.", labels=(PAYMENT,))
RETURNS = Counter(name="shop_returns_total", help="Orders sent back.")
RENAMED = Names({ROUTE.name: "endpoint"}, metrics={HTTP_REQUESTS.name: "web_requests_total"})


def _shop() -> Service:
    by_card = f'sum(rate({ORDERS.name}{{{PAYMENT.name}=~"c.*"}}[5m]))'
    return shop(
        names=RENAMED,
        metrics=[ORDERS],
        objectives=[availability(99.9), availability(99, route="/api")],
        charts=[chart("By card", by_card, help="Paid by card.")],
        alerts=[
            above(total(select(ORDERS).rate("5m"), PAYMENT), 5, name="ManyOrders"),
            alert(f"absent({RETURNS.name})", name="Nothing", summary="There is nothing."),
        ],
    )


@pytest.fixture(scope="module")
def consumers() -> Consumers:
    """Of a shop with names of its own, and a service with the catalogue's."""
    one = built(_shop(), replace(shop(names=Names.classic()), name="desk"))
    return Consumers(one.stack, check_built(one))


def _uses(consumers: Consumers, text: str) -> tuple[Use, ...]:
    return consumers.uses(Subject.of(text))


def _named(uses: tuple[Use, ...]) -> set[str]:
    return {f"{use.site.role} {use.site.name}" for use in uses}


def test_panels_alerts_runbooks_and_tests_of_an_own_metric_are_listed_with_both_lines(consumers: Consumers) -> None:
    uses = _uses(consumers, ORDERS.name)

    assert {"alert ManyOrders", "panel By card"} <= _named(uses)
    assert {"runbook", "test", "alert", "panel"} <= {use.site.role for use in uses}
    assert all(use.site.declared is not None and use.site.declared.file == __file__ for use in uses if not use.through)
    assert all(use.site.place.line > 0 for use in uses)


def test_an_alert_leads_to_the_routes_that_take_it(consumers: Consumers) -> None:
    routes = [use for use in _uses(consumers, ORDERS.name) if use.site.role == "route"]

    assert [use.through for use in routes] == [("ManyOrders",)]
    assert "storefront" in routes[0].site.name


@pytest.mark.parametrize("name", [HTTP_REQUESTS.name, "web_requests_total"])
def test_a_metric_is_found_by_the_catalogues_name_and_by_the_exposed_one(consumers: Consumers, name: str) -> None:
    services = {use.site.service for use in _uses(consumers, name) if not use.through}

    assert "shop" in services
    assert ("desk" in services) is (name == HTTP_REQUESTS.name)


def test_what_is_recorded_from_a_metric_leads_on_and_says_through_what(consumers: Consumers) -> None:
    good, share = events_good("5m").name, error_ratio("5m").name
    asked = f"{HTTP_REQUESTS.name}{{{STATUS.name}}}"
    uses = {(use.site.role, use.site.name, use.through) for use in _uses(consumers, asked)}

    assert ("recording", good, ()) in uses
    assert ("recording", share, (good,)) in uses
    burns = [through for role, name, through in uses if role == "alert" and name.startswith("ErrorBudgetBurnFast")]
    assert len(burns) == 2
    assert all(set(through) <= {record("1h").name for record in (events_good, error_ratio)} for through in burns)
    assert all(burns)


def test_a_recorded_metric_leads_to_readers_of_the_same_objective_only(consumers: Consumers) -> None:
    total_of_latency = f'{HTTP_REQUEST_DURATION.name}{{{ROUTE.name}="/api/search"}}'
    through = [use for use in _uses(consumers, total_of_latency) if use.through and use.site.role == "alert"]

    assert through
    assert all("latency-0-3s-api-search" in use.site.name for use in through)
    assert {use.site.service for use in through} == {"desk"}


def test_a_recorded_name_can_be_asked_for(consumers: Consumers) -> None:
    roles = {use.site.role for use in _uses(consumers, events_total("5m").name)}

    assert {"recording", "alert"} <= roles


@pytest.mark.parametrize("label", [ROUTE.name, "endpoint"])
def test_a_label_is_found_by_either_spelling(consumers: Consumers, label: str) -> None:
    uses = [use for use in _uses(consumers, f"{HTTP_REQUESTS.name}{{{label}}}") if use.site.service == "shop"]

    assert uses
    assert all("endpoint" in use.site.text for use in uses if not use.through)


def test_a_label_narrows_to_those_that_name_it(consumers: Consumers) -> None:
    everything, some = _uses(consumers, HTTP_REQUESTS.name), _uses(consumers, f"{HTTP_REQUESTS.name}{{{METHOD.name}}}")

    assert {use.site for use in some} < {use.site for use in everything}


@pytest.mark.parametrize(
    ("value", "is_meant"), [("card", True), ("cash", True), ("invoice", False)], ids=["equal", "by pattern", "neither"]
)
def test_a_value_narrows_to_those_whose_matcher_names_it(consumers: Consumers, value: str, *, is_meant: bool) -> None:
    named = _named(_uses(consumers, f'{ORDERS.name}{{{PAYMENT.name}="{value}"}}'))

    assert ("panel By card" in named) is is_meant
    assert "alert ManyOrders" not in named


def test_the_parts_of_a_histogram_can_be_asked_for_alone(consumers: Consumers) -> None:
    bucket, whole = f"{HTTP_REQUEST_DURATION.name}_bucket", HTTP_REQUEST_DURATION.name

    parts = [{use.site for use in _uses(consumers, name)} for name in (bucket, whole)]

    assert parts[0] < parts[1]


def test_a_metric_that_does_not_exist_is_told_from_one_that_nobody_uses(consumers: Consumers) -> None:
    gone = Subject(RETURNS.name)

    assert not consumers.exists(gone)
    assert "alert Nothing" in _named(consumers.mentions(gone))
    assert consumers.exists(Subject(ORDERS.name))


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ("shop_order_total", ORDERS.name),
        (f"{ORDERS.name}{{paymnt}}", PAYMENT.name),
        (f"{HTTP_REQUESTS.name}{{statuss}}", STATUS.name),
        ("zzzzzzzzzzzzz", ""),
    ],
)
def test_the_nearest_name_is_offered(consumers: Consumers, asked: str, nearest: str) -> None:
    subject = Subject.of(asked)

    assert not consumers.exists(subject)
    assert consumers.nearest(subject) == nearest


def test_metrics_that_nobody_reads_are_listed_with_what_brings_them() -> None:
    one = built(shop(metrics=[ORDERS, RETURNS], alerts=[above(total(select(ORDERS).rate("5m")), 5, name="Many")]))
    report = check_built(one)
    found = {metric.name: metric for metric in unread(one.stack, Evidence.of(report.sites, report.inferences))}

    assert ORDERS.name not in found
    assert HTTP_REQUESTS.name not in found
    assert all(metric.because and metric.services == ("shop",) for metric in found.values())


def test_an_own_metric_that_nothing_reads_is_found_at_its_declaration() -> None:
    one = built(shop(metrics=[ORDERS, RETURNS]))
    read = Evidence(readers={ORDERS.name: frozenset({"shop"})}, recorders={}, alerts=())

    (finding,) = unused_metrics(one.stack, read)

    assert finding.rule.severity == "info"
    assert finding.site.name == RETURNS.name
    assert finding.site.place == RETURNS.place
