"""The row of a team's own metrics, limits and charts."""

from collections.abc import Callable
from typing import Any

import pytest

from watchbill import Counter, Gauge, Histogram, Label, Names, Service, Unit, above, alert, below, chart, promql
from watchbill.catalogue.http import HTTP_REQUESTS, ROUTE
from watchbill.expression import Expression, ratio, select, total
from watchbill.links import panel_id
from watchbill_dashboards.classic import classic
from watchbill_dashboards.overview import overview
from watchbill_dashboards.panel import Panel

Shop = Callable[..., Service]
Json = dict[str, Any]

PAYMENT = Label(name="payment", help="How it is paid.", values=("card", "invoice"))
CUSTOMER = Label(name="customer", help="Who buys.", bound=500)
ORDERS = Counter(name="shop_orders_total", help="Orders placed.", labels=(CUSTOMER, PAYMENT))
VISITS = Counter(name="shop_visits_total", help="Visits.", labels=(CUSTOMER,))
BASKETS = Gauge(name="shop_baskets", help="Baskets.")
STOCK = Gauge(name="shop_stock_ratio", help="Stock.", unit=Unit.RATIO, labels=(PAYMENT,))
WAIT = Histogram(name="shop_wait_seconds", help="Wait.", unit=Unit.SECONDS, buckets=(1, 60))
placed = total(select(ORDERS).rate("5m"))


def row(service: Service) -> list[Json]:
    """The panels under the heading, in reading order."""
    panels: list[Json] = classic(overview(service))["panels"]
    titles = [one["title"] if one["type"] == "row" else None for one in panels]
    if "Business" not in titles:
        return []
    start = titles.index("Business") + 1
    end = next((place for place, title in enumerate(titles) if title and place > start), len(panels))
    return panels[start:end]


def drawn(service: Service, key: str) -> Json:
    return next(one for one in row(service) if one["id"] == panel_id(key))


def asked(panel: Json) -> list[str]:
    return [target["expr"] for target in panel["targets"]]


def unit(panel: Json) -> str:
    return str(panel["fieldConfig"]["defaults"]["unit"])


def test_two_severities_with_values_of_their_own_are_both_drawn(shop: Shop) -> None:
    quick = total(select(ORDERS).rate("2m"))
    own = [above(placed, 1, name="Rush"), above(quick, 5, name="Rush", severity="critical")]

    panel = drawn(shop(metrics=[ORDERS], alerts=own), "alert-rush")

    assert [target["legendFormat"] for target in panel["targets"]] == ["warning", "critical"]
    assert ["[5m]" in asked(panel)[0], "[2m]" in asked(panel)[1]] == [True, True]


def test_a_histogram_and_a_gauge_that_is_called_its_rate_have_panels_of_their_own(shop: Shop) -> None:
    rate = Gauge(name="shop_wait_seconds_rate", help="Rate.")

    panels = row(shop(metrics=[WAIT, rate]))

    assert len({one["id"] for one in panels}) == len(panels) == 3


def test_a_service_that_declares_nothing_of_its_own_has_no_such_row(shop: Shop) -> None:
    assert row(shop()) == []


def test_every_own_metric_is_drawn_as_its_kind_wants_it(shop: Shop) -> None:
    panels = row(shop(metrics=[ORDERS, BASKETS, STOCK, WAIT]))

    assert [(one["title"], unit(one)) for one in panels] == [
        ("Orders per second by payment", "ops"),
        ("Baskets by instance", "short"),
        ("Stock by payment", "percentunit"),
        ("Wait", "s"),
        ("Wait observed per second", "ops"),
    ]
    assert [one["description"].partition(".")[0] for one in panels] == [
        "Orders placed",
        "Baskets",
        "Stock",
        "Wait",
        "Wait",
    ]
    chosen = '{service="shop",env="$env",instance=~"$instance"}'
    assert asked(panels[0]) == [f"sum by (payment) (rate(shop_orders_total{chosen}[$__rate_interval]))"]
    assert asked(panels[1]) == [f"topk(10, sum by (instance) (shop_baskets{chosen}))"]
    assert asked(panels[2]) == [f"max by (payment) (shop_stock_ratio{chosen})"]
    assert [text.partition(",")[0] for text in asked(panels[3])] == [
        "histogram_quantile(0.5",
        "histogram_quantile(0.95",
    ]
    assert asked(panels[4]) == [f"sum(rate(shop_wait_seconds_count{chosen}[$__rate_interval]))"]


def test_lines_of_an_open_label_are_bounded(shop: Shop) -> None:
    panel = drawn(shop(metrics=[VISITS]), "metric-shop-visits-total")

    assert asked(panel)[0].startswith("topk(10, sum by (customer) (")
    assert panel["description"] == "Visits. How many per second by customer. The 10 largest are drawn."


