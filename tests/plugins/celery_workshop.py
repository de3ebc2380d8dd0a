"""A Celery application with a task for every way that one can end."""

import os
import signal
import time
from pathlib import Path
from typing import Any, Never

from celery import Celery
from celery.exceptions import Ignore, Reject
from kombu import Queue

from watchbill import Observability
from watchbill.catalogue.queue import MESSAGE_STATUS, PUBLISHED, QUEUE_MESSAGES, TASK
from watchbill.testing import Exposition

QUEUE = "workshop"
OTHER_QUEUE = "other"
TOPIC_QUEUE = "news"
MOST_PRIORITY = 9


class Broken(RuntimeError):
    """What a task of the workshop raises."""


def workshop(broker: str, backend: str = "", *, priorities: bool = False) -> Any:
    """The application; with priorities its queue on RabbitMQ has them, too."""
    app: Any = Celery("workshop", broker=broker, backend=backend or None, set_as_current=False)
    arguments = {"x-max-priority": MOST_PRIORITY} if priorities else None
    app.conf.task_queues = [Queue(QUEUE, queue_arguments=arguments), Queue(OTHER_QUEUE)]
    app.conf.task_default_queue = QUEUE
    app.conf.worker_prefetch_multiplier = 1
    app.conf.broker_connection_retry_on_startup = True
    app.conf.worker_hijack_root_logger = False
    # The broker of a test is gone when the process ends.
    app.conf.broker_transport_options = {"visibility_timeout": 3600}
    app.conf.result_expires = 60
    for one in (done, add, fails, exits, slow, rejects, ignores):
        app.task(name=one.__name__)(one)
    # The same under names of a test's own.
    for name in ("unsent", "skewed", "revoked", "expired", "later", "undecoded", "disallowed"):
        app.task(name=name)(done)
    app.task(name="sums")(add)
    app.task(name="fails_too")(fails)
    app.task(name="terminated")(slow)
    for bound in (retries, gives_up, leads):
        app.task(name=bound.__name__, bind=True, max_retries=2)(bound)
    app.task(name="autoretries", autoretry_for=(Broken,), max_retries=1, default_retry_delay=0)(fails)
    app.task(name="requeues", bind=True, acks_late=True)(requeues)
    app.task(name="killed", acks_late=True, reject_on_worker_lost=True, bind=True)(killed_once)
    app.task(name="lost")(killed)
    app.task(name="limited", time_limit=0.4)(slow)
    app.task(name="softly", soft_time_limit=0.2)(slow)
    return app


def in_memory() -> Any:
    """An application with a broker in this process, whose queues are empty; close it."""
    found = workshop("memory://")
    with found.connection_for_read() as connection:
        for queue in (QUEUE, OTHER_QUEUE, TOPIC_QUEUE):
            connection.default_channel.queue_declare(queue)
            connection.default_channel.queue_purge(queue)
    return found


def message(app: Any, queue: str = QUEUE) -> Any:
    """The next message in a queue, as a worker gets it."""
    with app.connection_for_read() as connection:
        return connection.default_channel.basic_get(queue, no_ack=True)


def published(observability: Observability, task: str = "done") -> float:
    """As counted."""
    return Exposition.of(observability).value(QUEUE_MESSAGES, {TASK: task, MESSAGE_STATUS: PUBLISHED})


def done(answer: Any = None) -> Any:
    """Returns what it is given."""
    return answer


def add(*numbers: Any) -> float:
    """A sum, of a chord's results too."""
    given: Any = numbers[0] if len(numbers) == 1 else numbers
    return float(sum(given if hasattr(given, "__iter__") else [given]))


def fails() -> Never:
    """Raises."""
    raise Broken("by design")


def exits() -> Never:
    """Takes itself for a program."""
    raise SystemExit(3)


def slow(seconds: float = 30.0) -> str:
    """Takes its time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)
    return "slow"


def rejects() -> Never:
    """Will have none of its message."""
    raise Reject("not this one", requeue=False)


def ignores() -> Never:
    """Leaves its result to somebody else."""
    raise Ignore


def retries(self: Any, countdown: float = 0.0) -> int:
    """Succeeds in the second attempt."""
    if self.request.retries == 0:
        raise self.retry(countdown=countdown, exc=Broken("for now"))
    return int(self.request.retries)


def gives_up(self: Any) -> Never:
    """Tries three times."""
    raise self.retry(countdown=0, exc=Broken("for good"))


def requeues(self: Any, folder: str) -> str:
    """Gives its message back once."""
    if _first_time(folder, self.request.id):
        raise Reject("later", requeue=True)
    return "done"


def killed_once(self: Any, folder: str) -> str:
    """Its process dies in the first attempt."""
    if _first_time(folder, self.request.id):
        os.kill(os.getpid(), signal.SIGKILL)
    return "survived"


def killed() -> None:
    """Its process dies."""
    os.kill(os.getpid(), signal.SIGKILL)


def leads(self: Any) -> str:
    """Publishes another task, and says which trace it is in."""
    return str(self.app.tasks["done"].apply_async(args=["led"]).id)


def _first_time(folder: str, name: str) -> bool:
    path = Path(folder, name)
    if path.exists():
        return False
    path.touch()
    return True
