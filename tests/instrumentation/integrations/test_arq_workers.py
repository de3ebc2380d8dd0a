"""arq's own workers, as processes: what is counted when one is killed."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from os import environ
from pathlib import Path

import httpx
from arq.connections import RedisSettings, create_pool

from tests.instrumentation.integrations.test_arq import becomes
from tests.plugins.programs import free_port, stop, wait_until
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.queue import (
    MESSAGE_STATUS,
    QUEUE_ATTEMPTS,
    QUEUE_MESSAGES,
    QUEUE_RUNNING,
    QUEUE_WAIT,
    STARTED,
    SUCCEEDED,
    TASK,
)
from watchbill.testing import Exposition

ROOT = Path(__file__).parents[3]


@contextmanager
def worker_process(server: RedisServer) -> Generator[tuple["subprocess.Popen[bytes]", int]]:
    """arq's own command, and the port of its page."""
    port = free_port()
    given = {"TEST_REDIS_PORT": str(server.port), "TEST_PASSWORD": server.password, "TEST_PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "arq", "tests.plugins.arq_application.WorkerSettings"],
        cwd=ROOT,
        env={**environ, **given},
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: page(port) is not None, "the worker starts")
        yield process, port
    finally:
        stop(process)


def page(port: int) -> Exposition | None:
    """What a worker's page says; None while there is none."""
    try:
        return Exposition.parse(httpx.get(f"http://127.0.0.1:{port}/metrics").text)
    except httpx.TransportError:
        return None


def of_status(found: Exposition | None, status: str, task: str) -> float:
    """How many messages of a task there are of a status."""
    return found.value(QUEUE_MESSAGES, {MESSAGE_STATUS: status, TASK: task}) if found else -1


async def test_a_killed_workers_job_comes_again_and_its_wait_is_not_invented(
    redis_server: RedisServer,
) -> None:
    redis = await create_pool(RedisSettings(port=redis_server.port, password=redis_server.password))
    with worker_process(redis_server) as (first, port):
        job = await redis.enqueue_job("stuck")
        assert job is not None
        await becomes(lambda: of_status(page(port), STARTED, "stuck") == 1)
        first.kill()
        first.wait()
    # As time does, ten seconds after the longest time-out.
    await redis.delete(f"arq:in-progress:{job.job_id}")

    with worker_process(redis_server) as (_, port):
        await becomes(lambda: of_status(page(port), SUCCEEDED, "stuck") == 1)
        found = page(port)

    assert found is not None
    assert await job.result(timeout=5) == "done"
    await redis.aclose()
    assert (found.total(QUEUE_ATTEMPTS), found.count(QUEUE_WAIT), found.value(QUEUE_RUNNING)) == (2, 0, 0)
