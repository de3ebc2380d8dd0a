"""A token bucket: so many a second, and a burst."""

import asyncio
from collections.abc import Callable
from threading import Lock
from time import monotonic

from watchbill.forked import in_child

_WHOLE = 1.0 - 1e-9
"""A tenth of a second at ten a second is a little less than one."""


class TokenBucket:
    """Begins full. `rate` is tokens per second, `burst` how many it holds. Thread-safe."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = monotonic) -> None:
        self.rate = rate
        self.burst = burst
        self._clock = clock
        self._lock = Lock()
        self._tokens = float(burst)
        self._filled = clock()
        in_child(self.forked)

    @property
    def tokens(self) -> float:
        """How many there are now; none while somebody waits."""
        with self._lock:
            self._fill()
            return max(self._tokens, 0.0)

    def take(self) -> bool:
        """Takes one if there is one."""
        with self._lock:
            self._fill()
            if self._tokens < _WHOLE:
                return False
            self._tokens -= 1.0
            return True

    async def wait(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109  whether it is worth waiting is known at once
        """Takes one when its turn comes; False at once where that is more than `timeout` seconds away."""
        with self._lock:
            self._fill()
            seconds = max(1.0 - self._tokens, 0.0) / self.rate
            if timeout is not None and seconds > timeout:
                return False
            # Whoever comes later waits longer.
            self._tokens -= 1.0
        if seconds:
            try:
                await asyncio.sleep(seconds)
            except BaseException:
                self._give_back()
                raise
        return True

    def forked(self) -> None:
        """In a child process: a thread of the parent's may hold the lock."""
        self._lock = Lock()

    def _give_back(self) -> None:
        with self._lock:
            self._tokens = min(self._tokens + 1.0, float(self.burst))

    def _fill(self) -> None:
        now = self._clock()
        self._tokens = min(self._tokens + (now - self._filled) * self.rate, float(self.burst))
        self._filled = now
