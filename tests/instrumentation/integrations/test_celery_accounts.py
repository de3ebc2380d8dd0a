"""Thousands of messages, a process that dies among them, and accounts that balance."""

from pathlib import Path

from tests.plugins.application import quiet
from tests.plugins.celery_worker import celery_worker
from tests.plugins.celery_workshop import QUEUE, workshop
from tests.plugins.programs import wait_until
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.queue import (
    DEAD_LETTERED,
    FAILED,
    LOST,
    MESSAGE_STATUS,
    PRIORITY,
    PUBLISHED,
    QUEUE_DEPTH,
    QUEUE_MESSAGES,
    QUEUE_PRIORITY_MESSAGES,
    QUEUE_RUNNING,
    QUEUE_SCHEDULED,
    QUEUE_WAIT,
    RETRIED,
    STARTED,
    SUCCEEDED,
    TASK,
)
from watchbill.catalogue.queue import QUEUE as QUEUE_LABEL
from watchbill.queues.source import DEFAULT_PRIORITY
from watchbill.testing import Exposition

MESSAGES = 5000
DELAYED = 20
DELAY_SECONDS = 1.5
ENOUGH = 3000
PRIORITIES = (0, 3, 6, 9)
ENDS = (SUCCEEDED, FAILED, DEAD_LETTERED)
SEPARATOR = "\x06\x16"
KINDS = {17: "fails", 101: "retries", 251: "gives_up"}


def list_of(priority: int) -> str:
    """The name of the list that Celery keeps a priority's messages in."""
    return f"{QUEUE}{SEPARATOR}{priority}" if priority else QUEUE


def kind_of(number: int) -> str:
    """Which task the message is for."""
    return next((task for step, task in KINDS.items() if number % step == step - 1), "done")


def ends(page: Exposition) -> float:
    """Messages that have ended."""
    return sum(page.value(QUEUE_MESSAGES, {MESSAGE_STATUS: one}) for one in ENDS)


def test_what_was_published_has_ended_or_waits(redis_server: RedisServer, tmp_path: Path) -> None:
    broker = f"redis://:{redis_server.password}@{redis_server.address}/0"
    app = workshop(broker)
    sender = quiet().celery(app)
    with celery_worker(tmp_path, broker, concurrency=2, TEST_ACKS_LATE="1") as worker:
        for _ in range(DELAYED):
            app.tasks["later"].apply_async(countdown=DELAY_SECONDS)
        for number in range(MESSAGES - DELAYED - 1):
            if number == MESSAGES // 2:
                # It kills the process that works on it, the first time.
                app.tasks["killed"].delay(str(tmp_path))
            app.tasks[kind_of(number)].apply_async(priority=PRIORITIES[number % 4])
        worker.until(enough, "the end of most", 60)
        assert app.control.cancel_consumer(QUEUE, reply=True, timeout=20, limit=1)
        wait_until(lambda: redis_server.execute("HLEN", "unacked") == 0, "the end of what it had taken")
        page = worker.until(lambda page: page.value(QUEUE_RUNNING) == page.value(QUEUE_SCHEDULED) == 0, "rest")
        left = {priority: waiting(redis_server, priority) for priority in PRIORITIES}
        page = worker.until(lambda page: page.value(QUEUE_DEPTH) == sum(left.values()), "a reading of what is left")
    sender_page = Exposition.of(sender)
    published = sender_page.value(QUEUE_MESSAGES, {MESSAGE_STATUS: PUBLISHED})
    assert published == MESSAGES
    assert ends(page) + sum(left.values()) == published
    begun = page.value(QUEUE_MESSAGES, {MESSAGE_STATUS: STARTED})
    again = [page.value(QUEUE_MESSAGES, {MESSAGE_STATUS: status}) for status in (RETRIED, LOST)]
    assert begun == ends(page) + sum(again)
    assert page.value(QUEUE_MESSAGES, {TASK: "killed", MESSAGE_STATUS: LOST}) == 1
    for priority, number in left.items():
        label = str(priority) if priority else DEFAULT_PRIORITY
        assert page.value(QUEUE_DEPTH, {QUEUE_LABEL: QUEUE, PRIORITY: label}) == number
        sent = sender_page.value(QUEUE_PRIORITY_MESSAGES, {PRIORITY: label, MESSAGE_STATUS: PUBLISHED})
        ended = [page.value(QUEUE_PRIORITY_MESSAGES, {PRIORITY: label, MESSAGE_STATUS: one}) for one in ENDS]
        assert sent == number + sum(ended)
    assert page.count(QUEUE_WAIT, {TASK: "later"}) == DELAYED
    assert page.total(QUEUE_WAIT, {TASK: "later"}) < DELAYED * DELAY_SECONDS
    sender.uninstrument(app)
    app.close()


def enough(page: Exposition) -> bool:
    """Whether it is time to stop: some are to be left."""
    return ends(page) >= ENOUGH and page.value(QUEUE_MESSAGES, {TASK: "killed", MESSAGE_STATUS: SUCCEEDED}) == 1


def waiting(server: RedisServer, priority: int) -> int:
    """Messages in the broker, by its own count."""
    return int(str(server.execute("LLEN", list_of(priority))))
