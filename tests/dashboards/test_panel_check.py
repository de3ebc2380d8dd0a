"""Every query of a dashboard, asked of a real Prometheus."""

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from watchbill import Names, Service
from watchbill.catalogue import METRICS, Counter, Histogram, Metric, Recorded
from watchbill.catalogue.buckets import bound_text
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, METHOD, ROUTE, STATUS
from watchbill.catalogue.label import DEPENDENCY, ENV, INSTANCE, LE, SERVICE, Label
from watchbill.catalogue.postgres_server.databases import PG_DATABASE
from watchbill.catalogue.redis_server.keyspace import REDIS_HITS
from watchbill.catalogue.watching import ALERT_STATE, UP
from watchbill_dashboards.api import Api
from watchbill_dashboards.classic import classic
from watchbill_dashboards.overview import overview
from watchbill_dashboards.panel_check import PanelResult, Span, check_dashboard, check_dashboards
from watchbill_dashboards.substitution import substituted
from watchbill_dashboards.values import chosen

Shop = Callable[..., Service]
Json = dict[str, Any]
Series = tuple[str, dict[str, str]]

END = int(time.time()) // 3600 * 3600 - 3 * 3600
"""Samples are written as blocks, which hold whole past hours."""
SPAN = Span(end=END, length=300, scrape_interval=15)


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10) as opened:
        yield opened


def values_of(label: Label) -> str:
    known = {ROUTE: "/items/{id}", METHOD: "GET", STATUS: "200", PG_DATABASE: "shop", ALERT_STATE: "pending"}
    return known.get(label, label.values[0] if label.values else "any")


def owner(metric: Metric) -> dict[str, str]:
    """Target labels: those of a dependency for what the exporter reads, those of the service otherwise."""
    if metric.name.startswith("redis_"):
        return {DEPENDENCY.name: "cache"}
    if metric.name.startswith("pg_"):
        return {DEPENDENCY.name: "orders"}
    if isinstance(metric, Recorded):
        return {SERVICE.name: "shop"}
    return {SERVICE.name: "shop", ENV.name: "production", INSTANCE.name: "127.0.0.1:8000"}


def series_of(metric: Metric, names: Names) -> Iterator[Series]:
    name, target = names.metric(metric), owner(metric)
    own = {names.label(label): values_of(label) for label in metric.labels if label.name not in target}
    if isinstance(metric, Histogram):
        bounds = [bound_text(bound) for bound in (*metric.buckets, float("inf"))]
        yield from ((f"{name}_bucket", target | own | {LE.name: bound}) for bound in bounds)
    else:
        yield name, target | own


