"""What the garbage collector did in this process."""

import gc
from collections import deque
from time import perf_counter
from typing import NamedTuple

GENERATIONS = 3
_KEPT = 100_000


class Collected(NamedTuple):
    """What one generation's collections came to since the process began."""

    collections: int
    objects: int
    uncollectable: int


class Garbage:
    """Times collections while it listens.

    The collector calls between any two instructions, whatever locks this thread holds, so nothing here takes one.
    """

    def __init__(self) -> None:
        self.pauses: tuple[deque[float], ...] = tuple(deque(maxlen=_KEPT) for _ in range(GENERATIONS))
        self._inherited = [Collected(0, 0, 0)] * GENERATIONS
        self._started = 0.0

    def listen(self) -> None:
        """Begins to time collections."""
        if self._called not in gc.callbacks:
            gc.callbacks.append(self._called)

    def stop(self) -> None:
        """Ends it."""
        if self._called in gc.callbacks:
            gc.callbacks.remove(self._called)

    def collected(self) -> tuple[Collected, ...]:
        """By generation, without what a parent process did before it forked."""
        return tuple(
            Collected(*(now - before for now, before in zip(one, base, strict=True)))
            for one, base in zip(_statistics(), self._inherited, strict=True)
        )

    def forked(self) -> None:
        """In a child process: what was before is the parent's."""
        self._inherited = _statistics()
        for pauses in self.pauses:
            pauses.clear()

    def _called(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._started = perf_counter()
        elif self._started:
            self.pauses[info["generation"]].append(perf_counter() - self._started)
            self._started = 0.0


def _statistics() -> list[Collected]:
    found = [Collected(one["collections"], one["collected"], one["uncollectable"]) for one in gc.get_stats()]
    return (found + [Collected(0, 0, 0)] * GENERATIONS)[:GENERATIONS]
