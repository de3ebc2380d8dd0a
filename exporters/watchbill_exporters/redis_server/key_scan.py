"""Walks a database's keys in slices, as slowly as it takes to be no burden."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from time import perf_counter

from watchbill_exporters.deadline import Deadline
from watchbill_exporters.redis_server.protocol import Wire
from watchbill_exporters.redis_server.replies import Refused
from watchbill_exporters.redis_server.reply import Refusal, Reply
from watchbill_exporters.redis_server.request import Command

_COUNT = "1000"
_PAUSE = 2.0
"""So many times as long as a slice took, the server has for others."""
_SHORTEST_PAUSE = 0.001


class KeyScan:
    """One walk through the database that a connection is in. Keys come in the order of their hashes: any part of the
    walk is a fair sample of all.
    """

    def __init__(self, wire: Wire, deadline: Deadline) -> None:
        self._wire = wire
        self._deadline = deadline
        self.is_complete = False

    async def slices(self, until: Deadline) -> AsyncIterator[Sequence[str]]:
        """Keys, a thousand or so at a time, until the walk or the time is over; raises Refused."""
        cursor = "0"
        while not self.is_complete:
            began = perf_counter()
            (answer,) = await self.ask(("SCAN", cursor, "COUNT", _COUNT))
            match answer:
                case [str() as cursor, list() as keys]:
                    yield [key for key in keys if isinstance(key, str)]
                case _:
                    raise Refused("scan answered with no keys")
            self.is_complete = cursor == "0"
            if not until.remaining:
                return
            await asyncio.sleep(max((perf_counter() - began) * _PAUSE, _SHORTEST_PAUSE))

    async def ask(self, *commands: Command) -> list[Reply]:
        """Replies to commands that leave together; raises Refused for an error, TargetDown for a lost connection."""
        self._wire.renew_allowance()
        self._wire.send(*commands)
        async with self._deadline.limit("walking through keys"):
            replies = [await self._wire.reply() for _ in commands]
        for reply in replies:
            if isinstance(reply, Refusal):
                raise Refused(reply.text[:200])
        return replies
