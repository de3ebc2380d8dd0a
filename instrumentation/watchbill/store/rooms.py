"""Which cells are free."""

import time
from collections import deque

_SCRAPES = 2
_SECONDS = 600.0


class Rooms:
    """Hands out runs of cells. Those given back are handed out again after ten minutes and two snapshots.

    Whoever keeps text by a series' first cell has forgotten the old series by then.
    """

    def __init__(self, used: int) -> None:
        self.used = used
        self._scrapes = 0
        self._seconds = _SECONDS
        self._free: dict[int, deque[tuple[int, float, int]]] = {}

    def take(self, width: int) -> int:
        """The first of so many cells."""
        free = self._free.get(width)
        if free and free[0][0] + _SCRAPES <= self._scrapes and free[0][1] + self._seconds <= time.monotonic():
            return free.popleft()[2]
        at, self.used = self.used, self.used + width
        return at

    def take_freed(self, width: int) -> int:
        """The first of so many cells given back, however lately; 0 when there are none."""
        free = self._free.get(width)
        return free.popleft()[2] if free else 0

    def give_back(self, at: int, width: int) -> None:
        """Cells that are not needed any more."""
        self._free.setdefault(width, deque()).append((self._scrapes, time.monotonic(), at))

    def scraped(self) -> None:
        """A snapshot is being taken."""
        self._scrapes += 1
