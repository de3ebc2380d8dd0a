"""Results of collectors that are too slow for each probe: read on clocks of their own, and kept."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from time import perf_counter
from typing import cast

from watchbill_exporters.collector import Collected
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.pace import is_due
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.session import Driver, SlowSession
from watchbill_exporters.slots import Slots
from watchbill_exporters.unexpected import place_of

LONGEST_READING = 30.0
"""Seconds that one collector may take, the connection included; its interval where that is less."""
LONGEST_RETRY = 30.0
INTERVALS_KEPT = 3
_GRACE = 0.2


@dataclass(slots=True)
class _Entry:
    """The last good result and when its reading began; when the last reading began, or failed, and why."""

    interval: float
    result: Collected | None = None
    read_at: float = -inf
    tried_at: float = -inf
    seconds: float = 0.0
    fault: str | None = None
    has_ended: bool = False

    def is_due(self, now: float) -> bool:
        """After its interval; sooner when the last reading failed or was broken off."""
        is_well = self.fault is None and self.read_at == self.tried_at
        return is_due(now - self.tried_at, self.interval if is_well else min(self.interval, LONGEST_RETRY))

    def is_too_old(self, now: float) -> bool:
        return now - self.read_at > INTERVALS_KEPT * self.interval

    def shown(self, name: str, now: float) -> Collected:
        if self.is_too_old(now):
            self.result = None
        if self.result is not None:
            return replace(self.result, age=now - self.read_at, fault=self.fault)
        if self.fault is not None:
            return Collected(name=name, seconds=self.seconds, fault=self.fault)
        return Collected(name=name, seconds=0.0, awaited=True)


class Kept:
    """The slow collectors of one target: at most one connection for all of them, opened when one is due."""

    def __init__(self, driver: Driver, slots: Slots) -> None:
        self._driver = driver
        self._slots = slots
        self._entries: dict[str, _Entry] = {}
        self._running: asyncio.Task[None] | None = None
        self._session: SlowSession | None = None

    @property
    def connections(self) -> int:
        """How many are open."""
        return int(self._session is not None)

    @property
    def is_reading(self) -> bool:
        """Whether a reading is under way, or waits for its turn."""
        return self._running is not None and not self._running.done()

    async def collected(self, deadline: Deadline) -> tuple[Collected, ...]:
        """What is kept. Begins to read what is due, and if that was never read before, waits until the deadline."""
        begun = self._begin(self._driver.clocks)
        if begun is not None and any(not entry.has_ended for entry in self._entries.values()):
            await asyncio.wait({begun}, timeout=deadline.remaining)
        return self.now()

    def now(self) -> tuple[Collected, ...]:
        """What is kept of each collector at this moment."""
        now = _now()
        return tuple(entry.shown(name, now) for name, entry in self._entries.items())

    async def stop(self) -> None:
        """Ends a reading, and its connection."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            await asyncio.wait({running})

    def _begin(self, clocks: Mapping[str, float]) -> "asyncio.Task[None] | None":
        """The reading that this call has begun."""
        if self.is_reading:
            return None
        self._entries = {name: self._entries.get(name) or _Entry(interval) for name, interval in clocks.items()}
        now = _now()
        due = deque(name for name, entry in self._entries.items() if entry.is_due(now))
        if not due:
            return None
        self._running = asyncio.create_task(self._read_all(due))
        return self._running

    async def _read_all(self, due: deque[str]) -> None:
        """A failure ends the connection and the turn: other targets that wait come first."""
        while due:
            async with self._slots.one():
                try:
                    while due and await self._read(due.popleft()):
                        pass
                finally:
                    await self._hang_up()

    async def _read(self, name: str) -> bool:
        entry = self._entries[name]
        entry.tried_at, began = _now(), perf_counter()
        outcome = await self._outcome(name, Deadline.after(min(entry.interval, LONGEST_READING)))
        entry.seconds, entry.fault, entry.has_ended = perf_counter() - began, outcome.fault, True
        if outcome.fault is None or outcome.measured:
            entry.result, entry.read_at = outcome, entry.tried_at
        else:
            # A reading that failed late is not begun again at once.
            entry.tried_at = _now()
        self._slots.count(failed=outcome.fault is not None)
        return outcome.fault is None

    async def _outcome(self, name: str, deadline: Deadline) -> Collected:
        began = perf_counter()
        try:
            async with asyncio.timeout_at(deadline.at + _GRACE):
                if self._session is None:
                    self._session = cast("SlowSession", await self._driver.connect(deadline))
                return await self._session.read_slowly(name, deadline)
        except TargetDown as down:
            fault = str(down)
        except TimeoutError:
            fault = "it did not end in time"
        except Exception as error:  # noqa: BLE001  # a target may send anything; the other collectors go on
            fault = place_of(error)
        return Collected(name=name, seconds=perf_counter() - began, fault=fault)

    async def _hang_up(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()


def _now() -> float:
    return asyncio.get_running_loop().time()
