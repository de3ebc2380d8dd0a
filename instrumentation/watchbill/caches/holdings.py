"""What caches hold: items and bytes, read at each scrape."""

import sys
from collections.abc import Callable
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary, ref

from watchbill.caches.series import CacheSeries
from watchbill.ground import Ground, Readings


class Held(NamedTuple):
    """None is unknown."""

    items: float | None = None
    most: float | None = None
    size: float | None = None


Read = Callable[[Any], Held]
_HOLDINGS: "WeakKeyDictionary[Readings, dict[tuple[str, str], Holdings]]" = WeakKeyDictionary()


class Holdings:
    """All objects that are one cache in metrics: of methods and functions there may be several. Kept weakly."""

    def __init__(self, series: CacheSeries) -> None:
        self._series = series
        self._sources: dict[int, tuple[Callable[[], Any], Read]] = {}

    @classmethod
    def of(cls, ground: Ground, series: CacheSeries) -> "Holdings":
        """Those of a cache."""
        known = _HOLDINGS.setdefault(ground.readings, {})
        found = known.get(series.key)
        if found is None:
            found = known[series.key] = cls(series)
            ground.readings.add(("cache", *series.key), found.read)
        return found

    def add(self, source: object, read: Read) -> None:
        """Reads a source at every scrape while it is alive."""
        self._sources[id(source)] = _weak(source), read

    def remove(self, source: object) -> None:
        """Reads it no more."""
        self._sources.pop(id(source), None)

    def read(self) -> None:
        """Sets the gauges."""
        found: list[Held] = []
        for key, (source, read) in list(self._sources.items()):
            alive = source()
            if alive is None:
                self._sources.pop(key, None)
            else:
                found.append(read(alive))
        sums = ([one for one in column if one is not None] for column in zip(*found, strict=True))
        self._series.holds(*(sum(column) if column else None for column in sums))


def held_by_function(function: Any) -> Held:
    """What a cached function says of itself: lru_cache and async_lru by `cache_info`, cachetools by `cache`."""
    cache = getattr(function, "cache", None)
    if hasattr(cache, "currsize"):
        return held_by_mapping(cache)
    info = function.cache_info()
    return Held(info.currsize, info.maxsize)


def held_by_mapping(cache: Any) -> Held:
    """What a cache of cachetools holds, expired values that are still there too; bytes where it measures its values.

    It is read without its own methods: they remove what has expired, which is for the thread that has its lock.
    """
    library = sys.modules["cachetools"].Cache
    items, held = library.__len__(cache), library.currsize.fget(cache)
    if cache.getsizeof is library.getsizeof:
        return Held(items, cache.maxsize)
    return Held(items, size=held)


def _weak(source: Any) -> Callable[[], Any]:
    try:
        return ref(source)
    except TypeError:
        return lambda: source
