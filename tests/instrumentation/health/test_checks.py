"""The registry of checks: what it takes, what it refuses, and the series and lines it makes."""

import asyncio
import logging
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from tests.plugins.application import exposed, quiet
from watchbill import InvalidDeclaration, Switches
from watchbill.catalogue.health import CHECK, HEALTH_CHECK_DURATION, HEALTH_CHECK_STATUS, HEALTH_CHECK_TIME


def passes() -> None:
    """A check."""


def test_the_decorator_returns_the_function_itself() -> None:
    checks = quiet().health

    async def database() -> None: ...

    assert checks.check("database", timeout=0.5, critical=False)(database) is database
    check = checks.registered["database"]
    assert (check.timeout, check.critical) == (0.5, False)
    assert len(checks) == 1


def test_the_same_check_may_be_added_again_and_another_of_its_name_may_not() -> None:
    checks = quiet().health
    checks.add("database", passes)
    checks.add("database", passes)
    with pytest.raises(InvalidDeclaration, match="another check of this name"):
        checks.add("database", lambda: None)
    checks.remove("database")
    checks.add("database", lambda: None)


@pytest.mark.parametrize("name", ["", "Data Base", "a/b", "live", "ready", "detailed", "performance", "status", 7])
def test_a_name_that_cannot_be_a_path_and_a_label_is_refused(name: Any) -> None:
    with pytest.raises(InvalidDeclaration):
        quiet().health.add(name, passes)


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan"), "2", None])
def test_a_timeout_is_seconds_above_zero(timeout: Any) -> None:
    with pytest.raises(InvalidDeclaration, match="timeout"):
        quiet().health.add("database", passes, timeout=timeout)


def test_what_cannot_be_called_and_a_decorator_without_a_name_are_refused() -> None:
    checks: Any = quiet().health
    with pytest.raises(InvalidDeclaration, match="cannot be called"):
        checks.add("database", 7)
    with pytest.raises(InvalidDeclaration, match="needs a name"):
        checks.check(passes)


async def test_a_check_may_be_an_object_that_cannot_be_hashed() -> None:
    @dataclass
    class Ping:
        host: str

        def __call__(self) -> bool:
            return bool(self.host)

    checks = quiet().health
    checks.add("upstream", Ping("upstream"))
    checks.add("upstream", Ping("upstream"))
    found = await checks.run_all()
    assert [(check.name, outcome.ok) for check, outcome in found.items()] == [("upstream", True)]


def test_the_number_of_checks_is_bounded() -> None:
    checks = quiet().health
    for number in range(CHECK.limit):
        checks.add(f"c{number}", passes)
    with pytest.raises(InvalidDeclaration, match=f"at most {CHECK.limit}"):
        checks.add("one-more", passes)


async def test_checks_run_side_by_side() -> None:
    checks = quiet().health
    for number in range(5):
        checks.add(f"on-loop{number}", partial(asyncio.sleep, 0.1))
        checks.add(f"in-thread{number}", partial(time.sleep, 0.1))
    began = time.perf_counter()
    found = await checks.run_all()
    assert len(found) == 10
    # One after the other they take a second, however slow the machine is.
    assert time.perf_counter() - began < 0.9


async def test_each_run_is_exposed_by_its_check() -> None:
    observability = quiet()
    healthy = [False]
    observability.health.add("database", lambda: healthy[0])
    observability.health.add("cache", passes)
    assert exposed(observability).series(HEALTH_CHECK_STATUS) == 0
    await observability.health.run_all()
    found = exposed(observability)
    assert found.value(HEALTH_CHECK_STATUS, {CHECK: "database"}) == 0
    assert found.value(HEALTH_CHECK_STATUS, {CHECK: "cache"}) == 1
    assert found.value(HEALTH_CHECK_TIME, {CHECK: "database"}) == pytest.approx(time.time(), abs=60)
    assert 0 < found.value(HEALTH_CHECK_DURATION, {CHECK: "database"}) < 5
    healthy[0] = True
    await observability.health.run("database", max_age=0)
    assert exposed(observability).value(HEALTH_CHECK_STATUS, {CHECK: "database"}) == 1


async def test_a_check_that_is_removed_takes_its_series_along() -> None:
    observability = quiet()
    observability.health.add("database", passes)
    observability.health.add("never-run", passes)
    await observability.health.run("database")
    observability.health.remove("database")
    observability.health.remove("never-run")
    observability.health.remove("absent")
    assert exposed(observability).series(HEALTH_CHECK_STATUS) == 0


async def test_a_run_that_ends_after_its_check_was_removed_leaves_no_series() -> None:
    observability = quiet()
    observability.health.add("database", lambda: asyncio.sleep(0.05))
    running = asyncio.create_task(observability.health.run("database"))
    await asyncio.sleep(0.02)
    observability.health.remove("database")
    assert (await running).ok
    assert exposed(observability).series(HEALTH_CHECK_STATUS) == 0


async def test_a_change_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    checks, healthy = quiet().health, [True]
    checks.add("database", lambda: healthy[0])
    caplog.set_level(logging.INFO, "watchbill")
    for state in (True, True, False, False, True):
        healthy[0] = state
        await checks.run("database", max_age=0)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "watchbill: health check 'database' failed: returned False"),
        ("INFO", "watchbill: health check 'database' passes again"),
    ]


async def test_without_metrics_checks_run_all_the_same() -> None:
    observability = quiet(switches=Switches(metrics=False))
    observability.health.add("database", passes)
    assert (await observability.health.run("database")).ok
    assert exposed(observability).series(HEALTH_CHECK_STATUS) == 0


async def test_who_asks_for_a_check_that_is_not_there_gets_a_key_error() -> None:
    with pytest.raises(KeyError):
        await quiet().health.run("absent")
