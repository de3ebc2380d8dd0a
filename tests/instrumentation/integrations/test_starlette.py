"""Instrumented twice, rebuilt, mounted, shared, taken out, reloaded: measured once, and as if we had never been."""

import importlib
import sys
from typing import Any

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from tests.plugins.application import client, exposed, key_back, keyed, quiet
from tests.plugins.asgi import Sent, body, scope
from watchbill import Observability
from watchbill.asgi import App, Receive, Scope, Send
from watchbill.catalogue.http import HTTP_REQUESTS, HTTP_REQUESTS_IN_PROGRESS, ROUTE
from watchbill.testing import Lines, Spans


class Transparent:
    """A middleware that does nothing."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class Copying(Transparent):
    """A middleware that hands on a copy of the scope."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app({**scope}, receive, send)


async def endpoint(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


async def call(app: Any, *paths: str) -> None:
    """One request to each path, answered."""
    async with client(app) as caller:
        for path in paths:
            assert (await caller.get(path)).status_code == 200


def state(*things: Any) -> list[dict[str, Any]]:
    """Everything that stands in these objects."""
    return [{**one.__dict__} for one in things]


def routes(observability: Observability) -> dict[str, float]:
    """Requests by route; fails when one is left in progress."""
    found = exposed(observability)
    assert found.value(HTTP_REQUESTS_IN_PROGRESS) == 0
    return {route: found.value(HTTP_REQUESTS, {ROUTE: route}) for route in found.values_of(HTTP_REQUESTS, ROUTE)}


@pytest.mark.parametrize("kind", [FastAPI, Starlette])
async def test_a_rebuilt_middleware_stack_measures_once(kind: type) -> None:
    app, observability = kind(routes=[Route("/", endpoint)]), quiet()
    observability.instrument(app)
    await call(app, "/")
    # What tools do that add a middleware to an application that runs already.
    app.middleware_stack = None
    app.add_middleware(Transparent)
    await call(app, "/")
    app.middleware_stack = app.build_middleware_stack()
    await call(app, "/")
    observability.instrument(app)
    await call(app, "/")
    assert routes(observability) == {"/": 4}
    observability.uninstrument(app)
    app.middleware_stack = app.build_middleware_stack()
    await call(app, "/")
    assert routes(observability) == {"/": 4}


@pytest.mark.parametrize("inner_first", [True, False])
async def test_an_instrumented_application_in_an_instrumented_one_is_one_request(*, inner_first: bool) -> None:
    inner, middle, outer = keyed("/{key}"), FastAPI(), FastAPI()
    middle.mount("/middle/{tenant}", inner)
    outer.mount("/api/v1", middle)
    lines, spans = Lines(), Spans()
    observability = Observability("shop", logging=lines.logging, tracing=spans.tracing)
    for app in (inner, outer) if inner_first else (outer, inner):
        observability.instrument(app)
    await call(outer, "/api/v1/middle/acme/7")
    assert routes(observability) == {"/api/v1/middle/{tenant}/{key}": 1}
    assert len(spans.finished) == len(lines.requests) == 1
    # On its own, as when it is also served alone, it is measured by itself.
    await call(inner, "/7")
    assert routes(observability) == {"/api/v1/middle/{tenant}/{key}": 1, "/{key}": 1}
    observability.uninstrument(outer).uninstrument(inner)


async def test_an_inner_application_alone_is_measured_with_its_own_templates() -> None:
    inner, outer, observability = keyed("/{key}"), FastAPI(), quiet()
    outer.mount("/sub", inner)
    outer.get("/own")(key_back)
    observability.instrument(inner)
    await call(outer, "/sub/7", "/own")
    assert routes(observability) == {"/{key}": 1}


async def test_of_two_observabilities_the_outer_applications_measures() -> None:
    inner, outer, own, whole = keyed("/{key}"), FastAPI(), quiet(), quiet()
    outer.mount("/sub", inner)
    own.instrument(inner)
    whole.instrument(outer)
    await call(outer, "/sub/7")
    assert (routes(own), routes(whole)) == ({}, {"/sub/{key}": 1})


async def test_a_middleware_of_a_mounted_application_that_copies_the_scope_hides_nothing() -> None:
    inner, deep, outer, observability = keyed("/{key}"), keyed("/{key}"), FastAPI(), quiet()
    for app in (inner, deep):
        app.add_middleware(Copying)
    inner.mount("/deep", deep)
    outer.mount("/sub/{tenant}", inner)
    before = [dict(app.router.__dict__) for app in (inner, deep, outer)]
    observability.instrument(outer).instrument(inner)
    await call(outer, "/sub/acme/7", "/sub/acme/deep/7")
    assert routes(observability) == {"/sub/{tenant}/{key}": 1, "/sub/{tenant}/deep/{key}": 1}
    observability.uninstrument(outer)
    await call(inner, "/7")
    assert routes(observability)["/{key}"] == 1
    observability.uninstrument(inner)
    assert [dict(app.router.__dict__) for app in (inner, deep, outer)] == before


async def test_applications_of_several_observabilities_share_one_registry() -> None:
    registry = CollectorRegistry()
    spans = Spans()
    first, second = quiet(registry=registry), quiet(registry=registry, tracing=spans.tracing)
    one, two = keyed("/one/{key}"), keyed("/two/{key}")
    first.instrument(one)
    second.instrument(two)
    await call(one, "/one/7")
    await call(two, "/two/7")
    assert routes(first) == routes(second) == {"/one/{key}": 1, "/two/{key}": 1}
    assert [span.name for span in spans.finished] == ["GET /two/{key}"]
    first.uninstrument(one)
    await call(two, "/two/8")
    assert routes(second)["/two/{key}"] == 2
    second.uninstrument(two)


async def test_one_application_mounted_in_two_is_measured_by_each() -> None:
    inner, one, two = keyed("/{key}"), Starlette(), Starlette()
    one.mount("/one", inner)
    two.mount("/two", inner)
    observability = quiet().instrument(one).instrument(two)
    await call(one, "/one/7")
    await call(two, "/two/7")
    assert routes(observability) == {"/one/{key}": 1, "/two/{key}": 1}


@pytest.mark.parametrize("built", [True, False], ids=["after requests", "before requests"])
@pytest.mark.parametrize("kind", [FastAPI, Starlette])
async def test_taking_it_out_restores_all_that_was_there(kind: type[Any], *, built: bool) -> None:
    inner = Starlette(routes=[Route("/", endpoint)])
    app = kind(routes=[Route("/", endpoint), Mount("/sub", inner)])
    if built:
        await call(app, "/", "/sub/")
    before = state(app, app.router, inner, inner.router)
    classes = state(kind, app.router.__class__)
    observability = Observability("shop", logging=None)
    for _ in range(3):
        observability.instrument(app)
        if built:
            await call(app, "/", "/sub/")
        observability.uninstrument(app)
    assert state(app, app.router, inner, inner.router) == before
    assert state(kind, app.router.__class__) == classes


async def test_a_request_that_runs_while_it_is_taken_out_is_finished_and_counted() -> None:
    app, observability = FastAPI(), quiet()

    @app.get("/")
    async def leave() -> str:
        observability.uninstrument(app)
        return "ok"

    observability.instrument(app)
    sent = Sent()
    await app(scope(), body(), sent)
    assert sent.status == 200
    assert routes(observability) == {"/": 1}


async def test_an_application_module_that_is_loaded_again_is_measured_anew(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reloaded_shop.py").write_text(
        "import sys\n"
        "from fastapi import FastAPI\n"
        "from watchbill import Observability\n"
        "app = FastAPI()\n"
        "app.get('/users/{key}')(lambda key: key)\n"
        "obs = Observability('shop', registry=sys.reloaded_registry, tracing=None, logging=None).instrument(app)\n"
    )
    monkeypatch.setattr(sys, "reloaded_registry", CollectorRegistry(), raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    module = importlib.import_module("reloaded_shop")
    await call(module.app, "/users/7")
    module = importlib.reload(module)
    await call(module.app, "/users/8")
    assert routes(module.obs) == {"/users/{key}": 2}
    monkeypatch.delitem(sys.modules, "reloaded_shop")
