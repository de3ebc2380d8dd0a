"""The label `route` names the template a request was answered under, and never anything a client made up."""

from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, Router
from starlette.staticfiles import StaticFiles

from tests.plugins.application import client, exposed, key_back, quiet
from tests.plugins.versions import needs_frontend, needs_mounts_in_routers
from watchbill.asgi import App, Receive, Scope, Send
from watchbill.catalogue.http import HTTP_REQUESTS, ROUTE, UNMATCHED_ROUTE


def answering(path: str, **settings: Any) -> Route:
    """A route with an endpoint of its own."""

    async def endpoint(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("ok")

    return Route(path, endpoint, **settings)


def router(path: str, **settings: Any) -> APIRouter:
    """A FastAPI router with one endpoint of its own."""
    made = APIRouter(**settings)

    @made.get(path)
    async def endpoint() -> str:  # pyright: ignore[reportUnusedFunction]  registered by its decorator
        return "ok"

    return made


async def routes_of(
    app: Any, *paths: str, method: str = "GET", headers: dict[str, str] | None = None, root_path: str = ""
) -> list[str]:
    """The routes that requests are counted under, in order."""
    found: list[str] = []
    for path in paths:
        observability = quiet().instrument(app)
        async with client(app, root_path) as caller:
            await caller.request(method, path, headers=headers)
        found += exposed(observability).values_of(HTTP_REQUESTS, ROUTE)
        observability.uninstrument(app)
    return found


async def test_a_fastapi_route_is_named_by_its_template() -> None:
    app = FastAPI()
    app.include_router(router("/users/{key}"))
    assert await routes_of(app, "/users/7", "/users/8") == ["/users/{key}"] * 2


async def test_prefixes_of_nested_included_routers_belong_to_the_template() -> None:
    app, middle = FastAPI(), APIRouter(prefix="/v1")
    middle.include_router(router("/{key}", prefix="/users"))
    middle.include_router(router("/{key}", prefix="/orders"), prefix="/shop")
    app.include_router(middle, prefix="/api")
    assert await routes_of(app, "/api/v1/users/7", "/api/v1/shop/orders/7") == [
        "/api/v1/users/{key}",
        "/api/v1/shop/orders/{key}",
    ]


async def test_one_router_included_twice_keeps_both_templates() -> None:
    app, shared = FastAPI(), router("/{key}")
    app.include_router(shared, prefix="/a")
    app.include_router(shared, prefix="/b")
    assert await routes_of(app, "/a/7", "/b/7") == ["/a/{key}", "/b/{key}"]


async def test_routes_added_after_requests_were_served_are_named() -> None:
    app = FastAPI()
    observability = quiet().instrument(app)
    async with client(app) as caller:
        await caller.get("/late/7")
        app.include_router(router("/{key}", prefix="/late"))
        await caller.get("/late/7")
    assert exposed(observability).values_of(HTTP_REQUESTS, ROUTE) == {UNMATCHED_ROUTE, "/late/{key}"}


async def test_convertors_are_no_part_of_the_template() -> None:
    app = Starlette(routes=[answering("/files/{name:path}"), answering("/pages/{number:int}")])
    assert await routes_of(app, "/files/a/b/c", "/pages/3") == ["/files/{name}", "/pages/{number}"]


async def test_plain_starlette_routes_inside_fastapi_are_named() -> None:
    app, plain = FastAPI(), APIRouter()
    app.router.routes.append(answering("/plain/{key}"))
    plain.routes.append(answering("/inner/{key}"))
    app.include_router(plain, prefix="/outer")
    assert await routes_of(app, "/docs", "/openapi.json", "/plain/7", "/outer/inner/7") == [
        "/docs",
        "/openapi.json",
        "/plain/{key}",
        "/outer/inner/{key}",
    ]


async def test_mounts_static_and_templated_put_their_template_before() -> None:
    app = Starlette(
        routes=[
            Mount("/fixed", routes=[answering("/{key}")]),
            Mount("/tenants/{tenant}", routes=[Mount("/deep", routes=[answering("/{key}")])]),
        ]
    )
    assert await routes_of(app, "/fixed/7", "/tenants/acme/deep/7", "/tenants/other/deep/8") == [
        "/fixed/{key}",
        "/tenants/{tenant}/deep/{key}",
        "/tenants/{tenant}/deep/{key}",
    ]


@pytest.mark.parametrize("outer", [FastAPI, Starlette])
@pytest.mark.parametrize("inner", [FastAPI, Starlette])
async def test_an_application_mounted_in_an_application_is_named_through_it(outer: type, inner: type) -> None:
    app, mounted = outer(), inner()
    mounted.router.routes.append(answering("/{key}"))
    app.mount("/sub/{tenant}", mounted)
    assert await routes_of(app, "/sub/acme/7") == ["/sub/{tenant}/{key}"]


async def test_routers_of_a_mounted_fastapi_are_named_through_the_mount() -> None:
    app, mounted = FastAPI(), FastAPI()
    mounted.include_router(router("/{key}", prefix="/users"))
    app.mount("/sub", mounted)
    assert await routes_of(app, "/sub/users/7") == ["/sub/users/{key}"]


async def test_one_application_mounted_twice_is_told_apart_by_the_path() -> None:
    mounted = Starlette(routes=[answering("/{key}")])
    app = Starlette(routes=[Mount("/a/{tenant}", mounted), Mount("/b", mounted)])
    assert await routes_of(app, "/a/acme/7", "/b/7") == ["/a/{tenant}/{key}", "/b/{key}"]


@needs_mounts_in_routers
async def test_a_mount_inside_an_included_router_is_named() -> None:
    app, included = FastAPI(), APIRouter()
    included.mount("/files", Starlette(routes=[answering("/{key}")]))
    app.include_router(included, prefix="/api")
    assert await routes_of(app, "/api/files/7") == ["/api/files/{key}"]


async def test_host_routes_are_named_by_the_path_alone() -> None:
    app = Starlette(routes=[Host("{tenant}.example.org", Router([answering("/users/{key}")]))])
    assert await routes_of(app, "/users/7", headers={"host": "acme.example.org"}) == ["/users/{key}"]


async def test_static_files_share_their_mounts_template(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("page")
    app = Starlette(routes=[Mount("/static", StaticFiles(directory=tmp_path))])
    assert await routes_of(app, "/static/page.txt", "/static/absent.txt") == ["/static/{path}"] * 2


@needs_frontend
async def test_fastapis_frontend_files_share_their_prefix(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("page")
    app, included = FastAPI(), APIRouter()
    app.router.frontend("/ui", directory=str(tmp_path))
    included.frontend("/inner", directory=str(tmp_path))
    app.include_router(included, prefix="/pre")
    paths = ("/ui/page.txt", "/ui/made/up", "/ui", "/ui//double//made//up", "/pre/inner/page.txt")
    assert await routes_of(app, *paths) == [*["/ui/{path}"] * 4, "/pre/inner/{path}"]


async def test_the_root_path_is_no_part_of_the_template() -> None:
    app = FastAPI()
    app.include_router(router("/{key}", prefix="/users"))
    twice = Starlette(routes=[answering("/{key}")])
    app.mount("/a", twice)
    app.mount("/b", twice)
    paths = ("/users/7", "/behind/proxy/users/7", "/behind/proxy/a/7", "/behind/proxy/b/7")
    assert await routes_of(app, *paths, root_path="/behind/proxy") == [
        "/users/{key}",
        "/users/{key}",
        "/a/{key}",
        "/b/{key}",
    ]


async def test_a_middleware_that_copies_the_scope_hides_nothing() -> None:
    class Copying:
        def __init__(self, app: App) -> None:
            self._app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await self._app(dict(scope), receive, send)

    fast, plain = FastAPI(), Starlette(routes=[Mount("/m/{tenant}", routes=[answering("/{key}")])])
    fast.include_router(router("/{key}", prefix="/users"))
    fast.get("/direct/{key}")(key_back)
    for app in (fast, plain):
        app.add_middleware(Copying)
    assert await routes_of(fast, "/users/7", "/direct/7") == ["/users/{key}", "/direct/{key}"]
    assert await routes_of(plain, "/m/acme/7") == ["/m/{tenant}/{key}"]


@pytest.mark.parametrize("kind", [FastAPI, Starlette])
async def test_what_no_route_answers_is_unmatched(kind: type) -> None:
    app = kind()
    app.router.routes.append(answering("/users/{key}"))
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"])
    preflight = {"origin": "https://else.where", "access-control-request-method": "GET"}
    assert await routes_of(app, "/nowhere/7", "/users/7/") == [UNMATCHED_ROUTE] * 2
    assert await routes_of(app, "/users/7", method="OPTIONS", headers=preflight) == [UNMATCHED_ROUTE]


@pytest.mark.parametrize("kind", [FastAPI, Starlette])
async def test_a_method_not_allowed_is_counted_under_its_template(kind: type) -> None:
    app = kind()
    app.router.routes.append(answering("/users/{key}"))
    if kind is FastAPI:
        app.include_router(router("/{key}", prefix="/orders"))
        assert await routes_of(app, "/orders/7", method="DELETE") == ["/orders/{key}"]
    assert await routes_of(app, "/users/7", method="DELETE") == ["/users/{key}"]
