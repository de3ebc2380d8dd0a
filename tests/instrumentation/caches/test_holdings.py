"""What caches hold, read at each scrape."""

import functools
import gc
from math import inf
from pathlib import Path
from typing import Any, NamedTuple
from weakref import ref

import cachetools
import pytest

from tests.plugins.application import exposed, quiet
from tests.plugins.forked import forked
from watchbill import Observability
from watchbill.catalogue.cache import CACHE_ITEMS, CACHE_ITEMS_MAX, CACHE_SIZE, LAYER
from watchbill.catalogue.watching import INTERNAL_ERRORS


def test_a_cache_that_is_gone_or_left_alone_holds_nothing() -> None:
    observability = quiet()
    near = cachetools.LRUCache[str, bytes](10, getsizeof=len)
    observability.wrap_cache(near, name="near")
    own = observability.cache("own", items=lambda: 3)
    near["a"] = b"1"
    assert exposed(observability).value(CACHE_ITEMS) == 4
    assert exposed(observability).value(CACHE_SIZE) == 1

    observability.uninstrument(near)
    assert exposed(observability).series(CACHE_SIZE) == 0
    assert exposed(observability).value(CACHE_ITEMS) == 3
    del own
    gc.collect()

    assert exposed(observability).series(CACHE_ITEMS) == 0
    assert exposed(observability).value(INTERNAL_ERRORS) == 0
    observability.wrap_cache(near, name="near")
    assert exposed(observability).value(CACHE_ITEMS) == 1


def test_without_a_limit_there_is_no_most() -> None:
    observability = quiet()

    @observability.cache("square")
    @functools.lru_cache(maxsize=5)
    def bounded(number: int) -> int:
        return number

    bounded(1)
    assert exposed(observability).value(CACHE_ITEMS_MAX) == 5

    @observability.cache("square")
    @functools.cache
    def endless(number: int) -> int:
        return number

    endless(1)
    kept = observability.wrap_cache(cachetools.LRUCache[int, int](inf), name="kept")
    kept[1] = 1

    assert exposed(observability).value(CACHE_ITEMS) == 3
    assert exposed(observability).series(CACHE_ITEMS_MAX) == 0


def test_one_cache_is_read_once_however_many_functions_have_it() -> None:
    observability = quiet()
    kept = observability.wrap_cache(cachetools.LRUCache[Any, int](10), name="square")

    @observability.cache("square")
    @cachetools.cached(kept)
    def square(number: int) -> int:
        return number * number

    square(2)

    assert exposed(observability).value(CACHE_ITEMS) == 1
    assert exposed(observability).value(CACHE_ITEMS_MAX) == 10


class Foreign(NamedTuple):
    """No cache of a library's that is known."""

    currsize: int = 3


@pytest.mark.parametrize("given", [{"cache": Foreign()}, {"cache_info": dict}, {"cache_info": 3}], ids=repr)
def test_a_function_that_only_looks_cached_is_no_source(given: dict[str, Any]) -> None:
    def tax(number: int) -> int:
        return number

    vars(tax).update(given)
    observability = quiet()
    watched = observability.cache("tax")(tax)

    assert watched(2) == 2
    assert exposed(observability).series(CACHE_ITEMS) == 0
    assert exposed(observability).value(INTERNAL_ERRORS) == 0


def test_what_processes_share_is_read_in_one_and_what_each_has_in_each(tmp_path: Path) -> None:
    kept: list[Any] = []

    def declare() -> Observability:
        observability = quiet(workers=tmp_path)
        kept.extend(observability.cache("session", layer=layer, items=lambda: 7) for layer in ("l1", "l2"))
        kept.append(observability)
        exposed(observability)
        return observability

    def held(layer: str) -> float:
        return exposed(observability).value(CACHE_ITEMS, {LAYER: layer})

    with forked(declare) as child:
        observability = declare()
        assert (held("l1"), held("l2")) == (14, 7)

        child.end()
        assert (held("l1"), held("l2")) == (7, 7)


def test_an_observability_with_caches_and_steps_may_be_collected() -> None:
    def made() -> Any:
        observability = quiet()
        observability.cache("session", items=lambda: 1)
        with observability.step("thumbnail"), observability.batch("reindex"):
            pass
        return ref(observability.registry)

    registry = made()
    gc.collect()

    assert registry() is None
