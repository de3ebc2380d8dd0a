"""Whatever transports a client has, what they send is counted once."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from tests.plugins.application import exposed, quiet
from tests.plugins.far_shop import SHOP, Both, attempts, far_shop, mocked, ok, plain, requests, watched
from watchbill.catalogue.outbound import CLIENT_REQUESTS, UNDECLARED, UPSTREAM


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """A real server's address."""
    with far_shop() as address:
        yield address


class Retrying(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Tries three times, with another transport."""

    def __init__(self, inner: httpx.MockTransport) -> None:
        self.inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(2):
            answer = self.inner.handle_request(request)
            if answer.status_code < 500:
                return answer
            answer.close()
        return self.inner.handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(2):
            answer = await self.inner.handle_async_request(request)
            if answer.status_code < 500:
                return answer
            await answer.aclose()
        return await self.inner.handle_async_request(request)


def failing_twice() -> httpx.MockTransport:
    """503, 503, 200."""
    statuses = iter([503, 503, 200])
    return httpx.MockTransport(lambda _: httpx.Response(next(statuses), stream=httpx.ByteStream(b"")))


def test_each_try_of_a_transport_that_retries_is_a_call_and_an_attempt() -> None:
    with httpx.Client(transport=Retrying(failing_twice())) as client:
        observability = watched(client)
        assert client.get(SHOP).status_code == 200

    assert requests(observability) == {"503": 2, "200": 1}
    assert attempts(observability) == (1, 3)


async def test_so_is_each_asynchronous_try() -> None:
    async with httpx.AsyncClient(transport=Retrying(failing_twice())) as client:
        observability = watched(client)
        assert (await client.get(SHOP)).status_code == 200

    assert requests(observability) == {"503": 2, "200": 1}
    assert attempts(observability) == (1, 3)


def test_mounted_transports_are_watched_also_those_mounted_later() -> None:
    with mocked(mounts={"http://a.test": httpx.MockTransport(ok)}) as client:
        observability = watched(client, {"a.test": "a", "b.test": "b"})
        mounts = vars(client)["_mounts"]
        mounts[next(iter(mounts))] = httpx.MockTransport(ok)
        client.get("http://a.test/")
        client.get("http://b.test/")
        client.get("http://c.test/")

    scrape = exposed(observability)
    found = {one: scrape.value(CLIENT_REQUESTS, {UPSTREAM: one}) for one in ("a", "b", UNDECLARED)}
    assert found == {"a": 1, "b": 1, UNDECLARED: 1}


def test_a_call_through_a_proxy_goes_by_the_address_that_is_called(shop: str) -> None:
    with httpx.Client(proxy=shop) as client:
        observability = watched(client, {"far.test": "shop"})
        answer = client.get("http://far.test/plain")

    # Servers read a proxy's form of an address differently; that it came here is enough.
    assert requests(observability) == {str(answer.status_code): 1}


def wsgi(_environ: Any, start: Any) -> list[bytes]:
    """An application of the old kind."""
    start("200 OK", [])
    return [b"aye"]


async def test_transports_to_applications_are_watched() -> None:
    observability = quiet()
    with httpx.Client(transport=httpx.WSGITransport(wsgi)) as old:
        observability.httpx(old, upstreams="shop")
        assert (await asyncio.to_thread(old.get, SHOP)).text == "aye"
    app = Starlette(routes=[Route("/plain", plain)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as new:
        observability.httpx(new, upstreams="shop")
        assert (await new.get(f"{SHOP}/plain")).text == "/plain"

    assert requests(observability) == {"200": 2}


def teapot(*_: object) -> httpx.Response:
    """Another answer."""
    return httpx.Response(418)


async def test_a_transport_that_calls_itself_counts_once() -> None:
    async with httpx.AsyncClient(transport=Both()) as client:
        observability = watched(client)
        assert (await client.get(SHOP)).text == "aye"

    assert requests(observability) == {"200": 1}


def test_beneath_another_library_s_layer_it_goes_transparent() -> None:
    client = mocked()
    observability = watched(client)
    client.get("/")
    transport = vars(client)["_transport"]
    ours = transport.handle_request

    def theirs(request: httpx.Request) -> httpx.Response:
        answer: httpx.Response = ours(request)
        return answer

    transport.handle_request = theirs
    client.get("/")
    observability.uninstrument(client)
    client.get("/")

    assert requests(observability) == {"200": 2}
    observability.httpx(client, upstreams="shop")
    assert client.get("/").text == "aye"
    assert requests(observability) == {"200": 3}


def test_a_method_that_a_test_replaces_on_the_class_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    with httpx.Client(transport=Both()) as client:
        observability = watched(client)
        client.get(SHOP)
        monkeypatch.setattr(Both, "handle_request", teapot)

        assert client.get(SHOP).status_code == 418
    assert requests(observability) == {"200": 1, "418": 1}


def test_first_calls_of_many_threads_count_once_each() -> None:
    for _ in range(20):
        client, together = mocked(), Barrier(8)
        observability = watched(client)

        def call(client: httpx.Client = client, together: Barrier = together) -> None:
            together.wait()
            client.get("/")

        with ThreadPoolExecutor(8) as pool:
            for one in [pool.submit(call) for _ in range(8)]:
                one.result()
        assert requests(observability) == {"200": 8}
