"""Follows a log file by its path: over rotation, truncation, deletion, and lines that are not finished."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

_CHUNK = 256 * 1024
LONGEST_LINE = 64 * 1024
"""Bytes of an unfinished line that are kept; a longer one is skipped and counted."""
_HEAD = 256
_LINGER_SECONDS = 10.0
"""How long a replaced file is read on: a server writes to it until it is told to open the new one."""
_MOST_REPLACED = 3


@dataclass(slots=True)
class _Open:
    """One file behind the path. `head` is how it begins, by which a file that was cut and refilled is known."""

    descriptor: int
    identity: tuple[int, int]
    offset: int = 0
    head: bytes = b""
    rest: bytes = b""
    skipping: bool = False
    replaced_at: float | None = None

    def was_cut(self) -> bool:
        """Whether it has lost what was read of it; remembers more of its beginning otherwise."""
        if os.fstat(self.descriptor).st_size < self.offset:
            return True
        if len(self.head) < _HEAD:
            begin = os.pread(self.descriptor, _HEAD, 0)
            if not begin.startswith(self.head):
                return True
            self.head = begin
            return False
        return os.pread(self.descriptor, _HEAD, 0) != self.head

    def restart(self) -> None:
        """Reads it from its beginning."""
        self.offset, self.head, self.rest, self.skipping = 0, b"", b"", False


@dataclass(slots=True)
class LogFile:
    """Gives complete lines in order; holds at most a chunk and an unfinished line of each file in memory."""

    path: str
    from_beginning: bool = False
    error: str | None = None
    denied: bool = False
    rotations: int = 0
    too_long: int = 0
    read_bytes: int = 0
    _files: list[_Open] = field(default_factory=list[_Open])
    _from_end: bool = field(init=False)

    def __post_init__(self) -> None:
        self._from_end = not self.from_beginning

    @property
    def is_open(self) -> bool:
        """Whether there is a file to read, be it one that has lost its name."""
        return bool(self._files)

    def behind(self) -> int:
        """Bytes written and not read."""
        return sum(max(0, os.fstat(one.descriptor).st_size - one.offset) for one in self._files)

    def read(self) -> bytes:
        """The next lines, each with its end; nothing when there are none."""
        self._look()
        for one in list(self._files):
            lines = self._lines(one)
            if lines:
                if one.replaced_at is not None:
                    one.replaced_at = monotonic()
                return lines
            if one.replaced_at is not None and monotonic() - one.replaced_at > _LINGER_SECONDS:
                self._drop(one)
        return b""

    def close(self) -> None:
        """Lets go of all files."""
        for one in list(self._files):
            self._drop(one)

    def _look(self) -> None:
        """Opens what stands under the path, if that is another file than before."""
        current = self._files[-1] if self._files else None
        try:
            found = Path(self.path).stat()
            self.denied, self.error = False, None
            if current is not None and current.identity == (found.st_dev, found.st_ino):
                return
            if not stat.S_ISREG(found.st_mode):
                self.error = "is no regular file"
                return
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            self._fail(error)
            return
        self._take(descriptor)

    def _fail(self, error: OSError) -> None:
        self.denied, self.error = isinstance(error, PermissionError), error.strerror
        if isinstance(error, FileNotFoundError):
            # A file that comes later is new, so all of it is read.
            self._from_end = False
            # A log without its name is in the middle of a rotation; its file is read on.
            self.error = None if self._files else error.strerror

    def _take(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        new = _Open(descriptor, (status.st_dev, status.st_ino))
        for known in self._files:
            if known.identity == new.identity:
                # It has got its name back.
                os.close(descriptor)
                self._files.remove(known)
                known.replaced_at, new = None, known
                break
        if self._from_end:
            self._from_end = False
            new.offset = _last_line_start(descriptor, status.st_size)
            new.head = os.pread(descriptor, _HEAD, 0)
        if self._files:
            self._files[-1].replaced_at = monotonic()
            self.rotations += 1
        self._files.append(new)
        for old in self._files[: -1 - _MOST_REPLACED]:
            self._drop(old)

    def _lines(self, one: _Open) -> bytes:
        if one.was_cut():
            one.restart()
            self.rotations += 1
        while chunk := os.pread(one.descriptor, _CHUNK, one.offset):
            one.offset += len(chunk)
            self.read_bytes += len(chunk)
            lines = self._complete(one, chunk)
            if lines:
                return lines
        return b""

    def _complete(self, one: _Open, chunk: bytes) -> bytes:
        """The complete lines of what was left over and a chunk."""
        if one.skipping:
            _, end, chunk = chunk.partition(b"\n")
            one.skipping = not end
        data = one.rest + chunk
        cut = data.rfind(b"\n") + 1
        one.rest = data[cut:]
        if len(one.rest) > LONGEST_LINE:
            one.rest, one.skipping = b"", True
            self.too_long += 1
        return data[:cut]

    def _drop(self, one: _Open) -> None:
        os.close(one.descriptor)
        self._files.remove(one)


def _last_line_start(descriptor: int, size: int) -> int:
    """Where the line begins that is not finished at the end of a file, or the end itself."""
    begin = max(0, size - LONGEST_LINE)
    tail = os.pread(descriptor, size - begin, begin)
    newline = tail.rfind(b"\n")
    return begin + newline + 1 if newline >= 0 or begin == 0 else size
