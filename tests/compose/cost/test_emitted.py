"""What a service may expose follows from what the stack file says of it."""

import pytest

from tests.compose.cost.small_stack import names_of, predicted, service
from watchbill import Counter, Label, Names, Postgres, Redis
from watchbill.catalogue import FROM_OTHERS, METRICS, Recorded
from watchbill.catalogue.cache import CACHE_OPERATIONS
from watchbill.catalogue.database import QUERY_DURATION
from watchbill.catalogue.exporter import EXPORTER_PROBES
from watchbill.catalogue.http import HTTP_REQUESTS, ROUTE
from watchbill.catalogue.pool import CONNECTIONS_ACTIVE
from watchbill.catalogue.postgres_server.probe import PG_UP
from watchbill.catalogue.process import PROCESS_CPU
from watchbill.catalogue.queue import QUEUE, QUEUE_MESSAGES
from watchbill.catalogue.redis_client import REDIS_COMMAND_DURATION
from watchbill.catalogue.redis_server.probe import REDIS_UP
from watchbill.catalogue.request_totals import REQUEST_MESSAGES, REQUEST_QUERIES, REQUEST_ROUND_TRIPS
from watchbill.catalogue.watching import UP
from watchbill_stack.cost.emitted import PARTS

ORDERS = Counter(
    name="orders_total", help="Orders.", labels=(Label(name="payment", help="How.", values=("card", "cash")),)
)


def test_every_metric_of_a_service_belongs_to_a_part() -> None:
    parts = {metric.name for part in PARTS for metric in part.metrics}
    exposed = {name for name, one in METRICS.items() if not isinstance(one, Recorded)} - FROM_OTHERS

    assert parts == exposed


def test_every_service_has_what_requests_and_processes_say() -> None:
    names = names_of(predicted())

    assert {HTTP_REQUESTS.name, PROCESS_CPU.name, UP.name} <= names


def test_a_service_without_dependencies_says_nothing_of_databases_caches_or_queues() -> None:
    names = names_of(predicted())

    absent = (QUERY_DURATION, CONNECTIONS_ACTIVE, REDIS_COMMAND_DURATION, CACHE_OPERATIONS, QUEUE_MESSAGES)
    assert not names & {metric.name for metric in (*absent, REQUEST_QUERIES, REQUEST_MESSAGES)}


def test_a_database_brings_its_queries_and_its_pool() -> None:
    names = names_of(predicted(service(uses=[Postgres("orders")])))

    assert {QUERY_DURATION.name, CONNECTIONS_ACTIVE.name, REQUEST_QUERIES.name} <= names
    assert REDIS_COMMAND_DURATION.name not in names


def test_a_redis_brings_its_commands_its_pool_and_caches() -> None:
    names = names_of(predicted(service(uses=[Redis("cache")])))

    expected = (REDIS_COMMAND_DURATION, CONNECTIONS_ACTIVE, CACHE_OPERATIONS, REQUEST_ROUND_TRIPS)
    assert {metric.name for metric in expected} <= names
    assert QUERY_DURATION.name not in names


def test_a_limit_on_a_label_tells_that_its_metrics_are_there() -> None:
    names = names_of(predicted(service(label_limits={QUEUE: 3})))

    assert {QUEUE_MESSAGES.name, REQUEST_MESSAGES.name} <= names


def test_a_limit_on_a_label_of_many_parts_tells_of_none() -> None:
    assert names_of(predicted(service(label_limits={ROUTE: 3}))) == names_of(predicted())


def test_a_services_own_metrics_are_counted() -> None:
    assert ORDERS.name in names_of(predicted(service(metrics=[ORDERS])))


def test_dependencies_and_the_exporter_are_targets_of_their_own() -> None:
    prediction = predicted(service(uses=[Redis("cache"), Postgres("orders")]))

    assert REDIS_UP.name in names_of(prediction, "cache")
    assert PG_UP.name in names_of(prediction, "orders")
    assert {EXPORTER_PROBES.name, PROCESS_CPU.name} <= names_of(prediction, "exporter")


def test_a_dependency_of_two_services_is_scraped_once() -> None:
    cache = Redis("cache")
    prediction = predicted(service("shop", uses=[cache]), service("till", uses=[cache]))

    assert [job.owner for job in prediction.jobs if job.kind == "dependency"] == ["cache"]


@pytest.mark.parametrize("names", [Names({ROUTE.name: "endpoint"}), Names.opentelemetry()])
def test_names_are_those_of_the_services_profile(names: Names) -> None:
    prediction = predicted(service(names=names))

    assert names.metric(HTTP_REQUESTS) in names_of(prediction)
    labels = [
        label.name
        for job in prediction.jobs
        for one in job.estimates
        if one.metric == HTTP_REQUESTS
        for label in one.labels
    ]
    assert names.label(ROUTE) in labels


def test_parts_without_a_word_in_the_stack_file_are_named() -> None:
    (note,) = [one for one in predicted().assumptions() if "queue" in one]

    assert "(shop)" in note
    assert "label_limits" in note
