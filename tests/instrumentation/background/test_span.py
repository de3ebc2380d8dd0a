"""Spans of background tasks, where something makes them."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from watchbill.background.work import Background
from watchbill.catalogue.background import BACKGROUND_TASKS, FAILED, OUTCOME, SUCCEEDED
from watchbill.emission import Emission
from watchbill.fault import Faults
from watchbill.names import CLASSIC
from watchbill.testing import Exposition


class Recorded:
    """A background with spans that are noted, and what it made of it."""

    def __init__(self, *, broken: bool = False) -> None:
        self.spans: list[tuple[str, BaseException | None]] = []
        self.reported: list[str] = []
        self._broken = broken
        self._registry = CollectorRegistry()
        faults = Faults(self.reported.append)
        self.background = Background(Emission(self._registry, CLASSIC), faults, self.span)

    @contextmanager
    def span(self, name: str) -> Generator[None]:
        """A span."""
        if self._broken:
            raise RuntimeError("no span today")
        try:
            yield
        except BaseException as error:
            self.spans.append((name, error))
            raise
        self.spans.append((name, None))

    def ended(self, outcome: str) -> float:
        """Tasks with this outcome."""
        return Exposition.parse(generate_latest(self._registry).decode()).value(BACKGROUND_TASKS, {OUTCOME: outcome})


async def fail() -> None:
    """A task that fails."""
    raise KeyError("lost")


async def answer() -> int:
    """A task that succeeds."""
    return 42


async def test_spawned_and_declared_tasks_run_within_their_span() -> None:
    recorded = Recorded()
    assert await recorded.background.spawn(answer(), name="spawned") == 42
    assert await recorded.background.task("declared")(answer)() == 42
    assert recorded.spans == [("spawned", None), ("declared", None)]
    assert recorded.ended(SUCCEEDED) == 2


async def test_a_declared_task_that_is_spawned_has_one_span() -> None:
    recorded = Recorded()
    await recorded.background.spawn(recorded.background.task("once")(answer)())
    assert recorded.spans == [("once", None)]


async def test_a_span_learns_of_the_error_and_the_task_still_raises_it() -> None:
    recorded = Recorded()
    with pytest.raises(KeyError) as raised:
        await recorded.background.task("failing")(fail)()
    assert recorded.spans == [("failing", raised.value)]
    assert recorded.ended(FAILED) == 1
    assert recorded.reported == []


async def test_a_task_runs_though_its_span_cannot_be_made() -> None:
    recorded = Recorded(broken=True)
    assert await recorded.background.spawn(answer()) == 42
    assert (recorded.ended(SUCCEEDED), recorded.reported) == (1, ["traces"])


async def test_a_task_with_a_span_that_is_cancelled_before_its_first_step_leaves_no_warning() -> None:
    task: asyncio.Task[Any] = Recorded().background.spawn(answer())
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
