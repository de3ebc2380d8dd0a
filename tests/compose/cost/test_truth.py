"""The prediction held against the reference stack, which runs for real under load."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from click.testing import CliRunner

from watchbill.catalogue import Metric
from watchbill.catalogue.background import BACKGROUND_TASKS
from watchbill.catalogue.cache import CACHE_OPERATIONS
from watchbill.catalogue.database import QUERY_DURATION
from watchbill.catalogue.http import HTTP_REQUESTS
from watchbill.catalogue.outbound import AI_TOKENS, CLIENT_REQUESTS
from watchbill.catalogue.redis_client import REDIS_COMMAND_DURATION
from watchbill.catalogue.scrape import SCRAPE_SERIES_ADDED
from watchbill.profile import Profile
from watchbill.service import Service
from watchbill_reference import stack as reference
from watchbill_reference.backends import backends
from watchbill_reference.stack import content_filter, shop, stack
from watchbill_stack.check.built import Built
from watchbill_stack.cli import watchbill
from watchbill_stack.cost.actual import Actual, ask, owner_of
from watchbill_stack.cost.job import Kind
from watchbill_stack.cost.prediction import Prediction, predict
from watchbill_stack.cost.view import View
from watchbill_stack.native.running import RunningStack, running
from watchbill_stack.native.site import PROMETHEUS

PACE = Profile.development()
UNDER_LOAD: tuple[tuple[Service, Metric], ...] = (
    (shop, HTTP_REQUESTS),
    (shop, QUERY_DURATION),
    (shop, REDIS_COMMAND_DURATION),
    (shop, CACHE_OPERATIONS),
    (content_filter, HTTP_REQUESTS),
    (content_filter, CLIENT_REQUESTS),
    (content_filter, AI_TOKENS),
    (content_filter, BACKGROUND_TASKS),
)


@pytest.fixture(scope="module")
def started() -> Iterator[RunningStack]:
    with running(stack, backends=backends) as started:
        yield started


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def prediction(started: RunningStack) -> Prediction:
    return predict(started.stack, PACE)


@pytest.fixture(scope="module")
def actual(started: RunningStack, client: httpx.Client, prediction: Prediction) -> Actual:
    """What there is once the load has reached every part, and every rule has been evaluated."""
    jobs: dict[str, Kind] = {job.name: job.kind for job in prediction.jobs if job.kind != "rules"}

    def asked() -> Actual:
        return ask(started.site.url(PROMETHEUS), client, jobs)

    owners = {owner_of(job) for job in prediction.jobs if job.kind != "rules"}

    def is_whole(found: Actual) -> bool:
        there = {(owner, name) for owner, names in found.series.items() for name in names}
        return (
            all((("service", one.name), _first_series(one, metric)) in there for one, metric in UNDER_LOAD)
            and owners <= {owner for owner, name in there if name == SCRAPE_SERIES_ADDED.name} & found.targets.keys()
            and len(found.seconds) >= len(prediction.rules)
        )

    return _until(asked, is_whole, 60)


def test_every_metric_that_is_exposed_is_predicted(prediction: Prediction, actual: Actual) -> None:
    lines = View(prediction, actual).metrics

    assert [line.name for line in lines if not line.most] == []
    assert sum(1 for line in lines if line.actual) > 80


def test_no_metric_has_more_series_than_predicted_at_worst(prediction: Prediction, actual: Actual) -> None:
    over = {
        line.name: (line.actual, line.most)
        for line in View(prediction, actual).metrics
        if _over(line.actual, line.most)
    }

    assert over == {}


@pytest.mark.parametrize("by", ["service", "target"])
def test_no_service_and_no_target_has_more_series_than_predicted(
    prediction: Prediction, actual: Actual, by: Any
) -> None:
    lines = View(prediction, actual, by).document()[f"{by}s"]

    assert len(lines) >= 5
    assert all(0 < line["series_actual"] <= line["series"] for line in lines), lines


def test_what_is_expected_without_doubt_is_there(prediction: Prediction, actual: Actual) -> None:
    """The exporter's own series have no labels that anybody could guess at."""
    (line,) = [one for one in View(prediction, actual, "service").document()["services"] if one["name"] == "exporter"]

    assert line["series_actual"] == line["series_expected"] == line["series"]


def test_every_rule_is_found_with_the_time_it_takes(prediction: Prediction, actual: Actual) -> None:
    missing = [one.title for one in prediction.rules if actual.seconds_of(one) is None]

    assert missing == []


def test_no_rule_reads_more_samples_than_predicted(
    started: RunningStack, client: httpx.Client, prediction: Prediction, actual: Actual
) -> None:
    del actual  # Wanted for the load that it waits for.
    readings = {(one.group, one.name, one.labels): one for one in prediction.rules}
    over: list[str] = []
    read = 0
    for group in Built.of(started.stack, PACE).groups:
        for rule in group.rules:
            text = rule.expression.promql(rule.names)
            samples = _samples(started, client, text)
            name = getattr(rule, "name", "") or rule.names.metric(cast("Any", rule).metric)
            labels = tuple(sorted((label.name, value) for label, value in rule.labels.items()))
            predicted = readings[group.name, name, labels].samples
            read += samples
            if samples > predicted:
                over.append(f"{text}: {samples} > {predicted}")

    assert over == []
    assert read > 100


def test_the_command_sets_what_is_there_beside_the_prediction(started: RunningStack, actual: Actual) -> None:
    del actual
    file, address = str(Path(reference.__file__)), started.site.url(PROMETHEUS)

    table = CliRunner().invoke(watchbill, ["cost", file, "--prometheus", address])
    document = json.loads(CliRunner().invoke(watchbill, ["cost", file, "--prometheus", address, "--json"]).stdout)

    assert table.exit_code == 0
    assert "of worst" in table.stdout
    assert "exposed and not predicted" not in table.stdout
    assert {one["name"]: one["series_actual"] > 100 for one in document["services"]}.items() >= {
        (shop.name, True),
        (content_filter.name, True),
    }
    assert document["totals"]["series_in_memory"] > 1_000


def _samples(started: RunningStack, client: httpx.Client, query: str) -> int:
    """Samples that Prometheus itself says it read for a query."""
    answer = client.get(started.site.url(PROMETHEUS) + "/api/v1/query", params={"query": query, "stats": "all"})
    return int(answer.json()["data"]["stats"]["samples"]["totalQueryableSamples"])


def _over(actual: int | None, most: int) -> bool:
    return actual is not None and actual > most


def _first_series(service: Service, metric: Metric) -> str:
    return service.names.metric(metric) + metric.suffixes[0]


def _until(ask: Callable[[], Actual], is_whole: Callable[[Actual], bool], seconds: float) -> Actual:
    end = time.monotonic() + seconds
    while not is_whole(found := ask()):
        assert time.monotonic() < end, found.series
        time.sleep(0.5)
    return found
