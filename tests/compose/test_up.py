"""`watchbill up` as a person runs it: twice at once, stopped by a signal, told to finish, and told wrongly."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_UP = (sys.executable, "-m", "watchbill_stack", "up")
_START_SECONDS = 90


def _started(tmp_path: Path, *arguments: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "TMPDIR": str(tmp_path), "http_proxy": "http://127.0.0.1:9", "no_proxy": ""}
    return subprocess.Popen(
        [*_UP, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


@pytest.fixture
def passable() -> Iterator[Path]:
    """A folder that PostgreSQL's user may pass through, unlike pytest's own, with a name as people give them."""
    with tempfile.TemporaryDirectory(prefix="watchbill test [", suffix="]", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


def _children(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def _is_running(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_two_at_once_both_end_well_and_leave_nothing(passable: Path) -> None:
    both = [_started(passable, "--for", "30s", "--json") for _ in range(2)]

    ended = [one.communicate(timeout=_START_SECONDS + 60) for one in both]

    summaries = [json.loads(stdout) for stdout, _ in ended]
    assert [summary["reasons"] for summary in summaries] == [[], []]
    assert [one.returncode for one in both] == [0, 0]
    for summary in summaries:
        assert summary["targets"]["good"] == summary["targets"]["total"] > 0
        assert summary["rules"]["good"] == summary["rules"]["total"] > 0
        assert summary["panels"]["good"] == summary["panels"]["total"] > 0
    assert [path for path in passable.iterdir() if path.is_dir()] == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_every_child_within_five_seconds(passable: Path, number: signal.Signals) -> None:
    with _started(passable) as up:
        deadline = time.monotonic() + _START_SECONDS
        while len(children := _children(up.pid)) < 11:
            assert up.poll() is None, up.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.1)

        up.send_signal(number)
        up.communicate(timeout=5)

    assert not any(_is_running(child) for child in children)


def test_a_taken_port_is_named_with_the_remedy_and_nothing_is_left(passable: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with _started(passable, "--port-base", str(port)) as up:
            _, stderr = up.communicate(timeout=30)

    assert up.returncode == 2
    assert f"port {port} of 127.0.0.1 is taken" in stderr
    assert "Traceback" not in stderr


def test_missing_programs_are_all_named(tmp_path: Path) -> None:
    done = subprocess.run(_UP, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "prometheus is not installed" in done.stderr
    assert "redis-server is not installed" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_cannot_start_is_quoted_and_ends_with_status_1(tmp_path: Path) -> None:
    fake = tmp_path / "redis-server"
    fake.write_text("#!/bin/sh\necho no memory for me\nexit 3\n")
    fake.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"

    done = subprocess.run(_UP, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "cache ended with status 3 before it served" in done.stderr
    assert "| no memory for me" in done.stderr
    assert "Traceback" not in done.stderr
