"""Celery on a real RabbitMQ: workers that die with what they had taken, and the state of its queues."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.application import quiet
from tests.plugins.celery_worker import celery_worker
from tests.plugins.celery_workshop import MOST_PRIORITY, OTHER_QUEUE, QUEUE, workshop
from tests.plugins.programs import wait_until
from tests.plugins.rabbitmq_server import RabbitmqServer
from watchbill.catalogue.queue import (
    FAILED,
    LOST,
    MESSAGE_STATUS,
    PRIORITY,
    QUEUE_DEPTH,
    QUEUE_MESSAGES,
    QUEUE_OLDEST,
    QUEUE_POLL_ERRORS,
    QUEUE_PRIORITY_MESSAGES,
    QUEUE_RUNNING,
    QUEUE_WAIT,
    QUEUE_WORKERS,
    RETRIED,
    STARTED,
    SUCCEEDED,
    TASK,
)
from watchbill.catalogue.queue import QUEUE as QUEUE_LABEL
from watchbill.integrations.celery_brokers import ALL_PRIORITIES
from watchbill.queues import poller
from watchbill.queues.source import DEFAULT_PRIORITY
from watchbill.testing import Exposition


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Queues are read several times a second."""
    monkeypatch.setattr(poller, "PERIOD_SECONDS", 0.2)


@pytest.fixture
def server(rabbitmq_server: RabbitmqServer) -> RabbitmqServer:
    """One for many tests: it takes seconds to start."""
    return rabbitmq_server


@pytest.fixture
def app(server: RabbitmqServer) -> Iterator[Any]:
    """An application whose queues are empty."""
    found = workshop(server.url, priorities=True)
    with found.connection_for_write() as connection:
        for queue in found.amqp.queues.values():
            bound = queue.bind(connection.default_channel)
            bound.declare()
            bound.purge()
    yield found
    found.close()


def counted(page: Exposition, task: str, status: str) -> float:
    """Messages of a task."""
    return page.value(QUEUE_MESSAGES, {TASK: task, MESSAGE_STATUS: status})


def test_a_worker_that_dies_loses_what_it_had_begun_and_another_ends_it_once(
    app: Any, server: RabbitmqServer, tmp_path: Path
) -> None:
    environ: dict[str, Any] = {"TEST_PRIORITIES": "1", "TEST_ACKS_LATE": "1", "TEST_PREFETCH": "2"}
    sender = quiet().celery(app)
    with celery_worker(tmp_path, server.url, **environ) as first:
        for seconds in (3.0, 0.0, 0.0):
            # Of these it takes the second, too, and does not begin it.
            app.tasks["slow"].delay(seconds)
        first.until_value(QUEUE_RUNNING, {TASK: "slow"}, 1)
        first.kill()
    with celery_worker(tmp_path, server.url, **environ) as second:
        page = second.until_value(QUEUE_MESSAGES, {TASK: "slow", MESSAGE_STATUS: SUCCEEDED}, 3)
    assert counted(page, "slow", STARTED) == 3
    assert counted(page, "slow", LOST) == 1
    assert counted(page, "slow", FAILED) == 0
    assert page.value(QUEUE_RUNNING) == 0
    # Those that came again have waited nobody knows how long; the third was never taken.
    assert page.count(QUEUE_WAIT, {TASK: "slow"}) == 1
    sender.uninstrument(app)


def test_priorities_and_retries_are_counted(app: Any, server: RabbitmqServer, tmp_path: Path) -> None:
    sender = quiet().celery(app)
    app.tasks["done"].apply_async(priority=MOST_PRIORITY)
    app.tasks["retries"].delay()
    with celery_worker(tmp_path, server.url, TEST_PRIORITIES="1") as worker:
        page = worker.until_value(QUEUE_MESSAGES, {MESSAGE_STATUS: SUCCEEDED}, 2)
        labels = {QUEUE_LABEL: QUEUE, PRIORITY: str(MOST_PRIORITY), MESSAGE_STATUS: SUCCEEDED}
        assert page.value(QUEUE_PRIORITY_MESSAGES, labels) == 1
        assert counted(page, "retries", RETRIED) == 1
        worker.until_value(QUEUE_WORKERS, {QUEUE_LABEL: QUEUE}, 1)
    sender.uninstrument(app)


def test_depth_is_the_broker_s_own_count(app: Any) -> None:
    sender = quiet().celery(app)
    for number in range(3):
        app.tasks["done"].apply_async(priority=number)
    for _ in range(2):
        app.tasks["done"].apply_async(queue=OTHER_QUEUE)
    pages: list[Exposition] = []

    def read() -> bool:
        pages[:] = [Exposition.of(sender)]
        return pages[0].value(QUEUE_DEPTH) == 5

    wait_until(read, "a reading")
    page = pages[0]
    with app.connection_for_read() as connection:
        declared = connection.default_channel.queue_declare(QUEUE, passive=True)
    assert page.value(QUEUE_DEPTH, {QUEUE_LABEL: QUEUE, PRIORITY: ALL_PRIORITIES}) == declared.message_count == 3
    assert page.value(QUEUE_DEPTH, {QUEUE_LABEL: OTHER_QUEUE, PRIORITY: DEFAULT_PRIORITY}) == 2
    assert page.value(QUEUE_WORKERS) == 0
    assert page.series(QUEUE_WORKERS) == 2
    assert page.series(QUEUE_OLDEST) == 0
    assert page.value(QUEUE_POLL_ERRORS) == 0
    sender.uninstrument(app)
