"""httpx's calls are counted, and nothing about them changes."""

import asyncio
import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.plugins.application import exposed, quiet
from tests.plugins.far_shop import (
    SHOP,
    Both,
    attempts,
    failures,
    far_shop,
    mocked,
    ok,
    requests,
    running,
    timeouts,
    watched,
)
from watchbill import InvalidDeclaration
from watchbill.catalogue.http import METHOD, OTHER_METHOD
from watchbill.catalogue.outbound import CLIENT_ATTEMPTS, CLIENT_DURATION, CLIENT_REQUESTS, UNDECLARED, UPSTREAM


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """A real server's address."""
    with far_shop() as address:
        yield address


HOOKED = ("send", "_transport_for_url", "handle_request", "handle_async_request")


def test_a_call_is_counted_by_upstream_method_and_status(shop: str) -> None:
    with httpx.Client() as client:
        observability = watched(client, {shop.removeprefix("http://"): "shop"})
        answer = client.get(f"{shop}/plain")
        client.post(f"{shop}/plain")
        client.get(f"{shop}/nowhere")

    assert (answer.text, answer.is_closed, answer.num_bytes_downloaded) == ("/plain", True, 6)
    assert answer.elapsed.total_seconds() > 0
    assert requests(observability) == {"200": 1, "405": 1, "404": 1}
    scrape = exposed(observability)
    assert scrape.value(CLIENT_REQUESTS, {METHOD: "POST"}) == 1
    assert scrape.count(CLIENT_DURATION, {UPSTREAM: "shop", METHOD: "GET"}) == 2
    assert running(observability) == 0
    assert attempts(observability) == (3, 3)


async def test_an_asynchronous_call_is_counted_alike(shop: str) -> None:
    async with httpx.AsyncClient() as client:
        observability = watched(client)
        answers = await asyncio.gather(*(client.get(f"{shop}/plain") for _ in range(5)))

    assert {answer.text for answer in answers} == {"/plain"}
    assert requests(observability) == {"200": 5}
    assert exposed(observability).count(CLIENT_DURATION, {METHOD: "GET"}) == 5
    assert attempts(observability) == (5, 5)
    assert running(observability) == 0


@pytest.mark.parametrize("follow", [True, False])
def test_a_redirect_is_a_call_and_no_attempt(shop: str, follow: bool) -> None:
    with httpx.Client(follow_redirects=follow) as client:
        observability = watched(client)
        answer = client.get(f"{shop}/moved")

    assert [one.status_code for one in (*answer.history, answer)] == ([307, 200] if follow else [307])
    assert requests(observability) == ({"307": 1, "200": 1} if follow else {"307": 1})
    assert attempts(observability) == (1, 1)


def test_an_answer_to_a_challenge_is_a_second_attempt() -> None:
    def guarded(request: httpx.Request) -> httpx.Response:
        if "authorization" in request.headers:
            return httpx.Response(200, text=request.headers["authorization"][:6])
        return httpx.Response(401, headers={"www-authenticate": 'Digest realm="a", nonce="b", qop="auth"'})

    with mocked(guarded, auth=httpx.DigestAuth("u", "secret")) as client:
        observability = watched(client)
        assert client.get("/").text == "Digest"

    assert requests(observability) == {"401": 1, "200": 1}
    assert attempts(observability) == (1, 2)


def test_event_hooks_see_the_application_s_own_request_and_answer() -> None:
    seen: list[Any] = []
    with mocked(event_hooks={"request": [seen.append], "response": [seen.append]}) as client:
        watched(client)
        request = client.build_request("GET", "/")
        answer = client.send(request)

    assert seen[0] is request
    assert seen[1] is answer
    assert answer.request is request
    assert answer.content == b"aye"


def test_what_is_raised_is_the_transport_s_own_exception() -> None:
    refused = httpx.ConnectError("no")

    def refuse(_request: httpx.Request) -> httpx.Response:
        raise refused

    with mocked(refuse) as client:
        observability = watched(client)
        with pytest.raises(httpx.ConnectError) as caught:
            client.get("/")

    assert caught.value is refused
    assert failures(observability) == {"httpx.ConnectError": 1}
    assert attempts(observability) == (1, 1)
    assert exposed(observability).count(CLIENT_DURATION) == 1


async def test_timeouts_are_counted_by_phase(shop: str) -> None:
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(timeout=httpx.Timeout(5, read=0.05, pool=0.02), limits=limits) as client:
        observability = watched(client)
        found = await asyncio.gather(client.get(f"{shop}/slow"), client.get(f"{shop}/slow"), return_exceptions=True)

    assert {type(one) for one in found} == {httpx.ReadTimeout, httpx.PoolTimeout}
    assert timeouts(observability) == {"read": 1, "pool": 1}
    assert running(observability) == 0


@pytest.mark.parametrize(
    ("error", "phase"),
    [
        (httpx.ConnectTimeout("late"), "connect"),
        (httpx.WriteTimeout("late"), "write"),
        (httpx.TimeoutException("late"), "other"),
        (TimeoutError("late"), "other"),
    ],
)
def test_a_timeout_of_a_transport_of_any_kind_has_its_phase(error: Exception, phase: str) -> None:
    def late(_request: httpx.Request) -> httpx.Response:
        raise error

    with mocked(late) as client:
        observability = watched(client)
        with pytest.raises(type(error)):
            client.get("/")

    assert timeouts(observability) == {phase: 1}


