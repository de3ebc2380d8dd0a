"""One Observability: what it takes, what it puts into applications, and that it comes out again."""

import gc
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi import APIRouter, FastAPI
from prometheus_client import REGISTRY, CollectorRegistry, Gauge

from tests.plugins.application import client, exposed, keyed, quiet, served_by
from watchbill import InvalidDeclaration, Logging, Names, Observability, Service, Switches, Team, Tracing, latency
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, ROUTE
from watchbill.catalogue.process import BUILD_INFO, PROCESS_CPU, REVISION
from watchbill.catalogue.process import VERSION as BUILD_VERSION
from watchbill.catalogue.watching import COMPONENT, INTERNAL_ERRORS
from watchbill.team import Receiver
from watchbill.testing import Lines, Spans

ROOT = Path(__file__).parents[2]


def application(path: str = "/") -> FastAPI:
    """One route."""
    return keyed(path)


async def call(app: Any, path: str = "/") -> None:
    """One request."""
    async with client(app) as caller:
        await caller.get(path)


async def requests(observability: Observability) -> float:
    """Requests counted so far."""
    return exposed(observability).value(HTTP_REQUESTS)


async def test_instrumenting_twice_counts_once() -> None:
    app, observability = application(), quiet()
    assert observability.instrument(app).instrument(app) is observability
    await call(app)
    observability.instrument(app)
    await call(app)
    assert await requests(observability) == 2


async def test_an_application_that_has_answered_already_can_be_instrumented() -> None:
    app, observability = application(), quiet()
    await call(app)
    observability.instrument(app)
    await call(app)
    assert await requests(observability) == 1


async def test_uninstrumenting_restores_the_application() -> None:
    app, observability = application(), quiet()
    await call(app)
    before = (app.middleware_stack, dict(app.__dict__), dict(app.router.__dict__))
    observability.instrument(app)
    await call(app)
    observability.uninstrument(app)
    await call(app)
    assert (app.middleware_stack, dict(app.__dict__), dict(app.router.__dict__)) == before
    assert await requests(observability) == 1
    async with client(app) as caller:
        assert (await caller.get("/metrics")).status_code == 404
    observability.instrument(app)
    await call(app)
    assert await requests(observability) == 2


async def test_a_library_that_wrapped_us_survives_our_leaving() -> None:
    app, observability, wrapped = application(), quiet(), list[str]()
    observability.instrument(app)
    build = app.build_middleware_stack

    def outer() -> Any:
        wrapped.append("built")
        return build()

    app.__dict__["build_middleware_stack"] = outer
    await call(app)
    observability.uninstrument(app)
    await call(app)
    assert app.build_middleware_stack is outer
    assert await requests(observability) == 1


async def test_a_second_observability_leaves_an_instrumented_application_alone() -> None:
    app, first, second = application(), quiet(), quiet()
    first.instrument(app)
    second.instrument(app)
    await call(app)
    assert (await requests(first), await requests(second)) == (1, 0)
    assert second.report()["FastAPI 'FastAPI'"].reason == "instrumented by another Observability"


async def test_an_instrumented_application_mounted_in_another_is_counted_once() -> None:
    inner, outer, observability = application("/{key}"), application(), quiet()
    outer.mount("/sub", inner)
    observability.instrument(inner).instrument(outer)
    await call(outer, "/sub/7")
    assert exposed(observability).values_of(HTTP_REQUESTS, ROUTE) == {"/sub/{key}"}
    assert await requests(observability) == 1


async def test_several_applications_and_observabilities_share_one_registry() -> None:
    registry = CollectorRegistry()
    first, second = quiet(registry=registry), quiet(registry=registry)
    one, two, three = application("/one"), application("/two"), application("/three")
    first.instrument(one).instrument(two)
    second.instrument(three)
    for app, path in ((one, "/one"), (two, "/two"), (three, "/three")):
        await call(app, path)
    assert await requests(first) == await requests(second) == 3
    assert exposed(first).values_of(HTTP_REQUESTS, ROUTE) == {"/one", "/two", "/three"}


async def test_the_registry_is_our_own_unless_one_is_given() -> None:
    observability = quiet()
    assert observability.registry is not REGISTRY
    assert HTTP_REQUESTS.name not in "".join(metric.name for metric in REGISTRY.collect())


