"""Starlette's background tasks, and FastAPI's, which are run by them."""

from collections.abc import Callable, Coroutine
from threading import Lock
from time import perf_counter
from typing import Any

from watchbill.background.name import is_marked, task_name
from watchbill.http.afterwards import Work
from watchbill.http.current import CURRENT

Call = Callable[[Any], Coroutine[Any, Any, None]]


class BackgroundHook:
    """Our way of running `BackgroundTask`, in its class as long as an application is instrumented.

    Tasks that run outside a request of an instrumented application pass untouched.
    """

    def __init__(self) -> None:
        self._users = 0
        self._lock = Lock()
        self._original: Call | None = None
        self._own: Call | None = None

    def install(self) -> None:
        """One more application is instrumented."""
        from starlette.background import BackgroundTask

        with self._lock:
            self._users += 1
            if self._own is None:
                self._original = BackgroundTask.__call__
                self._own = _counting(self._original)
                _replace(BackgroundTask, self._own)

    def remove(self) -> None:
        """One less; after the last the class is as it was, unless another library has wrapped it meanwhile."""
        from starlette.background import BackgroundTask

        with self._lock:
            self._users -= 1
            if self._users == 0 and self._original is not None and vars(BackgroundTask)["__call__"] is self._own:
                _replace(BackgroundTask, self._original)
                self._original = self._own = None


HOOK = BackgroundHook()
"""The class is one in the process, and so is its hook."""


def _replace(owner: type, call: Call) -> None:
    # Type checkers forbid a method to change.
    setattr(owner, "__call__", call)  # noqa: B010  as above


def _counting(original: Call) -> Call:
    async def run(task: Any) -> None:
        exchange = CURRENT.get()
        afterwards = None if exchange is None else exchange.afterwards
        if exchange is None or afterwards is None:
            return await original(task)
        work = exchange.background
        if work is None:
            work = exchange.background = Work()
        function = getattr(task, "func", task)
        try:
            if is_marked(function):
                return await original(task)
            with afterwards.background.run(task_name(function)):
                return await original(task)
        except BaseException as error:
            work.failed_with = id(error)
            raise
        finally:
            work.ended = perf_counter()

    return run
