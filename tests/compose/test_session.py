"""The supervisor starts again what died, at the pace it was told."""

import time
from pathlib import Path

import httpx

from watchbill_reference.stack import stack
from watchbill_stack.native.process import Child
from watchbill_stack.native.running import RunningStack
from watchbill_stack.native.session import Session
from watchbill_stack.native.site import ENGINES, Site


def _ending_at_once(folder: Path) -> RunningStack:
    started = RunningStack(stack, Site(folder, dict.fromkeys(ENGINES, 9), {}))
    log = folder / "log"
    started.children["broken"] = Child("broken", ["sh", "-c", "echo started"], log, ready=lambda: True)
    return started


def test_a_child_that_ends_at_once_each_time_is_not_started_more_often_than_told(tmp_path: Path) -> None:
    started = _ending_at_once(tmp_path)
    session = Session(started, restart_after=0.5)

    with httpx.Client() as client:
        end = time.monotonic() + 2.2
        while time.monotonic() < end:
            session.step(client)
            time.sleep(0.01)

    starts = (tmp_path / "log").read_text().count("started")
    assert 2 <= starts <= 4


def test_what_does_not_answer_is_a_reason_and_no_exception(tmp_path: Path) -> None:
    session = Session(_ending_at_once(tmp_path), restart_after=60)

    with httpx.Client() as client:
        assert session.step(client)

    assert "alerts: Prometheus does not say what fires" in session.health.reasons()
    assert "process: broken: ended" in session.health.reasons()
