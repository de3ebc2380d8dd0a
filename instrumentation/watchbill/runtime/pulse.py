"""A timer on one event loop, which measures how late the loop runs it."""

from asyncio import AbstractEventLoop, TimerHandle
from collections import deque
from collections.abc import Callable
from time import monotonic, process_time
from typing import Final
from weakref import ref

from watchbill.runtime.peak import Peak
from watchbill.runtime.pools import Pool, pools_of
from watchbill.runtime.tasks import TaskCount

CALM_SECONDS: Final = 1.0
BUSY_SECONDS: Final = 0.1
BUSY_SHARE: Final = 0.25
LATE_SECONDS: Final = 0.02
_ALMOST = 0.9


class Pulse:
    """Beats on its loop's own thread for as long as the loop runs. Other threads may read it.

    Ten times a second while the process uses a quarter of a core or the loop has been late: then a timer costs
    microseconds, and more is worth knowing. Once a second else, since to wake an idle process costs a tenth of a
    millisecond and more. `delays` gets how late each beat was, in seconds; `beaten` is called once a second and
    contains its own errors.
    """

    def __init__(
        self,
        loop: AbstractEventLoop,
        delays: "deque[float]",
        beaten: Callable[[], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._loop = ref(loop)
        self._delays = delays
        self._beaten = beaten
        self._failed = failed
        self._worst = Peak()
        self.tasks = TaskCount()
        self.pools: tuple[Pool, ...] = pools_of(loop)
        self._last = monotonic()
        self._told = -CALM_SECONDS
        self._used = process_time()
        self._due = self._last + BUSY_SECONDS
        self._handle: TimerHandle | None = loop.call_later(BUSY_SECONDS, self._beat)

    @property
    def alive(self) -> bool:
        """Whether its loop is still there to run it."""
        loop = self._loop()
        return self._handle is not None and loop is not None and not loop.is_closed()

    @property
    def lag(self) -> float:
        """The most seconds a beat was late in the last 15 seconds, the one due now included."""
        return max(self._worst.at(monotonic()), self.overdue)

    @property
    def overdue(self) -> float:
        """How many seconds ago the loop should have run the next beat."""
        loop = self._loop()
        return max(monotonic() - self._due, 0.0) if loop is not None and loop.is_running() else 0.0

    def stop(self) -> None:
        """Beats no more. May be called on any thread."""
        handle, self._handle = self._handle, None
        loop = self._loop()
        if handle is None or loop is None or loop.is_closed():
            return
        try:
            loop.call_soon_threadsafe(handle.cancel)
        except RuntimeError:
            # It was closed in between, and its timers with it.
            return

    def _beat(self) -> None:
        loop = self._loop()
        if self._handle is None or loop is None:
            return
        now = monotonic()
        # A clock may let a timer run a moment early.
        late = max(now - self._due, 0.0)
        self._delays.append(late)
        self._worst.take(late, now)
        try:
            for pool in self.pools:
                pool.look(now)
            self.tasks.look(loop, now)
        except Exception as error:  # noqa: BLE001  never into the application's loop
            self._failed(error)
        if now - self._told >= CALM_SECONDS * _ALMOST:
            self._told = now
            self._beaten()
        pause = self._pause(now)
        self._due = monotonic() + pause
        self._handle = loop.call_later(pause, self._beat)

    def _pause(self, now: float) -> float:
        used = process_time()
        busy = used - self._used >= BUSY_SHARE * (now - self._last)
        self._used, self._last = used, now
        return BUSY_SECONDS if busy or self._worst.at(now) > LATE_SECONDS else CALM_SECONDS
