"""Templates where routers, mounts, proxies and middlewares make them hard to tell: never a path, never two in one."""

from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles

from tests.plugins.application import client, exposed, quiet
from tests.plugins.versions import STARLETTE_NOTES_ROUTES
from watchbill.asgi import App, Receive, Scope, Send
from watchbill.catalogue.http import HTTP_REQUESTS, ROUTE, STATUS, UNMATCHED_ROUTE


async def endpoint(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


def answering(path: str, **settings: Any) -> Route:
    """A route with an endpoint of its own."""

    async def own(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("ok")

    return Route(path, own, **settings)


def included(path: str, prefix: str) -> APIRouter:
    """A FastAPI router with one endpoint of its own."""
    made = APIRouter(prefix=prefix)

    @made.get(path)
    async def own() -> str:  # pyright: ignore[reportUnusedFunction]  registered by its decorator
        return "ok"

    return made


async def counted(app: Any, *asked: str, root_path: str = "", headers: dict[str, str] | None = None) -> dict[str, str]:
    """The route that each request ("GET /path") is counted under."""
    found: dict[str, str] = {}
    for one in asked:
        verb, path = one.split(" ")
        observability = quiet().instrument(app)
        async with client(app, root_path) as caller:
            await caller.request(verb, path, headers=headers)
        (found[one],) = exposed(observability).values_of(HTTP_REQUESTS, ROUTE)
        observability.uninstrument(app)
    return found


async def test_equal_inner_paths_of_different_routers_are_different_routes() -> None:
    app = FastAPI()
    for prefix in ("/users", "/orders", "/v1/users"):
        app.include_router(included("/{key}", prefix))
    assert await counted(app, "GET /users/7", "GET /orders/7", "GET /v1/users/7") == {
        "GET /users/7": "/users/{key}",
        "GET /orders/7": "/orders/{key}",
        "GET /v1/users/7": "/v1/users/{key}",
    }


async def test_a_router_of_a_router_added_after_requests_were_served_is_named() -> None:
    app, middle = FastAPI(), APIRouter(prefix="/v1")
    app.include_router(included("/{key}", "/early"))
    observability = quiet().instrument(app)
    async with client(app) as caller:
        await caller.get("/early/7")
        middle.include_router(included("/{key}", "/late"))
        app.include_router(middle, prefix="/api")
        app.mount("/mounted", Starlette(routes=[answering("/{key}")]))
        for path in ("/early/8", "/api/v1/late/7", "/mounted/7"):
            assert (await caller.get(path)).status_code == 200
    assert exposed(observability).values_of(HTTP_REQUESTS, ROUTE) == {
        "/early/{key}",
        "/api/v1/late/{key}",
        "/mounted/{key}",
    }


async def test_one_endpoint_under_several_templates_is_told_apart_by_the_path_and_its_convertors() -> None:
    app = Starlette(
        routes=[
            Route("/by/{number:int}", endpoint),
            Route("/by/{name}", endpoint),
            Route("/{rest:path}/raw", endpoint),
            Mount("/m", routes=[Route("/by/{key:uuid}", endpoint)]),
        ]
    )
    key = "a7b9fc0e-3c67-4b1e-8d51-0c6f5b1a2d3e"
    assert await counted(app, "GET /by/7", "GET /by/anna", "GET /a/b/raw", f"GET /m/by/{key}") == {
        "GET /by/7": "/by/{number}",
        "GET /by/anna": "/by/{name}",
        "GET /a/b/raw": "/{rest}/raw",
        f"GET /m/by/{key}": "/m/by/{key}",
    }


@pytest.mark.filterwarnings("ignore:The `root_path` parameter is deprecated")
async def test_the_root_path_given_as_an_argument_is_no_part_of_the_template() -> None:
    app, mounted = FastAPI(root_path="/api/v1"), FastAPI()
    app.include_router(included("/{key}", "/users"))
    mounted.include_router(included("/{key}", "/orders"))
    app.mount("/sub", mounted)
    # A proxy may have taken the prefix away, or may have left it; Starlette's mounts need it.
    assert await counted(app, "GET /users/7", "GET /api/v1/users/7", "GET /docs", "GET /api/v1/sub/orders/7") == {
        "GET /users/7": "/users/{key}",
        "GET /api/v1/users/7": "/users/{key}",
        "GET /docs": "/docs",
        "GET /api/v1/sub/orders/7": "/sub/orders/{key}",
    }


@pytest.mark.parametrize("kind", [FastAPI, Starlette])
async def test_a_function_as_middleware_hides_no_template(kind: type) -> None:
    async def pass_on(request: Request, call_next: RequestResponseEndpoint) -> Response:
        return await call_next(request)

    app = kind(middleware=[Middleware(BaseHTTPMiddleware, dispatch=pass_on)] * 2)
    app.router.routes.append(answering("/users/{key}"))
    app.mount("/m/{tenant}", Starlette(routes=[answering("/{key}")]))
    if isinstance(app, FastAPI):
        app.include_router(included("/{key}", "/orders"))
        assert await counted(app, "GET /orders/7") == {"GET /orders/7": "/orders/{key}"}
    assert await counted(app, "GET /users/7", "GET /m/acme/7") == {
        "GET /users/7": "/users/{key}",
        "GET /m/acme/7": "/m/{tenant}/{key}",
    }


async def test_middlewares_of_a_route_a_mount_and_a_router_hide_no_template() -> None:
    class Copying:
        def __init__(self, app: App) -> None:
            self._app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await self._app({**scope}, receive, send)

    copying = [Middleware(Copying)]
    app = Starlette(
        middleware=copying,
        routes=[
            answering("/route/{key}", middleware=copying),
            Mount("/mount/{tenant}", routes=[answering("/{key}")], middleware=copying),
        ],
    )
    assert await counted(app, "GET /route/7", "GET /mount/acme/7") == {
        "GET /route/7": "/route/{key}",
        "GET /mount/acme/7": "/mount/{tenant}/{key}",
    }


async def test_verbs_a_route_answers_without_declaring_them_keep_its_template() -> None:
    app, fast = Starlette(routes=[answering("/{key}")]), FastAPI()
    fast.include_router(included("/{key}", "/users"))
    assert await counted(app, "HEAD /7", "DELETE /7", "MADEUP /7") == dict.fromkeys(
        ("HEAD /7", "DELETE /7", "MADEUP /7"), "/{key}"
    )
    assert await counted(fast, "POST /users/7", "OPTIONS /users/7") == dict.fromkeys(
        ("POST /users/7", "OPTIONS /users/7"), "/users/{key}"
    )


async def test_slash_redirects_and_preflights_never_show_a_path() -> None:
    app, mounted = FastAPI(), FastAPI()
    mounted.include_router(included("/{key}", "/users"))
    app.include_router(included("/{key}/", "/orders"))
    app.mount("/sub", mounted)
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"])
    preflight = {"origin": "https://else.where", "access-control-request-method": "GET"}
    assert await counted(app, "GET /orders/7", "GET /orders/8") == dict.fromkeys(
        ("GET /orders/7", "GET /orders/8"), UNMATCHED_ROUTE
    )
    assert await counted(app, "OPTIONS /orders/7/", headers=preflight) == {"OPTIONS /orders/7/": UNMATCHED_ROUTE}
    # Within a mount, what its routes do not answer is the mount's.
    asked = ("GET /sub/users/7/", "GET /sub/users/8/", "GET /sub/nowhere", "GET /sub")
    assert set((await counted(app, *asked)).values()) <= {"/sub/{path}", UNMATCHED_ROUTE}


async def test_an_application_that_shows_no_routes_is_named_by_its_mount() -> None:
    async def opaque(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("ok")(scope, receive, send)

    app = FastAPI()
    app.mount("/files/{tenant}", opaque)
    assert await counted(app, "GET /files/acme/a/b", "GET /files/other/") == dict.fromkeys(
        ("GET /files/acme/a/b", "GET /files/other/"), "/files/{tenant}/{path}"
    )


async def test_routes_hidden_in_opaque_applications_carry_their_mounts_template() -> None:
    def opaque() -> App:
        hidden = Router([answering("/{key}")])

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            await hidden(scope, receive, send)

        return application

    app = Starlette(routes=[Mount("/a", opaque()), Mount("/b/{tenant}", opaque())])
    inner = "{key}" if STARLETTE_NOTES_ROUTES else "{path}"
    assert await counted(app, "GET /a/7", "GET /b/acme/7") == {
        "GET /a/7": f"/a/{inner}",
        "GET /b/acme/7": f"/b/{{tenant}}/{inner}",
    }


async def test_files_that_are_there_and_files_that_are_not_share_a_route(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("page")
    app = FastAPI()
    app.mount("/static", StaticFiles(directory=tmp_path, html=True), name="static")
    app.mount("/", StaticFiles(directory=tmp_path))
    assert await counted(app, "GET /static/page.html", "GET /static/../static/no", "GET /page.html", "GET /no/7") == {
        "GET /static/page.html": "/static/{path}",
        "GET /static/../static/no": "/static/{path}",
        "GET /page.html": "/{path}",
        "GET /no/7": "/{path}",
    }


async def test_an_answer_of_a_middleware_before_the_router_is_unmatched() -> None:
    class Refusing:
        def __init__(self, app: App) -> None:
            self._app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await PlainTextResponse("no", 401)(scope, receive, send)

    app = Starlette(routes=[answering("/users/{key}")], middleware=[Middleware(Refusing)])
    observability = quiet().instrument(app)
    async with client(app) as caller:
        for key in range(3):
            await caller.get(f"/users/{key}")
    assert exposed(observability).value(HTTP_REQUESTS, {ROUTE: UNMATCHED_ROUTE, STATUS: 401}) == 3
