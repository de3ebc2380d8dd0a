"""taskiq's own workers, as processes: they count together, and what is counted when one is killed."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from os import environ, kill
from pathlib import Path
from signal import SIGKILL

import httpx
from taskiq_redis import ListQueueBroker

from tests.instrumentation.integrations.test_taskiq import becomes, double, fail
from tests.plugins.programs import descendants, free_port, wait_until
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.queue import MESSAGE_STATUS, QUEUE_MESSAGES, QUEUE_RUNNING, STARTED, SUCCEEDED, TASK
from watchbill.testing import Exposition

ROOT = Path(__file__).parents[3]


@contextmanager
def worker_processes(url: str, note: Path) -> Generator[int]:
    """taskiq's own command with two workers, and the port of their page."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "taskiq", "worker", "tests.plugins.taskiq_application:broker", "--workers", "2"],
        cwd=ROOT,
        env={**environ, "TEST_URL": url, "TEST_PORT": str(port), "TEST_NOTE": str(note)},
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: page(port) is not None, "the workers start")
        yield port
    finally:
        # Nothing is worth waiting for.
        for pid in descendants(process.pid):
            kill(pid, SIGKILL)
        process.wait()


def page(port: int) -> Exposition | None:
    """What the workers' page says; None while there is none."""
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/metrics")
    except httpx.TransportError:
        return None
    return Exposition.parse(answer.text) if answer.is_success else None


def of_status(found: Exposition | None, status: str, task: str) -> float:
    """How many messages of a task there are of a status."""
    return found.value(QUEUE_MESSAGES, {MESSAGE_STATUS: status, TASK: task}) if found else -1


async def test_two_workers_count_together_and_a_killed_ones_message_runs_no_more(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    url = f"redis://:{redis_server.password}@127.0.0.1:{redis_server.port}"
    broker, note = ListQueueBroker(url, queue_name="images"), tmp_path / "pid"
    thumbnail, stuck = broker.register_task(double, "thumbnail"), broker.register_task(fail, "stuck")

    with worker_processes(url, note) as port:
        for number in range(100):
            await thumbnail.kiq(number)
        await becomes(lambda: of_status(page(port), SUCCEEDED, "thumbnail") == 100)
        await stuck.kiq()
        await becomes(lambda: running(page(port)) == 1)
        kill(int(note.read_text()), SIGKILL)
        await becomes(lambda: running(page(port)) == 0)
        found = page(port)
    await broker.shutdown()

    assert of_status(found, STARTED, "thumbnail") == 100
    assert of_status(found, STARTED, "stuck") == 1


def running(found: Exposition | None) -> float:
    """How many messages are worked on."""
    return found.value(QUEUE_RUNNING) if found else -1
