"""Tasks of the application's own: spawned ones, and those that a decorator declares."""

import logging
from asyncio import CancelledError, Task, get_running_loop
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from types import CodeType
from typing import Any, ParamSpec, TypeVar, overload

from watchbill.background.name import mark, shortened, task_name
from watchbill.background.series import Run, TaskSeries
from watchbill.background.span import Spanned, Spans
from watchbill.emission import Emission
from watchbill.errors import InvalidDeclaration
from watchbill.fault import Faults
from watchbill.function import is_async, misfit
from watchbill.problem import is_a

P = ParamSpec("P")
T = TypeVar("T")

_LOG = logging.getLogger("watchbill.background")
_OF_GENERATORS = "a generator function runs when it is iterated, not when it is called; decorate what iterates it"
# The code of every coroutine that the decorator makes: such a coroutine counts itself.
_DECLARED: set[CodeType] = set()


class Background:
    """Runs and counts background tasks; without an emission it runs them all the same."""

    def __init__(self, emission: Emission | None, faults: Faults, spans: Spans | None = None) -> None:
        self._series = None if emission is None else TaskSeries(emission, faults)
        self._faults = faults
        self._spans = spans
        # The event loop itself keeps a task by a weak reference only.
        self._alive: set[Task[Any]] = set()

    def run(self, name: str) -> AbstractContextManager[object]:
        """A task from entering to leaving. Errors pass through."""
        counted = None if self._series is None else self._series.run(name)
        run: AbstractContextManager[object] = nullcontext() if counted is None else counted
        return run if self._spans is None else Spanned(run, self._spans, name, self._faults)

    def spawn(self, work: Coroutine[Any, Any, T], *, name: str = "") -> Task[T]:
        """Runs a coroutine as a task that is kept until it ends, counted, and its failure logged once.

        Its name is the function's where none is given. Raises RuntimeError where no event loop runs.
        """
        if not is_a(work, Coroutine):
            given = f"{type(work).__name__} is no coroutine; call the function: spawn(reindex()), not spawn(reindex)"
            raise InvalidDeclaration("spawn", [given])
        try:
            loop = get_running_loop()
        except RuntimeError:
            work.close()
            raise RuntimeError("spawn: no event loop runs in this thread; call it from async code") from None
        name = shortened(name) or task_name(work)
        counts_itself = getattr(work, "cr_code", None) in _DECLARED
        run = None if counts_itself or self._series is None else self._series.run(name)
        spanned = work
        if not counts_itself and self._spans is not None:
            spanned = _within(Spanned(nullcontext(), self._spans, name, self._faults), work)
        task = loop.create_task(spanned, name=name)
        self._alive.add(task)
        if run is not None:
            run.__enter__()

        def ended(task: Task[T]) -> None:
            # One that was cancelled before its first step would warn that it was never awaited.
            work.close()
            self._ended(task, name, run)

        task.add_done_callback(ended)
        return task

    @overload
    def task(self, name: str, /) -> Callable[[Callable[P, T]], Callable[P, T]]: ...
    @overload
    def task(self, name: Callable[P, T], /) -> Callable[P, T]: ...

    def task(self, name: str | Callable[P, T], /) -> Any:
        """Decorates a function, async or not: each call is a run of the task of this name, or of the function's own."""
        if not isinstance(name, str):
            return self._declared(name, task_name(name))

        def declare(function: Callable[P, T]) -> Callable[P, T]:
            return self._declared(function, shortened(name) or task_name(function))

        return declare

    def _declared(self, function: Any, name: str) -> Callable[..., Any]:
        fault = misfit(function, "task", _OF_GENERATORS)
        if fault:
            raise InvalidDeclaration(f"task {name!r}", [fault])
        if self._series is not None:
            self._series.declare(name)
        declared = self._asynchronous(function, name) if is_async(function) else self._plain(function, name)
        mark(declared)
        return declared

    def _asynchronous(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        @wraps(function)
        async def task(*args: Any, **kwargs: Any) -> Any:
            with self.run(name):
                return await function(*args, **kwargs)

        _DECLARED.add(_code_of(task))
        return task

    def _plain(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        @wraps(function)
        def task(*args: Any, **kwargs: Any) -> Any:
            with self.run(name):
                return function(*args, **kwargs)

        return task

    def _ended(self, task: Task[Any], name: str, run: Run | None) -> None:
        self._alive.discard(task)
        if task.cancelled():
            error: BaseException | None = CancelledError()
        else:
            # Asking for the exception keeps asyncio from telling of it a second time.
            error = task.exception()
        if run is not None:
            run.end(error)
        if isinstance(error, Exception):
            _LOG.error("background task %r failed", name, exc_info=error)


async def _within(span: AbstractContextManager[object], work: Coroutine[Any, Any, T]) -> T:
    with span:
        return await work


def _code_of(function: Any) -> CodeType:
    code: CodeType = function.__code__
    return code
