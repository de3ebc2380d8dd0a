"""PromQL written by hand, tied to the metrics it reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbill import promql
from watchbill.catalogue import LE, Counter, Histogram, Label, Unit
from watchbill.catalogue.http import HTTP_REQUESTS, ROUTE
from watchbill.catalogue.label import TARGET_LABELS
from watchbill.expression import Raw, select
from watchbill.names import Names

TIER = Label(name="tier", help="The tier.", values=("gold", "silver"))
ORDERS = Counter(name="orders_total", help="Orders.", labels=(TIER,))
WAIT = Histogram(name="wait_seconds", help="Wait.", labels=(TIER,), buckets=(1.0,))
RENAMED = Names({"tier": "class"}, {"orders_total": "sales_total", "wait_seconds": "delay_seconds"})


@pytest.mark.parametrize(
    ("text", "renamed"),
    [
        ('sum by (tier) (rate(orders_total{tier="gold"}[5m]))', 'sum by (class) (rate(sales_total{class="gold"}[5m]))'),
        ('orders_total{tier="tier orders_total"}', 'sales_total{class="tier orders_total"}'),
        ("orders_total{tier='the tier'}", "sales_total{class='the tier'}"),
        ("orders_total{tier=`tier`}", "sales_total{class=`tier`}"),
        (r'orders_total{tier="a\"tier\"b"} / orders_total', r'sales_total{class="a\"tier\"b"} / sales_total'),
        ("orders_total > ${tier:raw} + $tier", "sales_total > ${tier:raw} + $tier"),
        ("orders_total # per tier\n> 0", "sales_total # per tier\n> 0"),
        ("my_orders_total + orders_total", "my_orders_total + sales_total"),
    ],
)
def test_names_are_renamed_everywhere_but_in_strings_variables_and_comments(text: str, renamed: str) -> None:
    expression = Raw(text, (ORDERS,))

    assert expression.promql() == text
    assert expression.promql(RENAMED) == renamed


def test_units_of_durations_and_exponents_of_numbers_are_no_names() -> None:
    minutes = Label(name="m", help="Minutes.", bound=60)
    exponent = Label(name="e3", help="An exponent.", bound=1)
    orders = Counter(name="orders_total", help="Orders.", labels=(minutes, exponent))
    expression = Raw("sum by (m, e3) (rate(orders_total[5m])) > 1e3", (orders,))

    assert expression.promql(Names({"m": "minute", "e3": "x"})) == ("sum by (minute, x) (rate(orders_total[5m])) > 1e3")


def test_every_series_of_a_histogram_is_renamed() -> None:
    expression = Raw("wait_seconds_sum / wait_seconds_count + rate(wait_seconds_bucket[5m])", (WAIT,))

    assert expression.promql(RENAMED) == "delay_seconds_sum / delay_seconds_count + rate(delay_seconds_bucket[5m])"


def test_what_it_reads_is_found_in_the_text() -> None:
    expression = Raw(f"rate(wait_seconds_sum[5m]) / on () {HTTP_REQUESTS.name} > nobodys_metric", among=(WAIT, ORDERS))

    assert expression.metrics == (WAIT, HTTP_REQUESTS)
    assert expression.labels == {TIER, LE, *HTTP_REQUESTS.labels, *TARGET_LABELS}


def test_a_metric_that_is_not_there_is_no_error_here() -> None:
    assert Raw("up", (ORDERS,)).promql(RENAMED) == "up"


@pytest.mark.parametrize(
    ("text", "renamed"),
    [
        ("sum by (route) (rate(http_requests_total[5m]))", "sum by (endpoint) (rate(http_requests_total[5m]))"),
        ("sum(http_requests_total) BY(route)", "sum(http_requests_total) BY(endpoint)"),
        ("route > on (route) group_left http_requests_total", "route > on (endpoint) group_left http_requests_total"),
        ("route(http_requests_total)", "route(http_requests_total)"),
        ('shop:hits{route="/"} + http_requests_total', 'shop:hits{route="/"} + http_requests_total'),
        ('{__name__="http_requests_total",route="/"}', '{__name__="http_requests_total",route="/"}'),
        ("http_requests_total[[[route]]]", "http_requests_total[[[route]]]"),
        ('http_requests_total {\n route = "/" }', 'http_requests_total {\n endpoint = "/" }'),
        ("http_requests_total offset 5m or up{route='a'}", "http_requests_total offset 5m or up{route='a'}"),
        ("sum(max by (route) (http_requests_total)) - (up)", "sum(max by (endpoint) (http_requests_total)) - (up)"),
    ],
)
def test_a_label_is_renamed_where_it_is_one_of_a_metric_that_has_it(text: str, renamed: str) -> None:
    assert Raw(text).promql(Names({ROUTE.name: "endpoint"})) == renamed


def test_two_metrics_may_have_a_label_of_one_word_under_two_names() -> None:
    other = Label(name="tier", help="Another tier.", values=("up", "down"))
    lamps = Counter(name="lamps_total", help="Lamps.", labels=(other,))
    expression = Raw("orders_total{tier='gold'} + lamps_total{tier='up'}", among=(ORDERS, lamps))

    assert expression.promql(Names({TIER: "class"})) == "orders_total{class='gold'} + lamps_total{tier='up'}"


def test_a_comment_at_the_end_swallows_nothing() -> None:
    assert promql.canonical((Raw("orders_total # all") > 0).promql()) == "(orders_total) > 0"


@given(st.text(alphabet="ab_:{}()[]$#'\"`\\ \n=~,5mby"))
def test_any_text_stands_as_written_under_the_catalogues_names(text: str) -> None:
    assert Raw(text).promql().removesuffix("\n") == text.removesuffix("\n")


def test_it_carries_the_labels_and_the_unit_it_is_said_to() -> None:
    expression = Raw("rate(orders_total[5m])", (ORDERS,), frozenset({TIER}), Unit.PER_SECOND)

    assert expression.labels == {TIER}
    assert expression.unit is Unit.PER_SECOND


def test_beside_an_operator_it_stands_in_parentheses() -> None:
    assert (Raw("orders_total + orders_total", (ORDERS,)) * 2).promql() == "(orders_total + orders_total) * 2"
    assert (select(ORDERS).rate("5m") - Raw("orders_total - 1", (ORDERS,))).promql() == (
        "rate(orders_total[5m]) - (orders_total - 1)"
    )
