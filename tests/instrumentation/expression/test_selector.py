"""Selectors: from a metric to series, and what is done with them over time."""

import promql_parser
import pytest

from watchbill.catalogue import JOB, LE, SERVICE, Counter, Gauge, Histogram, Label, Recorded, Unit
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, ROUTE, STATUS
from watchbill.catalogue.label import TARGET_LABELS
from watchbill.errors import InvalidDeclaration
from watchbill.expression import select
from watchbill.names import Names

TIER = Label(name="tier", help="The tier.", values=("gold", "silver"))
ORDERS = Counter(name="orders_total", help="Orders.", labels=(TIER,))
OPEN_ORDERS = Gauge(name="open_orders", help="Open orders.", labels=(TIER,))
SIZE = Histogram(name="size_bytes", help="Size.", unit=Unit.BYTES, labels=(TIER,), buckets=(1.0, 1_000_000.0))
ORDER_RATE = Recorded(name="shop:orders:rate5m", help="Orders.", unit=Unit.PER_SECOND, labels=(TIER,))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (select(OPEN_ORDERS).promql(), "open_orders"),
        (select(OPEN_ORDERS, TIER.equals("gold")).promql(), 'open_orders{tier="gold"}'),
        (
            select(OPEN_ORDERS, TIER.matches("g.*"), TIER.excludes("x.*"), JOB.differs("a")).promql(),
            'open_orders{tier=~"g.*",tier!~"x.*",job!="a"}',
        ),
        (select(OPEN_ORDERS).over_time("max_over_time", "1h").promql(), "max_over_time(open_orders[1h])"),
        (select(ORDER_RATE).over_time("avg_over_time", "30d").promql(), "avg_over_time(shop:orders:rate5m[30d])"),
        (select(ORDERS).rate("5m").promql(), "rate(orders_total[5m])"),
        (select(ORDERS).rate("$__rate_interval").promql(), "rate(orders_total[$__rate_interval])"),
        (select(ORDERS, TIER.equals("gold")).increase("1h").promql(), 'increase(orders_total{tier="gold"}[1h])'),
        (select(SIZE).count.rate("5m").promql(), "rate(size_bytes_count[5m])"),
        (select(SIZE).sum.rate("5m").promql(), "rate(size_bytes_sum[5m])"),
        (select(SIZE).buckets.rate("5m").promql(), "rate(size_bytes_bucket[5m])"),
        (select(SIZE).at_most(1).promql(), 'size_bytes_bucket{le="1.0"}'),
        (select(SIZE, TIER.equals("gold")).at_most(1e6).promql(), 'size_bytes_bucket{tier="gold",le="1e+06"}'),
    ],
)
def test_each_idiom_is_written_as_prometheus_reads_it(text: str, expected: str) -> None:
    assert text == expected


@pytest.mark.parametrize(
    "value", ['say "hi"', "C:\\temp\\n", "two\nlines", "\\", '\\"', "{a}, b=c", "`tick`", "'q'", "é☃", ""]
)
def test_a_condition_keeps_every_character_of_its_value(value: str) -> None:
    tree = promql_parser.parse(select(OPEN_ORDERS, TIER.equals(value)).promql())

    assert isinstance(tree, promql_parser.VectorSelector)
    assert [matcher.value for matcher in tree.matchers.matchers] == [value]


def test_a_selector_refuses_every_label_the_metric_does_not_have() -> None:
    stranger, other = (Label(name=name, help="Foreign.", bound=1) for name in ("stranger", "other"))

    with pytest.raises(InvalidDeclaration) as caught:
        select(ORDERS, stranger.equals("a"), other.equals("b"), TIER.equals("gold"))

    assert caught.value.subject == "selector of orders_total"
    assert [fault.split(";")[0] for fault in caught.value.faults] == [
        "it has no label 'other'",
        "it has no label 'stranger'",
    ]
    assert "'tier'" in caught.value.faults[0]


def test_every_scraped_metric_carries_the_targets_labels() -> None:
    assert select(ORDERS, SERVICE.equals("shop")).labels == {TIER, *TARGET_LABELS}


def test_a_recorded_metric_carries_the_labels_its_rule_kept_and_no_others() -> None:
    assert select(ORDER_RATE).labels == {TIER}
    with pytest.raises(InvalidDeclaration, match="it has no label 'job'"):
        select(ORDER_RATE, JOB.equals("shop"))


def test_only_buckets_carry_le() -> None:
    histogram = select(SIZE)

    assert LE in histogram.buckets.rate("5m").labels
    assert LE not in histogram.count.labels | histogram.sum.labels


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (select(OPEN_ORDERS).unit, Unit.COUNT),
        (select(ORDERS).rate("5m").unit, Unit.PER_SECOND),
        (select(ORDERS).increase("5m").unit, Unit.COUNT),
        (select(SIZE).sum.unit, Unit.BYTES),
        (select(SIZE).sum.rate("5m").unit, Unit.BYTES_PER_SECOND),
        (select(SIZE).count.unit, Unit.COUNT),
        (select(SIZE).buckets.rate("5m").unit, Unit.PER_SECOND),
        (select(ORDER_RATE).over_time("avg_over_time", "1h").unit, Unit.PER_SECOND),
    ],
)
def test_the_unit_follows_from_the_metric_and_what_is_done_with_it(unit: Unit, expected: Unit) -> None:
    assert unit is expected


def test_names_of_metrics_and_labels_follow_a_names_profile() -> None:
    names = Names({ROUTE.name: "endpoint"}, {HTTP_REQUESTS.name: "web_requests_total"})
    requests = select(HTTP_REQUESTS, ROUTE.equals("/"), STATUS.matches("5.."), SERVICE.equals("shop")).rate("5m")

    assert requests.promql(names) == (
        f'rate(web_requests_total{{endpoint="/",{STATUS.name}=~"5..",{SERVICE.name}="shop"}}[5m])'
    )


def test_the_suffixes_of_a_renamed_histogram_stay() -> None:
    names = Names(metrics={HTTP_REQUEST_DURATION.name: "web_request_seconds"})

    assert select(HTTP_REQUEST_DURATION).at_most(0.5).promql(names) == 'web_request_seconds_bucket{le="0.5"}'
