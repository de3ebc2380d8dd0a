"""Loading what a cache did not have, and the call of a cached function in which it happens."""

from asyncio import CancelledError
from collections import deque
from contextvars import ContextVar, Token
from time import perf_counter
from types import TracebackType
from typing import Any

from watchbill.caches.series import CacheSeries
from watchbill.catalogue.cache import CANCELLED, FAILED, GET_OR_LOAD, LOADED

Record = list[Any]
CALL: ContextVar["Record | None"] = ContextVar("watchbill_cache_call", default=None)
"""The innermost call of a cached function or of a wrapped cache: whose it is, the call around it, what happened, and
its arguments, None once it is over.

A list, because every call makes one. What happened is None, a status that the code told, or a Load.
"""
OWNER, AROUND, EVENT, ARGUMENTS, KEYWORDS = range(5)
_REMEMBERED = 256


class Loads:
    """The loads of one cache. `last` is when one ended, by `perf_counter`.

    A call without a load is a hit only where it is `certain` that loads would be seen; until then hits are `held`.
    """

    __slots__ = ("_ended", "certain", "held", "last", "series")

    def __init__(self, series: CacheSeries) -> None:
        self.series = series
        self.certain = False
        self.held = 0
        self.last = 0.0
        self._ended: deque[tuple[int, float]] = deque(maxlen=_REMEMBERED)

    def call(self) -> "Record | None":
        """The innermost running call of this cache's function."""
        return running(self)

    def ascertain(self) -> None:
        """From now on a call without a load is a hit, and those before were."""
        self.certain = True
        held, self.held = self.held, 0
        if held:
            self.series.hit(self.series.operation(GET_OR_LOAD), count=held)

    def ended(self, call: "Record | None", at: float) -> None:
        """A load ended that belongs to a call."""
        alike = _alike(call) if call is not None else None
        if alike is not None:
            self._ended.append((alike, at))
            self.last = at

    def awaited(self, call: Record, began: float) -> bool:
        """Whether a load for a call with equal arguments ended while this one was running."""
        alike = _alike(call)
        return alike is not None and any(one == alike and at >= began for one, at in list(self._ended))


def running(owner: object = None) -> "Record | None":
    """The innermost call of an owner, or of any, that is not over: a task keeps the one that started it for good."""
    found = CALL.get()
    while found is not None and (found[ARGUMENTS] is None or (owner is not None and found[OWNER] is not owner)):
        found = found[AROUND]
    return found


def left(record: Record, token: Token["Record | None"]) -> None:
    """A call is no longer the current one, even where it ends in another context than it began in."""
    try:
        CALL.reset(token)
    except ValueError:
        if CALL.get() is record:
            CALL.set(record[AROUND])


class Load:
    """One load, as a context manager, in plain and in async code. An exception makes it a failed one, and passes."""

    __slots__ = ("_began", "_call", "_loads", "ended")

    def __init__(self, loads: Loads) -> None:
        self._loads = loads
        self._began = 0.0
        self._call: Record | None = None
        self.ended = False

    def __enter__(self) -> None:
        try:
            if not self._loads.certain:
                self._loads.ascertain()
            call = self._call = self._loads.call()
            if call is not None and not isinstance(call[EVENT], str):
                call[EVENT] = self
        except Exception as error:  # noqa: BLE001  never into the application
            self._loads.series.report(error)
        self._began = perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        now = perf_counter()
        self.ended = True
        try:
            self._loads.ended(self._call, now)
            self._call = None
            self._loads.series.loaded(_outcome(error), now - self._began)
        except Exception as failure:  # noqa: BLE001  never into the application
            self._loads.series.report(failure)


def _alike(call: Record) -> int | None:
    """A number that equal calls have in common; None where arguments have no hash."""
    if call[ARGUMENTS] is None:
        return None
    try:
        return hash((call[ARGUMENTS], *call[KEYWORDS].items()))
    except Exception:  # noqa: BLE001  arguments of any kind
        return None


def _outcome(error: BaseException | None) -> str:
    if error is None:
        return LOADED
    return CANCELLED if isinstance(error, CancelledError | GeneratorExit) else FAILED
