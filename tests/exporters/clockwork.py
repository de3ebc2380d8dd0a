"""A kind of target for tests of the frame: it answers at once, but for collectors that take as long as a test says."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from watchbill.catalogue.redis_server.clients import REDIS_CLIENTS
from watchbill.catalogue.redis_server.memory import REDIS_MEMORY_USED
from watchbill_exporters.collector import Collected, Reading, single
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.encoding import text
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.redis_server.driver import RedisDriver
from watchbill_exporters.redis_server.settings import RedisSettings
from watchbill_exporters.slots import Slots
from watchbill_exporters.target import Target

QUICK, SLOW = REDIS_CLIENTS, REDIS_MEMORY_USED
"""The metric of the quick collector, and that of every slow one, which counts all readings."""


@dataclass
class Clockwork:
    """What its sessions do, and what has become of them."""

    clocks: Mapping[str, float]
    pause: float = 0.0
    fault: str | None = None
    failing: Collection[str] = ("sizes", "bloat")
    is_down: bool = False
    vitals = RedisDriver.vitals
    open: int = 0
    most_open: int = 0
    begun: int = 0
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)
    readings: int = 0

    async def connect(self, deadline: Deadline) -> "ClockworkSession":
        del deadline
        if self.is_down:
            raise TargetDown("refused", "nobody listens there")
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        return ClockworkSession(self)

    async def close(self) -> None: ...

    def target(self, slots: Slots | None = None) -> Target:
        """It as a target."""
        settings = RedisSettings(name="clockwork", address="127.0.0.1:1")
        return Target(settings, self, slots or Slots(), lambda right: f"grant {right}")


@dataclass
class ClockworkSession:
    """A session of it."""

    work: Clockwork
    closed: bool = field(default=False, init=False)

    async def read(self, ping: Deadline, whole: Deadline) -> Reading:
        del ping, whole
        if self.work.is_down:
            raise TargetDown("refused", "nobody listens there")
        quick = Collected(name="quick", seconds=0.0, measured=(single(QUICK, 1.0),))
        return Reading(ping_seconds=0.0, collected=(quick,))

    async def read_slowly(self, name: str, deadline: Deadline) -> Collected:
        self.work.begun += 1
        self.work.has_begun.set()
        async with deadline.limit(name):
            await asyncio.sleep(self.work.pause)
        if self.work.fault is not None and name in self.work.failing:
            return Collected(name=name, seconds=0.0, fault=self.work.fault)
        self.work.readings += 1
        return Collected(name=name, seconds=0.0, measured=(single(SLOW, self.work.readings),))

    async def close(self) -> None:
        self.work.open -= not self.closed
        self.closed = True


async def scraped(target: Target, budget: float = 1.0) -> str:
    """The target's exposition."""
    return text([((), (await target.probe(budget)).measured())], openmetrics=False)


async def scraped_until(target: Target, condition: Callable[[str], bool], budget: float = 1.0) -> str:
    """Scrapes until an exposition is as it should be."""
    for _ in range(500):
        answer = await scraped(target, budget)
        if condition(answer):
            return answer
        await asyncio.sleep(0.01)
    raise AssertionError("what is waited for never came")


async def until(condition: Callable[[], bool]) -> None:
    """Lets the loop go on until something is so."""
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("what is waited for never came")