def test_the_row_follows_the_names_profile(shop: Shop) -> None:
    names = Names({PAYMENT.name: "means"}, {ORDERS.name: "sales_total"})
    panel = drawn(shop(names, metrics=[ORDERS]), "metric-shop-orders-total")

    assert asked(panel)[0].startswith("sum by (means) (rate(sales_total{")
    assert panel["targets"][0]["legendFormat"] == "{{means}}"


def test_a_limit_is_a_dashed_line_on_the_value_it_limits(shop: Shop) -> None:
    service = shop(
        metrics=[ORDERS],
        alerts=[
            above(placed, 10, name="ManyOrders"),
            above(placed, 50, name="ManyOrders", severity="critical"),
            below(placed, 0.5, name="FewOrders", summary="Few orders."),
            below(placed, 0.1, name="FewOrders", severity="critical"),
        ],
    )
    many, few = drawn(service, "alert-manyorders"), drawn(service, "alert-feworders")

    assert (many["title"], few["description"]) == ("Many orders", "Few orders. Dashed: where FewOrders fires.")
    assert asked(many) == ['sum(rate(shop_orders_total{service="shop",env="$env"}[5m]))']
    steps = [
        [(step["color"], step["value"]) for step in one["fieldConfig"]["defaults"]["thresholds"]["steps"]]
        for one in (many, few)
    ]
    assert steps == [
        [("green", None), ("orange", 10), ("red", 50)],
        [("red", None), ("orange", 0.1), ("green", 0.5)],
    ]
    assert many["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"]["mode"] == "dashed"


def test_an_alert_without_a_limit_or_with_a_chart_gets_no_panel_of_its_own(shop: Shop) -> None:
    own = chart("Orders", placed, help="Orders placed.")
    alerts = [alert("up == 0", name="Down", summary="Down."), above(placed, 5, name="Many", chart=own)]

    assert [one["title"] for one in row(shop(alerts=alerts, charts=[own]))] == ["Orders"]


@pytest.mark.parametrize(
    ("expression", "by", "queries", "legends"),
    [
        (placed, None, ["sum(rate(shop_orders_total{here}[5m]))"], ["value"]),
        (
            total(select(ORDERS).rate("5m"), PAYMENT),
            PAYMENT,
            ["sum by (payment) (rate(shop_orders_total{here}[5m]))"],
            ["{{payment}}"],
        ),
        (
            total(select(ORDERS).rate("5m"), CUSTOMER),
            None,
            ["topk(10, sum by (customer) (rate(shop_orders_total{here}[5m])))"],
            ["{{customer}}"],
        ),
        (
            {"a": ratio(placed, placed), "b": 'sum(shop_baskets{env="$env"}) # all'},
            None,
            [
                "sum(rate(shop_orders_total{here}[5m])) / (sum(rate(shop_orders_total{here}[5m])) > 0)",
                'sum(shop_baskets{env="$env"}) # all\n',
            ],
            ["a", "b"],
        ),
        (
            f"sum by (route) ({HTTP_REQUESTS.name})",
            ROUTE,
            [f"sum by (endpoint) ({HTTP_REQUESTS.name})"],
            ["{{endpoint}}"],
        ),
    ],
)
def test_a_chart_draws_what_it_is_given(
    shop: Shop, expression: Expression | str, by: Label | None, queries: list[str], legends: list[str]
) -> None:
    own = chart("Own", expression, by=by, help="What the team wants to see, in its own words.")
    panel = drawn(shop(Names({ROUTE.name: "endpoint"}), charts=[own]), "chart-own")

    here = 'service="shop",env="$env",instance=~"$instance"'
    assert asked(panel) == [query.replace("here", here) for query in queries]
    assert [target["legendFormat"] for target in panel["targets"]] == legends
    assert panel["description"] == own.help
    for query in queries:
        promql.parse(query.replace("here", here))


def test_the_unit_of_a_chart_is_that_of_its_expression_unless_given(shop: Shop) -> None:
    own = [chart("A", ratio(placed, placed), help="A."), chart("B", "1 + 1", unit=Unit.SECONDS, help="B.")]

    assert [unit(one) for one in row(shop(charts=own))] == ["percentunit", "s"]


def test_panels_know_the_line_of_the_stack_file_that_asked_for_them(shop: Shop) -> None:
    own = chart("Own", placed, help="Own.", suppressed={"some-rule": "because"})
    limited = above(placed, 5, name="Many", suppressed={"some-rule": "because"})
    service = shop(metrics=[ORDERS], alerts=[limited], charts=[own])
    panels = {panel.key: panel for panel in overview(service).panels if isinstance(panel, Panel)}

    assert (panels["chart-own"].declared, panels["chart-own"].suppressed) == (own.place, own.suppressed)
    assert (panels["alert-many"].declared, panels["alert-many"].suppressed) == (limited.place, limited.suppressed)
    assert panels["metric-shop-orders-total"].declared == ORDERS.place
