"""What caches of an Observability have counted."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from tests.plugins.application import exposed
from watchbill import Observability
from watchbill.catalogue.cache import (
    CACHE,
    CACHE_LOADS,
    CACHE_OPERATIONS,
    CACHE_STATUS,
    GET_OR_LOAD,
    LAYER,
    LOAD_OUTCOME,
    OPERATION,
    READS,
)

Function = TypeVar("Function", bound=Callable[..., object])


def typed(decorator: Any) -> Callable[[Function], Function]:
    """A decorator of a library's that has no types, or others than the functions here have."""
    return cast("Callable[[Function], Function]", decorator)


def operations(observability: Observability, operation: str, *, layer: str = "", cache: str = "") -> dict[str, float]:
    """How many operations ended in which status; those of none are left out."""
    scrape = exposed(observability)
    chosen: dict[Any, object] = {OPERATION: operation}
    chosen |= {label: value for label, value in ((LAYER, layer), (CACHE, cache)) if value}
    found = {one: scrape.value(CACHE_OPERATIONS, {**chosen, CACHE_STATUS: one}) for one in CACHE_STATUS.values}
    return {status: count for status, count in found.items() if count}


def reads(observability: Observability, *, layer: str = "", cache: str = "") -> dict[str, float]:
    """The same of get-or-load."""
    found = operations(observability, GET_OR_LOAD, layer=layer, cache=cache)
    assert set(found) <= set(READS)
    return found


def loads(observability: Observability, *, layer: str = "") -> dict[str, float]:
    """How many loads ended in which way."""
    scrape = exposed(observability)
    chosen: dict[Any, object] = {LAYER: layer} if layer else {}
    found = {one: scrape.value(CACHE_LOADS, {**chosen, LOAD_OUTCOME: one}) for one in LOAD_OUTCOME.values}
    return {outcome: count for outcome, count in found.items() if count}
