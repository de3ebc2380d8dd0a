"""A target: at most one connection and one probe at a time, whoever asks."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from watchbill.exposition import Family
from watchbill_exporters.collector import Collected, Reading
from watchbill_exporters.configuration.settings import Settings
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.session import Driver, Session
from watchbill_exporters.vitals import Vitals

LOG = logging.getLogger("watchbill.exporter")

_KEPT_SHARE = 1 / 3
_GRACE = 0.1


@dataclass(frozen=True, slots=True)
class Probe:
    """What came of asking a target, and how many seconds it took."""

    vitals: Vitals
    outcome: Reading | TargetDown
    seconds: float

    def families(self) -> tuple[Family, ...]:
        """The probe as metrics."""
        return tuple(self.vitals.families(self.outcome, self.seconds))

    @property
    def missing_rights(self) -> tuple[str, ...]:
        """Rights that the exporter's account lacks on the target."""
        if isinstance(self.outcome, TargetDown):
            return ()
        families = (family for one in self.outcome.collected for family in one.families)
        samples = (
            sample for family in families if family.name == self.vitals.permission.name for sample in family.samples
        )
        return tuple(sample.values[0] for sample in samples if not sample.value)


class Target:
    """Probes one server. A second request that arrives during a probe shares its result."""

    def __init__(self, settings: Settings, driver: Driver) -> None:
        self.settings = settings
        self._driver = driver
        self._session: Session | None = None
        self._running: asyncio.Task[Probe] | None = None
        self._told: str | None = None

    async def probe(self, budget: float) -> Probe:
        """Asks the server; never takes longer than the budget, in seconds, and never raises for the server's sake."""
        deadline = Deadline.after(budget)
        began = perf_counter()
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._probe(deadline))
        # Waiting does not cancel the task: a client that leaves takes no result from the others.
        running = self._running
        await asyncio.wait({running}, timeout=deadline.remaining + _GRACE)
        if running.done() and not running.cancelled():
            return running.result()
        # Cancelled by close(), or begun by a scraper with more patience than this one has.
        late = TargetDown("timeout", "the probe has not ended in time")
        return Probe(self._driver.vitals, late, perf_counter() - began)

    async def close(self) -> None:
        """Ends a probe that runs, and the connection."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _probe(self, deadline: Deadline) -> Probe:
        began = perf_counter()
        outcome: Reading | TargetDown
        try:
            outcome = await self._read(deadline)
        except TargetDown as down:
            outcome = down
        self._tell(outcome)
        return Probe(self._driver.vitals, outcome, perf_counter() - began)

    async def _read(self, deadline: Deadline) -> Reading:
        """Over the kept connection, or over a new one when that shows no sign of life in its share of the time."""
        kept, self._session = self._session, None
        if kept is not None:
            try:
                return await self._use(kept, deadline.within(deadline.remaining * _KEPT_SHARE), deadline)
            except TargetDown:
                if not deadline.remaining:
                    raise
        return await self._use(await self._driver.connect(deadline), deadline, deadline)

    async def _use(self, session: Session, ping: Deadline, whole: Deadline) -> Reading:
        keep = False
        try:
            reading = await session.read(ping, whole)
            keep = reading.intact
        finally:
            if keep:
                self._session = session
            else:
                await session.close()
        return reading

    def _tell(self, outcome: Reading | TargetDown) -> None:
        """Logs what has changed since the last probe, with cause and remedy; a lasting fault is logged once."""
        news = _down(outcome) if isinstance(outcome, TargetDown) else _faults(outcome.collected)
        if news == self._told:
            return
        if news is None:
            if self._told:
                LOG.info("target %s answers again", self.settings.name)
        else:
            LOG.warning("target %s %s", self.settings.name, news)
        self._told = news


def _down(down: TargetDown) -> str:
    return f"is down ({down.reason}): {down.cause}; remedy: {down.remedy}"


def _faults(outcomes: Sequence[Collected]) -> str | None:
    faults = [f"{one.name}: {one.fault}" for one in outcomes if one.fault is not None]
    dropped = [f"{one.name}: {one.dropped} series too many left out" for one in outcomes if one.dropped]
    return f"is up, but in part: {'; '.join(faults + dropped)}" if faults or dropped else None
