"""Pools of one name add up, whoever sets their gauges and whenever."""

import os
import threading
from functools import partial
from typing import Any

from tests.plugins.application import exposed, quiet
from watchbill import Observability, Switches
from watchbill.catalogue.pool import (
    CONNECTIONS_ACTIVE,
    CONNECTIONS_IDLE,
    CONNECTIONS_MAX,
    CONNECTIONS_OPENED,
    CONNECTIONS_OVERFLOW,
    CONNECTIONS_RECYCLED,
    CONNECTIONS_WAITING,
    DB,
)
from watchbill.catalogue.watching import INTERNAL_ERRORS
from watchbill.database.pool import PoolNumbers, PoolPart
from watchbill.ground import Ground
from watchbill.guard import OTHER


def ground(obs: Observability) -> Ground:
    """What its integrations stand on."""
    found: Ground = vars(obs)["_ground"]
    return found


class Own:
    """A pool with numbers of its own."""

    def __init__(self, *numbers: Any) -> None:
        self.numbers = PoolNumbers(*numbers)

    def read(self) -> PoolNumbers:
        """What it says."""
        return self.numbers


def added(obs: Observability, pool: Own, name: str = "main") -> PoolPart:
    """Its part."""
    part = PoolPart.of(ground(obs), name, pool.read)
    assert part is not None
    return part


def test_numbers_stand_from_the_start_and_follow_every_refresh() -> None:
    obs, pool = quiet(), Own(0, 0, 10, 0, 0)
    part = added(obs, pool)
    obs.registry.unregister(ground(obs).readings)
    assert exposed(obs).series(CONNECTIONS_OPENED) == 1
    assert exposed(obs).series(CONNECTIONS_RECYCLED) == 2
    pool.numbers = PoolNumbers(3, 2, 10, 1, 4)
    assert exposed(obs).value(CONNECTIONS_ACTIVE) == 0
    part.refresh()
    found = exposed(obs)
    gauges = (CONNECTIONS_ACTIVE, CONNECTIONS_IDLE, CONNECTIONS_MAX, CONNECTIONS_OVERFLOW, CONNECTIONS_WAITING)
    assert tuple(found.value(gauge, {DB: "main"}) for gauge in gauges) == (3, 2, 10, 1, 4)


def test_a_scrape_reads_what_no_event_told() -> None:
    obs, pool = quiet(), Own(0, 0)
    added(obs, pool)
    pool.numbers = PoolNumbers(5, 1)
    assert exposed(obs).value(CONNECTIONS_ACTIVE) == 5


def test_what_a_pool_does_not_have_is_absent() -> None:
    obs = quiet()
    added(obs, Own(1, 0))
    found = exposed(obs)
    assert [found.series(gauge) for gauge in (CONNECTIONS_MAX, CONNECTIONS_OVERFLOW, CONNECTIONS_WAITING)] == [0, 0, 0]


def test_pools_of_one_name_add_up_until_they_are_removed() -> None:
    obs = quiet()
    parts = [added(obs, Own(1, 2, 10)), added(obs, Own(2, 3, 5, 1)), added(obs, Own(4, 0))]
    added(obs, Own(7, 7, 7), "reports")
    found = exposed(obs)
    assert found.value(CONNECTIONS_ACTIVE, {DB: "main"}) == 7
    assert found.value(CONNECTIONS_MAX, {DB: "main"}) == 15
    assert found.value(CONNECTIONS_OVERFLOW, {DB: "main"}) == 1
    for part in parts:
        part.remove()
    found = exposed(obs)
    assert found.value(CONNECTIONS_ACTIVE, {DB: "main"}) == found.value(CONNECTIONS_MAX, {DB: "main"}) == 0
    assert found.value(CONNECTIONS_ACTIVE, {DB: "reports"}) == 7


