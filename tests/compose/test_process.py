"""Children are stopped by pid within seconds, and a child that cannot start says why."""

import signal
import subprocess
import sys
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from watchbill_stack.native.engines import answers
from watchbill_stack.native.process import Child, StartFailed, stop_all


def _child(tmp_path: Path, code: str, name: str = "child") -> Child:
    marker = tmp_path / f"{name}.ready"
    preamble = f"import pathlib, signal, sys, time; ready = lambda: pathlib.Path({str(marker)!r}).touch()\n"
    return Child(
        name=name,
        command=[sys.executable, "-c", preamble + code],
        log=tmp_path / f"{name}.log",
        ready=marker.exists,
    )


def _started(child: Child) -> Child:
    child.start()
    child.wait_ready(time.monotonic() + 10)
    return child


def _is_running(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_children_that_listen_to_the_signal_end_by_it(tmp_path: Path) -> None:
    children = [_started(_child(tmp_path, "ready(); time.sleep(60)", name)) for name in ("a", "b")]

    stop_all(children)

    assert [child.process and child.process.returncode for child in children] == [-signal.SIGTERM] * 2


def test_a_child_that_ignores_the_signal_is_killed(tmp_path: Path) -> None:
    child = _started(_child(tmp_path, "signal.signal(signal.SIGTERM, signal.SIG_IGN); ready(); time.sleep(60)"))

    stop_all([child], patience=0.3)

    assert child.process is not None
    assert child.process.returncode == -signal.SIGKILL


def test_what_a_child_started_ends_with_it(tmp_path: Path) -> None:
    code = (
        "import subprocess\n"
        "grandchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(grandchild.pid, flush=True); ready(); time.sleep(60)"
    )
    child = _started(_child(tmp_path, code))
    grandchild = int(child.log.read_text())

    stop_all([child])

    deadline = time.monotonic() + 5
    while _is_running(grandchild) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _is_running(grandchild)


def test_a_child_that_ends_before_it_serves_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    child = _child(tmp_path, "print('no such table'); sys.exit(3)")
    child.start()

    with pytest.raises(StartFailed, match=r"status 3 before it served[\s\S]*no such table"):
        child.wait_ready(time.monotonic() + 10)


def test_a_child_that_never_serves_is_reported_at_the_deadline(tmp_path: Path) -> None:
    child = _child(tmp_path, "time.sleep(60)")
    child.start()

    with pytest.raises(StartFailed, match="did not serve in time; it printed nothing"):
        child.wait_ready(time.monotonic() + 0.2)
    stop_all([child])


def test_a_child_dies_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import time\nfrom pathlib import Path\nfrom watchbill_stack.native.process import Child\n"
        f"child = Child(name='c', command=['sleep', '60'], log=Path({str(tmp_path / 'c.log')!r}), ready=lambda: True)\n"
        "child.start()\nprint(child.pid, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        child = int(supervisor.stdout.readline())
        assert _is_running(child)
        supervisor.kill()

    deadline = time.monotonic() + 5
    while _is_running(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _is_running(child)


def test_readiness_is_asked_past_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)

    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert answers(f"http://127.0.0.1:{server.server_port}/")()
        server.shutdown()
