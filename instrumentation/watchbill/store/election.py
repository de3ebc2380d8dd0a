"""Which of the processes of one service on a machine reads a source."""

import fcntl
from contextlib import suppress
from threading import Lock
from zlib import crc32

from watchbill.store.company import Company
from watchbill.store.own_file import OwnFile
from watchbill.store.place import private_directory
from watchbill.store.store import Store

_FILE = "polling"
_BYTES = 0x3FFF_FFFF


class Election:
    """A lock on one byte of a file beside the numbers that the workers share; it is free when its holder dies.

    A process that shares its numbers with nobody always wins.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._file: OwnFile | None = None

    def won(self, name: str) -> bool:
        """Whether this process is the one to read; asked again for every reading. OSError where nothing can tell."""
        company = self._store.company
        if not isinstance(company, Company):
            return True
        with self._lock:
            path = company.group.directory / _FILE
            if self._file is None or not self._file.is_at(path):
                private_directory(company.group.directory, company.group.owner)
                self._file = OwnFile(path, company.group.owner, new=False)
            try:
                fcntl.lockf(self._file.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _byte(name))
            except (BlockingIOError, PermissionError):
                return False
        return True

    def leave(self, name: str) -> None:
        """Lets another process have it."""
        with self._lock, suppress(OSError):
            if self._file is not None:
                fcntl.lockf(self._file.descriptor, fcntl.LOCK_UN, 1, _byte(name))

    def forked(self) -> None:
        """In a child process, which has none of its parent's locks."""
        self._lock = Lock()
        self._file = None


def _byte(name: str) -> int:
    return crc32(name.encode()) & _BYTES
