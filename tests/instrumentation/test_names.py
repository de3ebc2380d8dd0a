"""Names profiles: what they rename, what they never do, and what is wrong with one."""

from typing import Any

import pytest

from watchbill.catalogue import ENV, INSTANCE, JOB, LE, METRICS, SERVICE, Label, Metric
from watchbill.catalogue.cache import CACHE_STATUS
from watchbill.catalogue.http import (
    HTTP_REQUEST_DURATION,
    HTTP_REQUESTS,
    HTTP_REQUESTS_IN_PROGRESS,
    METHOD,
    ROUTE,
    STATUS,
)
from watchbill.catalogue.label import TARGET_LABELS
from watchbill.catalogue.objectives import SLO
from watchbill.catalogue.pool import DB
from watchbill.catalogue.postgres_server.databases import PG_DATABASE_SIZE
from watchbill.catalogue.redis_server.keyspace import REDIS_DB
from watchbill.catalogue.redis_server.probe import REDIS_UP
from watchbill.catalogue.watching import UP
from watchbill.names import Names


def faults(labels: Any = None, metrics: Any = None) -> list[str]:
    return list(Names({} if labels is None else labels, {} if metrics is None else metrics).faults(METRICS))


def test_the_classic_profile_keeps_every_name_and_is_sound() -> None:
    classic = Names.classic()

    assert [metric for metric in METRICS.values() if classic.metric(metric) != metric.name] == []
    assert list(classic.faults(METRICS)) == []


def test_a_label_and_a_metric_get_new_names_and_others_keep_theirs() -> None:
    names = Names({ROUTE.name: "endpoint"}, {HTTP_REQUESTS.name: "web_requests_total"})

    assert list(names.faults(METRICS)) == []
    assert names.label(ROUTE) == "endpoint"
    assert names.label(METHOD) == METHOD.name
    assert names.metric(HTTP_REQUESTS) == "web_requests_total"
    assert names.metric(HTTP_REQUEST_DURATION) == HTTP_REQUEST_DURATION.name


def test_of_several_labels_of_one_name_one_can_get_another() -> None:
    names = Names({STATUS: "code"})

    assert list(names.faults(METRICS)) == []
    assert names.label(STATUS) == "code"
    assert names.label(CACHE_STATUS) == CACHE_STATUS.name == STATUS.name


def test_a_label_itself_goes_before_its_name() -> None:
    mapping: dict[str | Label, str] = {STATUS.name: "state", STATUS: "code"}
    names = Names(mapping)

    assert list(names.faults(METRICS)) == []
    assert (names.label(STATUS), names.label(CACHE_STATUS)) == ("code", "state")


def test_a_label_of_the_exporters_keeps_its_name_beside_one_of_a_service_that_gets_another() -> None:
    names = Names({DB.name: "database"})

    assert list(names.faults(METRICS)) == []
    assert names.label(DB) == "database"
    assert names.label(REDIS_DB) == REDIS_DB.name == DB.name


def test_a_profile_takes_over_other_names() -> None:
    mapping: dict[str | Label, str] = {ROUTE: "endpoint", METHOD.name: "verb"}
    names = Names(mapping, {HTTP_REQUESTS.name: "web_requests_total"})
    other = names.but({ROUTE.name: "handler"}, {HTTP_REQUESTS_IN_PROGRESS.name: "web_requests_running"})

    assert [other.label(label) for label in (ROUTE, METHOD)] == ["handler", "verb"]
    assert other.metric(HTTP_REQUESTS) == "web_requests_total"
    assert other.metric(HTTP_REQUESTS_IN_PROGRESS) == "web_requests_running"
    assert names.label(ROUTE) == "endpoint"
    assert names.but() == names


def test_two_labels_may_swap_their_names() -> None:
    assert faults({ROUTE.name: METHOD.name, METHOD.name: ROUTE.name}) == []


@pytest.mark.parametrize("label", [*TARGET_LABELS, SLO, LE], ids=lambda label: label.name)
def test_labels_that_code_does_not_choose_keep_their_names(label: Any) -> None:
    names = Names({label.name: "other"})

    assert names.label(label) == label.name
    assert list(names.faults(METRICS)) == [f"the label {label.name!r} is not the service's own and keeps its name"]