@pytest.mark.parametrize("path", ["/slow", "/dripping"])
async def test_a_cancelled_call_is_in_progress_no_more(shop: str, path: str) -> None:
    async with httpx.AsyncClient() as client:
        observability = watched(client)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await client.get(shop + path)

    assert running(observability) == 0
    assert failures(observability) == {"asyncio.exceptions.CancelledError": 1}


def test_a_made_up_method_is_other() -> None:
    with mocked() as client:
        observability = watched(client)
        for number in range(20):
            client.request(f"MADE{number}", "/")

    assert exposed(observability).value(CLIENT_REQUESTS, {METHOD: OTHER_METHOD}) == 20
    assert exposed(observability).count(CLIENT_DURATION, {METHOD: OTHER_METHOD}) == 20


def fail(*_: object) -> None:
    """A mistake of ours."""
    raise ZeroDivisionError


def test_all_clients_are_watched_also_those_made_before_and_the_functions() -> None:
    observability, other, client = quiet(), quiet(), mocked()
    observability.httpx(upstreams="shop")
    try:
        other.httpx()
        client.get("/")
        assert httpx.Client(transport=Both()).get(SHOP).text == "aye"
        with pytest.raises(httpx.UnsupportedProtocol):
            httpx.get("none://nowhere")
    finally:
        observability.uninstrument(httpx)
    client.get("/")

    assert requests(observability) == {"200": 2}
    assert failures(observability) == {"httpx.UnsupportedProtocol": 1}
    assert other.report()["httpx (all clients)"].reason == "instrumented by another Observability"
    assert not [name for name in HOOKED if hasattr(getattr(httpx.Client, name, None), "__wrapped__")]


@pytest.mark.parametrize("all_first", [True, False])
def test_a_client_keeps_its_own_name_where_all_are_watched_too(all_first: bool) -> None:
    observability, client = quiet(), mocked()
    verbs: list[Callable[[], object]] = [observability.httpx, lambda: observability.httpx(client, upstreams="shop")]
    for verb in verbs if all_first else reversed(verbs):
        verb()
        client.get("/")
    observability.uninstrument(httpx)
    client.get("/")
    observability.uninstrument(client)
    client.get("/")

    scrape = exposed(observability)
    assert scrape.value(CLIENT_REQUESTS, {UPSTREAM: "shop"}) == (2 if all_first else 3)
    assert scrape.value(CLIENT_REQUESTS, {UPSTREAM: UNDECLARED}) == (1 if all_first else 0)
    assert scrape.count(CLIENT_ATTEMPTS) == 3


def test_twice_is_once_and_the_end_leaves_nothing() -> None:
    transport = httpx.MockTransport(ok)
    client = httpx.Client(transport=transport)
    before = dict(vars(client)), dict(vars(transport))
    observability, other = watched(client), quiet()
    observability.httpx(client)
    other.httpx(client)
    client.get(SHOP)

    assert requests(observability) == {"200": 1}
    assert requests(other) == {}
    assert other.report()["httpx (Client)"].state == "off"
    observability.uninstrument(client)
    after = dict(vars(client)), dict(vars(transport))
    assert {**after[0], "_state": None} == {**before[0], "_state": None}
    assert after[1] == before[1]


def test_a_method_that_is_all_there_is_of_a_client_works() -> None:
    client = mocked()
    watched(client)
    send, request = client.send, client.build_request("GET", "/")
    del client
    gc.collect()

    assert send(request).text == "aye"


@pytest.mark.parametrize("one_by_one", [True, False])
def test_a_client_that_is_dropped_is_gone(one_by_one: bool) -> None:
    observability = quiet()
    if not one_by_one:
        observability.httpx()
    gone: list[weakref.ref[Any]] = []
    client: Any = None
    transport: Any = None
    try:
        for _ in range(5):
            transport = Both()
            client = httpx.Client(transport=transport)
            if one_by_one:
                observability.httpx(client)
            client.get(SHOP)
            gone += [weakref.ref(client), weakref.ref(transport)]
        del client, transport
        gc.collect()
    finally:
        observability.uninstrument(httpx)

    assert [one() for one in gone] == [None] * 10
    assert not [entry for entry in observability.report().entries if entry.subject.startswith("httpx")]


@pytest.mark.parametrize(
    ("client", "upstreams", "fault"),
    [
        ("nothing", {}, "str is no httpx Client or AsyncClient"),
        (None, 3, "upstreams is int"),
        (None, {"": "a"}, "give a host or an address, and a name"),
        (None, {"u:topsecret@a.test": "a"}, "has no host, or a user"),
        (None, {"a.test": "a", "http://": "b", "b.test?x=1": "c"}, "'b' has no host.*'c' has no host"),
    ],
)
def test_a_mistake_is_one_clear_error(client: Any, upstreams: Any, fault: str) -> None:
    with pytest.raises(InvalidDeclaration, match=fault) as caught:
        quiet().httpx(client, upstreams=upstreams)

    assert "topsecret" not in str(caught.value)


def test_errors_of_ours_reach_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with mocked() as client:
        observability = watched(client)
        monkeypatch.setattr("watchbill.outbound.call.Call.__init__", fail)
        assert client.get("/").text == "aye"
        monkeypatch.undo()
        monkeypatch.setattr("watchbill.outbound.series.Row.answered", fail)
        assert client.get("/").text == "aye"

    assert running(observability) == 0
