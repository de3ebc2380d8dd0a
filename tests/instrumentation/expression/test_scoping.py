"""Expressions confined to some series, and what they read."""

import pytest

from watchbill.catalogue import SERVICE, Counter, Histogram
from watchbill.catalogue.http import HTTP_REQUESTS
from watchbill.catalogue.objectives import BUDGET_REMAINING
from watchbill.catalogue.redis_server.probe import REDIS_UP
from watchbill.catalogue.watching import UP
from watchbill.expression import Absent, Expression, Quantile, Raw, or_zero, ratio, select, total
from watchbill.expression.scoping import metrics_of, scoped

HERE = SERVICE.equals("shop")
ORDERS = Counter(name="orders_total", help="Orders.")
WAIT = Histogram(name="wait_seconds", help="Wait.", buckets=(1.0,))
orders = total(select(ORDERS).rate("5m"))


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (orders, 'sum(rate(orders_total{service="shop"}[5m]))'),
        (orders > 1, 'sum(rate(orders_total{service="shop"}[5m])) > 1'),
        (Absent(select(ORDERS)), 'absent(orders_total{service="shop"})'),
        (
            Quantile(0.5, select(WAIT), "5m"),
            'histogram_quantile(0.5, sum by (le) (rate(wait_seconds_bucket{service="shop"}[5m])))',
        ),
        (select(UP), f'{UP.name}{{service="shop"}}'),
        (select(REDIS_UP), REDIS_UP.name),
        (select(BUDGET_REMAINING), f'{BUDGET_REMAINING.name}{{service="shop"}}'),
        (select(ORDERS, SERVICE.equals("depot")).rate("5m"), 'rate(orders_total{service="depot"}[5m])'),
        (Raw("orders_total"), "orders_total"),
    ],
    ids=str,
)
def test_every_selector_gets_the_condition_that_it_lacks_and_can_have(expression: Expression, text: str) -> None:
    assert scoped(expression, HERE).promql() == text


def test_a_ratio_is_confined_on_both_sides() -> None:
    part = or_zero(orders, total(select(HTTP_REQUESTS).rate("5m")))

    assert scoped(ratio(part, orders), HERE).promql().count('{service="shop"}') == 3


def test_it_reads_each_metric_once_in_reading_order() -> None:
    expression = ratio(orders, orders) + Quantile(0.5, select(WAIT), "5m") + Raw("lamps_total + orders_total")
    lamps = Counter(name="lamps_total", help="Lamps.")

    assert metrics_of(expression) == (ORDERS, WAIT)
    assert metrics_of(expression, (lamps,)) == (ORDERS, WAIT, lamps)
