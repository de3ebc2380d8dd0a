"""Caches that are kept in Redis, known by what their keys begin with."""

from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import Counter, Histogram

from watchbill.catalogue.cache import CACHE_OPERATION_DURATION, CACHE_OPERATIONS, ERROR, HIT, MISS, OK
from watchbill.emission import Emission
from watchbill.redis_client.key_use import DELETE, GET, INCREMENT, SET, KeyUse
from watchbill.totals import Totals

_LAYER = "l2"
_READ = (HIT, MISS, ERROR)
_WRITTEN = (OK, ERROR)
_STATUSES = {GET: _READ, SET: _WRITTEN, DELETE: _WRITTEN, INCREMENT: _WRITTEN}


class _DeclaredCache:
    """The series of one cache: all of them are there from the start."""

    __slots__ = ("counters", "durations")

    def __init__(self, emission: Emission, cache: str) -> None:
        operations = emission.counter(CACHE_OPERATIONS)
        durations = emission.histogram(CACHE_OPERATION_DURATION)
        self.counters: dict[tuple[str, str], Counter] = {
            (operation, status): operations.labels(cache, _LAYER, operation, status)
            for operation, statuses in _STATUSES.items()
            for status in statuses
        }
        self.durations: dict[str, Histogram] = {
            operation: durations.labels(cache, _LAYER, operation) for operation in _STATUSES
        }


class Prefixes:
    """Counts what commands do with keys that begin with a declared prefix; the longest one decides.

    Without an emission the request's own account is kept alone.
    """

    def __init__(self, emission: Emission | None, prefixes: Mapping[str, str]) -> None:
        names = set(prefixes.values())
        caches = {name: None if emission is None else _DeclaredCache(emission, name) for name in names}
        ordered = sorted(prefixes.items(), key=lambda item: len(item[0]), reverse=True)
        self._text = tuple((prefix, caches[cache]) for prefix, cache in ordered)
        self._bytes = tuple((prefix.encode(), caches[cache]) for prefix, cache in ordered)
        self._any_text = tuple(prefixes)
        self._any_bytes = tuple(prefix.encode() for prefix in prefixes)

    def answered(
        self, use: KeyUse, args: tuple[Any, ...], reply: Any, seconds: float | None, account: Totals | None
    ) -> None:
        """A command had its reply; `seconds` is None inside a pipeline."""
        if use.operation != GET:
            self._each(use, use.keys(args), OK, seconds)
        elif use.shape == "many":
            timed: set[_DeclaredCache] = set()
            for key, value in zip(use.keys(args), reply, strict=False):
                self._read(key, (value,), seconds, account, timed)
        elif use.shape == "fields":
            self._read(args[1], reply, seconds, account, set())
        else:
            self._read(args[1], (reply if use.shape == "one" else reply or None,), seconds, account, None)

    def failed(self, use: KeyUse, args: tuple[Any, ...]) -> None:
        """A command ended in an error: each of its keys did."""
        self._each(use, use.keys(args), ERROR, None)

    def _each(self, use: KeyUse, keys: tuple[Any, ...], status: str, seconds: float | None) -> None:
        timed: set[_DeclaredCache] = set()
        for key in keys:
            cache = self._cache(key) if self._is_declared(key) else None
            if cache is not None:
                cache.counters[use.operation, status].inc()
                if seconds is not None and cache not in timed:
                    timed.add(cache)
                    cache.durations[use.operation].observe(seconds)

    def _read(
        self,
        key: Any,
        values: Iterable[Any],
        seconds: float | None,
        account: Totals | None,
        timed: "set[_DeclaredCache] | None",
    ) -> None:
        if not self._is_declared(key):
            return
        cache = self._cache(key)
        for value in values:
            if account is not None:
                if value is None:
                    account.cache_misses += 1
                else:
                    account.cache_hits += 1
            if cache is not None:
                cache.counters[GET, MISS if value is None else HIT].inc()
        if cache is not None and seconds is not None and (timed is None or cache not in timed):
            cache.durations[GET].observe(seconds)
            if timed is not None:
                timed.add(cache)

    def _is_declared(self, key: Any) -> bool:
        if isinstance(key, str):
            return key.startswith(self._any_text)
        return isinstance(key, bytes) and key.startswith(self._any_bytes)

    def _cache(self, key: Any) -> _DeclaredCache | None:
        declared: tuple[tuple[Any, _DeclaredCache | None], ...] = self._text if isinstance(key, str) else self._bytes
        for prefix, cache in declared:
            if key.startswith(prefix):
                return cache
        return None
