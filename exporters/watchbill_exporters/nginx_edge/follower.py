"""Reads an access log in a thread of its own, so that neither a slow disk nor a long log delays a probe."""

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic, sleep

from watchbill_exporters.collector import Measured
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.nginx_edge.log_file import LogFile
from watchbill_exporters.nginx_edge.tally import Tally

_PAUSE_SECONDS = 0.5
_BREATH_SECONDS = 0.0005
_PATIENCE_SECONDS = 0.5
_HANGS_AFTER_SECONDS = 15.0
_MOST_WAITING = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How the reading stands; `fault` is why the log, or what now stands in its place, cannot be read."""

    lines: int = 0
    errors: int = 0
    read_bytes: int = 0
    behind: int = 0
    rotations: int = 0
    last_time: float | None = None
    is_open: bool = False
    fault: str | None = None
    denied: bool = False


class Follower:
    """Counts the lines of one log, from the moment it is started until it is stopped."""

    def __init__(self, path: str, *, from_beginning: bool) -> None:
        self._file = LogFile(path, from_beginning)
        self._tally = Tally()
        self._counting = threading.Lock()
        self._wake = threading.Event()
        self._stopped = False
        self._alive_at = monotonic()
        self._progress = Progress()
        # Bounded, as none of them is let go while the disk hangs.
        self._waiting: deque[asyncio.Future[None]] = deque(maxlen=_MOST_WAITING)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins to read; a second call changes nothing."""
        if self._thread is None:
            self._alive_at = monotonic()
            # A thread that hangs on a disk must not keep the process from ending.
            self._thread = threading.Thread(target=self._run, name="access-log", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ends the reading, without waiting for it."""
        self._stopped = True
        self._wake.set()

    async def fresh(self, deadline: Deadline) -> None:
        """Waits until the end of the log is reached, but not for long: a log may grow faster than it is read."""
        caught_up = asyncio.get_running_loop().create_future()
        self._waiting.append(caught_up)
        self._wake.set()
        await asyncio.wait({caught_up}, timeout=min(_PATIENCE_SECONDS, deadline.remaining / 2))

    def progress(self) -> Progress:
        """How far it has come; touches no file."""
        still = monotonic() - self._alive_at
        if still < _HANGS_AFTER_SECONDS:
            return self._progress
        return replace(self._progress, fault=f"reading it has hung for {still:.0f} s; look at its disk")

    def measured(self) -> Sequence[Measured]:
        """All counters of the lines."""
        with self._counting:
            return list(self._tally.measured())

    def _run(self) -> None:
        while not self._stopped:
            self._wake.clear()
            waiting = [self._waiting.popleft() for _ in range(len(self._waiting))]
            while self._step():
                # Whoever waits for the interpreter goes first.
                sleep(_BREATH_SECONDS)
            for one in waiting:
                _tell(one)
            self._wake.wait(_PAUSE_SECONDS)
        self._file.close()

    def _step(self) -> bool:
        """Counts the lines of one chunk; false at the end of the log."""
        self._alive_at = monotonic()
        fault, lines, behind = None, b"", 0
        try:
            lines = b"" if self._stopped else self._file.read()
            behind = self._file.behind()
        except OSError as error:
            fault = error.strerror
        with self._counting:
            self._tally.add(lines)
        self._progress = Progress(
            lines=self._tally.lines + self._file.too_long,
            errors=self._tally.errors + self._file.too_long,
            read_bytes=self._file.read_bytes,
            behind=behind,
            rotations=self._file.rotations,
            last_time=self._tally.last_time,
            is_open=self._file.is_open,
            fault=fault or self._file.error,
            denied=self._file.denied,
        )
        return bool(lines)


def _tell(waiting: "asyncio.Future[None]") -> None:
    loop = waiting.get_loop()
    if not loop.is_closed():
        loop.call_soon_threadsafe(_settle, waiting)


def _settle(waiting: "asyncio.Future[None]") -> None:
    if not waiting.done():
        waiting.set_result(None)
