"""Several counters and a histogram at once: the store's lock is taken one time for all."""
# ruff: noqa: SLF001  prometheus-client offers no other way to ask where its numbers are

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any

from watchbill.store.client_value import CellValue, Series


def quick(counters: Sequence[Any], amounts: Sequence[float], histogram: Any) -> Callable[[float], bool]:
    """Adds one amount to each of two or three counters, and observes; False where the numbers are not in a store."""
    values = [getattr(one, "_value", None) for one in (*counters, histogram)]
    values[-1] = getattr(histogram, "_sum", None)
    if not all(isinstance(one, CellValue) for one in values):
        return lambda _: False
    places: list[Series] = [one._series for one in values if one is not None]
    (child, *_), (kept, *_), store = counters, values, places[0].store
    hits, saved, cost = places[0], places[1], places[2] if len(counters) > 2 else None
    one, other, price = *amounts[:2], amounts[2] if cost is not None else 0.0
    observed, bounds = places[-1], histogram._upper_bounds
    last, lowest = len(bounds), bounds[0]

    def count(seconds: float) -> bool:
        # A child that was removed has numbers of its own again, and its cells may be another's.
        if child._value is not kept:
            return False
        place = 0 if seconds <= lowest else bisect_left(bounds, seconds)
        lock = store.lock
        lock.acquire()
        try:
            cells, at = store.cells, observed.at
            cells[hits.at] += one
            cells[saved.at] += other
            cells[at + place] += 1.0
            cells[at + last] += seconds
            if cost is not None:
                cells[cost.at] += price
        finally:
            lock.release()
        return True

    return count
