"""How many tasks of asyncio are alive."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Sized
from time import perf_counter

_SHARE = 0.0001
"""Counting one by one takes at most this part of the time."""


class TaskCount:
    """`number` is as of the last look; done tasks that are still referred to may be counted with Python before 3.14."""

    def __init__(self) -> None:
        self.number = 0
        self._next = 0.0

    def look(self, loop: AbstractEventLoop, now: float) -> None:
        """Counts, on the loop's thread, at this monotonic time."""
        registered = [getattr(asyncio.tasks, name, None) for name in ("_all_tasks", "_scheduled_tasks", "_eager_tasks")]
        sets = [found for found in registered if isinstance(found, Sized)]
        if sets:
            # The length of a weak set is known without walking it.
            self.number = sum(len(found) for found in sets)
        elif now >= self._next:
            started = perf_counter()
            self.number = len(asyncio.all_tasks(loop))
            self._next = now + max((perf_counter() - started) / _SHARE, 1.0)
