"""Celery's brokers: how long a queue is, and who takes from it."""

import json
from collections.abc import Callable, Mapping
from time import time
from typing import Any, Protocol

from watchbill.queues.envelope import due_of
from watchbill.queues.source import DEFAULT_PRIORITY, QueueReading

ALL_PRIORITIES = "all"
"""A RabbitMQ queue with priorities says how many messages it has, not of which."""

TIMEOUT_SECONDS = 2.0
_MAX_PRIORITY = "x-max-priority"
_NOT_FOUND = 404


class Broker(Protocol):
    """One kind of broker, over one connection."""

    def read(self, queue: Any) -> QueueReading:
        """The state of a queue that the application declares."""
        ...


class RedisBroker:
    """A queue is a list for each step of priorities. A message that no longer fits a list is in none."""

    def __init__(self, connection: Any) -> None:
        self._channel = connection.channel()

    def read(self, queue: Any) -> QueueReading:
        """Lengths, and the message of each list that is taken next."""
        channel = self._channel
        # Celery's own client adds the prefix to the first command, not to the second.
        prefix = getattr(channel, "global_keyprefix", "") or ""
        keys = {
            str(step) if step else DEFAULT_PRIORITY: f"{queue.name}{channel.sep}{step}" if step else queue.name
            for step in channel.priority_steps
        }
        client = channel.client
        depth = {priority: int(client.llen(key)) for priority, key in keys.items()}
        waiting = (key for priority, key in keys.items() if depth[priority])
        ages = [_age(client.lindex(prefix + key, -1)) for key in waiting]
        oldest = None if None in ages else max((age for age in ages if age is not None), default=0.0)
        return QueueReading(queue=str(queue.name), depth=depth, oldest=oldest)


class AmqpBroker:
    """RabbitMQ answers a passive declaration; nothing of its management is needed."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def read(self, queue: Any) -> QueueReading:
        """Messages that are ready, and consumers: a worker is one."""
        arguments: Mapping[str, Any] = queue.queue_arguments or {}
        has_priorities = queue.max_priority or arguments.get(_MAX_PRIORITY)
        priority = ALL_PRIORITIES if has_priorities else DEFAULT_PRIORITY
        # A queue that is not there closes the channel.
        channel = self._connection.channel()
        try:
            found = channel.queue_declare(queue.name, passive=True)
        except self._connection.channel_errors as error:
            if getattr(error, "code", None) != _NOT_FOUND:
                raise
            return QueueReading(queue=str(queue.name), depth={priority: 0}, workers=0)
        finally:
            if channel.is_open:
                channel.close()
        return QueueReading(
            queue=str(queue.name), depth={priority: int(found.message_count)}, workers=int(found.consumer_count)
        )


_BROKERS: dict[str, Callable[[Any], Broker]] = {"redis": RedisBroker, "amqp": AmqpBroker}
_TIME_OUTS = {"redis": ("socket_timeout", "socket_connect_timeout"), "amqp": ("read_timeout", "write_timeout")}


def can_be_read(driver: str) -> bool:
    """Whether there is a way to read such a broker."""
    return driver in _BROKERS


def time_outs(driver: str) -> dict[str, float]:
    """As its transport takes them."""
    return dict.fromkeys(_TIME_OUTS[driver], TIMEOUT_SECONDS)


def opened(driver: str, connection: Any) -> Broker:
    """The broker behind a connection, which is opened."""
    # Once: by default it would be tried for ever.
    connection.connect()
    return _BROKERS[driver](connection)


def _age(message: Any) -> float | None:
    """Seconds since it was due; 0 for one that has been taken meanwhile, None where its producer does not say."""
    if message is None:
        return 0.0
    try:
        headers: Any = json.loads(message)["headers"]
        due = due_of(headers)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return None if due is None else max(time() - due, 0.0)
