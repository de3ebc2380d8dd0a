"""A token bucket gives so many a second, and a burst."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from watchbill.queues.token_bucket import TokenBucket


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_begins_full_and_refills_at_its_rate() -> None:
    clock = Clock()
    bucket = TokenBucket(10.0, 3, clock)

    first = [bucket.take() for _ in range(4)]
    clock.now += 0.1
    second = [bucket.take() for _ in range(2)]
    clock.now += 3600.0

    assert first == [True, True, True, False]
    assert second == [True, False]
    assert bucket.tokens == 3


def test_threads_get_no_more_than_there_is() -> None:
    bucket = TokenBucket(1e-6, 1000)

    with ThreadPoolExecutor(8) as pool:
        takings = [pool.submit(bucket.take) for _ in range(4000)]
        taken = sum(taking.result() for taking in takings)

    assert taken == 1000


async def test_those_who_wait_get_their_tokens_in_turn_and_not_sooner() -> None:
    bucket = TokenBucket(100.0, 1)
    began = time.monotonic()

    got = await asyncio.gather(*(bucket.wait() for _ in range(6)))

    assert got == [True] * 6
    assert time.monotonic() - began >= 0.05


async def test_who_waits_in_vain_is_told_at_once_and_takes_nothing() -> None:
    clock = Clock()
    bucket = TokenBucket(1.0, 1, clock)
    bucket.take()

    assert await bucket.wait(0.5) is False
    clock.now += 1.0
    assert bucket.take()


async def test_who_is_cancelled_gives_the_token_back() -> None:
    clock = Clock()
    bucket = TokenBucket(1.0, 1, clock)
    bucket.take()
    waiting = asyncio.create_task(bucket.wait())
    await asyncio.sleep(0)

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    clock.now += 1.0

    assert bucket.take()
