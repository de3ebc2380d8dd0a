"""Metrics: what makes a declaration contradict itself, and how many series it can expose."""

from collections.abc import Callable
from math import inf, nan
from typing import Any

import pytest

from watchbill.catalogue.label import JOB, LE, Label
from watchbill.catalogue.metric import Counter, Gauge, Histogram, Metric, Recorded
from watchbill.errors import InvalidDeclaration

TIER = Label(name="tier", help="The tier.", values=("gold", "silver"))
TENANT = Label(name="tenant", help="The tenant.", bound=50)


@pytest.mark.parametrize(
    ("declare", "fault"),
    [
        (lambda: Gauge(name="open-orders", help="Orders."), "a metric name has letters, digits and underscores only"),
        (lambda: Gauge(name="", help="Orders."), "a metric name has letters, digits and underscores only"),
        (lambda: Gauge(name="shop:orders", help="Orders."), "a metric name has letters, digits and underscores only"),
        (lambda: Gauge(name="orders_total", help="Orders."), "a name in _total promises a counter"),
        (lambda: Counter(name="orders", help="Orders."), "a counter's name ends in _total"),
        (lambda: Gauge(name="orders", help=" "), "give a help text"),
        (lambda: Gauge(name="orders", help="Orders.", latest=True, highest=True), "either the latest holds"),
        (lambda: Gauge(name="orders", help="Orders.", labels=(TIER, TIER)), "a label stands twice"),
        (lambda: Gauge(name="orders", help="Orders.", labels=(LE,)), "`le` belongs to the buckets"),
        (
            lambda: Gauge(name="orders", help="Orders.", labels=(Label(name="le", help="Mine.", bound=2),)),
            "`le` belongs to the buckets",
        ),
        (lambda: Gauge(name="orders", help="Orders.", labels=(JOB,)), "job come from the target"),
        (lambda: Histogram(name="wait_seconds", help="Wait.", buckets=()), "give at least one bucket bound"),
        (lambda: Histogram(name="wait_seconds", help="Wait.", buckets=(2, 1)), "bucket bounds ascend"),
        (lambda: Histogram(name="wait_seconds", help="Wait.", buckets=(1, 1)), "none stands twice"),
        (lambda: Histogram(name="wait_seconds", help="Wait.", buckets=(1, inf)), "bucket bounds are finite"),
        (lambda: Histogram(name="wait_seconds", help="Wait.", buckets=(nan, 1)), "bucket bounds are finite"),
        (lambda: Recorded(name="orders", help="Orders."), "a recorded name reads level:metric:operations"),
        (lambda: Recorded(name="a:b:c:d", help="Orders."), "a recorded name reads level:metric:operations"),
        (lambda: Recorded(name="shop:orders", help=""), "give a help text"),
        (lambda: Recorded(name="shop:orders", help="Orders.", labels=(TIER, TIER)), "a label stands twice"),
    ],
)
def test_each_contradiction_is_named(declare: Callable[[], Metric], fault: str) -> None:
    with pytest.raises(InvalidDeclaration) as caught:
        declare()

    assert [named for named in caught.value.faults if fault in named], caught.value.faults
    assert len(caught.value.faults) == 1


def test_all_contradictions_are_named_at_once() -> None:
    with pytest.raises(InvalidDeclaration) as caught:
        Histogram(name="wait time", help="", labels=(TIER, TIER, LE, JOB), buckets=())

    assert len(caught.value.faults) == 6
    assert str(caught.value).startswith("metric 'wait time': ")


def test_a_recorded_name_has_one_or_two_colons() -> None:
    assert Recorded(name="shop:orders", help="Orders.").name
    assert Recorded(name="shop:orders:rate5m", help="Orders.").name


def test_a_recorded_metric_carries_labels_of_any_origin() -> None:
    assert Recorded(name="shop:orders", help="Orders.", labels=(JOB, TIER)).labels == (JOB, TIER)


def test_a_counter_keeps_the_name_a_community_knows() -> None:
    assert Counter(name="orders", help="Orders.", community_name=True).name == "orders"


def test_the_series_limit_is_the_product_of_its_labels_limits() -> None:
    assert Gauge(name="orders", help="Orders.").series_limit == 1
    assert Gauge(name="orders", help="Orders.", labels=(TIER, TENANT)).series_limit == 100


def test_labels_that_depend_on_each_other_have_a_limit_of_their_own() -> None:
    assert Gauge(name="orders", help="Orders.", labels=(TIER, TENANT), at_most=30).series_limit == 30
    assert Gauge(name="orders", help="Orders.", labels=(TIER, TENANT), at_most=300).series_limit == 100


def test_a_histogram_exposes_buckets_sum_and_count() -> None:
    histogram = Histogram(name="wait_seconds", help="Wait.", buckets=(1,))

    assert histogram.series == ("wait_seconds_bucket", "wait_seconds_sum", "wait_seconds_count")
    assert Gauge(name="orders", help="Orders.").series == ("orders",)


def test_metrics_with_equal_declarations_are_equal_and_hash_alike() -> None:
    first, second = (Gauge(name="orders", help="Orders.", labels=(TIER,)) for _ in range(2))

    assert first == second
    assert hash(first) == hash(second)


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"labels": TIER}, "is no tuple of labels; write labels=(PAYMENT,)"),
        ({"labels": ("tier",)}, "labels=('tier',) is no tuple of labels"),
        ({"labels": "tier"}, "labels='tier' is no tuple of labels"),
        ({"at_most": -1}, "at_most=-1 is no number of series"),
        ({"at_most": 2.5}, "at_most=2.5 is no number of series"),
        ({"unit": "seconds"}, "unit='seconds' is no unit; write one such as Unit.SECONDS"),
        ({"name": None}, "name=None is no text"),
        ({"help": None}, "help=None is no text"),
        ({"buckets": 5}, "buckets=5 is no tuple of numbers; write buckets=(0.1, 0.5, 1)"),
        ({"buckets": ("1", "2")}, "buckets=('1', '2') is no tuple of numbers"),
    ],
)
def test_what_is_of_the_wrong_kind_is_told(wrong: dict[str, Any], fault: str) -> None:
    given: dict[str, Any] = {"name": "shop_wait", "help": "Wait.", "buckets": (1,), **wrong}

    with pytest.raises(InvalidDeclaration) as caught:
        Histogram(**given)

    assert [fault in found for found in caught.value.faults] == [True]


def test_lists_are_as_good_as_tuples() -> None:
    labels: Any = [TIER]
    buckets: Any = [1, 2]

    listed = Histogram(name="shop_wait", help="Wait.", labels=labels, buckets=buckets)

    assert {listed: 1}[Histogram(name="shop_wait", help="Wait.", labels=(TIER,), buckets=(1, 2))] == 1
