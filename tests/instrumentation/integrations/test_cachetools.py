"""cachetools' caches, counted."""

import copy
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, MutableMapping
from functools import partial
from typing import Any

import cachetools
import pytest

from tests.plugins.application import exposed, quiet
from tests.plugins.caching import loads, operations
from watchbill import Observability
from watchbill.catalogue.cache import (
    CACHE_EVICTIONS,
    CACHE_INVALIDATIONS,
    CACHE_ITEMS,
    CACHE_ITEMS_MAX,
    CACHE_SIZE,
    CACHE_TTL,
    CLEAR,
    DELETE,
    EVICTION_REASON,
    GET,
    SET,
)

Make = Callable[..., Any]


class Clock:
    """Time that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def long_lived(_key: object, _value: object, now: float) -> float:
    return now + 60


def first(keys: Iterable[Any]) -> Any:
    try:
        return next(iter(keys))
    except StopIteration:
        raise IndexError from None


def random(size: int, **given: Any) -> Any:
    library: Any = cachetools.RRCache
    return library(size, choice=first, **given)


def timed(size: int, **given: Any) -> Any:
    library: Any = cachetools.TTLCache
    return library(size, 60, **given)


def timed_one_by_one(size: int, **given: Any) -> Any:
    library: Any = cachetools.TLRUCache
    return library(size, long_lived, **given)


def length(value: object) -> int:
    return len(repr(value))


KINDS: dict[str, Make] = {
    "Cache": cachetools.Cache,
    "FIFOCache": cachetools.FIFOCache,
    "LFUCache": cachetools.LFUCache,
    "LRUCache": cachetools.LRUCache,
    "RRCache": random,
    "TTLCache": timed,
    "TLRUCache": timed_one_by_one,
}


def played(cache: Any) -> list[object]:
    """All that a mapping can do, and what came of it."""
    seen: list[object] = []

    def tell(run: Callable[[], object]) -> None:
        try:
            seen.append(run())
        except Exception as error:  # noqa: BLE001  which one it is, is what is compared
            seen.append((type(error), str(error)))

    values: list[object] = [None, 0, "", [], float("nan"), b"x"]
    for number, value in enumerate(values):
        tell(partial(cache.__setitem__, number, value))
    tell(lambda: [cache.get(number, "default") for number in range(7)])
    tell(lambda: cache[0])
    tell(lambda: cache[99])
    tell(lambda: cache[[]])
    tell(lambda: cache.setdefault(5, "other"))
    tell(lambda: cache.setdefault(7, "new"))
    tell(lambda: cache.pop(7))
    tell(lambda: cache.pop(99))
    tell(lambda: cache.pop(99, "default"))
    tell(lambda: cache.pop(99, None))
    tell(lambda: cache.__delitem__(5))
    tell(lambda: cache.__delitem__(99))
    tell(lambda: cache.update({1: "one", 2: "two"}))
    tell(lambda: sorted(cache))
    tell(lambda: (len(cache), cache.currsize, cache.maxsize, 1 in cache))
    tell(cache.popitem)
    tell(lambda: repr(cache))
    tell(cache.clear)
    tell(cache.popitem)
    tell(lambda: (len(cache), bool(cache), cache == {}))
    return seen


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("measured", [False, True], ids=["by number", "by size"])
def test_every_kind_of_cache_behaves_as_before(kind: str, measured: bool) -> None:
    given: dict[str, Any] = {"getsizeof": length} if measured else {}
    bare, counted = KINDS[kind](20 if measured else 4, **given), KINDS[kind](20 if measured else 4, **given)
    quiet().wrap_cache(counted, name="x")

    assert [repr(one) for one in played(counted)] == [repr(one) for one in played(bare)]
    assert isinstance(counted, MutableMapping)
    assert isinstance(counted, type(bare))


@pytest.mark.parametrize("kind", KINDS)
def test_reads_writes_and_deletions_are_counted(kind: str) -> None:
    observability = quiet()
    cache = observability.wrap_cache(KINDS[kind](10), name="x")

    cache["a"] = None
    assert cache["a"] is None
    assert cache.get("a", 1) is None
    assert cache.get("b") is None
    with pytest.raises(KeyError):
        cache["b"]
    with pytest.raises(TypeError):
        cache[[]]
    cache.setdefault("c", 1)
    cache.pop("c")
    cache.pop("c", None)
    cache["d"] = cache["e"] = 1
    del cache["d"]
    cache.clear()

    assert operations(observability, GET) == {"hit": 2, "miss": 2, "error": 1}
    assert operations(observability, SET) == {"ok": 4}
    assert operations(observability, DELETE) == {"ok": 3}
    assert operations(observability, CLEAR) == {"ok": 1}
    assert exposed(observability).value(CACHE_INVALIDATIONS) == 4


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "Cache"])
def test_what_leaves_for_its_size_is_an_eviction_and_no_invalidation(kind: str) -> None:
    observability = quiet()
    cache = observability.wrap_cache(KINDS[kind](3), name="x")
    for number in range(5):
        cache[number] = number

    scrape = exposed(observability)
    assert scrape.value(CACHE_EVICTIONS, {EVICTION_REASON: "size"}) == 2
    assert scrape.value(CACHE_INVALIDATIONS) == 0
    assert (scrape.value(CACHE_ITEMS), scrape.value(CACHE_ITEMS_MAX)) == (3, 3)


@pytest.mark.parametrize("kind", ["TTLCache", "TLRUCache"])
def test_what_expires_is_an_eviction_and_a_miss(kind: str) -> None:
    observability, clock = quiet(), Clock()
    cache = observability.wrap_cache(KINDS[kind](3, timer=clock), name="x")
    cache["a"] = cache["b"] = 1
    clock.now = 61
    with pytest.raises(KeyError):
        cache["a"]
    assert exposed(observability).value(CACHE_EVICTIONS, {EVICTION_REASON: "expired"}) == 0
    cache["c"] = 1

    assert exposed(observability).value(CACHE_EVICTIONS, {EVICTION_REASON: "expired"}) == 2
    assert exposed(observability).value(CACHE_EVICTIONS, {EVICTION_REASON: "size"}) == 0
    assert operations(observability, GET) == {"miss": 1}


def test_a_scrape_does_not_touch_the_cache() -> None:
    observability, clock = quiet(), Clock()
    cache = observability.wrap_cache(cachetools.TTLCache[str, int](3, 60, timer=clock), name="x")
    cache["a"] = 1
    clock.now = 61

    assert exposed(observability).value(CACHE_ITEMS) == 1
    assert exposed(observability).value(CACHE_EVICTIONS) == 0
    assert exposed(observability).value(CACHE_TTL) == 60


def test_bytes_are_what_the_cache_measures() -> None:
    observability = quiet()
    cache = observability.wrap_cache(cachetools.LRUCache[str, bytes](100, getsizeof=len), name="x")
    cache["a"], cache["b"] = b"12345", b"123"

    scrape = exposed(observability)
    assert (scrape.value(CACHE_SIZE), scrape.value(CACHE_ITEMS)) == (8, 2)
    assert scrape.series(CACHE_ITEMS_MAX) == 0


def test_a_class_that_loads_what_it_does_not_have_counts_loads() -> None:
    class Squares(cachetools.LRUCache[int, int]):
        def __missing__(self, key: int) -> int:
            if key < 0:
                raise KeyError(key)
            self[key] = value = key * key
            return value

    observability = quiet()
    squares = observability.wrap_cache(Squares(10), name="x")

    assert [squares[3], squares[3], squares.get(4)] == [9, 9, None]
    with pytest.raises(KeyError):
        squares[-1]
    assert operations(observability, GET) == {"hit": 1, "miss": 3}
    assert loads(observability) == {"loaded": 1, "failed": 1}


@pytest.mark.parametrize("lock", [None, threading.Lock()], ids=["without a lock", "with a lock"])
def test_under_the_decorators_of_cachetools_it_counts_each_call_once(lock: Any) -> None:
    observability = quiet()
    cache = observability.wrap_cache(timed(10), name="x")

    @cachetools.cached(cache, lock=lock)
    def square(number: int) -> int:
        return number * number

    class Shop:
        @cachetools.cachedmethod(lambda _: cache)
        def cube(self, number: int) -> int:
            return number**3

    shop = Shop()
    assert [square(2), square(2), shop.cube(3), shop.cube(3)] == [4, 4, 27, 27]
    assert operations(observability, GET) == {"hit": 2, "miss": 2}
    assert operations(observability, SET) == {"ok": 2}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "RRCache"])
def test_copies_and_pickles_are_bare_caches_with_the_same_values(kind: str) -> None:
    observability = quiet()
    bare, cache = KINDS[kind](10), observability.wrap_cache(KINDS[kind](10), name="x")
    cache["a"] = 1

    for other in (copy.copy(cache), pickle.loads(pickle.dumps(cache))):  # noqa: S301  our own
        assert type(other) is type(bare)
        assert other["a"] == 1
    assert operations(observability, GET) == {}


def test_uninstrument_gives_it_its_class_back() -> None:
    observability = quiet()
    cache = cachetools.LRUCache[str, int](10)
    observability.wrap_cache(cache, name="x")
    cache["a"] = 1
    observability.uninstrument(cache)
    cache["b"] = cache["a"]

    assert type(cache) is cachetools.LRUCache
    assert operations(observability, SET) == {"ok": 1}
    assert operations(observability, GET) == {}


def test_twice_is_once() -> None:
    first, second = quiet(), quiet()
    cache = cachetools.LRUCache[str, int](10)
    for observability in (first, first, second):
        observability.wrap_cache(cache, name="x")
    cache.get("a")

    assert operations(first, GET) == {"miss": 1}
    assert operations(second, GET) == {}
    assert first.report()["cache x"].reason == "operations of cachetools' LRUCache are counted"


def test_without_the_library_one_error_says_what_to_install() -> None:
    code = (
        "import sys\n"
        "sys.modules['cachetools'] = None\n"
        "from watchbill import MissingExtra, Observability\n"
        "Fake = type('LRUCache', (), {'__module__': 'cachetools'})\n"
        "try: Observability('shop', tracing=None, logging=None).wrap_cache(Fake(), name='x')\n"
        "except MissingExtra as error: print(error)\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert told.splitlines() == [
        "obs.wrap_cache() needs cachetools, which is not installed.",
        'Install it with: pip install "watchbill[cachetools]"',
    ]


def test_the_type_of_a_wrapped_cache_stays() -> None:
    observability: Observability = quiet()
    cache: cachetools.LRUCache[str, int] = observability.wrap_cache(cachetools.LRUCache(10), name="x")

    assert cache.maxsize == 10
