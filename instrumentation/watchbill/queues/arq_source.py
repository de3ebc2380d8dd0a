"""What waits in a queue of arq: a sorted set by when each job is due, from which a job goes when it is done."""

from time import time
from typing import Any

from watchbill.queues.redis_state import RedisState
from watchbill.queues.source import DEFAULT_PRIORITY, QueueReading

IN_PROGRESS = "arq:in-progress:"
_LOOKED_AT = 1000
"""Workers take the jobs that have been due longest, so those they work on are among the first."""


class ArqSource:
    """One queue."""

    def __init__(self, redis: RedisState, queue: str) -> None:
        self.name = f"arq {redis.place} {queue}"
        self.queues = (queue,)
        self._redis = redis

    def read(self) -> list[QueueReading]:
        """Jobs that are due and not begun, and those that are not due."""
        return [self._redis.ask(self._read)]

    def close(self) -> None:
        """Each reading has a connection of its own."""

    async def _read(self, redis: Any) -> QueueReading:
        queue, now = self.queues[0], time()
        now_ms = int(now * 1000)
        async with redis.pipeline(transaction=False) as pipe:
            pipe.zcard(queue)
            pipe.zcount(queue, f"({now_ms}", "+inf")
            pipe.zrangebyscore(queue, "-inf", now_ms, start=0, num=_LOOKED_AT, withscores=True)
            total, scheduled, first = await pipe.execute()
        keys = [IN_PROGRESS.encode() + key for key, _ in first]
        begun: list[bytes | None] = await redis.mget(keys) if keys else []
        waiting = [score for (_, score), mark in zip(first, begun, strict=True) if mark is None]
        return QueueReading(
            queue=queue,
            depth={DEFAULT_PRIORITY: max(total - scheduled - len(first) + len(waiting), 0)},
            oldest=max(now - waiting[0] / 1000, 0.0) if waiting else 0.0,
            scheduled=scheduled,
        )
