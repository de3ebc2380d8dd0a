"""Real servers of several workers: any of them answers a scrape for all."""

import multiprocessing
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.plugins.programs import descendants, free_port, stop, wait_until
from tests.plugins.redis_server import RedisServer
from tests.plugins.worker_application import OWN_COUNTER, PING
from tests.plugins.workers import ROOT, Server, churn, gunicorn, running
from watchbill.catalogue.http import HTTP_REQUESTS, ROUTE
from watchbill.catalogue.process import PROCESS_CPU, PROCESS_OPEN_FILES, PROCESS_RESIDENT_MEMORY, WORKER
from watchbill.catalogue.watching import WORKERS
from watchbill.testing import Exposition

PROCESS = (PROCESS_CPU, PROCESS_RESIDENT_MEMORY, PROCESS_OPEN_FILES)
SERVERS = {
    "gunicorn": gunicorn(workers=2),
    "gunicorn, preload": gunicorn("--preload", workers=2),
    "uvicorn": ("uvicorn", "tests.plugins.worker_application:app", "--workers", "2", "--port", "PORT"),
}


def pinged(server: Server, workers: int) -> int:
    """Asks until every worker has answered; how often it asked, the fixture's own requests included."""
    asked, seen = [1], set[int]()

    def ask() -> bool:
        seen.add(server.ping())
        asked[0] += 1
        return len(seen) == workers

    wait_until(ask, f"answers of {workers} workers")
    return asked[0]


@pytest.mark.parametrize("command", SERVERS.values(), ids=SERVERS)
def test_any_worker_answers_for_all(command: tuple[str, ...]) -> None:
    with running(*command) as server:
        asked = pinged(server, workers=2)
        for _ in range(6):
            found = server.exposition()
            assert found.value(HTTP_REQUESTS, {ROUTE: PING}) == asked
            assert sum(one.value for one in found.samples if one.name == OWN_COUNTER) == asked
            assert found.value(WORKERS) == 2
            for metric in PROCESS:
                assert found.values_of(metric, WORKER) - {"main"} == {"0", "1"}
                assert found.value(metric, {WORKER: 0}) > 0


def test_two_servers_of_the_same_service_do_not_mix() -> None:
    with running(*gunicorn("--preload", workers=2)) as one, running(*gunicorn("--preload", workers=2)) as other:
        asked = [pinged(one, workers=2), pinged(other, workers=2)]
        found = [server.exposition().value(HTTP_REQUESTS, {ROUTE: PING}) for server in (one, other)]
    assert found == asked


@pytest.mark.parametrize("preload", [("--preload",), ()], ids=["preload", "no preload"])
async def test_workers_that_are_recycled_and_killed_lose_and_double_nothing(preload: tuple[str, ...]) -> None:
    requests, seconds = (4_000, 0.7) if preload else (800, 0.5)
    with running(*gunicorn("--max-requests", "50", *preload)) as server:
        found = await churn(server, requests=requests, kill_seconds=seconds)
    assert found.kills > 0
    assert found.scrapes > 0
    assert found.scrapes_failed == 0
    assert found.falls == []
    assert found.errors == 0
    # A process may be killed after it has counted and before it has answered.
    assert 0 <= found.difference <= found.kills
    assert found.counted <= found.own_counted <= found.counted + found.kills


def test_a_process_that_was_spawned_counts_for_its_parent() -> None:
    script = (
        "import multiprocessing\n"
        "from tests.plugins.worker_application import PINGS, observability\n"
        "def work(gate):\n"
        "    PINGS.inc(5)\n"
        "    gate.wait(20)\n"
        "    gate.wait(20)\n"
        "if __name__ == '__main__':\n"
        "    context = multiprocessing.get_context('spawn')\n"
        "    gate = context.Barrier(2)\n"
        "    PINGS.inc(2)\n"
        "    child = context.Process(target=work, args=(gate,), daemon=True)\n"
        "    child.start()\n"
        "    gate.wait(20)\n"
        f"    assert '{OWN_COUNTER} 7\\n' in observability.exposition()\n"
        "    gate.wait(20)\n"
        "    child.join(20)\n"
        f"    assert '{OWN_COUNTER} 7\\n' in observability.exposition()\n"
    )
    assert multiprocessing.parent_process() is None
    path = Path(os.environ.get("PYTEST_DEBUG_TEMPROOT", "/tmp")) / f"spawning-{os.getpid()}.py"  # noqa: S108  removed below
    path.write_text(script)
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    try:
        with subprocess.Popen([sys.executable, str(path)], env=environ, process_group=0) as process:
            try:
                assert process.wait(60) == 0
            finally:
                # The child, too, and what multiprocessing started beside it.
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
    finally:
        path.unlink()


def test_celery_serves_what_all_its_processes_counted(redis_server: RedisServer) -> None:
    port = free_port()
    broker = f"redis://:{redis_server.password}@{redis_server.address}/0"
    environ = {**os.environ, "TEST_BROKER": broker, "TEST_PORT": str(port)}
    module = "tests.plugins.celery_application"
    worker = [sys.executable, "-m", "celery", "-A", module, "worker", "-c", "2", "--without-mingle", "--without-gossip"]
    sender = f"from celery import Celery; app = Celery(broker={broker!r})\n"
    sender += f"for _ in range(40): app.send_task('{module}.thumbnail')\n"
    with subprocess.Popen(
        worker, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            subprocess.run([sys.executable, "-c", sender], check=True, timeout=60)

            def done() -> bool:
                try:
                    page = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
                except httpx.TransportError:
                    return False
                found.append(Exposition.parse(page))
                return sum(counts(found[-1]).values()) == 40

            found: list[Exposition] = []
            wait_until(done, "the end of all tasks")
        finally:
            started = descendants(process.pid)
            stop(process)
            for pid in started:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
    assert len(counts(found[-1])) == 2
    assert found[-1].values_of(PROCESS_CPU, WORKER) == {"main", "0", "1"}
    assert found[-1].value(WORKERS) == 2


def counts(found: Exposition) -> dict[str, float]:
    """Tasks by process."""
    return {one.labels["process"]: one.value for one in found.samples if one.name == "test_thumbnails_total"}
