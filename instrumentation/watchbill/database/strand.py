"""Which task, or which call in a thread, is running: what happens in one of them happens one after the other."""

import asyncio
from contextvars import ContextVar
from threading import get_ident
from weakref import ref


class Strand:
    """One of them; equal to itself alone."""

    __slots__ = ("_task", "_thread")

    def __init__(self, thread: int, task: "asyncio.Task[object] | None") -> None:
        self._thread = thread
        self._task = None if task is None else ref(task)

    def is_of(self, thread: int, task: "asyncio.Task[object] | None") -> bool:
        """Whether it is the one of this thread and task, and not inherited by another."""
        return self._thread == thread and (None if self._task is None else self._task()) is task


_CURRENT: ContextVar[Strand | None] = ContextVar("watchbill_strand", default=None)


def strand() -> Strand:
    """The running one. A thread of a pool is another with each call that has a context of its own."""
    thread, task = get_ident(), _task()
    found = _CURRENT.get()
    if found is None or not found.is_of(thread, task):
        found = Strand(thread, task)
        _CURRENT.set(found)
    return found


def _task() -> "asyncio.Task[object] | None":
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