def test_two_observabilities_of_one_registry_add_up() -> None:
    first = quiet()
    second = quiet(registry=first.registry)
    added(first, Own(1, 0))
    added(second, Own(2, 0))
    assert exposed(first).value(CONNECTIONS_ACTIVE) == 3


def test_what_happens_in_one_pool_asks_no_other_of_its_name() -> None:
    obs, asked = quiet(), [0, 0]

    def read(which: int) -> PoolNumbers:
        asked[which] += 1
        return PoolNumbers(which + 1, 0)

    parts = [PoolPart.of(ground(obs), "main", partial(read, which)) for which in (0, 1)]
    assert parts[0] is not None
    asked[:] = 0, 0
    parts[0].refresh()
    assert asked == [1, 0]
    assert exposed(obs).value(CONNECTIONS_ACTIVE) == 3
    assert asked == [2, 1]


def test_names_beyond_the_bound_are_folded_and_add_up() -> None:
    obs = quiet()
    for number in range(DB.limit + 9):
        added(obs, Own(1, 0), f"db{number}")
    found = exposed(obs)
    assert found.series(CONNECTIONS_ACTIVE) == DB.limit
    assert found.value(CONNECTIONS_ACTIVE, {DB: OTHER}) == 10


def test_a_pool_that_cannot_say_is_reported_and_stays_away_from_the_application() -> None:
    obs = quiet()

    def read() -> PoolNumbers:
        raise RuntimeError

    part = PoolPart.of(ground(obs), "main", read)
    assert part is not None
    part.refresh()
    assert exposed(obs).value(INTERNAL_ERRORS) >= 2


def test_the_last_numbers_win_when_events_overlap() -> None:
    obs, pool = quiet(), Own(0, 0)
    part = added(obs, pool)
    obs.registry.unregister(ground(obs).readings)
    inside, on = threading.Event(), threading.Event()

    def slow() -> PoolNumbers:
        numbers = pool.numbers
        inside.set()
        on.wait(10)
        return numbers

    part.read = slow
    thread = threading.Thread(target=part.refresh)
    thread.start()
    assert inside.wait(10)
    pool.numbers = PoolNumbers(2, 1)
    # Neither waits nor is lost, as for a finalizer that runs in the middle of a reading.
    part.refresh()
    on.set()
    thread.join()
    assert exposed(obs).value(CONNECTIONS_ACTIVE) == 2


def test_a_forked_child_counts_though_a_thread_of_its_parent_was_reading() -> None:
    obs, pool = quiet(workers="off"), Own(0, 0, 4)
    part = added(obs, pool)
    obs.registry.unregister(ground(obs).readings)
    inside, on = threading.Event(), threading.Event()

    def slow() -> PoolNumbers:
        inside.set()
        on.wait(10)
        return pool.numbers

    part.read = slow
    thread = threading.Thread(target=part.refresh)
    thread.start()
    assert inside.wait(10)
    child = os.fork()
    if child == 0:
        on.set()
        pool.numbers = PoolNumbers(3, 0, 4)
        part.refresh()
        found = exposed(obs)
        os._exit(0 if (found.value(CONNECTIONS_ACTIVE), found.value(CONNECTIONS_MAX)) == (3, 4) else 1)
    on.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_parent_is_shown_by_its_first_child_as_it_is() -> None:
    obs, pool = quiet(), Own(0, 0)
    added(obs, pool)
    pool.numbers = PoolNumbers(3, 1)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        pool.numbers = PoolNumbers(1, 0)
        os.read(reading, 1)
        found = exposed(obs)
        os._exit(0 if (found.value(CONNECTIONS_ACTIVE), found.value(CONNECTIONS_IDLE)) == (4, 1) else 1)
    os.write(writing, b"x")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    os.close(reading)
    os.close(writing)


def test_nothing_is_kept_without_metrics() -> None:
    assert PoolPart.of(ground(quiet(switches=Switches(metrics=False))), "main", Own(1, 1).read) is None
