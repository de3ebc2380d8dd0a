"""Where groups of workers keep their files, and the removal of what dead ones left."""

import atexit
import fcntl
import os
import re
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from watchbill.store.leader import Leader
from watchbill.store.segment import PREFIX

_MEMORY = Path("/dev/shm")  # noqa: S108  the system's own memory file system; what is made there is checked
_NAME = re.compile(r"(\d+)-(\d+)-.*")
_NEW_SECONDS = 60.0


def group_directory(leader: Leader, name: str) -> Path:
    """The directory of a leader's workers, made when it is not there; OSError when there is no place for it.

    It is in memory where possible, else in XDG_RUNTIME_DIR, else in the directory for temporary files. One that
    belongs to another user, or is open to others, is not used.
    """
    uid = leader.owner[0] if leader.owner else os.geteuid()
    refused: list[str] = []
    for base in _bases():
        try:
            home = private_directory(base / f"watchbill-{uid}", leader.owner)
            return private_directory(home / f"{leader.pid}-{leader.started}-{name}", leader.owner)
        except OSError as error:
            refused.append(str(error))
    raise OSError(f"there is no directory for the numbers of several workers: {'; '.join(refused)}")


def known_directory(leader: Leader, name: str) -> Path | None:
    """The directory of a leader's workers, if some worker has made it."""
    for base in _bases():
        path = base / f"watchbill-{os.geteuid()}" / f"{leader.pid}-{leader.started}-{name}"
        if path.is_dir():
            return path
    return None


def private_directory(path: Path, owner: tuple[int, int] | None = None) -> Path:
    """A directory of this user's own (or the owner's), made when it is not there; PermissionError when it is not."""
    uid, gid = owner or (os.geteuid(), -1)
    try:
        path.mkdir(mode=0o700)
        if owner is not None:
            os.chown(path, uid, gid)
    except FileExistsError:
        pass
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {uid, os.geteuid()}:
        raise PermissionError(f"{path} belongs to somebody else")
    if status.st_mode & 0o077:
        path.chmod(0o700)
    return path


def purge(kept: Path) -> None:
    """Removes the neighbours of a group's directory whose leader and workers are all dead."""
    with suppress(OSError):
        for path in kept.parent.iterdir():
            named = _NAME.fullmatch(path.name)
            if named and path != kept and _is_left(path, Leader(int(named[1]), int(named[2]))):
                shutil.rmtree(path, ignore_errors=True)


def remove_at_exit(directory: Path) -> None:
    """Leaves nothing behind when this process ends in good order and nobody else uses the directory."""
    atexit.register(_remove_unused, directory, os.getpid())


def _remove_unused(directory: Path, pid: int) -> None:
    own = f"{PREFIX}{pid}-"
    with suppress(OSError):
        if os.getpid() == pid and not any(
            entry.name.startswith(PREFIX) and not entry.name.startswith(own) and lives(entry)
            for entry in directory.iterdir()
        ):
            shutil.rmtree(directory, ignore_errors=True)


def lives(path: Path) -> bool:
    """Whether the process that wrote a worker's file still runs: it holds a lock on it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        return is_locked(descriptor)
    finally:
        os.close(descriptor)


def is_locked(descriptor: int) -> bool:
    """Whether another process holds the lock of an open file."""
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


def _is_left(path: Path, leader: Leader) -> bool:
    if leader.lives or time.time() - path.stat().st_mtime < _NEW_SECONDS:
        return False
    own = f"{PREFIX}{os.getpid()}-"
    names = [entry.name for entry in path.iterdir() if entry.name.startswith(PREFIX)]
    return not any(name.startswith(own) or lives(path / name) for name in names)


def _bases() -> list[Path]:
    candidates = [_MEMORY, Path(os.environ.get("XDG_RUNTIME_DIR") or _MEMORY), Path(tempfile.gettempdir())]
    return [base for base in dict.fromkeys(candidates) if base.is_dir() and os.access(base, os.W_OK | os.X_OK)]
