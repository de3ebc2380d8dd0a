"""The workers of one server: a directory with a file for each, and one for all that died."""

import errno
import fcntl
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from watchbill.store.archive import Archive
from watchbill.store.content import Content
from watchbill.store.layout import Header, Unreadable
from watchbill.store.own_file import OwnFile
from watchbill.store.place import is_locked, private_directory
from watchbill.store.segment import PREFIX, Segment

_LOCKS = "locks"
_NUMBERS = 4096
_FOLDING = _NUMBERS
_TRIES = 50
PASSING = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EINTR, errno.EBADF})
"""What says nothing about a file: this process or the system had too little of something just then.

EBADF, too: uvloop, when a server stops, closes some descriptors twice, and the number may be ours by then.
"""
Lost = Callable[[Exception], None]


class Members(NamedTuple):
    """What the living have written, what is left of the dead, and what was left of those before."""

    living: Sequence[Content]
    dead: Sequence[Content]
    archive: Content | None


class Group:
    """This process's place in a group, and what it knows of the others.

    A worker's number is the lowest that no living one has: a lock on the byte of that number in one file.
    """

    def __init__(self, directory: Path, lost: Lost, owner: tuple[int, int] | None = None) -> None:
        self.directory = directory
        self.owner = owner
        self._lost = lost
        self._locks = OwnFile(directory / _LOCKS, owner, new=False)
        self._archive = Archive(directory, owner)
        self._contents: dict[str, Content] = {}
        self._unreadable: set[str] = set()
        self._folding = Lock()
        self._taken: int | None = None

    def segment(self, number: int | None = None) -> Segment:
        """A new file for this process; OSError when there is no room."""
        return Segment(self.directory, self._number() if number is None else number, self.owner)

    def restore(self) -> None:
        """Makes the directory anew where somebody removed it; OSError when that cannot be."""
        private_directory(self.directory, self.owner)
        if not self._locks.is_at(self.directory / _LOCKS):
            self._locks = OwnFile(self.directory / _LOCKS, self.owner, new=False)
            self._taken = None

    def forked(self) -> None:
        """In a child process: numbers and locks are the parent's."""
        self._folding = Lock()
        self._taken = None
        self._contents = {}

    def _number(self) -> int:
        if self._taken is None:
            for number in range(_NUMBERS):
                if self._lock_byte(number):
                    self._taken = number
                    break
            else:
                raise OSError(f"{_NUMBERS} workers are alive")
        return self._taken

    def _lock_byte(self, byte: int) -> bool:
        try:
            fcntl.lockf(self._locks.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def members(self, own: Segment) -> Members:
        """What all have written, this process first.

        No lock is taken. When a worker's numbers move to the archive meanwhile, all is read again, so that none is
        missed and none counted twice.
        """
        for _ in range(_TRIES):
            try:
                archive = self._archive.read()
                living, dead = self._workers(own, archive.folded if archive else frozenset())
                if self._archive.sequence() == (archive.header.sequence if archive else 0):
                    return Members(living, dead, archive)
            except Unreadable as error:
                self._lost(error)
        raise OSError(f"the numbers in {self.directory} do not come to rest")

    def others(self, own: Segment) -> list[tuple[int, int]]:
        """Process id and worker number of the other living ones."""
        found: list[tuple[int, int]] = []
        for name in self._names() - {own.name}:
            with suppress(OSError, Unreadable), self._opened(name) as descriptor:
                if is_locked(descriptor):
                    header = Header.read(descriptor)
                    found.append((header.pid, header.number))
        return found

    def _workers(self, own: Segment, folded: frozenset[str]) -> tuple[list[Content], list[Content]]:
        living, dead = [self._content(own.name, own.file.descriptor)], list[Content]()
        # A directory that changes while it is listed need not list all that is there all the time.
        there = (self._names() | self._contents.keys()) - folded - {own.name}
        for content, lives in self._read(there):
            (living if lives else dead).append(content)
        return living, dead

    @property
    def size(self) -> int:
        """How many files of workers there are, of living and dead ones."""
        return len(self._names())

    def _names(self) -> set[str]:
        return {path.name for path in self.directory.iterdir() if path.name.startswith(PREFIX)}

    def _read(self, names: Iterable[str]) -> Iterator[tuple[Content, bool]]:
        """Those of other workers, and whether each lives; what cannot be read is reported once."""
        for name in sorted(names):
            if name in self._unreadable:
                continue
            try:
                yield self._of_another(name)
            except FileNotFoundError:
                self._contents.pop(name, None)
            except (Unreadable, OSError) as error:
                if isinstance(error, OSError) and error.errno in PASSING:
                    raise
                self._unreadable.add(name)
                self._lost(Unreadable(f"{self.directory / name} is left out: {error}"))

    def _of_another(self, name: str) -> tuple[Content, bool]:
        with self._opened(name) as descriptor:
            # Dead before it is read: what is read of the dead is all they wrote.
            lives = is_locked(descriptor)
            return self._content(name, descriptor), lives

    @contextmanager
    def _opened(self, name: str) -> Generator[int]:
        descriptor = os.open(self.directory / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _content(self, name: str, descriptor: int) -> Content:
        known = self._contents.get(name)
        if known is None:
            self._contents[name] = known = Content(name, descriptor)
        else:
            known.read(descriptor)
        return known

    def fold(self, own: str = "") -> bool:
        """Moves the numbers of the dead to the archive, unless another does so now; whether there were any."""
        with self._alone() as alone:
            if not alone:
                return False
            archive = self._archive.read()
            # Names leave the archive's list only when no reader can find the files any more.
            self._remove(archive.folded if archive else ())
            dead = [content for content, lives in self._read(self._names() - {own}) if not lives]
            if dead:
                self._archive.clear()
                self._archive.write(archive, dead)
                self._remove(content.name for content in dead)
            return bool(dead)

    def _remove(self, names: Iterable[str]) -> None:
        for name in names:
            if name.startswith(PREFIX) and "/" not in name:
                (self.directory / name).unlink(missing_ok=True)
                self._contents.pop(name, None)

    @contextmanager
    def _alone(self) -> Generator[bool]:
        """Whether no other thread and no other process folds until the end of the block."""
        if not self._folding.acquire(blocking=False):
            yield False
            return
        try:
            alone = self._lock_byte(_FOLDING)
            try:
                yield alone
            finally:
                if alone:
                    fcntl.lockf(self._locks.descriptor, fcntl.LOCK_UN, 1, _FOLDING)
        finally:
            self._folding.release()
