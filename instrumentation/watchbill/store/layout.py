"""How a worker's numbers lie in a file: a header, the cells, and the directory that says what the cells mean."""

import os
import struct
import time
from dataclasses import dataclass
from typing import Self

MAGIC = b"WBCELLS\x01"
HEADER_BYTES = 4096
"""The last eight of them are always zero, so that a reader has a zero right before the first cell."""
_HEADER = struct.Struct("<8s5q2Q")
_USED = struct.Struct("<Q")
USED_AT = _HEADER.size - _USED.size
USED_BYTES = _USED.size
_EPOCH_SHIFT = 40
AREA_BYTES = 32 * 1024 * 1024
"""The directory has two areas: a new one is written whole before it takes the old one's place."""
MAIN = -1
"""The worker number of a process that does other work than its workers do, as Celery's does."""
ARBITER = -2
"""The worker number of a process that only starts and watches its workers, as gunicorn's does."""


class Unreadable(ValueError):
    """A file that is none of ours, or damaged."""


@dataclass(frozen=True, slots=True)
class Header:
    """Who wrote a file, and how much of its directory is written.

    `created` is Unix time in nanoseconds, `sequence` counts the versions of an archive, and `epoch` the times the
    directory was written anew.
    """

    pid: int
    number: int
    directories_at: int
    created: int
    sequence: int = 0
    epoch: int = 0
    directory_bytes: int = 0

    @property
    def directory_at(self) -> int:
        """Where the present directory begins."""
        return self.directories_at + self.epoch % 2 * AREA_BYTES

    def packed(self) -> bytes:
        """The header as it is written."""
        known = (self.pid, self.number, self.directories_at, self.created, self.sequence, 0)
        return _HEADER.pack(MAGIC, *known, _joined(self.epoch, self.directory_bytes))

    @classmethod
    def read(cls, descriptor: int) -> Self:
        """The header of an open file; Unreadable when it is none of ours."""
        raw = os.pread(descriptor, _HEADER.size, 0)
        if len(raw) < _HEADER.size or not raw.startswith(MAGIC):
            raise Unreadable("it does not begin as a file of numbers does")
        _, pid, number, directories_at, created, sequence, _, together = _HEADER.unpack(raw)
        if directories_at < HEADER_BYTES:
            raise Unreadable("its header contradicts itself")
        epoch, directory_bytes = divmod(together, 1 << _EPOCH_SHIFT)
        return cls(pid, number, directories_at, created, sequence, epoch, directory_bytes)


def used(epoch: int, directory_bytes: int) -> bytes:
    """What stands at USED_AT: eight bytes, which are written in one step."""
    return _USED.pack(_joined(epoch, directory_bytes))


def _joined(epoch: int, directory_bytes: int) -> int:
    return epoch << _EPOCH_SHIFT | directory_bytes


def now() -> int:
    """Unix time in nanoseconds."""
    return time.time_ns()
