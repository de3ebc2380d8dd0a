"""Collectors with a clock of their own: read beside the probes, kept, and shown with their age."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import pytest

from tests.exporters.clockwork import QUICK, SLOW, Clockwork, scraped, scraped_until
from tests.plugins.exposition import value
from watchbill.catalogue.redis_server.probe import (
    REDIS_COLLECTOR_AGE,
    REDIS_COLLECTOR_DROPPED,
    REDIS_COLLECTOR_DURATION,
    REDIS_COLLECTOR_SUCCESS,
    REDIS_SCRAPE_ERROR,
    REDIS_UP,
)
from watchbill_exporters.slots import Slots
from watchbill_exporters.target import Target

NEVER = 3600.0


@asynccontextmanager
async def running(work: Clockwork, slots: Slots | None = None) -> AsyncGenerator[Target]:
    """The target, closed at the end."""
    target = work.target(slots)
    try:
        yield target
    finally:
        await target.close()
    assert work.open == 0


def shows(reading: float) -> Callable[[str], bool]:
    """Whether an exposition has this reading of the slow collector."""
    return lambda text: value(text, SLOW) == reading


async def test_the_first_probe_waits_for_a_slow_collector() -> None:
    async with running(Clockwork({"sizes": NEVER}, pause=0.1)) as target:
        text = await scraped(target)
    assert value(text, SLOW) == 1
    assert value(text, REDIS_COLLECTOR_SUCCESS, "sizes") == 1


async def test_a_collector_that_takes_longer_than_the_probe_is_shown_once_it_is_read() -> None:
    async with running(Clockwork({"sizes": NEVER}, pause=0.3)) as target:
        first = await scraped(target, budget=0.1)
        later = await scraped_until(target, shows(1))
    assert value(first, REDIS_UP) == 1
    assert value(first, QUICK) == 1
    assert value(first, SLOW) is None
    assert value(first, REDIS_COLLECTOR_SUCCESS, "sizes") == 0
    assert value(first, REDIS_COLLECTOR_AGE, "sizes") is None
    assert value(first, REDIS_COLLECTOR_DURATION, "sizes") is None
    assert value(first, REDIS_SCRAPE_ERROR) == 0
    assert value(later, REDIS_COLLECTOR_SUCCESS, "sizes") == 1


async def test_only_the_first_probe_waits() -> None:
    async with running(Clockwork({"sizes": NEVER}, pause=NEVER)) as target:
        await scraped(target, budget=0.05)
        text = await asyncio.wait_for(scraped(target, budget=30), 5)
    assert value(text, QUICK) == 1
    assert value(text, REDIS_COLLECTOR_SUCCESS, "sizes") == 0


async def test_a_result_is_kept_for_its_interval_and_tells_its_age() -> None:
    work = Clockwork({"sizes": NEVER})
    async with running(work) as target:
        ages = [value(await scraped(target), REDIS_COLLECTOR_AGE, "sizes") or 0.0 for _ in range(3)]
    assert ages == sorted(ages)
    assert ages[0] < ages[2] < 1
    assert work.readings == 1


async def test_a_collector_that_is_due_is_read_beside_the_probe_that_shows_what_is_kept() -> None:
    work = Clockwork({"sizes": 0.2})
    async with running(work) as target:
        await scraped(target)
        work.pause = 0.15
        text = await scraped_until(target, lambda _: work.begun == 2)
        assert value(text, SLOW) == 1
        await scraped_until(target, shows(2))
    assert work.most_open == 2


async def test_two_probes_at_once_show_the_same() -> None:
    async with running(Clockwork({"sizes": NEVER}, pause=0.1)) as target:
        assert len(set(await asyncio.gather(scraped(target), scraped(target)))) == 1


async def test_an_impatient_probe_gets_what_is_there_while_a_patient_one_waits() -> None:
    work = Clockwork({"sizes": NEVER}, pause=0.4)
    async with running(work) as target:
        patient = asyncio.create_task(scraped(target, budget=5))
        await work.has_begun.wait()
        impatient = await scraped(target, budget=0.05)
        assert value(await patient, SLOW) == 1
    assert value(impatient, REDIS_UP) == 1
    assert value(impatient, QUICK) == 1


async def test_a_failed_reading_is_told_at_once_and_what_was_read_before_stays(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = Clockwork({"sizes": 0.3})
    async with running(work) as target:
        await scraped(target)
        work.fault = "the disk is slow"
        text = await scraped_until(target, lambda text: value(text, REDIS_COLLECTOR_SUCCESS, "sizes") == 0)
        assert value(text, SLOW) == 1
        assert value(text, REDIS_SCRAPE_ERROR) == 1
        work.fault = None
        text = await scraped_until(target, shows(2))
    assert value(text, REDIS_COLLECTOR_SUCCESS, "sizes") == 1
    assert caplog.text.count("sizes: the disk is slow") == 1


async def test_a_result_is_dropped_after_three_intervals() -> None:
    work = Clockwork({"sizes": 0.1})
    async with running(work) as target:
        await scraped(target)
        work.fault = "the disk is slow"
        text = await scraped_until(target, lambda text: value(text, SLOW) is None)
        assert value(text, REDIS_COLLECTOR_SUCCESS, "sizes") == 0
        assert value(text, REDIS_COLLECTOR_AGE, "sizes") is None
        work.fault = None
        await scraped_until(target, shows(2))


async def test_one_failing_collector_leaves_the_others() -> None:
    work = Clockwork({"bloat": NEVER, "sizes": NEVER}, fault="the disk is slow", failing={"bloat"})
    async with running(work) as target:
        text = await scraped(target)
    assert value(text, REDIS_COLLECTOR_SUCCESS, "bloat") == 0
    assert value(text, REDIS_COLLECTOR_SUCCESS, "sizes") == 1
    assert value(text, SLOW) == 1
    assert work.most_open == 2


async def test_a_series_of_two_collectors_stands_once_and_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    async with running(Clockwork({"sizes": NEVER, "bloat": NEVER})) as target:
        text = await scraped(target)
    assert value(text, SLOW) == 1
    assert value(text, REDIS_COLLECTOR_DROPPED, "sizes") == 0
    assert value(text, REDIS_COLLECTOR_DROPPED, "bloat") == 1
    assert "bloat: 1 series too many left out" in caplog.text


async def test_a_target_that_is_down_shows_nothing_that_was_kept() -> None:
    work = Clockwork({"sizes": NEVER})
    async with running(work) as target:
        await scraped(target)
        work.is_down = True
        down = await scraped(target)
        work.is_down = False
        again = await scraped(target)
    assert value(down, REDIS_UP) == 0
    assert value(down, SLOW) is None
    assert value(again, SLOW) == 1


async def test_a_target_that_goes_down_ends_a_slow_reading() -> None:
    work = Clockwork({"sizes": NEVER}, pause=NEVER)
    async with running(work) as target:
        await scraped(target, budget=0.1)
        assert work.open == 2
        work.is_down = True
        await scraped(target)
        assert work.open == 0


async def test_a_reading_that_hangs_ends_after_its_interval() -> None:
    work = Clockwork({"sizes": 0.2}, pause=NEVER)
    async with running(work) as target:
        text = await scraped_until(target, lambda text: value(text, REDIS_SCRAPE_ERROR) == 1, budget=0.05)
        assert value(text, REDIS_UP) == 1
        assert value(text, REDIS_COLLECTOR_SUCCESS, "sizes") == 0


async def test_only_so_many_targets_are_read_slowly_at_once() -> None:
    slots = Slots(2)
    works = [Clockwork({"sizes": NEVER}, pause=0.2) for _ in range(5)]
    targets = [work.target(slots) for work in works]
    scrapes = [asyncio.create_task(scraped(target, budget=0.05)) for target in targets]
    await asyncio.gather(*scrapes)
    assert slots.taken == 2
    assert slots.waiting == 3
    for target in targets:
        await scraped_until(target, shows(1))
    for target in targets:
        await target.close()
    assert slots.readings == 5
