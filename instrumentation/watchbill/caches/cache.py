"""A cache that the application declares."""

import logging
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from watchbill.caches.calls import Calls
from watchbill.caches.declaration import faults_of
from watchbill.caches.holdings import Held, Holdings, source_of
from watchbill.caches.load import Load, Loads
from watchbill.caches.loader import Unwatchable, loading, note_watched, watched_for, within
from watchbill.caches.operation import Read, Write, told
from watchbill.caches.series import CacheSeries
from watchbill.caches.watch import class_of
from watchbill.caches.watched import watched
from watchbill.catalogue.cache import (
    CLEAR,
    DELETE,
    DELETE_PATTERN,
    ERROR,
    EVICTION_REASON,
    GET,
    HIT,
    INCREMENT,
    MISS,
    OTHER_REASON,
    SET,
    STALE,
)
from watchbill.errors import InvalidDeclaration
from watchbill.ground import Ground

P = ParamSpec("P")
R = TypeVar("R")

_LOG = logging.getLogger("watchbill.caches")
_PATIENCE = 100


class Cache:
    """Counts what one cache does, in one layer; it keeps no values itself.

    As a decorator it is put around a function that gets or loads. A call in which the loading function ran is a miss,
    any other a hit. It finds the loading function itself under the decorators of functools.lru_cache, cachetools,
    cashews, aiocache and async_lru; else `loader` or `load` says where loading happens. A value given while its load
    is still running is stale; a call that waited for the load of another with equal arguments is a coalesced miss.
    Loading in a thread is seen where the context goes along, as with `asyncio.to_thread`.

    Code that gets and loads by hand says `with cache.get() as read`, `with cache.load()` and `with cache.set()`.
    """

    def __init__(
        self,
        ground: Ground,
        name: str,
        *,
        layer: str = "l1",
        ttl: float | None = None,
        price: float = 0.0,
        size: Callable[[], float] | None = None,
        items: Callable[[], float] | None = None,
    ) -> None:
        faults = faults_of(name, layer, ttl, price, size=size, items=items)
        if faults:
            raise InvalidDeclaration("cache", faults)
        self.name = name
        self.layer = layer
        self._ground = ground
        self._off = ground.emission is None and ground.calls is None
        self._series = CacheSeries(ground, name, layer, price, ttl)
        self._series.operation(GET)
        self._loads = Loads(self._series)
        self._calls: Calls | None = None
        self._measures = size, items
        if size is not None or items is not None:
            Holdings.of(ground, self._series).add(self, Cache._measured)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """The function, watched: of the same kind and signature. InvalidDeclaration where that cannot be done."""
        plain: Any = function
        if class_of(plain) in {classmethod, staticmethod}:
            under: Any = plain.__func__
            return cast("Callable[P, R]", class_of(plain)(self(under)))
        self._refuse(plain)
        known = watched_for(plain)
        if self._off or self._series.key in known:
            return function
        try:
            inner = within(plain, self._loads)
        except Unwatchable as reason:
            raise InvalidDeclaration(f"cache {self.name!r}", [str(reason)]) from None
        if self._calls is None:
            self._calls = Calls(self._loads, self._uncertain)
        made = watched(inner, self._calls)
        note_watched(made, (*known, self._series.key))
        source = source_of(inner)
        if source is not None:
            Holdings.of(self._ground, self._series).add(*source)
        return cast("Callable[P, R]", made)

    def loader(self, function: Callable[P, R]) -> Callable[P, R]:
        """Decorates the function that loads what the cache does not have."""
        self._refuse(function)
        return function if self._off else cast("Callable[P, R]", loading(function, self._loads))

    def load(self) -> Load:
        """Loading, as a context manager: `with cache.load(): value = await fetch()`."""
        return Load(self._loads)

    def get(self) -> Read:
        """A read, as a context manager: a miss unless `hit()` is said in it."""
        return Read(self._loads)

    def set(self) -> Write:
        """A write, as a context manager."""
        return Write(self._loads, SET, 1)

    def increment(self) -> Write:
        """An increment, as a context manager."""
        return Write(self._loads, INCREMENT, 1)

    def delete(self, count: int = 1) -> Write:
        """A deletion, as a context manager; its `count` may be set when it is known how many values there were."""
        return Write(self._loads, DELETE, count)

    def delete_pattern(self, count: int = 0) -> Write:
        """A deletion by pattern, as a context manager; set its `count`."""
        return Write(self._loads, DELETE_PATTERN, count)

    def clear(self, count: int = 0) -> Write:
        """A deletion of everything, as a context manager; set its `count`."""
        return Write(self._loads, CLEAR, count)

    def hit(self, count: int = 1) -> None:
        """Reads found so many values."""
        told(self._loads, HIT, None, count)

    def miss(self, count: int = 1) -> None:
        """So many values were not there."""
        told(self._loads, MISS, None, count)

    def stale(self, count: int = 1) -> None:
        """So many values were older than they should be, and given all the same."""
        told(self._loads, STALE, None, count)

    def error(self) -> None:
        """The cache could not be read."""
        told(self._loads, ERROR)

    def invalidated(self, count: int = 1) -> None:
        """So many values were deleted on purpose, without an operation of this process."""
        self._contained(lambda: self._series.invalidated(count))

    def evicted(self, count: int = 1, *, reason: str = "size") -> None:
        """So many values left by themselves: by `size`, `expired`, or `other`."""
        known = reason if reason in EVICTION_REASON.values else OTHER_REASON
        self._contained(lambda: self._series.evicted(known, count))

    def _measured(self) -> Held:
        size, items = self._measures
        return Held(items=None if items is None else items(), size=None if size is None else size())

    def _contained(self, count: Callable[[], None]) -> None:
        try:
            count()
        except Exception as error:  # noqa: BLE001  never into the application
            self._series.report(error)

    def _refuse(self, function: object) -> None:
        kind = type(function)
        if isinstance(function, type):
            fault = "a class is no cached function; decorate a function or method"
        elif hasattr(kind, "__set_name__"):
            fault = f"{kind.__name__} of {kind.__module__} is no function; wrap its cache with obs.wrap_cache instead"
        elif not callable(function):
            fault = f"{kind.__name__} cannot be called; decorate a function or method"
        else:
            return
        raise InvalidDeclaration(f"cache {self.name!r}", [fault])

    def _uncertain(self, held: int) -> None:
        if held == _PATIENCE:
            _LOG.warning(
                "watchbill: cache %r was called %d times and never loaded: hits are counted once it is known where it "
                "loads; mark the loading function with @cache.loader, or say `with cache.load()`",
                self.name,
                held,
            )
