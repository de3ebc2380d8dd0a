"""Running one check: at most once at a time, no longer than its timeout, for all who ask at once."""

import asyncio
import inspect
import os
from collections.abc import Callable
from functools import partial
from time import monotonic, perf_counter, time

from watchbill.function import is_async
from watchbill.health.check import Check, Outcome
from watchbill.health.thread_call import ThreadCall

_GRACE_SECONDS = 0.05
Settled = tuple[object, BaseException | None]


class Probe:
    """Keeps the last outcome. A run that does not end is left behind, and no other is started beside it."""

    def __init__(self, check: Check, settled: Callable[[Check, Outcome], None]) -> None:
        self.check = check
        self.last: Outcome | None = None
        self._settled = settled
        self._on_loop = _is_coroutine_function(check.run)
        self._process = os.getpid()
        self._flight: asyncio.Task[Outcome] | None = None
        self._task: asyncio.Task[Settled] | None = None
        self._call: ThreadCall[object] | None = None
        self._ended = 0.0

    async def outcome(self, max_age: float) -> Outcome:
        """The last outcome if it is no older than so many seconds, else a new one; never raises an error."""
        if self._process != os.getpid():
            self._forget()
        if self.last is not None and monotonic() - self._ended < max_age:
            return self.last
        loop = asyncio.get_running_loop()
        flight = self._flight
        if flight is None or flight.done() or flight.get_loop() is not loop:
            flight = self._flight = loop.create_task(self._run())
        # Who asked may go away; the run is for the others too.
        return await asyncio.shield(flight)

    def _forget(self) -> None:
        """A fork takes none of the parent's tasks and threads along."""
        self._process, self._ended = os.getpid(), 0.0
        self._flight = self._task = self._call = None

    async def _run(self) -> Outcome:
        began = perf_counter()
        if self._is_stuck():
            reason = "the run before has not ended; it is not started again"
            found = Outcome(False, reason, {}, 0.0, time())
        else:
            task = self._task = asyncio.get_running_loop().create_task(self._called())
            await asyncio.wait({task}, timeout=self.check.timeout)
            seconds = perf_counter() - began
            if task.done():
                found = Outcome.of(*task.result(), seconds, time())
            else:
                task.cancel()
                await asyncio.wait({task}, timeout=_GRACE_SECONDS)
                found = Outcome(False, f"no answer within {self.check.timeout:g} s", {}, seconds, time())
        self.last, self._ended = found, monotonic()
        self._settled(self.check, found)
        return found

    def _is_stuck(self) -> bool:
        task, call = self._task, self._call
        # A task of a loop that has ended will never be done.
        waits = task is not None and not task.done() and task.get_loop().is_running()
        return waits or (call is not None and not call.ended.is_set())

    async def _called(self) -> Settled:
        """What the check returned or raised, sys.exit included: a task that raises it would end the server."""
        try:
            value = self.check.run() if self._on_loop else await self._in_thread()
            return (await value if inspect.isawaitable(value) else value), None
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  whatever a check raises is its finding
            return None, error

    async def _in_thread(self) -> object:
        call = self._call = ThreadCall(self.check.run, f"watchbill-check-{self.check.name}")
        return await call.result()


def _is_coroutine_function(run: Callable[[], object]) -> bool:
    while isinstance(run, partial):
        run = run.func
    return is_async(run)
