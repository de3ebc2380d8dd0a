"""What a reference is about."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from watchbill import Service, Team
from watchbill.catalogue import METRICS, Counter
from watchbill.catalogue.buckets import HTTP_SECONDS
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS
from watchbill.catalogue.objectives import OBJECTIVE_RATIO
from watchbill.catalogue.redis_server.probe import REDIS_UP
from watchbill.catalogue.scrape import SCRAPE_SECONDS
from watchbill.catalogue.watching import ALERTS, UP
from watchbill.documents.document import Document, source_of
from watchbill.objective import availability, latency
from watchbill.stack import Stack
from watchbill_alerts.receivers import Webhook

PAGER = Webhook("https://pager.example.com")
ORDERS = Counter(name="orders_total", help="Orders.")
SHOP = Service("shop", team=Team("storefront", page=PAGER, ticket=PAGER))


def test_every_metric_has_one_source() -> None:
    assert source_of(HTTP_REQUESTS) == "service"
    assert source_of(REDIS_UP) == "exporter"
    assert source_of(OBJECTIVE_RATIO) == "rule"
    assert [source_of(metric) for metric in (UP, ALERTS, SCRAPE_SECONDS)] == ["prometheus"] * 3


def test_the_document_of_the_catalogue_holds_each_metric_once() -> None:
    assert [metric.name for metric in Document.of_catalogue().metrics] == list(METRICS)


def test_recorded_metrics_are_those_of_a_stack_with_objectives() -> None:
    promising = replace(SHOP, objectives=[availability(99.9)])

    assert OBJECTIVE_RATIO not in Document.of_stack(Stack(SHOP)).metrics
    assert OBJECTIVE_RATIO in Document.of_stack(Stack(promising)).metrics


def test_a_service_has_the_catalogues_metrics_with_its_own_bounds_and_its_own_metrics() -> None:
    document = Document.of_stack(Stack(replace(SHOP, metrics=[ORDERS], objectives=[latency(0.3, 99)])))

    metrics = {metric.name: metric for metric in document.metrics_of("shop")}

    assert metrics[ORDERS.name] == ORDERS
    bounds = tuple(sorted({*HTTP_SECONDS, 0.3}))
    assert metrics[HTTP_REQUEST_DURATION.name] == replace(HTTP_REQUEST_DURATION, buckets=bounds)
    with pytest.raises(KeyError):
        document.metrics_of("cart")


def test_the_example_of_the_readme_runs() -> None:
    readme = (Path(__file__).parents[3] / "instrumentation" / "README.md").read_text()
    (block,) = (block for block in re.findall(r"```python\n(.+?)```", readme, re.DOTALL) if "encoded(" in block)

    subprocess.run([sys.executable, "-c", f"import watchbill\n{block}"], check=True)
