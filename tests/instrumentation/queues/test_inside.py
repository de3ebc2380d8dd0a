"""A wrapped queue object behaves as before, and its messages are known."""

import asyncio
import queue as threads
from pathlib import Path
from typing import Any

import pytest

from tests.instrumentation.queues.test_queue import messages
from tests.plugins.application import exposed, quiet, until
from tests.plugins.forked import forked
from watchbill import InvalidDeclaration
from watchbill.catalogue.queue import (
    PRIORITY,
    PUBLISHED,
    QUEUE_DEPTH,
    QUEUE_OLDEST,
    QUEUE_WAIT,
    STARTED,
    SUCCEEDED,
    TASK,
)
from watchbill.queues import poller

KINDS: list[Any] = [
    asyncio.Queue,
    asyncio.PriorityQueue,
    asyncio.LifoQueue,
    threads.Queue,
    threads.PriorityQueue,
    threads.LifoQueue,
]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_put_in_comes_out_in_the_same_order(kind: Any) -> None:
    bare, wrapped = kind(), quiet().queue("reviews").wrap(kind())

    for one in (bare, wrapped):
        for item in (3, 1, 2, 1):
            one.put_nowait(item)

    assert type(wrapped) is kind
    assert list(wrapped.queue if hasattr(wrapped, "queue") else wrapped._queue) == list(
        bare.queue if hasattr(bare, "queue") else bare._queue
    )
    assert [wrapped.get_nowait() for _ in range(4)] == [bare.get_nowait() for _ in range(4)]
    assert wrapped.empty()


async def test_a_full_queue_counts_only_what_it_took() -> None:
    observability = quiet()
    inside = observability.queue("reviews").wrap(asyncio.Queue[int](1))
    inside.put_nowait(1)

    with pytest.raises(asyncio.QueueFull):
        inside.put_nowait(2)

    assert messages(observability) == {PUBLISHED: 1}
    assert exposed(observability).value(QUEUE_DEPTH) == 1


async def test_an_item_is_known_when_it_is_processed() -> None:
    observability = quiet()
    queue = observability.queue("reviews", priorities=("high", "low"))
    inside = queue.wrap(asyncio.PriorityQueue[tuple[int, str]](), task=lambda item: item[1], priority="high")

    await inside.put((2, "lint"))
    await inside.put((1, "analyse"))
    # In Python 3.11 this takes the item in a task of its own.
    item = await asyncio.wait_for(inside.get(), 5)
    async with queue.process(item) as job:
        assert (job.task, job.priority) == ("analyse", "high")

    found = exposed(observability)
    assert messages(observability, task="analyse") == {PUBLISHED: 1, STARTED: 1, SUCCEEDED: 1}
    assert messages(observability, task="lint") == {PUBLISHED: 1}
    assert found.count(QUEUE_WAIT, {TASK: "analyse"}) == 1
    assert found.value(QUEUE_DEPTH, {PRIORITY: "high"}) == 1


async def test_an_item_that_is_a_mapping_is_not_taken_for_headers() -> None:
    observability = quiet()
    queue = observability.queue("reviews")
    inside = queue.wrap(asyncio.Queue[dict[str, str]](), task="analyse")

    await inside.put({"watchbill-task": "forged"})
    with queue.process(await inside.get()) as job:
        assert job.task == "analyse"


async def test_the_oldest_item_ages_and_an_empty_queue_has_none() -> None:
    observability = quiet()
    inside = observability.queue("reviews").wrap(asyncio.Queue[int]())
    await inside.put(1)
    await inside.put(2)

    first = exposed(observability).value(QUEUE_OLDEST)
    second = exposed(observability).value(QUEUE_OLDEST)
    await inside.get()
    await inside.get()

    assert 0 < first < second
    assert exposed(observability).value(QUEUE_OLDEST) == 0
    assert exposed(observability).series(QUEUE_OLDEST) == 1


