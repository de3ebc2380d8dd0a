"""Reads everything there is to know of a Redis server in one flight of commands."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from time import perf_counter

from watchbill_exporters.collector import Collected, Measured, Reading, collected
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.flight import Flight, is_switch
from watchbill_exporters.redis_server.inventory import Inventory
from watchbill_exporters.redis_server.permissions import permissions
from watchbill_exporters.redis_server.protocol import Wire
from watchbill_exporters.redis_server.refusal import raise_if_down
from watchbill_exporters.redis_server.replies import INFO, PING, Refused, Replies
from watchbill_exporters.redis_server.reply import Refusal, Reply, TooMuch
from watchbill_exporters.redis_server.request import Request

_PERMISSIONS = "permissions"
_PROBES = "probes"


class RedisSession:
    """A signed-in connection."""

    def __init__(self, wire: Wire, inventory: Inventory) -> None:
        self._wire = wire
        self._inventory = inventory

    @property
    def wire(self) -> Wire:
        """The connection itself, for what an operator asks by hand."""
        return self._wire

    async def read(self, ping: Deadline, whole: Deadline) -> Reading:
        """PING, then the requests of all collectors without a wait in between; a second flight where one is needed."""
        self._wire.renew_allowance()
        began = perf_counter()
        first = self._inventory.first
        # PING leaves in a packet of its own, so that its time is not that of the others.
        self._wire.send(PING)
        self._wire.send_packet(first.packet)
        async with ping.limit("PING"):
            pong = await self._wire.reply()
        ping_seconds = perf_counter() - began
        raise_if_down(pong)
        arrived: dict[Request, Reply] = {}
        replies = Replies(arrived)
        intact = await self._arrive(first, arrived, replies, whole)
        # What it learns of the server counts for the next probe, too, whose connection may hold until the end.
        second = self._inventory.second(replies) if replies.has(INFO) else None
        if intact and second is not None:
            self._wire.send_packet(second.packet)
            intact = await self._arrive(second, arrived, replies, whole)
        outcomes = [_outcome(collector, replies, began) for collector in self._inventory.collectors]
        rights = collected(_PERMISSIONS, lambda: perf_counter() - began, partial(permissions, replies, arrived))
        taken = collected(_PROBES, lambda: 0.0, partial(self._inventory.account, perf_counter() - began))
        return Reading(ping_seconds=ping_seconds, collected=(rights, *outcomes, taken), intact=intact)

    async def read_slowly(self, name: str, deadline: Deadline) -> Collected:
        """The keys of one database by their prefixes."""
        began = perf_counter()
        fault: str | None = None
        measured: Sequence[Measured] = ()
        try:
            measured = await self._inventory.slow[name].read(self._wire, deadline)
        except Refused as refused:
            fault = str(refused)
        outcome = collected(name, lambda: perf_counter() - began, lambda: measured)
        return outcome if fault is None else replace(outcome, fault=fault)

    async def close(self) -> None:
        """Drops the connection at once."""
        await self._wire.close()

    async def _arrive(self, flight: Flight, arrived: dict[Request, Reply], replies: Replies, whole: Deadline) -> bool:
        """Fills in replies as they come; false when the connection cannot be kept."""
        refused: dict[int, Refusal] = {}
        try:
            async with whole.limit("reading"):
                for request in flight.requests:
                    reply = await self._wire.reply()
                    if not is_switch(request):
                        arrived[request] = refused.get(request.database, reply)
                        continue
                    arrived[request] = reply
                    if isinstance(reply, Refusal):
                        # Those behind it were carried out in another database: their replies are not what was asked.
                        refused[request.database] = Refusal(f"SELECT {request.database}: {reply.text}")
        except TargetDown as down:
            # A huge item in one queue is no reason to show nothing of the server.
            huge = isinstance(down, TooMuch) and INFO in arrived
            if down.reason != "timeout" and not huge:
                raise
            replies.silence = down.cause if huge else replies.silence
            return False
        return 0 not in refused


def _outcome(collector: RedisCollector, replies: Replies, began: float) -> Collected:
    return collected(collector.name, lambda: perf_counter() - began, partial(collector.measure, replies))
