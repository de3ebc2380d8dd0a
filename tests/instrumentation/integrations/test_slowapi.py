"""slowapi's decisions are counted, and nothing about them changes."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from slowapi import Limiter, _rate_limit_exceeded_handler
from slowapi.errors import RateLimitExceeded
from slowapi.middleware import SlowAPIASGIMiddleware, SlowAPIMiddleware
from slowapi.util import get_remote_address

from tests.plugins.application import client, exposed, quiet
from tests.plugins.redis_server import RedisServer
from watchbill import InvalidDeclaration, Observability, Switches
from watchbill.catalogue.rate_limit import LIMIT, OUTCOME, RATE_LIMIT_DECISIONS, SCOPE

HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after")
MINUTE = "2 per 1 minute"


def by_account(request: Request) -> str:
    """What a limit counts by."""
    return request.headers.get("x-account", "nobody")


async def later(request: Request, response: Response) -> str:
    """A coroutine."""
    response.headers["x-asked-by"] = request.method
    return "aye"


def now(request: Request, response: Response) -> str:
    """A function."""
    response.headers["x-asked-by"] = request.method
    return "aye"


async def plain(request: Request) -> str:
    """No limit of its own."""
    return request.method


async def free(request: Request) -> str:
    """No limit at all."""
    return request.method


def limited(limiter: Any, *middlewares: Any) -> FastAPI:
    """An application with one route of each kind."""
    app = FastAPI()
    app.state.limiter = limiter
    handler: Any = _rate_limit_exceeded_handler
    app.add_exception_handler(RateLimitExceeded, handler)
    for middleware in middlewares:
        app.add_middleware(middleware)
    app.get("/later")(limiter.limit("2/minute")(later))
    app.get("/now")(limiter.limit("2/minute;5/hour", key_func=by_account)(now))
    app.get("/undecorated")(plain)
    app.get("/free")(limiter.exempt(free))
    return app


def held(limiter: Any) -> tuple[dict[str, object], dict[str, object]]:
    """The attributes of a limiter and of its strategy."""
    return dict(limiter.__dict__), dict(limiter._limiter.__dict__)


async def answers(app: Any, path: str, times: int) -> list[httpx.Response]:
    """So many answers."""
    async with client(app) as calls:
        return [await calls.get(path) for _ in range(times)]


def decisions(observability: Observability, **labels: str) -> dict[str, float]:
    """How many decisions had which outcome."""
    selected = {label: labels[label.name] for label in (LIMIT, SCOPE) if label.name in labels}
    scrape = exposed(observability)
    found = {one: scrape.value(RATE_LIMIT_DECISIONS, {**selected, OUTCOME: one}) for one in OUTCOME.values}
    return {outcome: count for outcome, count in found.items() if count}


async def test_a_decorated_route_counts_what_passes_and_what_does_not() -> None:
    limiter = Limiter(get_remote_address)
    app, observability = limited(limiter), quiet()
    observability.instrument(app).slowapi(limiter)

    statuses = [answer.status_code for answer in await answers(app, "/later", 5)]

    assert statuses == [200, 200, 429, 429, 429]
    assert decisions(observability, limit=MINUTE, scope="ip") == {"allowed": 2, "limited": 3}


async def test_each_limit_of_a_route_is_told_apart_and_named_after_its_key_function() -> None:
    limiter = Limiter(get_remote_address)
    app, observability = limited(limiter), quiet()
    observability.slowapi(limiter)

    await answers(app, "/now", 3)

    assert decisions(observability, limit=MINUTE, scope="by_account") == {"allowed": 2, "limited": 1}
    assert decisions(observability, limit="5 per 1 hour", scope="by_account") == {"allowed": 2}


async def test_a_declared_scope_takes_the_place_of_the_key_functions_name() -> None:
    limiter = Limiter(get_remote_address)
    app, observability = limited(limiter), quiet()
    observability.slowapi(limiter, scopes={by_account: "user"})

    await answers(app, "/now", 1)

    assert exposed(observability).values_of(RATE_LIMIT_DECISIONS, SCOPE) == {"user"}


@pytest.mark.parametrize("middleware", [SlowAPIMiddleware, SlowAPIASGIMiddleware])
async def test_default_limits_in_the_middlewares_are_counted(middleware: Any) -> None:
    limiter = Limiter(get_remote_address, default_limits=["3/minute"])
    app, observability = limited(limiter, middleware), quiet()
    observability.instrument(app).slowapi(limiter)

    statuses = [answer.status_code for answer in await answers(app, "/undecorated", 4)]
    await answers(app, "/free", 4)

    assert statuses == [200, 200, 200, 429]
    assert decisions(observability, limit="3 per 1 minute", scope="ip") == {"allowed": 3, "limited": 1}
    assert exposed(observability).values_of(RATE_LIMIT_DECISIONS, LIMIT) == {"3 per 1 minute"}


async def test_a_limiter_in_redis_is_counted_and_its_outage_is_an_error(redis_server: RedisServer) -> None:
    uri = f"redis://:{redis_server.password}@127.0.0.1:{redis_server.port}"
    limiter = Limiter(get_remote_address, storage_uri=uri, strategy="moving-window", swallow_errors=True)
    app, observability = limited(limiter), quiet()
    observability.slowapi(limiter)

    statuses = [answer.status_code for answer in await answers(app, "/later", 3)]
    redis_server.stop()
    await answers(app, "/later", 1)

    assert statuses == [200, 200, 429]
    assert decisions(observability, limit=MINUTE, scope="ip") == {"allowed": 2, "limited": 1, "error": 1}


@pytest.mark.filterwarnings("ignore:The 'warn' method:DeprecationWarning")  # slowapi before 0.1.10
async def test_decisions_of_the_fallback_in_memory_are_counted(redis_server: RedisServer) -> None:
    uri = f"redis://:{redis_server.password}@127.0.0.1:{redis_server.port}"
    limiter = Limiter(get_remote_address, storage_uri=uri, in_memory_fallback=["1/minute"])
    app, observability = limited(limiter), quiet()
    observability.slowapi(limiter)
    redis_server.stop()

    statuses = [answer.status_code for answer in await answers(app, "/later", 3)]

    assert statuses == [200, 429, 429]
    assert decisions(observability, limit="1 per 1 minute") == {"allowed": 1, "limited": 2}
    assert decisions(observability, limit=MINUTE) == {"error": 1}


@pytest.mark.parametrize("path", ["/later", "/now", "/undecorated", "/free"])
async def test_headers_statuses_and_bodies_stay_as_they_are(path: str) -> None:
    seen: list[list[tuple[Any, ...]]] = []
    for counts in (False, True):
        limiter = Limiter(get_remote_address, default_limits=["2/minute"], headers_enabled=True)
        app = limited(limiter, SlowAPIMiddleware)
        if counts:
            quiet().slowapi(limiter)
        seen.append(
            [
                (answer.status_code, answer.text, [name in answer.headers for name in HEADERS], *_counted(answer))
                for answer in await answers(app, path, 3)
            ]
        )

    assert seen[0] == seen[1]


def _counted(answer: httpx.Response) -> tuple[str, ...]:
    return tuple(answer.headers.get(name, "") for name in HEADERS[:2])


async def test_a_users_error_in_a_key_function_passes_through() -> None:
    def broken(request: Request) -> str:
        raise LookupError(f"no key for {request.method}")

    limiter = Limiter(broken)
    app, observability = limited(limiter), quiet()
    observability.slowapi(limiter)

    with pytest.raises(LookupError, match="no key for GET"):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as calls:
            await calls.get("/later")

    assert decisions(observability) == {}


async def test_uninstrument_takes_the_counting_out() -> None:
    limiter: Any = Limiter(get_remote_address, in_memory_fallback=["1/minute"])
    app, observability = limited(limiter), quiet()
    before = held(limiter)

    observability.slowapi(limiter)
    await answers(app, "/later", 1)
    observability.uninstrument(limiter)
    await answers(app, "/later", 1)

    assert held(limiter) == before
    assert decisions(observability) == {"allowed": 1}


async def test_twice_is_once_and_a_second_observability_leaves_it_to_the_first() -> None:
    limiter = Limiter(get_remote_address)
    app, first, second = limited(limiter), quiet(), quiet()
    first.slowapi(limiter).slowapi(limiter)
    second.slowapi(limiter)

    await answers(app, "/later", 1)

    assert decisions(first) == {"allowed": 1}
    assert decisions(second) == {}
    assert first.report()["rate limits of slowapi"].state == "on"
    assert second.report()["rate limits of slowapi"].state == "off"

    second.slowapi(Limiter(get_remote_address))
    states = [one.state for one in second.report().entries if one.subject == "rate limits of slowapi"]
    assert states == ["on", "off"]


async def test_limits_that_code_makes_up_are_folded_beyond_their_number() -> None:
    numbers = iter(range(1_000, 2_000))
    limiter: Any = Limiter(get_remote_address)
    app, observability = FastAPI(), quiet()
    app.state.limiter = limiter
    app.get("/made-up")(limiter.limit(lambda: f"{next(numbers)}/minute")(plain))

    observability.slowapi(limiter)
    await answers(app, "/made-up", LIMIT.limit + 10)

    assert len(exposed(observability).values_of(RATE_LIMIT_DECISIONS, LIMIT)) == LIMIT.limit
    assert decisions(observability) == {"allowed": LIMIT.limit + 10}


@pytest.mark.parametrize(
    ("scopes", "message"),
    [({}, "object is no slowapi Limiter"), ({"user": by_account}, "give a key function and text")],
)
def test_what_is_no_limiter_or_scope_is_one_clear_error(scopes: Any, message: str) -> None:
    with pytest.raises(InvalidDeclaration, match=message):
        quiet().slowapi(object(), scopes=scopes)


@pytest.mark.parametrize("switches", [Switches(metrics=False), Switches(monitoring=False)])
async def test_switched_off_it_leaves_the_limiter_alone(switches: Switches) -> None:
    limiter = Limiter(get_remote_address)
    before = dict(vars(limiter))
    quiet(switches=switches).slowapi(limiter)

    assert dict(vars(limiter)) == before
