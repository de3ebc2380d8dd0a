"""How many connections there may be, over all targets, for collectors that have a clock of their own."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

MOST_AT_ONCE = 8


class Slots:
    """Given out in the order of asking."""

    def __init__(self, most: int = MOST_AT_ONCE) -> None:
        self._free = asyncio.Semaphore(most)
        self.taken = 0
        self.waiting = 0
        self.readings = 0
        self.failures = 0

    @asynccontextmanager
    async def one(self) -> AsyncGenerator[None]:
        """Holds one for the length of the block, once one is free."""
        self.waiting += 1
        try:
            await self._free.acquire()
        finally:
            self.waiting -= 1
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1
            self._free.release()

    def count(self, *, failed: bool) -> None:
        """Counts a reading that ended."""
        self.readings += 1
        self.failures += failed
