"""The supervisor starts again what died, at the pace it was told."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from watchbill_reference.stack import stack
from watchbill_stack.native.process import Child
from watchbill_stack.native.running import RunningStack
from watchbill_stack.native.session import Session
from watchbill_stack.native.site import ENGINES, Site


@pytest.fixture
def ending_at_once(tmp_path: Path) -> Iterator[RunningStack]:
    """A stack of one child, which ends at once."""
    started = RunningStack(stack, Site(tmp_path, dict.fromkeys(ENGINES, 9), {}))
    log = tmp_path / "log"
    started.children["broken"] = Child("broken", ["sh", "-c", "echo started"], log, ready=lambda: True)
    yield started
    started.stop()


def test_a_child_that_ends_at_once_each_time_is_not_started_more_often_than_told(
    ending_at_once: RunningStack, tmp_path: Path
) -> None:
    session = Session(ending_at_once, restart_after=0.5)

    with httpx.Client() as client:
        end = time.monotonic() + 2.2
        while time.monotonic() < end:
            session.step(client)
            time.sleep(0.01)

    starts = (tmp_path / "log").read_text().count("started")
    assert 2 <= starts <= 4


def test_what_does_not_answer_is_a_reason_and_no_exception(ending_at_once: RunningStack) -> None:
    session = Session(ending_at_once, restart_after=60)

    with httpx.Client() as client:
        assert session.step(client)

    assert "alerts: Prometheus does not say what fires" in session.health.reasons()
    assert "process: broken: ended" in session.health.reasons()
