"""The function that loads what a cache does not have, and where libraries' decorators keep it."""

from functools import lru_cache
from inspect import isasyncgenfunction, isgeneratorfunction
from types import FunctionType, MemberDescriptorType
from typing import Any, cast
from weakref import WeakKeyDictionary

from watchbill.caches.load import Load, Loads
from watchbill.caches.watch import class_of
from watchbill.caches.watched import like
from watchbill.function import is_async
from watchbill.relay import Function, relayed, relayed_later

_LIBRARIES = frozenset({"cachetools", "cashews", "aiocache", "async_lru"})
_LRU: type = type(lru_cache(lambda: None))
# Marks on functions would be copied by the decorators put above them.
_LOADERS: "WeakKeyDictionary[Function, tuple[Loads, ...]]" = WeakKeyDictionary()
_WATCHED: "WeakKeyDictionary[Function, tuple[tuple[str, str], ...]]" = WeakKeyDictionary()


class Unwatchable(Exception):
    """A cached function cannot be watched; the text says why, and what to do."""


def watched_for(function: object) -> tuple[tuple[str, str], ...]:
    """Name and layer of each cache for which a function is watched."""
    return _WATCHED.get(function, ()) if isinstance(function, FunctionType) else ()


def note_watched(function: Function, keys: tuple[tuple[str, str], ...]) -> None:
    """Keeps in mind that it is."""
    _WATCHED[function] = keys


def loading(function: Function, loads: Loads) -> Function:
    """The loading function; each call of it is a load."""
    known = _LOADERS.get(function, ()) if isinstance(function, FunctionType) else ()
    if any(one.series.key == loads.series.key for one in known):
        return function
    if isasyncgenfunction(function):
        made = relayed_later(function, lambda _args, _kwargs: _Turns(loads))
    elif isgeneratorfunction(function):
        made = relayed(function, lambda _args, _kwargs: _Turns(loads))
    elif is_async(function):
        made = _later(function, loads)
    else:
        made = _now(function, loads)
    loads.ascertain()
    made = like(made, function)
    _LOADERS[made] = (*known, loads)
    return made


def within(function: Function, loads: Loads) -> Function:
    """Watches what a cached function loads with; functools', cachetools', cashews', aiocache's and async_lru's count.

    Returns the function, or the one that takes its place; any other is left as it is. Raises Unwatchable.
    """
    inner = getattr(function, "__wrapped__", None)
    if inner is None or not callable(inner) or watched_for(function):
        return function
    if _has_cache(inner):
        replacement = within(inner, loads)
    elif _is_cached(function):
        replacement = loading(inner, loads)
    else:
        return function
    if replacement is inner:
        return function
    if isinstance(function, _LRU):
        return _again(function, replacement)
    if not _put(function, inner, replacement, set()):
        raise Unwatchable(f"{_named(function)} keeps its function out of reach; mark it with @cache.loader instead")
    return function


def _has_cache(function: Any) -> bool:
    while function is not None and not watched_for(function):
        if _is_cached(function):
            return True
        function = getattr(function, "__wrapped__", None)
    return False


def _is_cached(function: Any) -> bool:
    if isinstance(function, _LRU):
        return True
    # What a decorator returns has the name and module of the function under it, but its own globals.
    owner = function.__globals__.get("__name__") if isinstance(function, FunctionType) else type(function).__module__
    return hasattr(function, "__wrapped__") and _is_librarys(owner)


def _is_librarys(module: object) -> bool:
    return str(module).partition(".")[0] in _LIBRARIES


def _again(cached: Any, replacement: Function) -> Function:
    """lru_cache shows nobody its function, so it is made once more."""
    info = cached.cache_info()
    if info.hits or info.misses:
        raise Unwatchable(f"{_named(cached)} has been called already; decorate it where it is defined")
    made = lru_cache(**cached.cache_parameters())(replacement)
    attributes: dict[str, Any] = getattr(cached, "__dict__", {})
    vars(made).update({name: value for name, value in attributes.items() if name != "__wrapped__"})
    return cast("Function", made)


def _put(holder: Any, old: Function, new: Function, seen: set[int]) -> bool:
    """Puts a function in another's place wherever the holder has it; whether it had it."""
    seen.add(id(holder))
    if not isinstance(holder, FunctionType):
        names = [name for name in _attributes(holder) if getattr(holder, name, None) is old]
        for name in names:
            setattr(holder, name, new)
        return bool(names)
    if isinstance(old, _LRU):
        _hang(holder, old, new)
    found = False
    for cell in holder.__closure__ or ():
        try:
            content = cell.cell_contents
        except ValueError:
            continue
        if content is old:
            cell.cell_contents, found = new, True
        elif type(content).__name__ == "multi_cached" and _is_librarys(type(content).__module__):
            raise Unwatchable(f"{_named(holder)} reads many keys at once; wrap its cache: obs.wrap_cache(<it>.cache)")
        elif isinstance(content, FunctionType) and id(content) not in seen and _is_cached(content):
            found = _put(content, old, new, seen) or found
    return found


def _hang(holder: FunctionType, old: Function, new: Function) -> None:
    """What leads from a decorated function to the cache under it, such as `cache_clear`, leads to the new one."""
    hanging: dict[str, Any] = vars(holder)
    for name, one in list(hanging.items()):
        if one is old:
            hanging[name] = new
        elif getattr(one, "__self__", None) is old:
            hanging[name] = getattr(new, one.__name__)


def _attributes(holder: Any) -> list[str]:
    """An object's own, those in slots too."""
    own: dict[str, Any] = getattr(holder, "__dict__", {})
    kinds: list[dict[str, Any]] = [vars(kind) for kind in class_of(holder).__mro__]
    slots = [name for kind in kinds for name, one in kind.items() if isinstance(one, MemberDescriptorType)]
    return [*own, *slots]


def _named(function: Any) -> str:
    return str(getattr(function, "__qualname__", type(function).__qualname__))


def _now(function: Function, loads: Loads) -> Function:
    def loaded(*args: Any, **kwargs: Any) -> Any:
        with Load(loads):
            return function(*args, **kwargs)

    return loaded


def _later(function: Function, loads: Loads) -> Function:
    async def loaded(*args: Any, **kwargs: Any) -> Any:
        with Load(loads):
            return await function(*args, **kwargs)

    return loaded


class _Turns:
    """A generator that loads: one load from its first turn to its last."""

    def __init__(self, loads: Loads) -> None:
        self._load = Load(loads)
        self._load.__enter__()

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...

    def saw(self, item: object) -> None:
        """Nothing: what it yields says nothing of the cache."""

    def over(self, error: BaseException | None = None) -> None:
        """No turn is left."""
        self._load.__exit__(None, error, None)
