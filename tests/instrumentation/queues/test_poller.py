"""What waits in queues is read by one process, in a thread, and old readings are not left standing."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from threading import Event, get_ident

import pytest

from tests.plugins.application import exposed, quiet, until
from tests.plugins.forked import forked
from watchbill import Observability
from watchbill.catalogue.metric import Metric
from watchbill.catalogue.queue import (
    PRIORITY,
    QUEUE,
    QUEUE_DEPTH,
    QUEUE_OLDEST,
    QUEUE_POLL_ERRORS,
    QUEUE_POLLED,
    QUEUE_PREFETCHED,
    QUEUE_SCHEDULED,
    QUEUE_WORKERS,
)
from watchbill.queues import poller as module
from watchbill.queues.poller import MISSES, Poller
from watchbill.queues.source import QueueReading

ALL: tuple[Metric, ...] = (
    QUEUE_DEPTH,
    QUEUE_OLDEST,
    QUEUE_SCHEDULED,
    QUEUE_PREFETCHED,
    QUEUE_WORKERS,
    QUEUE_POLLED,
)


class Said:
    """A source that says what a test wants."""

    def __init__(self, read: Callable[[], Iterable[QueueReading]], name: str = "reviews") -> None:
        self.name = name
        self.queues: Sequence[str] = (name,)
        self.closed = 0
        self._read = read

    def read(self) -> Iterable[QueueReading]:
        """As it was told."""
        return self._read()

    def close(self) -> None:
        """Counts."""
        self.closed += 1


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads often."""
    monkeypatch.setattr(module, "PERIOD_SECONDS", 0.02)


@pytest.fixture
def observability() -> Iterator[Observability]:
    """Alone in its process."""
    found = quiet(workers="off")
    yield found
    poller_of(found).remove("reviews")


def poller_of(observability: Observability) -> Poller:
    """Where sources are put."""
    found = Poller.of(observability._ground)  # pyright: ignore[reportPrivateUsage]  # a source of the test's own
    assert found is not None
    return found


def reading(depth: int, **given: float) -> QueueReading:
    """One of the queue `reviews`."""
    fields = {name: int(value) if name != "oldest" else value for name, value in given.items()}
    return QueueReading(queue="reviews", depth={"high": depth}, **fields)  # type: ignore[arg-type]  # numbers by name


def test_a_reading_is_shown_and_replaced_by_the_next(observability: Observability) -> None:
    said = [reading(3, oldest=1.5, scheduled=2, prefetched=4, workers=5)]
    poller_of(observability).add(Said(lambda: said))

    until(lambda: exposed(observability).value(QUEUE_DEPTH, {QUEUE: "reviews", PRIORITY: "high"}) == 3)
    found = exposed(observability)
    values = [found.value(metric) for metric in (QUEUE_OLDEST, QUEUE_SCHEDULED, QUEUE_PREFETCHED, QUEUE_WORKERS)]
    said[:] = [QueueReading(queue="reviews", depth={"low": 8})]
    until(lambda: exposed(observability).value(QUEUE_DEPTH, {PRIORITY: "low"}) == 8)

    assert values == [1.5, 2, 4, 5]
    found = exposed(observability)
    assert found.value(QUEUE_DEPTH, {PRIORITY: "high"}) == 0
    assert found.series(QUEUE_OLDEST) == 0


def test_it_is_read_in_a_thread_of_its_own_and_not_by_a_scrape(observability: Observability) -> None:
    threads: list[int] = []

    def read() -> list[QueueReading]:
        threads.append(get_ident())
        return [reading(1)]

    poller_of(observability).add(Said(read))
    until(lambda: len(threads) > 2)
    for _ in range(3):
        exposed(observability)

    assert get_ident() not in threads


