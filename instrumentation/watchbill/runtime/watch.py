"""The one watch over this process, whoever asks for it."""

import os
from asyncio import AbstractEventLoop
from collections import deque
from threading import Event, Lock, Thread
from time import monotonic
from typing import Final
from weakref import WeakKeyDictionary

from watchbill.runtime.garbage import Garbage
from watchbill.runtime.pulse import Pulse
from watchbill.runtime.series import Reading, RuntimeSeries, Usage

STUCK_SECONDS: Final = 1.0
PERIOD_SECONDS: Final = 5.0
_KEPT = 10_000


class Watch:
    """A pulse on each event loop, whose every beat writes down how the process is.

    A loop that is stuck writes nothing, so a thread looks every five seconds for one. Without loops nothing runs.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._reading = Lock()
        self._pulses: WeakKeyDictionary[AbstractEventLoop, Pulse] = WeakKeyDictionary()
        self._delays: deque[float] = deque(maxlen=_KEPT)
        self._thread: Thread | None = None
        self._end = Event()
        self._garbage = Garbage()
        self._keepers: WeakKeyDictionary[RuntimeSeries, int] = WeakKeyDictionary()
        self._hooked = False

    def join(self, series: RuntimeSeries) -> None:
        """From now on readings go to these series as well."""
        with self._lock:
            if not self._hooked and hasattr(os, "register_at_fork"):
                self._hooked = True
                os.register_at_fork(after_in_child=self._forked)
            self._keepers[series] = self._keepers.get(series, 0) + 1

    def leave(self, series: RuntimeSeries) -> None:
        """The opposite, once for each `join`; with the last one everything stops."""
        with self._lock:
            remaining = self._keepers.get(series, 0) - 1
            if remaining > 0:
                self._keepers[series] = remaining
                return
            self._keepers.pop(series, None)
            idle = not self._keepers
            thread = self._stopped() if idle else None
        if thread is not None:
            thread.join(STUCK_SECONDS)
        with self._reading:
            self._write(series, *tuple(self._keepers))
            series.rest()

    def meet(self, loop: AbstractEventLoop) -> None:
        """Watches the running loop for as long as it runs."""
        with self._lock:
            if not self._keepers:
                return
            pulse = self._pulses.get(loop)
            if pulse is None or not pulse.alive:
                self._pulses[loop] = Pulse(loop, self._delays, self._beaten, self._failed)
            self._garbage.listen()
            if self._thread is None or not self._thread.is_alive():
                self._end = Event()
                self._thread = Thread(target=self._run, args=(self._end,), name="watchbill-runtime", daemon=True)
                self._thread.start()

    def _run(self, end: Event) -> None:
        while not end.wait(PERIOD_SECONDS):
            with self._lock:
                pulses = self._living()
            if not pulses or any(pulse.overdue > STUCK_SECONDS for pulse in pulses):
                with self._reading:
                    self._write(*tuple(self._keepers))
            with self._lock:
                if not pulses and self._end is end and not self._living():
                    self._stopped()

    def _beaten(self) -> None:
        # Whoever is writing already says the same.
        if self._reading.acquire(blocking=False):
            try:
                self._write(*tuple(self._keepers))
            finally:
                self._reading.release()

    def _write(self, *keepers: RuntimeSeries) -> None:
        try:
            reading = self._reading_now()
            for series in keepers:
                series.take(reading)
        except Exception as error:  # noqa: BLE001  never into the application's loop
            self._failed(error)

    def _reading_now(self) -> Reading:
        with self._lock:
            pulses = self._living()
        return Reading(
            lag=max((pulse.lag for pulse in pulses), default=0.0),
            tasks=max((pulse.tasks.number for pulse in pulses), default=0),
            pools=_usage(pulses),
            delays=_drained(self._delays),
            pauses=[_drained(pauses) for pauses in self._garbage.pauses],
            collected=self._garbage.collected(),
        )

    def _living(self) -> list[Pulse]:
        for loop, pulse in list(self._pulses.items()):
            if not pulse.alive:
                del self._pulses[loop]
        return list(self._pulses.values())

    def _stopped(self) -> Thread | None:
        self._end.set()
        thread, self._thread = self._thread, None
        for pulse in self._pulses.values():
            pulse.stop()
        self._pulses.clear()
        self._garbage.stop()
        return thread

    def _failed(self, error: Exception) -> None:
        for series in tuple(self._keepers):
            series.failed(error)

    def _forked(self) -> None:
        """In a child process there are no loops and no thread; the locks may be held by threads that are not there."""
        self._lock, self._reading = Lock(), Lock()
        self._pulses = WeakKeyDictionary()
        self._delays = deque(maxlen=_KEPT)
        self._thread, self._end = None, Event()
        self._garbage.stop()
        self._garbage.forked()
        for series in self._keepers:
            series.forked()


def _usage(pulses: list[Pulse]) -> dict[str, Usage]:
    now = monotonic()
    found: dict[str, Usage] = {}
    for pool in (pool for pulse in pulses for pool in pulse.pools if pool.limit):
        busy, limit, waiting = found.get(pool.name, Usage(0, 0, 0))
        found[pool.name] = Usage(busy + pool.busy(now), limit + pool.limit, waiting + pool.waiting(now))
    return found


def _drained(values: "deque[float]") -> list[float]:
    return [values.popleft() for _ in range(len(values))]


WATCH = Watch()
