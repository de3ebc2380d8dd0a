"""A target: at most one connection and one probe at a time, whoever asks."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic, perf_counter

from watchbill_exporters.collector import Collected, Reading
from watchbill_exporters.configuration.settings import Settings
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.duplicates import without_duplicates
from watchbill_exporters.kept import Kept
from watchbill_exporters.probe import Probe
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.session import Driver, Session
from watchbill_exporters.slots import Slots
from watchbill_exporters.statement_text import StatementText, TellsStatements
from watchbill_exporters.trouble import trouble
from watchbill_exporters.unexpected import place_of

LOG = logging.getLogger("watchbill.exporter")

_KEPT_SHARE = 1 / 3
_GRACE = 0.1


class Target:
    """Probes one server. A second request that arrives during a probe shares its result.

    `remedy` is the line that gives the exporter's account a right it lacks.
    """

    def __init__(self, settings: Settings, driver: Driver, slots: Slots, remedy: Callable[[str], str]) -> None:
        self.settings = settings
        self._remedy = remedy
        self.is_down = False
        self.used_at = monotonic()
        self._driver = driver
        self._kept = Kept(driver, slots)
        self._session: Session | None = None
        self._in_use = False
        self._connecting: float | None = None
        self._running: asyncio.Task[Probe] | None = None
        self._deadline = Deadline(0.0)
        self._quick: Probe | None = None
        self._number = 0
        self._told: str | None = None
        self._is_closed = False

    @property
    def connections(self) -> int:
        """How many are open: one, and one more while slow collectors read."""
        return int(self._session is not None or self._in_use) + self._kept.connections

    @property
    def is_busy(self) -> bool:
        """Whether a probe or a slow reading is under way."""
        return (self._running is not None and not self._running.done()) or self._kept.is_reading

    async def probe(self, budget: float) -> Probe:
        """Asks the server; never takes longer than the budget, in seconds, and never raises for the server's sake."""
        deadline = Deadline.after(budget)
        began = perf_counter()
        running, until = self._join(deadline)
        while await _ended(running, deadline):
            used_up = not until.remaining and until.at < deadline.at
            if not (used_up and deadline.remaining) or self._is_closed:
                break
            # It was begun by a scraper with less patience, and its time decided what it found.
            running, until = self._join(deadline)
        if running.done() and not running.cancelled():
            return running.result()
        # Cancelled by close(), or begun by a scraper with more patience than this one has.
        if not until.remaining:
            running.cancel()
        if self._quick is not None:
            return self._whole(self._quick, self._kept.now())
        late = TargetDown("timeout", "the probe has not ended in time")
        return Probe(self._driver.vitals, late, perf_counter() - began, self._number)

    async def statement_texts(self, deadline: Deadline) -> Sequence[StatementText] | None:
        """The texts of the statements that its labels know by number; None for a kind without.

        Raises TargetDown and UnreadTexts.
        """
        if not isinstance(self._driver, TellsStatements):
            return None
        return await self._driver.statement_texts(deadline)

    async def rest(self) -> None:
        """Closes the connection until the next probe, unless one is under way."""
        if not self.is_busy:
            await self._hang_up()

    async def close(self) -> None:
        """Ends a probe that runs, and the connections."""
        self._is_closed = True
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})
        await self._kept.stop()
        await self._hang_up()
        await self._driver.close()

    def _join(self, deadline: Deadline) -> "tuple[asyncio.Task[Probe], Deadline]":
        """The probe that runs, or a new one, and when its time ends."""
        if self._running is None or self._running.done():
            self._deadline = deadline
            self._running = asyncio.create_task(self._probe(deadline))
            self._running.add_done_callback(self._forget)
        return self._running, self._deadline

    async def _probe(self, deadline: Deadline) -> Probe:
        self._quick = None
        self._number += 1
        began = perf_counter()
        outcome = await self._outcome(deadline)
        seconds = perf_counter() - began
        found = Probe(self._driver.vitals, outcome, seconds, self._number, self._connecting)
        if isinstance(outcome, TargetDown):
            await self._kept.stop()
        else:
            self._quick = found
            found = self._whole(found, await self._kept.collected(deadline))
        self.is_down = not found.is_up
        self.used_at = monotonic()
        self._tell(found)
        return found

    async def _outcome(self, deadline: Deadline) -> Reading | TargetDown:
        try:
            return await self._read(deadline)
        except TargetDown as down:
            # A copy: the traceback's frames hold the connection that failed.
            return TargetDown(down.reason, down.cause, down.remedy)
        except Exception as error:  # noqa: BLE001  # a server may send anything, and the answer is then `up 0`
            return TargetDown("protocol", f"what it sent could not be understood: {place_of(error)}")

    async def _read(self, deadline: Deadline) -> Reading:
        """Over the kept connection, or over a new one when that shows no sign of life in its share of the time."""
        kept, self._session = self._session, None
        if kept is not None:
            try:
                return await self._use(kept, deadline.within(deadline.remaining * _KEPT_SHARE), deadline)
            except TargetDown:
                if not deadline.remaining:
                    raise
        began = perf_counter()
        session = await self._driver.connect(deadline)
        self._connecting = perf_counter() - began
        return await self._use(session, deadline, deadline)

    async def _use(self, session: Session, ping: Deadline, whole: Deadline) -> Reading:
        keep, self._in_use = False, True
        try:
            reading = await session.read(ping, whole)
            keep = reading.intact
        finally:
            self._in_use = False
            if keep:
                self._session = session
            else:
                await session.close()
        return reading

    async def _hang_up(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _forget(self, ended: "asyncio.Task[Probe]") -> None:
        """Lets what was read go as soon as it is shown."""
        if self._running is ended:
            self._running, self._quick = None, None

    def _whole(self, quick: Probe, slow: Sequence[Collected]) -> Probe:
        if isinstance(quick.outcome, TargetDown):
            return quick
        collected = without_duplicates((*quick.outcome.collected, *slow))
        return replace(quick, outcome=replace(quick.outcome, collected=collected))

    def _tell(self, found: Probe) -> None:
        """Logs what has changed since the last probe, with cause and remedy; a lasting fault is logged once."""
        news = trouble(found, self._remedy)
        if news == self._told:
            return
        if news is None:
            if self._told:
                LOG.info("target %s answers again", self.settings.name)
        else:
            LOG.warning("target %s %s", self.settings.name, news)
        self._told = news


async def _ended(running: "asyncio.Task[Probe]", deadline: Deadline) -> bool:
    """Whether it ended in time. To wait does not cancel it: a client that leaves takes no result from the others."""
    await asyncio.wait({running}, timeout=deadline.remaining + _GRACE)
    return running.done()
