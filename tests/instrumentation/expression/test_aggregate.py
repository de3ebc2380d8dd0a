"""Many series into few: sums, quantiles, ratios, absence."""

import pytest

from watchbill import promql
from watchbill.catalogue import JOB, LE, SERVICE, Counter, Gauge, Histogram, Label, Unit
from watchbill.errors import InvalidDeclaration
from watchbill.expression import Absent, Aggregate, Expression, Quantile, or_zero, ratio, select, total
from watchbill.names import Names

TIER = Label(name="tier", help="The tier.", values=("gold", "silver"))
TENANT = Label(name="tenant", help="The tenant.", bound=50)
ORDERS = Counter(name="orders_total", help="Orders.", labels=(TIER, TENANT))
FAILED = Counter(name="failed_orders_total", help="Failed orders.", labels=(TIER, TENANT))
OPEN_ORDERS = Gauge(name="open_orders", help="Open orders.", labels=(TIER,))
WAIT = Histogram(name="wait_seconds", help="Wait.", unit=Unit.SECONDS, labels=(TIER,), buckets=(1.0, 2.0))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (total(select(ORDERS).rate("5m")), "sum(rate(orders_total[5m]))"),
        (total(select(ORDERS).rate("5m"), TIER, JOB), "sum by (tier, job) (rate(orders_total[5m]))"),
        (Aggregate("max", select(OPEN_ORDERS), (TIER,)), "max by (tier) (open_orders)"),
        (Aggregate("count", select(OPEN_ORDERS)), "count(open_orders)"),
        (
            Quantile(0.95, select(WAIT, TIER.equals("gold")), "5m"),
            'histogram_quantile(0.95, sum by (le) (rate(wait_seconds_bucket{tier="gold"}[5m])))',
        ),
        (
            Quantile(0.99, select(WAIT), "1h", (TIER,)),
            "histogram_quantile(0.99, sum by (tier, le) (rate(wait_seconds_bucket[1h])))",
        ),
        (Absent(select(OPEN_ORDERS, JOB.equals("shop"))), 'absent(open_orders{job="shop"})'),
        (
            ratio(total(select(FAILED).rate("5m")), total(select(ORDERS).rate("5m"))),
            "sum(rate(failed_orders_total[5m])) / (sum(rate(orders_total[5m])) > 0)",
        ),
        (
            or_zero(total(select(FAILED).rate("5m"), TIER), total(select(ORDERS).rate("5m"), TIER)),
            "sum by (tier) (rate(failed_orders_total[5m])) or (sum by (tier) (rate(orders_total[5m])) * 0)",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_idiom_is_written_as_prometheus_reads_it(expression: Expression, expected: str) -> None:
    assert expression.promql() == expected
    promql.parse(expected)


def test_an_aggregate_carries_the_labels_it_groups_by() -> None:
    assert total(select(ORDERS).rate("5m"), TIER).labels == {TIER}
    assert total(select(ORDERS).rate("5m")).labels == frozenset()
    assert Quantile(0.95, select(WAIT), "5m", (TIER,)).labels == {TIER}


def test_grouping_by_labels_that_the_series_lost_is_refused() -> None:
    per_tier = total(select(ORDERS).rate("5m"), TIER)

    with pytest.raises(InvalidDeclaration) as caught:
        total(per_tier, TIER, TENANT, SERVICE)

    assert caught.value.faults == (
        "the series carry no label 'tenant'",
        f"the series carry no label {SERVICE.name!r}",
    )


def test_a_quantile_by_a_label_the_histogram_lacks_is_refused_where_it_is_declared() -> None:
    with pytest.raises(InvalidDeclaration, match="the series carry no label 'tenant'"):
        Quantile(0.95, select(WAIT), "5m", (TENANT,))


@pytest.mark.parametrize("wrong", [95, -0.1, 1.01])
def test_a_quantile_outside_0_to_1_is_refused(wrong: float) -> None:
    with pytest.raises(InvalidDeclaration, match=r"p95 is 0\.95"):
        Quantile(wrong, select(WAIT), "5m")


def test_absence_carries_the_labels_it_was_asked_for_by_value() -> None:
    expression = Absent(select(OPEN_ORDERS, JOB.equals("shop"), SERVICE.matches("s.*"), TIER.differs("gold")))

    assert expression.labels == {JOB}


@pytest.mark.parametrize(
    ("expression", "unit"),
    [
        (total(select(ORDERS).rate("5m")), Unit.PER_SECOND),
        (Aggregate("count", select(WAIT).sum), Unit.COUNT),
        (Quantile(0.95, select(WAIT), "5m"), Unit.SECONDS),
        (Absent(select(OPEN_ORDERS)), Unit.BOOLEAN),
        (ratio(total(select(FAILED).rate("5m")), total(select(ORDERS).rate("5m"))), Unit.RATIO),
        (ratio(total(select(WAIT).sum.rate("5m")), total(select(WAIT).count.rate("5m"))), Unit.SECONDS),
        (or_zero(select(FAILED).rate("5m"), select(ORDERS).rate("5m")), Unit.PER_SECOND),
    ],
    ids=str,
)
def test_the_unit_of_the_result(expression: Expression, unit: Unit) -> None:
    assert expression.unit is unit


def test_labels_in_groupings_follow_a_names_profile_and_le_never_does() -> None:
    names = Names({"tier": "class", LE.name: "bound"})

    assert Quantile(0.5, select(WAIT), "5m", (TIER,)).promql(names) == (
        "histogram_quantile(0.5, sum by (class, le) (rate(wait_seconds_bucket[5m])))"
    )