def test_what_cannot_be_read_is_counted_told_once_and_then_not_shown(
    observability: Observability, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Event()

    def read() -> list[QueueReading]:
        if broken.is_set():
            raise ConnectionError("redis://:hunter2@10.0.0.1 refused")
        return [reading(3)]

    with caplog.at_level(logging.INFO, "watchbill"):
        poller_of(observability).add(Said(read))
        until(lambda: exposed(observability).series(QUEUE_DEPTH) == 1)
        assert exposed(observability).value(QUEUE_POLL_ERRORS, {QUEUE: "reviews"}) == 0
        broken.set()
        until(lambda: exposed(observability).value(QUEUE_POLL_ERRORS) > MISSES)
        assert [exposed(observability).series(metric) for metric in ALL] == [0] * len(ALL)
        broken.clear()
        until(lambda: exposed(observability).value(QUEUE_DEPTH) == 3)

    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2
    assert told[0].startswith("watchbill: cannot read queues reviews: ConnectionError")
    assert "hunter2" not in told[0]
    assert told[1] == "watchbill: queues reviews can be read again"


def test_a_source_that_hangs_holds_up_no_other_and_is_not_shown(observability: Observability) -> None:
    hangs, goes_on = Event(), Event()

    def read() -> list[QueueReading]:
        if hangs.is_set():
            goes_on.wait(10)
        return [reading(3)]

    poller = poller_of(observability)
    poller.add(Said(read))
    until(lambda: exposed(observability).value(QUEUE_DEPTH) == 3)
    hangs.set()
    poller.add(Said(lambda: [QueueReading(queue="mails", depth={"default": 9})], "mails"))
    until(lambda: exposed(observability).series(QUEUE_DEPTH, {QUEUE: "reviews"}) == 0)

    assert exposed(observability).value(QUEUE_DEPTH, {QUEUE: "mails"}) == 9
    hangs.clear()
    goes_on.set()
    until(lambda: exposed(observability).value(QUEUE_DEPTH, {QUEUE: "reviews"}) == 3)
    poller.remove("mails")


def test_a_source_that_is_removed_is_closed_and_shows_nothing(observability: Observability) -> None:
    source = Said(lambda: [reading(3)])
    poller = poller_of(observability)
    poller.add(source)
    until(lambda: exposed(observability).value(QUEUE_DEPTH) == 3)

    poller.remove("reviews")

    until(lambda: source.closed == 1)
    assert [exposed(observability).series(metric) for metric in ALL] == [0] * len(ALL)


def test_queues_of_one_name_in_two_brokers_add_up_and_the_oldest_of_both_counts(observability: Observability) -> None:
    poller = poller_of(observability)
    first, second = Said(lambda: [reading(3, oldest=9, scheduled=1)]), Said(lambda: [reading(4, oldest=2, scheduled=1)])
    first.name, second.name = "one broker", "another broker"

    poller.add(first)
    poller.add(second)
    until(lambda: exposed(observability).value(QUEUE_DEPTH) == 7)
    both = [exposed(observability).value(metric) for metric in (QUEUE_OLDEST, QUEUE_SCHEDULED)]
    poller.remove(first.name)

    assert both == [9, 2]
    found = exposed(observability)
    assert [found.value(metric) for metric in (QUEUE_DEPTH, QUEUE_OLDEST, QUEUE_SCHEDULED)] == [4, 2, 1]
    poller.remove(second.name)
    assert [exposed(observability).series(metric) for metric in ALL] == [0] * len(ALL)


def test_of_several_processes_one_reads_and_another_takes_over_when_it_dies(tmp_path: Path) -> None:
    leader: list[Observability] = []

    def lead() -> None:
        leader.append(quiet(workers=tmp_path))
        poller_of(leader[0]).add(Said(lambda: [reading(5)]))
        until(lambda: exposed(leader[0]).value(QUEUE_DEPTH) == 5)

    with forked(lead) as child:
        observability = quiet(workers=tmp_path)
        asked = Event()

        def read() -> list[QueueReading]:
            asked.set()
            return [reading(7)]

        poller = poller_of(observability)
        poller.add(Said(read))
        until(lambda: exposed(observability).value(QUEUE_DEPTH) == 5)
        rounds_pass(poller, 5)
        assert not asked.is_set()

        child.end()
        until(lambda: exposed(observability).value(QUEUE_DEPTH) == 7)
        poller.remove("reviews")


def test_a_forked_child_shows_nothing_of_its_parents_readings_and_may_take_over(tmp_path: Path) -> None:
    observability = quiet(workers=tmp_path)
    poller = poller_of(observability)
    source = Said(lambda: [reading(5)])
    poller.add(source)
    until(lambda: exposed(observability).value(QUEUE_DEPTH) == 5)

    def stand_by() -> None:
        rounds_pass(poller, 3)
        assert not poller.leads("reviews")
        assert source.closed == 1

    with forked(stand_by):
        assert exposed(observability).value(QUEUE_DEPTH) == 5
        poller.remove("reviews")
        # The child has the source still.
        until(lambda: exposed(observability).value(QUEUE_DEPTH) == 5)


def rounds_pass(poller: Poller, number: int) -> None:
    """So many rounds of its thread."""
    seen: list[int] = []
    poller.add_tick("rounds", lambda: seen.append(1))
    until(lambda: len(seen) >= number)
    poller.remove_tick("rounds")
