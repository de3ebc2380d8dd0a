"""Series of a metric on one target."""

import pytest

from tests.compose.cost.small_stack import estimate_of, predicted, service
from watchbill import Counter, Histogram, Label, Postgres, Redis, latency
from watchbill.catalogue import Metric
from watchbill.catalogue.buckets import HTTP_SECONDS
from watchbill.catalogue.database import QUERY_DURATION
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUEST_SIZE, HTTP_REQUESTS, METHOD, ROUTE, STATUS
from watchbill.catalogue.pool import CONNECTIONS_ACTIVE, DB
from watchbill.catalogue.process import BUILD_INFO, PROCESS_CPU, WORKER
from watchbill.service import Service
from watchbill_stack.cost.estimate import Estimate

PAYMENT = Label(name="payment", help="How.", values=("card", "cash"))
SHOP = Label(name="branch", help="Where.", bound=10)


def estimated(metric: Metric, one: Service | None = None) -> Estimate:
    return estimate_of(predicted(one or service()), metric.name)


def test_a_counter_has_a_series_for_each_combination_of_its_labels() -> None:
    assert (
        estimated(HTTP_REQUESTS).most == len(METHOD.values) * ROUTE.limit * STATUS.limit == HTTP_REQUESTS.series_limit
    )


def test_a_histogram_has_its_buckets_plus_infinity_sum_and_count_for_each_combination() -> None:
    found = estimated(HTTP_REQUEST_SIZE)

    assert found.width == len(HTTP_REQUEST_SIZE.buckets) + 1 + 2
    assert found.most == len(METHOD.values) * ROUTE.limit * found.width


def test_latency_buckets_are_the_services() -> None:
    found = estimated(HTTP_REQUEST_DURATION, service(objectives=[latency(0.3, 99)]))

    assert found.width == len(HTTP_SECONDS) + 1 + 3


def test_a_limited_label_has_one_value_more_than_its_limit_for_all_the_rest() -> None:
    found = estimated(HTTP_REQUESTS, service(label_limits={ROUTE: 12, STATUS: 8}))

    assert found.most == len(METHOD.values) * 13 * 9


def test_what_can_be_expected_of_limited_labels_is_their_limit_and_one_method_for_each_route() -> None:
    assert estimated(HTTP_REQUESTS, service(label_limits={ROUTE: 12, STATUS: 8})).likely == 12 * 8


def test_nothing_is_expected_where_the_stack_file_does_not_tell() -> None:
    assert estimated(HTTP_REQUESTS).likely is None


def test_databases_are_expected_to_be_those_declared() -> None:
    found = estimated(CONNECTIONS_ACTIVE, service(uses=[Postgres("orders"), Redis("cache")]))

    assert found.likely == 2
    assert found.most == DB.limit
    assert estimated(QUERY_DURATION, service(uses=[Postgres("orders")])).likely is None


def test_one_build_runs_on_a_target() -> None:
    assert estimated(BUILD_INFO).most == 1


def test_a_target_is_expected_to_be_one_process() -> None:
    found = estimated(PROCESS_CPU)

    assert (found.most, found.likely) == (WORKER.limit, 1)


@pytest.mark.parametrize(("labels", "most", "likely"), [((PAYMENT,), 3, 2), ((PAYMENT, SHOP), 30, None), ((), 1, 1)])
def test_a_closed_label_of_ones_own_may_also_be_other(labels: tuple[Label, ...], most: int, likely: int | None) -> None:
    orders = Counter(name="orders_total", help="Orders.", labels=labels)
    found = estimated(orders, service(metrics=[orders]))

    assert (found.most, found.likely) == (most, likely)


def test_series_of_a_histogram_are_told_apart_by_name() -> None:
    waits = Histogram(name="waits_seconds", help="Waits.", buckets=(1.0, 2.0), labels=(SHOP,))
    found = estimated(waits, service(metrics=[waits]))

    assert found.names == ("waits_seconds_bucket", "waits_seconds_sum", "waits_seconds_count")
    assert [label.most for label in found.of_series("waits_seconds_bucket")] == [10, 3]
    assert [label.most for label in found.of_series("waits_seconds_sum")] == [10]
