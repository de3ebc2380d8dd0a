"""A call in a thread of its own, for what must not hold up the event loop."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from threading import Event, Thread
from typing import Generic, TypeVar, cast

Value = TypeVar("Value")


class ThreadCall(Generic[Value]):
    """Starts at once. The thread keeps no process alive, however long the call takes; `ended` tells when it has."""

    def __init__(self, run: Callable[[], Value], name: str) -> None:
        self.ended = Event()
        self._run = run
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[tuple[Value | None, BaseException | None]] = self._loop.create_future()
        Thread(target=partial(copy_context().run, self._call), name=name, daemon=True).start()

    async def result(self) -> Value:
        """What the call returned, or raised."""
        value, error = await self._waiter
        if error is not None:
            raise error
        return cast("Value", value)

    def _call(self) -> None:
        found: tuple[Value | None, BaseException | None]
        try:
            found = self._run(), None
        except BaseException as error:  # noqa: BLE001  it is raised where the result is awaited
            found = None, error
        self.ended.set()
        # The loop may be gone by now.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._settle, found)

    def _settle(self, found: tuple[Value | None, BaseException | None]) -> None:
        if not self._waiter.done():
            self._waiter.set_result(found)
