"""What waits in a queue of taskiq-redis: a list or a stream."""

from collections.abc import Callable
from time import time
from typing import Any

from watchbill.queues.envelope import due_of
from watchbill.queues.redis_state import RedisState
from watchbill.queues.source import DEFAULT_PRIORITY, QueueReading

_COUNTED = 10_000
"""Of a stream whose Redis cannot tell how far a group is behind, so many messages are counted."""


class TaskiqListSource:
    """One list; `labels_of` reads a message's labels."""

    def __init__(self, redis: RedisState, queue: str, labels_of: Callable[[bytes], dict[str, Any]]) -> None:
        self.name = f"taskiq {redis.place} {queue}"
        self.queues = (queue,)
        self._redis = redis
        self._labels_of = labels_of

    def read(self) -> list[QueueReading]:
        """Its length; the age is known where the producer is instrumented."""
        return [self._redis.ask(self._read)]

    def close(self) -> None:
        """Each reading has a connection of its own."""

    async def _read(self, redis: Any) -> QueueReading:
        queue = self.queues[0]
        length, last = await redis.llen(queue), await redis.lindex(queue, -1)
        return QueueReading(
            queue=queue, depth={DEFAULT_PRIORITY: length}, oldest=0.0 if not length else self._age(last)
        )

    def _age(self, message: bytes | None) -> float | None:
        if message is None:
            return None
        try:
            due = due_of(self._labels_of(message))
        except Exception:  # noqa: BLE001  a message that taskiq, too, could not read
            return None
        return None if due is None else max(time() - due, 0.0)


class TaskiqStreamSource:
    """One stream, as a group of consumers reads it."""

    def __init__(self, redis: RedisState, queue: str, group: str) -> None:
        self.name = f"taskiq {redis.place} {queue} {group}"
        self.queues = (queue,)
        self._redis = redis
        self._group = group

    def read(self) -> list[QueueReading]:
        """What no consumer has been given yet."""
        return [self._redis.ask(self._read)]

    def close(self) -> None:
        """Each reading has a connection of its own."""

    async def _read(self, redis: Any) -> QueueReading:
        queue = self.queues[0]
        groups: list[dict[str, Any]] = await redis.xinfo_groups(queue) if await redis.exists(queue) else []
        group = next((one for one in groups if one["name"] == self._group.encode()), None)
        if group is None:
            return QueueReading(queue=queue, depth={DEFAULT_PRIORITY: 0}, oldest=0.0)
        after = b"(" + group["last-delivered-id"]
        waiting = group.get("lag")
        first = await redis.xrange(queue, after, "+", count=1 if waiting is not None else _COUNTED)
        if waiting is None:
            waiting = len(first)
        oldest = max(time() - int(first[0][0].partition(b"-")[0]) / 1000, 0.0) if first else 0.0
        return QueueReading(queue=queue, depth={DEFAULT_PRIORITY: waiting}, oldest=oldest)
