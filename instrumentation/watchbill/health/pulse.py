"""What happens every few seconds on the application's event loop."""

import asyncio
import os
from collections.abc import Awaitable, Callable

from watchbill.fault import Faults


class Pulse:
    """Runs a function now and then every so many seconds, on one loop at a time; a loop that ends takes it along."""

    def __init__(self, beat: Callable[[], Awaitable[object]], every: float, faults: Faults) -> None:
        self._beat = beat
        self._every = every
        self._faults = faults
        self._process = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._next: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Starts on the running loop unless it runs already; does nothing outside of one."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        runs = self._loop is not None and self._process == os.getpid() and self._loop.is_running()
        if not runs:
            self._process, self._loop, self._task = os.getpid(), loop, None
            self._tick()

    def stop(self) -> None:
        """Ends it; a beat that is under way is cancelled."""
        loop, self._loop = self._loop, None
        for pending in (self._next, self._task):
            if pending is not None and loop is not None and not loop.is_closed() and self._process == os.getpid():
                loop.call_soon_threadsafe(pending.cancel)
        self._next = self._task = None

    def _tick(self) -> None:
        loop = self._loop
        if loop is None:
            return
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._guarded())
        self._next = loop.call_later(self._every, self._tick)

    async def _guarded(self) -> None:
        try:
            await self._beat()
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("health", error)