def test_of_workers_that_share_their_numbers_the_oldest_item_of_all_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poller, "PERIOD_SECONDS", 0.02)

    def put() -> None:
        theirs = quiet(workers=tmp_path)
        theirs.queue("reviews").wrap(threads.Queue[int]()).put(1)
        until(lambda: exposed(theirs).value(QUEUE_OLDEST) > 0.1)

    with forked(put) as child:
        observability = quiet(workers=tmp_path)
        queue = observability.queue("reviews")
        inside = queue.wrap(threads.Queue[int]())
        first = exposed(observability).value(QUEUE_OLDEST)
        inside.put(1)

        assert first > 0.1
        until(lambda: exposed(observability).value(QUEUE_OLDEST) > first)
        child.end()
        assert exposed(observability).value(QUEUE_OLDEST) < first
        queue.close()


def test_a_forked_child_does_not_count_what_waits_in_its_parent(tmp_path: Path) -> None:
    observability = quiet(workers=tmp_path)
    queue = observability.queue("reviews")
    inside = queue.wrap(threads.Queue[int]())
    inside.put(1)
    exposed(observability)

    def take() -> None:
        assert inside.get_nowait() == 1
        inside.put(2)
        assert exposed(observability).value(QUEUE_DEPTH) == 2

    with forked(take):
        assert exposed(observability).value(QUEUE_DEPTH) == 2
        inside.get_nowait()
        assert exposed(observability).value(QUEUE_DEPTH) == 1
        queue.close()


async def test_what_waits_already_counts_as_waiting() -> None:
    observability = quiet()
    bare = asyncio.Queue[int]()
    bare.put_nowait(1)

    inside = observability.queue("reviews").wrap(bare)
    before = exposed(observability).value(QUEUE_DEPTH)
    inside.get_nowait()

    assert (before, exposed(observability).value(QUEUE_DEPTH)) == (1, 0)


async def test_wrapping_twice_counts_once_and_unwrapping_ends_it() -> None:
    observability = quiet()
    queue = observability.queue("reviews")
    bare = asyncio.Queue[int]()
    before = dict(vars(bare))

    assert queue.wrap(queue.wrap(bare)) is bare
    assert quiet().queue("other").wrap(bare) is bare
    bare.put_nowait(1)
    counted = messages(observability)
    bare.get_nowait()
    queue.unwrap(bare)

    assert counted == {PUBLISHED: 1}
    assert vars(bare).keys() == before.keys()
    assert exposed(observability).series(QUEUE_OLDEST) == 0


async def test_what_somebody_put_on_top_stays_and_counts_nothing_any_more() -> None:
    observability = quiet()
    queue = observability.queue("reviews")
    bare = queue.wrap(asyncio.Queue[int]())
    ours: Any = bare._put
    seen: list[int] = []

    def on_top(item: int) -> None:
        seen.append(item)
        ours(item)

    bare.__dict__["_put"] = on_top
    queue.unwrap(bare)
    bare.put_nowait(7)

    assert (seen, bare.get_nowait()) == ([7], 7)
    assert messages(observability) == {}


async def test_a_naming_function_that_fails_leaves_the_queue_as_it_is() -> None:
    observability = quiet()
    inside = observability.queue("reviews").wrap(asyncio.Queue[int](), task=lambda item: str(1 // item))

    inside.put_nowait(0)

    assert inside.get_nowait() == 0


def test_a_thing_that_is_no_queue_is_refused() -> None:
    queue = quiet().queue("reviews")

    with pytest.raises(InvalidDeclaration, match="list is no queue"):
        queue.wrap([])
    with pytest.raises(InvalidDeclaration, match="SimpleQueue is no queue"):
        queue.wrap(threads.SimpleQueue[int]())


def test_a_queue_whose_depth_is_read_elsewhere_is_not_wrapped() -> None:
    queue = quiet().queue("reviews", depth=lambda: {"high": 1})

    with pytest.raises(InvalidDeclaration, match="leave them out"):
        queue.wrap(asyncio.Queue[int]())
    queue.close()
