"""Under OpenTelemetry's names a service says the same things in other words, and pays nothing for it."""

import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, ProcessCollector

from tests.plugins.application import client, exposed, keyed, quiet
from watchbill import Names
from watchbill.catalogue import METRICS, Label, Metric
from watchbill.catalogue.cache import CACHE_STATUS
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, METHOD, ROUTE, STATUS
from watchbill.catalogue.label import LE
from watchbill.catalogue.process import PROCESS_CPU, PROCESS_START_TIME, WORKER
from watchbill.catalogue.semantic_conventions import reference_table
from watchbill.catalogue.watching import WORKERS

_README = Path(__file__).parents[2] / "instrumentation" / "README.md"


class Asked(Names):
    """Counts how often it is asked for a name."""

    asked = 0

    def metric(self, metric: Metric) -> str:
        type(self).asked += 1
        return Names.metric(self, metric)

    def label(self, label: Label) -> str:
        type(self).asked += 1
        return Names.label(self, label)


def test_the_profile_is_sound() -> None:
    assert list(Names.opentelemetry().faults(METRICS)) == []


def test_labels_of_one_name_and_other_meaning_keep_theirs() -> None:
    names = Names.opentelemetry()

    assert names.label(STATUS) == "http_response_status_code"
    assert names.label(CACHE_STATUS) == CACHE_STATUS.name


async def test_what_is_exposed_has_the_conventions_names_and_the_catalogues_values() -> None:
    app, observability = keyed(), quiet(names=Names.opentelemetry())
    observability.instrument(app)
    async with client(app) as caller:
        await caller.get("/users/7")

    text, labels = observability.exposition(), {METHOD: "GET", ROUTE: "/users/{key}"}
    series = 'http_server_request_duration_seconds_count{http_request_method="GET",http_route="/users/{key}"} 1'
    assert f"\n{series}\n" in f"\n{text.replace(' 1.0', ' 1')}\n"
    assert "\n# TYPE http_server_request_duration_seconds histogram\n" in text
    assert exposed(observability).value(HTTP_REQUESTS, {**labels, STATUS: 200}) == 1
    assert exposed(observability).count(HTTP_REQUEST_DURATION, labels) == 1


async def test_no_name_that_has_a_convention_is_exposed_as_well() -> None:
    names = Names.opentelemetry()
    app, observability = keyed(), quiet(names=names)
    observability.instrument(app)
    async with client(app) as caller:
        await caller.get("/users/7")

    families = set(re.findall(r"^# TYPE (\S+)", observability.exposition(), re.MULTILINE))
    classic = {metric.name for metric in METRICS.values() if names.metric(metric) != metric.name}
    assert not families & classic
    assert len(families & {names.metric(METRICS[name]) for name in classic}) >= 10


async def test_no_request_asks_for_a_name() -> None:
    observability = quiet(names=Asked(Names.opentelemetry().labels, Names.opentelemetry().metrics))
    app = keyed()
    observability.instrument(app)
    async with client(app) as caller:
        await caller.get("/users/1")
        before = Asked.asked
        assert before > 0
        for number in range(50):
            await caller.get(f"/users/{number}")
            await caller.get("/nowhere")

    assert Asked.asked == before


@pytest.mark.parametrize("names", [Names.classic(), Names.opentelemetry()], ids=["classic", "opentelemetry"])
def test_what_the_client_library_says_of_the_process_too_is_said_under_these_names_and_nothing_twice(
    names: Names,
) -> None:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)

    quiet(names=names, registry=registry)
    observability = quiet(names=names, registry=registry)

    families = re.findall(r"^# TYPE (\S+)", observability.exposition(), re.MULTILINE)
    assert len(families) == len(set(families))
    assert {names.metric(one) for one in (PROCESS_CPU, PROCESS_START_TIME, WORKERS)} <= set(families)
    assert exposed(observability).value(PROCESS_CPU) > 0
    assert exposed(observability).value(WORKERS) == 1


def test_some_names_of_it_can_be_others() -> None:
    names = Names.opentelemetry().but({ROUTE.name: "endpoint"})

    assert list(names.faults(METRICS)) == []
    assert (names.label(ROUTE), names.label(METHOD)) == ("endpoint", "http_request_method")


def test_labels_without_a_convention_keep_their_names() -> None:
    names = Names.opentelemetry()

    assert [names.label(label) for label in (LE, WORKER)] == [LE.name, WORKER.name]


def test_the_readme_has_the_table_of_all_names() -> None:
    assert reference_table() in _README.read_text(encoding="utf-8")