def test_prometheus_clients_own_registry_serves_with_its_process_metrics() -> None:
    script = (
        "from fastapi import FastAPI\n"
        "from prometheus_client import REGISTRY\n"
        "from watchbill import Observability\n"
        "observability = Observability('shop', registry=REGISTRY, logging=None).instrument(FastAPI())\n"
        f"assert observability.exposition().count('TYPE {PROCESS_CPU.name} ') == 1\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)


def test_a_name_taken_by_the_application_is_one_clear_error() -> None:
    registry = CollectorRegistry()
    Gauge(HTTP_REQUEST_DURATION.name, "the application's own", registry=registry)
    with pytest.raises(InvalidDeclaration, match="from elsewhere") as caught:
        quiet(registry=registry).instrument(application())
    assert "Names" in str(caught.value)


def test_one_registry_cannot_have_two_shapes_of_a_metric() -> None:
    registry = CollectorRegistry()
    quiet(registry=registry).instrument(application())
    with pytest.raises(InvalidDeclaration, match="other labels or buckets"):
        quiet(registry=registry, names=Names({ROUTE.name: "endpoint"})).instrument(application())


async def test_a_service_brings_names_buckets_environment_and_path() -> None:
    nobody = cast("Receiver", None)
    shop = Service(
        "shop",
        team=Team("storefront", page=nobody, ticket=nobody),
        env="staging",
        names=Names({ROUTE.name: "endpoint"}),
        objectives=[latency(0.3, 99)],
        metrics_path="/internal/metrics",
    )
    observability, app = Observability(shop, tracing=None, logging=None), application()
    observability.instrument(app)
    await call(app)
    async with client(app) as caller:
        text = (await caller.get("/internal/metrics")).text
    assert 'endpoint="/"' in text
    assert exposed(observability).at_most(HTTP_REQUEST_DURATION, 0.3) == 1
    assert (observability.service, observability.env) == ("shop", "staging")


def test_every_mistake_is_listed_at_once() -> None:
    with pytest.raises(InvalidDeclaration) as caught:
        Observability(
            "No Name!",
            env="PROD",
            names=Names({"absent": "x"}),
            metrics_path="metrics",
            latency_bounds=[2, 1],
            tracing=Tracing(ratio=2, endpoint="localhost"),
        )
    assert len(caught.value.faults) == 7


@pytest.mark.parametrize("thing", [None, object(), FastAPI, APIRouter()])
def test_what_is_no_application_is_refused(thing: object) -> None:
    with pytest.raises(InvalidDeclaration, match="neither a FastAPI nor a Starlette application"):
        quiet().instrument(thing)


def test_from_env_reads_who_the_service_is() -> None:
    environ = {
        "OTEL_SERVICE_NAME": "shop",
        "OTEL_RESOURCE_ATTRIBUTES": "service.version=1.2,vcs.ref.head.revision=abc",
        "ENVIRONMENT": "staging",
    }
    observability = Observability.from_env(environ=environ, logging=None, tracing=None)
    assert (observability.service, observability.env) == ("shop", "staging")
    assert exposed(observability).value(BUILD_INFO, {BUILD_VERSION: "1.2", REVISION: "abc"}) == 1
    with pytest.raises(InvalidDeclaration, match="WATCHBILL_SERVICE"):
        Observability.from_env(environ={})


async def test_monitoring_switched_off_leaves_the_application_untouched() -> None:
    app, spans = application(), Spans()
    before = dict(app.__dict__)
    observability = quiet(tracing=spans.tracing, switches=Switches(monitoring=False)).instrument(app)
    assert app.__dict__ == before
    assert "MONITORING_ENABLED is false" in str(observability.report())


async def test_metrics_switched_off_leave_spans_on() -> None:
    app, spans = application(), Spans()
    observability = quiet(tracing=spans.tracing, switches=Switches(metrics=False)).instrument(app)
    await call(app)
    async with client(app) as caller:
        assert (await caller.get("/metrics")).status_code == 404
    assert len(spans.finished) == 2
    assert await requests(observability) == 0
    assert observability.report()["metrics"].reason == "PROMETHEUS_ENABLED is false"


async def test_the_report_names_each_part_its_state_and_the_reason() -> None:
    app = application()
    observability = quiet(tracing=Tracing()).instrument(app)
    lines = str(observability.report()).splitlines()
    assert lines[0] == "watchbill: service shop"
    assert [line.split()[:2] for line in lines[1:]] == [
        ["metrics", "on"],
        ["spans", "on"],
        ["server", "spans"],
        ["logs", "off"],
        ["health", "off"],
        ["FastAPI", "'FastAPI'"],
        ["with", "python"],
    ]
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in lines[2]


async def test_an_error_of_ours_is_counted_and_told_once_and_the_application_answers(
    caplog: pytest.LogCaptureFixture,
) -> None:

    async def answer(scope: Any, _receive: Any, send: Any) -> None:
        scope["endpoint"], scope["fastapi"] = object(), 7
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    app = served_by(answer)
    observability = quiet().instrument(app)
    async with client(app) as caller:
        for _ in range(3):
            assert (await caller.get("/")).text == "ok"
    found = exposed(observability)
    assert found.value(INTERNAL_ERRORS, {COMPONENT: "route"}) == 3
    assert found.value(HTTP_REQUESTS) == 3
    assert len([record for record in caplog.records if record.name == "watchbill"]) == 1


def test_importing_reads_no_environment_and_starts_nothing() -> None:
    script = (
        "import os, threading\n"
        "os.environ.update(MONITORING_ENABLED='nonsense', OTEL_EXPORTER_OTLP_ENDPOINT='http://127.0.0.1:9')\n"
        "import logging, structlog, watchbill, watchbill.testing\n"
        "from opentelemetry import trace\n"
        "from prometheus_client import REGISTRY\n"
        "assert threading.active_count() == 1\n"
        "assert not structlog.is_configured() and not logging.getLogger().handlers\n"
        "assert type(trace.get_tracer_provider()).__name__ == 'ProxyTracerProvider'\n"
        "assert all(name.name.startswith(('python_', 'process_')) for name in REGISTRY.collect())\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)


def test_an_application_that_is_forgotten_is_freed() -> None:
    def forgotten() -> weakref.ref[FastAPI]:
        app = application()
        quiet().instrument(app)
        return weakref.ref(app)

    kept = forgotten()
    gc.collect()
    assert kept() is None


@pytest.mark.parametrize(
    "given",
    [
        {"names": {"route": "endpoint"}},
        {"tracing": False},
        {"logging": True},
        {"registry": "mine"},
        {"version": 2},
        {"metrics_path": 5},
        {"metrics_path": "/metrics?x"},
        {"latency_bounds": [1, float("inf")]},
        {"latency_bounds": [float("nan")]},
        {"latency_bounds": []},
        {"latency_bounds": 5},
        {"logging": Logging(level=cast("Any", "loud"))},
        {"logging": Logging(style=cast("Any", "xml"))},
        {"logging": Logging(stream=cast("Any", 7))},
        {"tracing": Tracing(ratio=cast("Any", "half"))},
        {"tracing": Tracing(processors=cast("Any", 7))},
        {"tracing": Tracing(provider=cast("Any", 7))},
    ],
    ids=str,
)
def test_an_argument_of_the_wrong_kind_is_named(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidDeclaration) as caught:
        quiet(**given)
    (fault,) = caught.value.faults
    (setting,) = given
    assert fault.startswith((setting, "level", "style", "stream", "ratio", "processors", "provider"))


def test_an_unusable_environment_name_says_where_it_is_from() -> None:
    with pytest.raises(InvalidDeclaration, match="from ENVIRONMENT, is no environment name"):
        quiet(switches=Switches.of({"ENVIRONMENT": "Prod EU"}))
    assert quiet(switches=Switches.of({"ENVIRONMENT": "Prod EU"}), env="prod").env == "prod"


def test_from_env_lists_who_is_missing_and_what_is_wrong_at_once() -> None:
    with pytest.raises(InvalidDeclaration) as caught:
        Observability.from_env(environ={"MONITORING_ENABLED": "perhaps", "LOG_LEVEL": "loud"})
    assert len(caught.value.faults) == 3


async def test_the_report_tells_applications_of_one_title_apart_and_what_is_left() -> None:
    first, second = application(), application()
    observability = quiet(logging=Lines().logging).instrument(first).instrument(second)
    observability.uninstrument(first)
    states = [entry.state for entry in observability.report().entries if entry.subject == "FastAPI 'FastAPI'"]
    assert sorted(states) == ["off", "on"]
    assert observability.report()["logs"].state == "on"
    observability.uninstrument(second)
    assert observability.report()["logs"].state == "off"


@pytest.mark.parametrize("mounted", [False, True], ids=["route", "mount"])
async def test_the_report_says_when_the_page_hides_a_route_of_the_applications(mounted: bool) -> None:
    app, observability = application(), quiet()
    observability.instrument(app)
    assert "hidden" not in str(observability.report())
    if mounted:
        app.mount("/metrics", application())
    else:
        app.get("/metrics")(lambda: "mine")
    assert "hidden" in observability.report()["metrics"].reason