def history(names: Names, without: tuple[Metric, ...] = ()) -> str:
    """OpenMetrics text: 10 minutes of every metric of the catalogue, counters growing, gauges at 1."""
    lines: list[str] = []
    for metric in (one for one in METRICS.values() if one not in without):
        grows = isinstance(metric, Counter | Histogram)
        for name, labels in series_of(metric, names):
            pairs = ",".join(f'{label}="{value}"' for label, value in labels.items())
            for step in range(41):
                value = step * 15 if grows else 0.5 if isinstance(metric, Recorded) else 1
                lines.append(f"{name}{{{pairs}}} {value} {END - 600 + step * 15}")
    return "\n".join([*lines, "# EOF", ""])


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Starts a Prometheus over some OpenMetrics text and gives its address."""
    running: list[subprocess.Popen[bytes]] = []

    def started(text: str) -> str:
        (tmp_path / "history.txt").write_text(text, encoding="utf-8")
        (tmp_path / "prometheus.yml").write_text("{}\n", encoding="utf-8")
        blocks = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "history.txt", "data"]
        subprocess.run(blocks, cwd=tmp_path, check=True, capture_output=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data"]
        command += [f"--web.listen-address=127.0.0.1:{port}"]
        running.append(subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return ready(f"http://127.0.0.1:{port}")

    yield started
    for process in running:
        process.terminate()
        process.wait(10)


def ready(address: str) -> str:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{address}/-/ready").status_code == 200:
                return address
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("Prometheus did not start")


def faults(results: list[PanelResult]) -> dict[str, str]:
    return {result.panel: f"{result.state}: {result.reason}" for result in results if result.state != "data"}


@pytest.mark.parametrize(
    "names", [Names.classic(), Names({ROUTE.name: "endpoint"}, {HTTP_REQUESTS.name: "hits_total"})]
)
def test_every_panel_of_a_healthy_service_has_data(
    shop: Shop, prometheus: Callable[[str], str], client: httpx.Client, names: Names
) -> None:
    """No request failed and no alert fires, and still nothing is empty."""
    dashboard = classic(overview(shop(names)))
    results = check_dashboards([dashboard], prometheus(history(names)), client, SPAN)
    assert faults(results) == {}
    assert len(results) == len([panel for panel in dashboard["panels"] if panel["type"] != "row"])


def test_a_panel_without_its_metric_is_empty_and_says_which_query(
    shop: Shop, prometheus: Callable[[str], str], client: httpx.Client
) -> None:
    address = prometheus(history(Names.classic(), without=(REDIS_HITS,)))
    results = check_dashboard(classic(overview(shop())), address, client, SPAN)
    assert faults(results) == {"cache: hit ratio": "empty: A: no series"}


def test_a_chosen_route_with_braces_is_matched(
    shop: Shop, prometheus: Callable[[str], str], client: httpx.Client
) -> None:
    dashboard = classic(overview(shop()))
    dashboard["templating"]["list"][-1]["current"] = {"text": ["x"], "value": ["/items/{id}"]}
    results = check_dashboard(dashboard, prometheus(history(Names.classic())), client, SPAN)
    assert faults(results) == {}


def test_each_wrong_query_is_an_error_with_its_reason(
    shop: Shop, prometheus: Callable[[str], str], client: httpx.Client
) -> None:
    dashboard = classic(overview(shop()))
    errors, latency, memory = (
        next(one for one in dashboard["panels"] if one["id"] == overview(shop()).keys[key])
        for key in ("errors", "latency", "memory")
    )
    errors["targets"][0]["expr"] = "sum("
    latency["targets"][0]["expr"] = f'{HTTP_REQUEST_DURATION.name}_count{{{ROUTE.name}="$nowhere"}}'
    memory["targets"][0]["expr"] = f"{UP.name} / 0 * 0"
    found = faults(check_dashboard(dashboard, prometheus(history(Names.classic())), client, SPAN))
    assert "parse error" in found["Error ratio"]
    assert found["Time to the last byte"] == "error: A: no such variable: $nowhere"
    assert found["Memory"] == "empty: A: only NaN"


def test_a_prometheus_that_does_not_answer_makes_every_panel_an_error(shop: Shop, client: httpx.Client) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    results = check_dashboard(json.loads(json.dumps(classic(overview(shop())))), address, client)
    assert {result.state for result in results} == {"error"}
    assert all("does not answer" in result.reason for result in results)


def test_a_panel_that_asks_nothing_is_not_counted(client: httpx.Client) -> None:
    text: Json = {"uid": "x", "panels": [{"type": "text", "title": "Read me"}], "templating": {"list": []}}

    assert check_dashboard(text, "http://127.0.0.1:9", client, SPAN) == []


def test_marks_tell_when_each_process_started_with_its_build(
    shop: Shop, prometheus: Callable[[str], str], client: httpx.Client
) -> None:
    """The history says that the process started one second after the epoch; marks are in milliseconds."""
    service = shop()
    dashboard = classic(overview(service))
    api = Api(prometheus(history(service.names)), client)
    starts, alerts = (one["target"]["expr"] for one in dashboard["annotations"]["list"] if "target" in one)
    variables = SPAN.variables() | chosen(dashboard, api)
    assert api.instant(substituted(starts, variables), END) == [[1000.0]]
    assert api.instant(substituted(alerts, variables), END) == []


def test_the_rate_interval_spans_four_scrapes() -> None:
    assert Span(length=3600, scrape_interval=15).variables()["__rate_interval"] == "1m"
    assert Span(length=24 * 3600, scrape_interval=15).variables()["__rate_interval"] == "879s"
