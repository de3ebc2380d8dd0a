"""Which messages the processes of this machine have begun, written where it outlives them."""

import fcntl
import mmap
import os
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from watchbill.store.place import private_directory

_WIDTH = 64
"""Bytes for an id: Celery's have 36. Of a longer one the end is left out."""
_SLOTS = 1024
_KEPT_NANOSECONDS = 2 * 24 * 3600 * 10**9
"""Two days: longer than brokers hold back what a dead worker had taken; Redis does so for an hour by default."""
_BEGUN, _LEFT = "begun-", "left-"
"""Files of processes, and of those that were found dead."""


class Journal:
    """Messages that are acknowledged when they are done: a broker delivers them again when their worker dies.

    It does so too when the worker never began, and does not say which it was. Thread-safe as far as one message is
    begun and ended by one thread.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or Path(tempfile.gettempdir()) / f"watchbill-celery-{os.geteuid()}"
        self._pid = 0
        self._memory: mmap.mmap | None = None
        self._free: list[int] = []
        self._taken: dict[str, int] = {}

    def begun(self, message: str) -> None:
        """This process has begun a message. OSError where there is no room."""
        if self._pid != os.getpid():
            self._open()
        if self._memory is not None and self._free:
            slot = self._taken[message] = self._free.pop()
            self._memory[slot : slot + _WIDTH] = _record(message)

    def ended(self, message: str) -> None:
        """It is done with it, in whatever way."""
        slot = self._taken.pop(message, None) if self._taken and self._pid == os.getpid() else None
        if slot is not None and self._memory is not None:
            self._memory[slot : slot + _WIDTH] = bytes(_WIDTH)
            self._free.append(slot)

    def was_lost(self, message: str) -> bool:
        """Whether a process that died had begun it; asked again, it was not."""
        return self._strike(message, dead_alone=True)

    def forget(self, message: str) -> None:
        """Somebody has told of its end already."""
        self._strike(message, dead_alone=False)

    def _open(self) -> None:
        """A file of this process's own; its lock is free when the process has ended."""
        self._pid, self._memory, self._taken = os.getpid(), None, {}
        private_directory(self._folder)
        self._tidy()
        descriptor = self._made()
        os.ftruncate(descriptor, _SLOTS * _WIDTH)
        self._memory = mmap.mmap(descriptor, _SLOTS * _WIDTH)
        # The descriptor is left open: the lock is on it.
        self._free = list(range(0, _SLOTS * _WIDTH, _WIDTH))

    def _made(self) -> int:
        while True:
            path = self._folder / f"{_BEGUN}{self._pid}-{time.time_ns()}"
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink:
                return descriptor
            # Another process has tidied up just now.
            os.close(descriptor)

    def _strike(self, message: str, *, dead_alone: bool) -> bool:
        record = _record(message)
        for path in self._paths():
            with suppress(OSError), _opened(path) as descriptor:
                if dead_alone and not _is_dead(descriptor):
                    continue
                place = os.pread(descriptor, _SLOTS * _WIDTH, 0).find(record)
                if place >= 0 and place % _WIDTH == 0:
                    os.pwrite(descriptor, bytes(_WIDTH), place)
                    return True
        return False

    def _tidy(self) -> None:
        now = time.time_ns()
        for path in self._paths():
            with suppress(OSError, ValueError), _opened(path) as descriptor:
                if not _is_dead(descriptor):
                    continue
                empty = not os.pread(descriptor, _SLOTS * _WIDTH, 0).strip(b"\0")
                if path.name.startswith(_BEGUN) and not empty:
                    path.rename(self._folder / f"{_LEFT}{now}-{path.name.removeprefix(_BEGUN)}")
                elif empty or now - int(path.name.split("-")[1]) > _KEPT_NANOSECONDS:
                    path.unlink()

    def _paths(self) -> list[Path]:
        with suppress(OSError):
            return [path for path in self._folder.iterdir() if path.name.startswith((_BEGUN, _LEFT))]
        return []


def _record(message: str) -> bytes:
    return message.encode()[:_WIDTH].ljust(_WIDTH, b"\0")


def _is_dead(descriptor: int) -> bool:
    """Whether nobody holds the file's lock any more."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _opened(path: Path) -> Generator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
