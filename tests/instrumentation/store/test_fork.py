"""A process that forks: its children count for themselves, and nobody waits for a lock."""

import os
import subprocess
import sys
from pathlib import Path

from watchbill import Observability

_FORKS_OF_MANY_THREADS = """
import os, sys, threading, time
from prometheus_client import Counter
from watchbill import Observability

# Threads take turns at every step, and meet while one of them forks.
sys.setswitchinterval(1e-6)
os.register_at_fork(before=lambda: time.sleep(0.001))
services = [Observability(name, tracing=None, logging=None) for name in ("shop", "depot")]
counters = [Counter("test_orders", "Orders.", registry=service.registry) for service in services]

def fork():
    for _ in range(50):
        child = os.fork()
        if not child:
            for counter in counters:
                counter.inc()
            os._exit(0)
        os.waitpid(child, 0)
        for counter in counters:
            counter.inc()

threads = [threading.Thread(target=fork) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for service in services:
    assert "test_orders_total 400\\n" in service.exposition(), service.exposition()
"""


def test_several_threads_may_fork_at_once() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _FORKS_OF_MANY_THREADS], check=False, capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_subprocess_is_no_worker() -> None:
    observability = Observability("shop", tracing=None, logging=None)
    subprocess.run(["true"], check=True, preexec_fn=lambda: None)
    assert "worker=" not in observability.exposition()


def test_a_lone_process_that_forks_leaves_nothing_behind(tmp_path: Path) -> None:
    script = (
        "import os\n"
        "from watchbill import Observability\n"
        "from watchbill.store import place\n"
        f"place._MEMORY = place.Path({str(tmp_path)!r})\n"
        "observability = Observability('shop', tracing=None, logging=None)\n"
        f"assert not os.listdir({str(tmp_path)!r})\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    os._exit(0)\n"
        "os.waitpid(pid, 0)\n"
        "assert 'worker=\"0\"' in observability.exposition()\n"
        f"assert len(os.listdir(os.path.join({str(tmp_path)!r}, 'watchbill-' + str(os.geteuid())))) == 1\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    assert [path.name for path in tmp_path.rglob("*")] == [f"watchbill-{os.geteuid()}"]
