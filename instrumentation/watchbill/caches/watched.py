"""A function whose calls are watched: of the same kind, with the same signature, returning and raising the same."""

from contextlib import suppress
from contextvars import Token
from functools import update_wrapper
from inspect import isasyncgenfunction, isgeneratorfunction
from time import perf_counter
from types import CoroutineType
from typing import Any

from watchbill.caches.calls import Calls
from watchbill.caches.load import ARGUMENTS, CALL, EVENT, KEYWORDS, Record, left, running
from watchbill.function import is_async
from watchbill.relay import Function, relayed, relayed_later


def watched(function: Function, calls: Calls) -> Function:
    """The function around get-or-load; each call of it is counted when it is over."""
    if isasyncgenfunction(function):
        made = relayed_later(function, lambda args, kwargs: _Turns(calls, args, kwargs))
    elif isgeneratorfunction(function):
        made = relayed(function, lambda args, kwargs: _Turns(calls, args, kwargs))
    elif is_async(function):
        made = _later(function, calls)
    else:
        made = _now(function, calls)
    return like(made, function)


def like(made: Function, function: Function) -> Function:
    """Gives a function another's name and signature, and what hangs on it, such as `cache_info`."""
    update_wrapper(made, function)
    known = dir(made)
    for name in dir(function):
        if not name.startswith("_") and name not in known:
            # A property of somebody's may raise whatever it likes.
            with suppress(Exception):
                setattr(made, name, getattr(function, name))
    return made


def _now(function: Function, calls: Calls) -> Function:
    loads, hit, enter = calls.loads, calls.hit, CALL.set

    def cached(*args: Any, **kwargs: Any) -> Any:
        record: Record = [loads, CALL.get() and running(), None, args, kwargs]
        token = enter(record)
        began = perf_counter()
        try:
            value = function(*args, **kwargs)
        except BaseException as error:
            _raised(calls, record, token, began, error)
            raise
        took = perf_counter() - began
        left(record, token)
        if type(value) is CoroutineType:
            # A decorator between, itself not async, hands on what is still to run.
            record[ARGUMENTS] = record[KEYWORDS] = None
            return _later(_giving(value), calls)(*args, **kwargs)
        if record[EVENT] is None and loads.last < began and loads.certain:
            # Tasks that the call has started keep the record.
            record[ARGUMENTS] = record[KEYWORDS] = None
            hit(took)
        else:
            calls.settle(record, began, took)
        return value

    return cached


def _giving(value: Any) -> Function:
    return lambda *_args, **_kwargs: value


def _later(function: Function, calls: Calls) -> Function:
    loads, hit, enter = calls.loads, calls.hit, CALL.set

    async def cached(*args: Any, **kwargs: Any) -> Any:
        record: Record = [loads, CALL.get() and running(), None, args, kwargs]
        token = enter(record)
        began = perf_counter()
        try:
            value = await function(*args, **kwargs)
        except BaseException as error:
            _raised(calls, record, token, began, error)
            raise
        took = perf_counter() - began
        left(record, token)
        if record[EVENT] is None and loads.last < began and loads.certain:
            # Tasks that the call has started keep the record.
            record[ARGUMENTS] = record[KEYWORDS] = None
            hit(took)
        else:
            calls.settle(record, began, took)
        return value

    return cached


def _raised(calls: Calls, record: Record, token: Token[Any], began: float, error: BaseException) -> None:
    left(record, token)
    calls.settle(record, began, 0.0, error)


class _Turns:
    """A generator's turns: the call is current while one runs, and not while its caller has it."""

    __slots__ = ("_began", "_calls", "_record", "_token", "_took", "_turn")

    def __init__(self, calls: Calls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._calls = calls
        self._record: Record = [calls.loads, running(), None, args, kwargs]
        self._token: Any = None
        self._began = self._turn = perf_counter()
        self._took = 0.0

    def __enter__(self) -> None:
        self._token = CALL.set(self._record)
        self._turn = perf_counter()

    def __exit__(self, *_: object) -> None:
        self._took += perf_counter() - self._turn
        left(self._record, self._token)

    def saw(self, item: object) -> None:
        """Nothing: what it yields says nothing of the cache."""

    def over(self, error: BaseException | None = None) -> None:
        """No turn is left. One that is closed by its caller had what it was asked for."""
        closed = isinstance(error, GeneratorExit)
        self._calls.settle(self._record, self._began, self._took, None if closed else error)
