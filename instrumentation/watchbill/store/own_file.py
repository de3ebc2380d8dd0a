"""A file that this process made and keeps open."""

import errno
import os
from pathlib import Path
from weakref import finalize


class OwnFile:
    """A file readable by its owner alone; given an owner, it is handed over to that user and group.

    Programs that become daemons close every descriptor they find, and the number is then another file's. Raises
    OSError where this has happened.
    """

    def __init__(self, path: Path, owner: tuple[int, int] | None = None, *, new: bool = True) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | (os.O_EXCL if new else 0)
        self._descriptor = os.open(path, flags, 0o600)
        if owner is not None:
            os.fchown(self._descriptor, *owner)
        self._identity = _identity(os.fstat(self._descriptor))
        self._close = finalize(self, _close, self._descriptor, self._identity)
        self._close.atexit = False

    @property
    def descriptor(self) -> int:
        """The descriptor, as long as it is this file's."""
        if _identity(os.fstat(self._descriptor)) != self._identity:
            raise OSError(errno.EBADF, "the descriptor of a file of numbers was closed by somebody else")
        return self._descriptor

    def is_at(self, path: Path) -> bool:
        """Whether the file is open and has this name."""
        try:
            return _identity(path.lstat()) == _identity(os.fstat(self._descriptor)) == self._identity
        except OSError:
            return False

    def close(self) -> None:
        """Gives the descriptor back, and with it every lock of this process on the file."""
        self._close()


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _close(descriptor: int, identity: tuple[int, int]) -> None:
    try:
        if _identity(os.fstat(descriptor)) == identity:
            os.close(descriptor)
    except OSError:
        pass
