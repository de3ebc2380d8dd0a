"""Methods of caches with the usual names, counted."""

from collections.abc import Callable, Mapping, Sized
from functools import wraps
from inspect import Parameter, iscoroutine, iscoroutinefunction, signature
from time import perf_counter
from typing import Any, cast

from watchbill.caches.load import ARGUMENTS, CALL, Record, left, running
from watchbill.caches.watch import Watch
from watchbill.catalogue.cache import CLEAR, DELETE, DELETE_PATTERN, DELETING, ERROR, GET, HIT, INCREMENT, MISS, SET

Method = Callable[..., Any]
Ended = Callable[[Any, tuple[Any, ...], dict[str, Any], float], None]

OPERATIONS: Mapping[str, str] = {
    "get": GET,
    "get_many": GET,
    "multi_get": GET,
    "mget": GET,
    "set": SET,
    "add": SET,
    "put": SET,
    "set_many": SET,
    "multi_set": SET,
    "mset": SET,
    "delete": DELETE,
    "delete_many": DELETE,
    "delete_pattern": DELETE_PATTERN,
    "delete_match": DELETE_PATTERN,
    "incr": INCREMENT,
    "increment": INCREMENT,
    "clear": CLEAR,
}
_DEFAULT = "default"


def counting(kind: type, name: str, watch: Watch) -> Method:
    """A class's method, counted: synchronous where it is, and where it returns a coroutine counted when that ends.

    What it calls of the same cache meanwhile is part of it.
    """
    method: Method = getattr(kind, name)
    ended = _ended(method, name, watch)
    failed = _failed(name, watch)

    async def awaited(given: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if running(watch) is not None:
            return await given
        record: Record = [watch, running(), None, (), None]
        token, began = CALL.set(record), perf_counter()
        try:
            value = await given
        except Exception as error:
            failed(error, perf_counter() - began)
            raise
        finally:
            record[ARGUMENTS] = None
            left(record, token)
        ended(value, args, kwargs, perf_counter() - began)
        return value

    if iscoroutinefunction(method):

        @wraps(method)
        async def counted_later(self: Any, /, *args: Any, **kwargs: Any) -> Any:
            return await awaited(method(self, *args, **kwargs), args, kwargs)

        return counted_later

    @wraps(method)
    def counted(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        if running(watch) is not None:
            return method(self, *args, **kwargs)
        record: Record = [watch, running(), None, (), None]
        token, began = CALL.set(record), perf_counter()
        try:
            value = method(self, *args, **kwargs)
        except Exception as error:
            failed(error, perf_counter() - began)
            raise
        finally:
            record[ARGUMENTS] = None
            left(record, token)
        if iscoroutine(value):
            return awaited(value, args, kwargs)
        ended(value, args, kwargs, perf_counter() - began)
        return value

    return counted


def _failed(name: str, watch: Watch) -> Callable[[Exception, float], None]:
    operation = OPERATIONS[name]
    if operation == GET:
        return lambda _, took: watch.read(ERROR, took)
    # So aiocache says that the key was there already.
    answer = ValueError if name == "add" else ()
    return lambda error, took: watch.wrote(operation, took, failed=not isinstance(error, answer))


def _ended(method: Method, name: str, watch: Watch) -> Ended:
    operation = OPERATIONS[name]
    if name == "get":
        place = _place(method)

        def read(value: Any, args: tuple[Any, ...], kwargs: dict[str, Any], took: float) -> None:
            default = args[place] if 0 <= place < len(args) else kwargs.get(_DEFAULT)
            # By identity: a value of any kind may refuse to be compared.
            watch.read(MISS if value is None or value is default else HIT, took)

        return read
    if operation == GET:
        return lambda value, args, _, took: _read_many(watch, value, args, took)
    deletes = operation in DELETING

    def wrote(value: Any, _args: tuple[Any, ...], _kwargs: dict[str, Any], took: float) -> None:
        watch.wrote(operation, took, gone=_gone(value, name) if deletes else 0)

    return wrote


def _place(method: Method) -> int:
    """Where a default is given by position, without self; -1 where there is none."""
    try:
        known = [one for one in signature(method).parameters.values() if one.kind is not Parameter.KEYWORD_ONLY]
    except (TypeError, ValueError):
        return -1
    return next((number - 1 for number, one in enumerate(known) if one.name == _DEFAULT), -1)


def _read_many(watch: Watch, value: Any, args: tuple[Any, ...], took: float) -> None:
    hits, misses = 0, 0
    if isinstance(value, dict):
        hits = len(cast("Sized", value))
        asked = args[0] if len(args) == 1 and isinstance(args[0], Sized) and not isinstance(args[0], str) else args
        misses = max(len(asked) - hits, 0)
    elif isinstance(value, list | tuple):
        values = cast("list[object]", value)
        misses = sum(1 for one in values if one is None)
        hits = len(values) - misses
    for status, count in ((HIT, hits), (MISS, misses)):
        if count:
            watch.read(status, None if status == MISS and hits else took, count)


def _gone(value: object, name: str) -> int:
    """How many values a deletion concerned, as far as its answer tells: a number, or yes where it was one."""
    return int(value) if isinstance(value, int) and (name == "delete" or not isinstance(value, bool)) else 0
