"""aiocache: counts what its caches do, used by hand or under its decorators."""

from typing import Any

from watchbill.caches.holdings import Held, Holdings
from watchbill.caches.protocol import OPERATIONS, counting
from watchbill.caches.series import CacheSeries
from watchbill.caches.watch import Layer, Swap, Watch, class_of
from watchbill.errors import InvalidDeclaration
from watchbill.extras import required
from watchbill.ground import Ground
from watchbill.report import Entry

_METHODS = ("get", "multi_get", "set", "multi_set", "add", "delete", "increment", "clear")


class AiocacheAttachment:
    """Our counting in one cache. None is a miss, as aiocache itself takes it."""

    kind = "aiocache"

    def __init__(self, ground: Ground, cache: Any, series: CacheSeries) -> None:
        library = required("aiocache.base", needed_by="obs.wrap_cache()").BaseCache
        if not isinstance(cache, library):
            raise InvalidDeclaration("wrap_cache", [f"{type(cache).__name__} is no cache of aiocache; give its cache"])
        self.target = cache
        self._series = series
        self._holdings = Holdings.of(ground, series)
        self._library = type(cache).__name__
        watch = Watch(series, *(OPERATIONS[name] for name in _METHODS))
        self._swap = Swap(cache, Layer, watch, {name: counting(class_of(cache), name, watch) for name in _METHODS})

    def attach(self) -> None:
        """Puts it in."""
        self._swap.put()
        if isinstance(getattr(self.target, "_cache", None), dict):
            self._holdings.add(self.target, _held)

    def detach(self) -> None:
        """Takes it out."""
        self._swap.take()
        self._holdings.remove(self.target)

    def entry(self) -> Entry:
        """What the report says of it."""
        return Entry(f"cache {self._series.key[0]}", "on", f"operations of aiocache's {self._library} are counted")


def _held(cache: Any) -> Held:
    """Of a cache in memory; aiocache has no other place to ask."""
    return Held(len(cache._cache))  # noqa: SLF001  as said
