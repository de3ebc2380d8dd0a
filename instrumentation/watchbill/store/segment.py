"""A worker's memory, in a file that other workers read and that outlives the process."""

import errno
import fcntl
import mmap
import os
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from watchbill.store.layout import AREA_BYTES, HEADER_BYTES, USED_AT, USED_BYTES, Header, now, used
from watchbill.store.memory import CAPACITY, CELL_BYTES
from watchbill.store.own_file import OwnFile

PREFIX = "worker-"
_UNFINISHED = ".unfinished-"
_CHUNK = 64 * 1024


class Segment:
    """The memory of this process in a group's directory.

    The file is sparse; what is written is allocated before, for a file system that is full would end the process.
    A lock, which no child inherits and which goes with the process, says that it lives. Closing any descriptor of the
    file would drop the lock, so the file is never opened again by this process.
    """

    def __init__(self, directory: Path, number: int, owner: tuple[int, int] | None = None) -> None:
        self.number = number
        self.name = f"{PREFIX}{os.getpid()}-{uuid4().hex[:12]}"
        self._path = directory / self.name
        self._allocated = 0
        self._directories_at = HEADER_BYTES + CAPACITY * CELL_BYTES
        self._areas = [0, 0]
        self._epoch = self._written = 0
        unfinished = directory / f"{_UNFINISHED}{self.name}"
        self.file = OwnFile(unfinished, owner)
        try:
            self._map()
            fcntl.lockf(self.file.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Only a finished and locked file gets the name that others look for.
            unfinished.rename(self._path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            self.file.close()
            raise

    def _map(self) -> None:
        total = self._directories_at + 2 * AREA_BYTES
        descriptor = self.file.descriptor
        os.ftruncate(descriptor, total)
        self.reserve(0)
        os.pwrite(descriptor, Header(os.getpid(), self.number, self._directories_at, now()).packed(), 0)
        self._raw = raw = memoryview(mmap.mmap(descriptor, total))
        self.cells: memoryview[float] = raw[HEADER_BYTES : self._directories_at].cast("d")

    @property
    def is_there(self) -> bool:
        """Whether others can still read it: it may have been removed, or its lock lost with a closed descriptor."""
        return self.file.is_at(self._path)

    def remove(self) -> None:
        """Takes it away again, where nothing was counted in it."""
        self._path.unlink(missing_ok=True)
        self.file.close()

    def reserve(self, cells: int) -> None:
        """Allocates in chunks; raises OSError when the file system or the segment is full."""
        if cells > CAPACITY:
            raise OSError(errno.ENOSPC, f"the store holds {CAPACITY} numbers and is full")
        needed = HEADER_BYTES + cells * CELL_BYTES
        if needed > self._allocated:
            end = min(-(-needed // _CHUNK) * _CHUNK, self._directories_at)
            os.posix_fallocate(self.file.descriptor, self._allocated, end - self._allocated)
            self._allocated = end

    def publish(self, entry: bytes) -> None:
        """Adds a line; how long the directory is, is written last."""
        self._write(entry + b"\n")

    def rewrite(self, entries: Sequence[bytes]) -> None:
        """Writes the other area, and then makes it the directory."""
        before = self._epoch, self._written
        self._epoch, self._written = self._epoch + 1, 0
        try:
            self._write(b"".join(entry + b"\n" for entry in entries))
        except OSError:
            self._epoch, self._written = before
            raise

    def _write(self, lines: bytes) -> None:
        area = self._epoch % 2
        end = self._written + len(lines)
        if end > AREA_BYTES:
            raise OSError(errno.ENOSPC, "the directory of the store is full")
        start, known = self._directories_at + area * AREA_BYTES, self._areas[area]
        if end > known:
            allocated = min(-(-end // _CHUNK) * _CHUNK, AREA_BYTES)
            os.posix_fallocate(self.file.descriptor, start + known, allocated - known)
            self._areas[area] = allocated
        self._raw[start + self._written : start + end] = lines
        self._written = end
        self._raw[USED_AT : USED_AT + USED_BYTES] = used(self._epoch, end)
