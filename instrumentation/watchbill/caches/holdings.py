"""What caches hold: items and bytes, read at each scrape."""

import os
import sys
from collections.abc import Callable
from math import isinf
from typing import Any, NamedTuple
from weakref import WeakValueDictionary, ref

from watchbill.caches.series import CacheSeries
from watchbill.catalogue.cache import L1
from watchbill.ground import Ground
from watchbill.store.election import Election
from watchbill.store.store import Store


class Held(NamedTuple):
    """None is unknown; of the most, no limit."""

    items: float | None = None
    most: float | None = None
    size: float | None = None


Read = Callable[[Any], Held]
Source = tuple[Any, Read]
# By the id of the readings that keep them.
_HOLDINGS: "WeakValueDictionary[tuple[int, str, str], Holdings]" = WeakValueDictionary()


class Holdings:
    """All objects that are one cache in metrics: of methods and functions there may be several. Kept weakly.

    What processes share is read in one of them, for the numbers of all add up.
    """

    def __init__(self, series: CacheSeries, store: Store | None) -> None:
        self._series = series
        self._shared = _Shared(store, *series.key) if store is not None and series.key[1] != L1 else None
        self._sources: dict[int, tuple[Callable[[], Any], Read]] = {}

    @classmethod
    def of(cls, ground: Ground, series: CacheSeries) -> "Holdings":
        """Those of a cache."""
        place = id(ground.readings), *series.key
        found = _HOLDINGS.get(place)
        if found is None:
            found = _HOLDINGS[place] = cls(series, None if ground.emission is None else ground.emission.store)
            ground.readings.add(("cache", *series.key), found.read)
        return found

    def add(self, source: object, read: Read) -> None:
        """Reads a source at every scrape while it is alive."""
        self._sources[id(source)] = _weak(source), read

    def remove(self, source: object) -> None:
        """Reads it no more."""
        self._sources.pop(id(source), None)
        if not self._sources:
            self._series.holds(*Held())

    def read(self) -> None:
        """Sets the gauges; there are none without a source."""
        found: list[Held] = []
        if self._shared is not None and not self._shared.is_ours():
            self._series.holds(*Held())
            return
        for key, (source, read) in list(self._sources.items()):
            alive = source()
            if alive is None:
                self._sources.pop(key, None)
            else:
                found.append(read(alive))
        limits = [one.most for one in found]
        most = None if None in limits else _sum(limits)
        self._series.holds(_sum([one.items for one in found]), most, _sum([one.size for one in found]))


class _Shared:
    """A cache that processes share."""

    def __init__(self, store: Store, name: str, layer: str) -> None:
        self._store = store
        self._name = f"cache {name} {layer}"
        self._election: Election | None = None
        self._pid = 0

    def is_ours(self) -> bool:
        """Whether this process is the one to read it. A child has none of its parent's locks."""
        if self._election is None or self._pid != os.getpid():
            self._election, self._pid = Election(self._store), os.getpid()
        return self._election.won(self._name)


def source_of(function: Any) -> Source | None:
    """What tells how much a function's cache holds: that of cachetools, or its `cache_info` as lru_cache has one."""
    cache = getattr(function, "cache", None)
    library: Any = sys.modules.get("cachetools")
    if library is not None and isinstance(cache, library.Cache):
        return cache, held_by_mapping
    return (function, _held_by_info) if callable(getattr(function, "cache_info", None)) else None


def _held_by_info(function: Any) -> Held:
    info = function.cache_info()
    return Held(getattr(info, "currsize", None), getattr(info, "maxsize", None))


def held_by_mapping(cache: Any) -> Held:
    """What a cache of cachetools holds, expired values that are still there too; bytes where it measures its values.

    It is read without its own methods: they remove what has expired, which is for the thread that has its lock.
    """
    library = sys.modules["cachetools"].Cache
    items, held = library.__len__(cache), library.currsize.fget(cache)
    if cache.getsizeof is library.getsizeof:
        return Held(items, None if isinf(cache.maxsize) else cache.maxsize)
    return Held(items, size=held)


def _sum(column: list[float | None]) -> float | None:
    known = [one for one in column if one is not None]
    return sum(known) if known else None


def _weak(source: Any) -> Callable[[], Any]:
    try:
        return ref(source)
    except TypeError:
        return lambda: source
