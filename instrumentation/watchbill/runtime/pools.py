"""How busy the thread pools are that an event loop hands blocking calls to."""

import gc
import sys
from asyncio import AbstractEventLoop
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol
from weakref import ref

from watchbill.runtime.peak import Peak

ANYIO, ASYNCIO = "anyio", "asyncio"
_UNSEEN = (0, 0, 0)
_KEPT_AS = "_default_executor"


class Threads(Protocol):
    """Reads a pool: threads in use, threads there may be, calls that wait."""

    def __call__(self) -> tuple[int, float, int]: ...


class Pool:
    """One pool of one loop. `look` is called on the loop's thread, the rest on any."""

    def __init__(self, name: str, threads: Threads) -> None:
        self.name = name
        self.limit = 0.0
        self._threads = threads
        self._busy = Peak()
        self._waiting = Peak()

    def look(self, now: float) -> None:
        """Notes how the pool is at this monotonic time."""
        busy, self.limit, waiting = self._threads()
        self._busy.take(busy, now)
        self._waiting.take(waiting, now)

    def busy(self, now: float) -> float:
        """The most threads in use at once in the last 15 seconds."""
        return self._busy.at(now)

    def waiting(self, now: float) -> float:
        """The most calls that waited at once in the last 15 seconds."""
        return self._waiting.at(now)


def pools_of(loop: AbstractEventLoop) -> tuple[Pool, ...]:
    """The pools of the running loop: asyncio's, and anyio's where the application uses anyio."""
    pools = [Pool(ASYNCIO, _DefaultExecutor(loop))]
    limiter = _anyio_limiter()
    if limiter is not None:
        pools.insert(0, Pool(ANYIO, _Limiter(limiter)))
    return tuple(pools)


def _anyio_limiter() -> Any:
    """The limiter for sync endpoints, dependencies and background tasks; it belongs to the running loop."""
    if "anyio" not in sys.modules:
        return None
    from anyio.to_thread import current_default_thread_limiter

    return current_default_thread_limiter()


class _Limiter:
    def __init__(self, limiter: Any) -> None:
        self._limiter = limiter

    def __call__(self) -> tuple[int, float, int]:
        limiter = self._limiter
        busy = limiter.borrowed_tokens
        total = limiter.total_tokens
        # The statistics copy every borrower, so they are asked for only when somebody can be waiting.
        return busy, total, limiter.statistics().tasks_waiting if busy >= total else 0


class _DefaultExecutor:
    """A loop makes its default executor with the first call that needs it, or is given another."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = ref(loop)
        self._executor: ref[ThreadPoolExecutor] | None = None

    def __call__(self) -> tuple[int, float, int]:
        executor = self._found()
        if executor is None:
            return _UNSEEN
        # The standard library's pool says these things to nobody; the names are the same from Python 3.9 on.
        private: Any = executor
        idle = private._idle_semaphore._value  # noqa: SLF001  see above
        waiting = private._work_queue.qsize()  # noqa: SLF001  see above
        threads = len(private._threads)  # noqa: SLF001  see above
        return max(threads - idle, 0), private._max_workers, waiting  # noqa: SLF001  see above

    def _found(self) -> ThreadPoolExecutor | None:
        loop = self._loop()
        if loop is None:
            return None
        kept: object = getattr(loop, _KEPT_AS, loop)
        if kept is not loop:
            return kept if isinstance(kept, ThreadPoolExecutor) else None
        # uvloop keeps it out of sight, but the garbage collector sees it.
        known = self._executor() if self._executor is not None else None
        if known is None:
            known = next((held for held in gc.get_referents(loop) if isinstance(held, ThreadPoolExecutor)), None)
            self._executor = ref(known) if known is not None else None
        return known