@pytest.mark.parametrize("metric", [UP, REDIS_UP, PG_DATABASE_SIZE], ids=lambda metric: metric.name)
def test_metrics_that_others_expose_keep_their_names_and_labels(metric: Metric) -> None:
    assert faults(metrics={metric.name: "other"}) == [
        f"the metric {metric.name!r} is not the service's own and keeps its name"
    ]
    for label in metric.labels:
        assert faults({label.name: "other"}) == [
            f"the label {label.name!r} is not the service's own and keeps its name"
        ]


def test_a_name_that_nothing_has_is_a_fault() -> None:
    assert faults({"no_such_label": "x"}) == ["no metric has a label 'no_such_label'"]
    assert faults(metrics={"no_such_metric": "x"}) == ["there is no metric 'no_such_metric'"]


@pytest.mark.parametrize("new", ["", "a-b", "1st", "__name", "a b"])
def test_what_prometheus_takes_for_no_label_name_is_a_fault(new: str) -> None:
    assert faults({ROUTE.name: new}) == [f"{new!r} is no label name"]


@pytest.mark.parametrize("taken", [JOB.name, INSTANCE.name, SERVICE.name, ENV.name, LE.name, SLO.name])
def test_a_label_cannot_take_the_name_of_one_that_others_put_on_every_series(taken: str) -> None:
    assert faults({ROUTE.name: taken}) == [
        f"the label {ROUTE.name!r} cannot become {taken!r}, which is put on every series by others"
    ]


def test_two_labels_of_one_metric_cannot_get_the_same_name() -> None:
    shared = [metric for metric in METRICS.values() if {METHOD, ROUTE} <= set(metric.labels)]

    assert faults({ROUTE.name: METHOD.name}) == [
        f"two labels of {metric.name!r} get the same name" for metric in shared
    ]


def test_two_metrics_cannot_get_the_same_name() -> None:
    first, second, *_ = (metric for metric in METRICS.values() if type(metric) is type(HTTP_REQUESTS))

    assert faults(metrics={first.name: second.name}) == [
        f"both {first.name!r} and {second.name!r} become {second.name!r}"
    ]


def test_a_metric_cannot_take_the_name_of_a_histograms_series() -> None:
    gauge, histogram = HTTP_REQUESTS_IN_PROGRESS, HTTP_REQUEST_DURATION
    (fault,) = faults(metrics={gauge.name: f"{histogram.name}_count"})

    assert fault.startswith("both ")
    assert fault.endswith(f"become {f'{histogram.name}_count'!r}")


@pytest.mark.parametrize(
    ("metric", "new", "fault"),
    [
        (HTTP_REQUESTS, "web_requests", "a counter's name ends in _total"),
        (HTTP_REQUESTS, "web-requests_total", "a metric name has letters, digits and underscores only"),
        (HTTP_REQUEST_DURATION, "web_total", "a name in _total promises a counter"),
    ],
)
def test_a_metrics_new_name_follows_the_rules_of_its_kind(metric: Metric, new: str, fault: str) -> None:
    assert faults(metrics={metric.name: new}) == [f"the metric {metric.name!r} cannot become {new!r}: {fault}"]


def test_all_faults_are_named_at_once() -> None:
    assert len(faults({"no_such_label": "a-b", ROUTE.name: JOB.name}, {"no_such_metric": "x"})) == 4


@pytest.mark.parametrize("wrong", [None, 5, "route", ["route"], object()])
def test_what_is_no_mapping_is_a_fault_and_raises_nothing(wrong: Any) -> None:
    assert list(Names(labels=wrong).faults(METRICS)) == [f"labels is {wrong!r}, not a mapping from names to names"]
    assert list(Names(metrics=wrong).faults(METRICS)) == [f"metrics is {wrong!r}, not a mapping from names to names"]


@pytest.mark.parametrize("wrong", [{5: "x"}, {"route": None}, {"route": ["x"]}, {None: None}])
def test_a_mapping_between_other_things_than_text_is_a_fault(wrong: Any) -> None:
    (fault,) = Names(labels=wrong).faults(METRICS)

    assert fault.endswith("both must be text")


def test_profiles_with_equal_mappings_are_equal_and_hash_alike() -> None:
    first, second = Names({ROUTE.name: "a"}), Names({ROUTE.name: "a"})

    assert first == second
    assert hash(first) == hash(second)
    assert Names({ROUTE.name: "b"}) != first
    assert len({first, second, Names.classic(), Names()}) == 2


def test_a_profile_does_not_change_with_the_mapping_it_was_made_from() -> None:
    mapping = {ROUTE.name: "endpoint"}
    names = Names(mapping)
    mapping[ROUTE.name] = "other"

    assert names.label(ROUTE) == "endpoint"
