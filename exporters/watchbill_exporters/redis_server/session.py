"""Reads everything there is to know of a Redis server in one flight of commands."""

from functools import partial
from time import perf_counter

from watchbill_exporters.collector import Collected, Reading, collected
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.redis_server.inventory import COLLECTORS, COMMANDS, RedisCollector
from watchbill_exporters.redis_server.protocol import Command, Reply, Wire
from watchbill_exporters.redis_server.refusal import raise_if_down
from watchbill_exporters.redis_server.replies import PING, Replies


class RedisSession:
    """A signed-in connection."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def read(self, ping: Deadline, whole: Deadline) -> Reading:
        """PING, then the commands of all collectors, without waiting in between."""
        self._wire.renew_allowance()
        began = perf_counter()
        # PING leaves in a packet of its own, so that its time is not that of the others.
        self._wire.send(PING)
        self._wire.send(*COMMANDS)
        async with ping.limit("PING"):
            pong = await self._wire.reply()
        ping_seconds = perf_counter() - began
        raise_if_down(pong)
        arrived: dict[Command, Reply] = {}
        intact = await self._arrive(arrived, whole)
        replies = Replies(arrived)
        return Reading(
            ping_seconds=ping_seconds,
            collected=tuple(_outcome(collector, replies, began) for collector in COLLECTORS),
            intact=intact,
        )

    async def close(self) -> None:
        """Drops the connection at once."""
        await self._wire.close()

    async def _arrive(self, arrived: dict[Command, Reply], whole: Deadline) -> bool:
        """Fills in replies as they come; false when the time was up before the last one."""
        try:
            async with whole.limit("reading"):
                for command in COMMANDS:
                    arrived[command] = await self._wire.reply()
        except TargetDown as down:
            if down.reason != "timeout":
                raise
            return False
        return True


def _outcome(collector: RedisCollector, replies: Replies, began: float) -> Collected:
    return collected(collector.name, lambda: perf_counter() - began, partial(collector.measure, replies))
