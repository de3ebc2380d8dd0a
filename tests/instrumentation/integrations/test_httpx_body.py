"""A call lasts until the body of its answer has ended, one way or another."""

import gc
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.plugins.application import exposed, quiet
from tests.plugins.far_shop import failures, far_shop, mocked, requests, running, timeouts, watched
from watchbill.catalogue.outbound import CLIENT_DURATION


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """A real server's address."""
    with far_shop() as address:
        yield address


def test_a_streamed_answer_is_in_progress_until_it_is_read(shop: str) -> None:
    with httpx.Client() as client:
        observability = watched(client)
        with client.stream("GET", f"{shop}/plain") as answer:
            assert running(observability) == 1
            assert exposed(observability).count(CLIENT_DURATION) == 0
            assert b"".join(answer.iter_raw()) == b"/plain"
            assert running(observability) == 0

    assert exposed(observability).count(CLIENT_DURATION) == 1


async def test_a_streamed_answer_that_is_closed_unread_has_ended(shop: str) -> None:
    async with httpx.AsyncClient() as client:
        observability = watched(client)
        async with client.stream("GET", f"{shop}/dripping") as answer:
            parts = answer.aiter_raw()
            assert await anext(parts) == b"one"
            assert running(observability) == 1

        assert running(observability) == 0
        assert failures(observability) == {}
        assert exposed(observability).count(CLIENT_DURATION) == 1


def test_an_answer_that_is_dropped_unread_has_ended_at_the_next_scrape() -> None:
    client = mocked()
    observability = watched(client)
    answer: Any = client.send(client.build_request("GET", "/"), stream=True)
    assert running(observability) == 1

    del answer
    gc.collect()

    assert running(observability) == 0
    assert exposed(observability).count(CLIENT_DURATION) == 1
    client.close()


def test_an_answer_that_is_dropped_together_with_its_client_has_ended() -> None:
    observability = quiet()

    def ask() -> None:
        client = mocked()
        observability.httpx(client, upstreams="shop")
        client.send(client.build_request("GET", "/"), stream=True)

    ask()
    gc.collect()

    assert running(observability) == 0
    assert exposed(observability).count(CLIENT_DURATION) == 1


def test_an_answer_that_is_dropped_after_its_client_was_uninstrumented_has_ended() -> None:
    client = mocked()
    observability = watched(client)
    answer: Any = client.send(client.build_request("GET", "/"), stream=True)
    observability.uninstrument(client)
    del answer
    gc.collect()

    assert running(observability) == 0
    client.close()


def test_a_body_that_breaks_off_is_an_error_after_an_answer(shop: str) -> None:
    with httpx.Client() as client:
        observability = watched(client)
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(f"{shop}/broken")

    assert requests(observability) == {"200": 1}
    assert failures(observability) == {"httpx.RemoteProtocolError": 1}
    assert running(observability) == 0


async def test_a_body_that_takes_too_long_is_a_timeout_of_its_call(shop: str) -> None:
    async with httpx.AsyncClient(timeout=httpx.Timeout(5, read=0.1)) as client:
        observability = watched(client)
        with pytest.raises(httpx.ReadTimeout):
            await client.get(f"{shop}/dripping")

    assert timeouts(observability) == {"read": 1}
    assert requests(observability) == {"200": 1}


def test_what_is_uninstrumented_amid_an_answer_still_ends() -> None:
    client = mocked()
    observability = watched(client)
    with client.stream("GET", "/") as answer:
        observability.uninstrument(client)
        assert answer.read() == b"aye"

    assert running(observability) == 0
