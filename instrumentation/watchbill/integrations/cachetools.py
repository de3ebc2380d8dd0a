"""cachetools: counts what its caches do, used as mappings or under its decorators."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

from watchbill.caches.holdings import Holdings, held_by_mapping
from watchbill.caches.load import Load, Loads
from watchbill.caches.series import CacheSeries
from watchbill.caches.watch import Layer, Swap, Watch, class_of, drop_ours, put_class
from watchbill.catalogue.cache import BY_SIZE, CLEAR, DELETE, ERROR, EXPIRED, HIT, MISS, SET
from watchbill.errors import InvalidDeclaration
from watchbill.extras import required
from watchbill.ground import Ground
from watchbill.report import Entry

_ABSENT = object()


class CachetoolsAttachment:
    """Our counting in one cache. It stays an instance of its class; copies and pickles of it do not count."""

    kind = "cachetools"

    def __init__(self, ground: Ground, cache: Any, series: CacheSeries) -> None:
        library = required("cachetools", needed_by="obs.wrap_cache()").Cache
        if not isinstance(cache, library):
            raise InvalidDeclaration(
                "wrap_cache", [f"{type(cache).__name__} is no cache of cachetools; give its cache"]
            )
        self.target = cache
        self._series = series
        self._holdings = Holdings.of(ground, series)
        self._library = type(cache).__name__
        watch = _CachetoolsWatch(series, library.__len__)
        kind = class_of(cache)
        if kind.__missing__ is not library.__missing__:
            watch.loads = Loads(series)
        members: dict[str, Any] = {}
        if hasattr(kind, "expire"):
            members["expire"] = _expire
            series.evicts(EXPIRED)
        if hasattr(kind, "__copy__"):
            members["__copy__"] = _copy
        self._swap = Swap(cache, _Counted, watch, members)

    def attach(self) -> None:
        """Puts it in."""
        self._swap.put()
        self._holdings.add(self.target, held_by_mapping)

    def detach(self) -> None:
        """Takes it out."""
        self._swap.take()
        self._holdings.remove(self.target)

    def entry(self) -> Entry:
        """What the report says of it."""
        return Entry(f"cache {self._series.key[0]}", "on", f"operations of cachetools' {self._library} are counted")


class _CachetoolsWatch(Watch):
    """`held` counts values, expired ones too; `loads` is there where the class loads what it does not have."""

    def __init__(self, series: CacheSeries, held: Callable[[Any], int]) -> None:
        super().__init__(series, SET, DELETE, CLEAR)
        series.evicts(BY_SIZE)
        self.held = held
        self.loads: Loads | None = None


class _Counted(Layer):
    """Its methods call each other: what is called within a counted operation is part of it."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> Any:
        watch: _CachetoolsWatch = self._watchbill_watch
        base = self._watchbill_base
        if watch.inside.depth:
            return base.__getitem__(self, key)
        missed = watch.missed
        began = perf_counter()
        try:
            value = base.__getitem__(self, key)
        except KeyError:
            watch.read(MISS, perf_counter() - began)
            raise
        except Exception:
            watch.read(ERROR, perf_counter() - began)
            raise
        watch.read(HIT if watch.missed == missed else MISS, perf_counter() - began)
        return value

    def __missing__(self, key: Any) -> Any:
        watch: _CachetoolsWatch = self._watchbill_watch
        base = self._watchbill_base
        watch.missed += 1
        if watch.loads is None or not watch.active:
            return base.__missing__(self, key)
        with Load(watch.loads):
            return base.__missing__(self, key)

    def get(self, key: Any, default: Any = None, *args: Any, **kwargs: Any) -> Any:
        watch: _CachetoolsWatch = self._watchbill_watch
        base = self._watchbill_base
        inside = watch.inside
        if inside.depth:
            return base.get(self, key, default, *args, **kwargs)
        inside.depth += 1
        began = perf_counter()
        try:
            value = base.get(self, key, _ABSENT, *args, **kwargs)
        except Exception:
            watch.read(ERROR, perf_counter() - began)
            raise
        finally:
            inside.depth -= 1
        watch.read(MISS if value is _ABSENT else HIT, perf_counter() - began)
        return default if value is _ABSENT else value

    def __setitem__(self, key: Any, value: Any) -> None:
        base = self._watchbill_base
        _write(self._watchbill_watch, lambda: base.__setitem__(self, key, value))

    def setdefault(self, key: Any, default: Any = None) -> Any:
        base = self._watchbill_base
        return _write(self._watchbill_watch, lambda: base.setdefault(self, key, default))

    def __delitem__(self, key: Any) -> None:
        base = self._watchbill_base
        _remove(self._watchbill_watch, lambda: base.__delitem__(self, key))

    def pop(self, key: Any, *default: Any, **given: Any) -> Any:
        base = self._watchbill_base
        if not (default or given):
            return _remove(self._watchbill_watch, lambda: base.pop(self, key))
        value = _remove(self._watchbill_watch, lambda: base.pop(self, key, _ABSENT))
        return (default[0] if default else given["default"]) if value is _ABSENT else value

    def popitem(self) -> Any:
        base = self._watchbill_base
        watch: _CachetoolsWatch = self._watchbill_watch
        evicts = watch.inside.setting
        item = _remove(watch, lambda: base.popitem(self))
        if evicts:
            watch.evicted(BY_SIZE)
        return item

    def clear(self) -> None:
        watch: _CachetoolsWatch = self._watchbill_watch
        base = self._watchbill_base
        gone, began = watch.held(self), perf_counter()
        _within(watch, lambda: base.clear(self))
        if not watch.inside.depth:
            watch.wrote(CLEAR, perf_counter() - began, gone=gone)


def _write(watch: _CachetoolsWatch, write: Callable[[], Any]) -> Any:
    """What is thrown out meanwhile is thrown out for its size."""
    inside = watch.inside
    began = perf_counter()
    inside.setting += 1
    try:
        value = _within(watch, write)
    except Exception:
        if not inside.depth:
            watch.wrote(SET, perf_counter() - began, failed=True)
        raise
    finally:
        inside.setting -= 1
    if not inside.depth:
        watch.wrote(SET, perf_counter() - began)
    return value


def _remove(watch: _CachetoolsWatch, remove: Callable[[], Any]) -> Any:
    """A KeyError says that there was nothing."""
    began = perf_counter()
    try:
        value = _within(watch, remove)
    except KeyError:
        if not watch.inside.depth:
            watch.wrote(DELETE, perf_counter() - began)
        raise
    if not watch.inside.depth:
        watch.wrote(DELETE, perf_counter() - began, gone=int(value is not _ABSENT))
    return value


def _within(watch: _CachetoolsWatch, run: Callable[[], Any]) -> Any:
    watch.inside.depth += 1
    try:
        return run()
    finally:
        watch.inside.depth -= 1


def _expire(self: Any, *args: Any, **kwargs: Any) -> Any:
    watch: _CachetoolsWatch = self._watchbill_watch
    before = watch.held(self)
    expired = self._watchbill_base.expire(self, *args, **kwargs)
    watch.evicted(EXPIRED, before - watch.held(self))
    return expired


def _copy(self: Any) -> Any:
    made = self._watchbill_base.__copy__(self)
    if type(made) is type(self):
        put_class(made, self._watchbill_base)
        drop_ours(made)
    return made
