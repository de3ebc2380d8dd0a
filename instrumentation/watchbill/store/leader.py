"""Which process the workers of one server have in common."""

import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from watchbill.store.layout import ARBITER, MAIN

_PROC = Path("/proc")
_STARTED_FIELD = 19


@dataclass(frozen=True, slots=True)
class Leader:
    """A process, known by its id and its start in clock ticks since boot, so that no later process passes for it.

    `owner` is the user and group that the workers become, where that is another than this process's. `number` is its
    worker number where that is fixed.
    """

    pid: int
    started: int
    owner: tuple[int, int] | None = None
    number: int | None = None

    @property
    def lives(self) -> bool:
        """Whether it still runs."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except OSError:
            pass
        return started(self.pid) == self.started


def started(pid: int) -> int:
    """When a process started, in clock ticks since boot; 0 where nothing tells."""
    try:
        return int((_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()[_STARTED_FIELD])
    except (OSError, ValueError, IndexError):
        return 0


def found() -> Leader | None:
    """The process that started this one to be a worker: gunicorn's arbiter, or a parent of multiprocessing."""
    for frame in _frames():
        if _is_fork_of_gunicorn(frame):
            pid = getattr(frame.f_locals.get("self"), "pid", None)
            if isinstance(pid, int) and pid != os.getpid():
                return Leader(pid, started(pid))
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        # A spawned process that still imports what it was given: it does not know its parent yet.
        return Leader(os.getppid(), started(os.getppid()))
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        return Leader(parent.pid, started(parent.pid))
    return None


def forking() -> Leader | None:
    """This process, about to fork; None where the child is to run another program."""
    pid = os.getpid()
    for frame in _stack(sys._getframe(1)):  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # the documented way to the caller's frame
        module = str(frame.f_globals.get("__name__", ""))
        if module == "subprocess":
            return None
        if _is_fork_of_gunicorn(frame):
            return Leader(pid, started(pid), _owner(getattr(frame.f_locals.get("self"), "cfg", None)), ARBITER)
        if module.startswith("billiard."):
            return Leader(pid, started(pid), number=MAIN)
    return Leader(pid, started(pid))


def _is_fork_of_gunicorn(frame: FrameType) -> bool:
    return frame.f_code.co_name == "spawn_worker" and frame.f_globals.get("__name__") == "gunicorn.arbiter"


def _owner(settings: Any) -> tuple[int, int] | None:
    uid, gid = getattr(settings, "uid", None), getattr(settings, "gid", None)
    if isinstance(uid, int) and isinstance(gid, int) and os.geteuid() == 0 and uid != 0:
        return uid, gid
    return None


def _frames() -> Iterator[FrameType]:
    """This thread's stack, and the main thread's: the application may be built in another."""
    yield from _stack(sys._getframe(1))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # the documented way to the caller's frame
    main = threading.main_thread().ident
    if main is not None and main != threading.get_ident():
        yield from _stack(sys._current_frames().get(main))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # as above


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back
