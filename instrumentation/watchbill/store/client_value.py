"""prometheus-client's numbers, kept in a store.

What a metric does with a number stays as it was. Where the class is the client's own, its methods are replaced by
shorter ones that take the lock once.
"""
# ruff: noqa: SLF001  prometheus-client offers no other way to say where its numbers are

import time
from bisect import bisect_left
from collections.abc import Callable
from typing import Any, cast

import prometheus_client as client
from prometheus_client import values as client_values
from prometheus_client.samples import Exemplar

from watchbill.problem import is_a
from watchbill.store.store import Store, StoredFamily

_METHODS = ("inc", "dec", "set", "observe")


class Series:
    """Where the numbers of a metric, or of one of its children, are."""

    __slots__ = ("at", "family", "store")

    def __init__(self, store: Store, family: StoredFamily, at: int) -> None:
        self.store = store
        self.family = family
        self.at = at


class CellValue:
    """One number, with the methods of prometheus-client's values."""

    _multiprocess = False

    def __init__(self, series: Series, place: int, exemplar_place: int = 0) -> None:
        self._series = series
        self._place = place
        self._exemplar_place = exemplar_place

    def inc(self, amount: float) -> None:
        """Adds to it."""
        series = self._series
        with series.store.lock:
            series.store.cells[series.at + self._place] += amount

    def set(self, value: float, timestamp: float | None = None) -> None:
        """Sets it, and when it was set where that counts."""
        series = self._series
        with series.store.lock:
            cells, at = series.store.cells, series.at + self._place
            cells[at] = value
            if series.family.schema.is_dated:
                cells[at + 1] = timestamp or time.time()

    def get(self) -> float:
        """Reads this process's own."""
        series = self._series
        with series.store.lock:
            return series.store.cells[series.at + self._place]

    def set_exemplar(self, exemplar: Exemplar) -> None:
        """Keeps the last one."""
        series = self._series
        series.store.mark(series.family, series.at, self._exemplar_place, exemplar)

    def get_exemplar(self) -> Exemplar | None:
        """The last one in this process."""
        series = self._series
        return series.store.exemplars_of(series.family, series.at).get(self._exemplar_place)


def own_attributes(owner: Any) -> dict[str, Any]:
    """What an object has of its own, whatever its class says."""
    return cast("dict[str, Any]", vars(owner))


def _is_plain(metric: Any) -> bool:
    return is_a(metric, client.Counter) or is_a(metric, client.Gauge)


def keep(metric: Any, series: Series) -> None:
    """Moves the numbers of a metric without labels, or of a child, to a series."""
    for value, place in _values_of(metric):
        _carry_over(value, CellValue(series, place, place), series)
    if _is_plain(metric):
        metric._value = CellValue(series, 0)
    elif is_a(metric, client.Summary):
        metric._count, metric._sum = CellValue(series, 0), CellValue(series, 1)
    elif is_a(metric, client.Histogram):
        buckets = len(metric._upper_bounds)
        metric._buckets = [CellValue(series, place, place) for place in range(buckets)]
        metric._sum = CellValue(series, buckets)
    quick = _QUICK.get(cast("Any", type(metric)))
    if quick is not None and not series.family.schema.is_dated:
        for name, method in quick(metric, series).items():
            setattr(metric, name, method)


def release(metric: Any) -> None:
    """Gives a metric or child numbers of its own again, with the values they have."""
    for name in _METHODS:
        own_attributes(metric).pop(name, None)
    fresh = [_own_value(value) for value, _ in _values_of(metric)]
    if _is_plain(metric):
        (metric._value,) = fresh
    elif is_a(metric, client.Summary):
        metric._count, metric._sum = fresh
    elif is_a(metric, client.Histogram):
        *metric._buckets, metric._sum = fresh


def _values_of(metric: Any) -> list[tuple[Any, int]]:
    if _is_plain(metric):
        return [(metric._value, 0)]
    if is_a(metric, client.Summary):
        return [(metric._count, 0), (metric._sum, 1)]
    return [(value, place) for place, value in enumerate((*metric._buckets, metric._sum))]


def _carry_over(old: Any, new: CellValue, series: Series) -> None:
    value = old.get()
    if series.family.schema.kind == "gauge":
        if value or not series.family.schema.is_dated:
            new.set(value)
    elif value:
        new.inc(value)
    exemplar = old.get_exemplar()
    if exemplar is not None:
        new.set_exemplar(exemplar)


def _own_value(old: Any) -> Any:
    # The client has no types here.
    make: Any = client_values.MutexValue
    made = make("", "", "", (), (), "")
    made.set(old.get())
    exemplar = old.get_exemplar()
    if exemplar is not None:
        made.set_exemplar(exemplar)
    return made


def _quick_counter(metric: Any, series: Series) -> dict[str, Callable[..., None]]:
    store, kind = series.store, cast("Any", type(metric))
    whole = kind.inc

    def inc(amount: float = 1, exemplar: dict[str, str] | None = None) -> None:
        if exemplar or amount < 0:
            whole(metric, amount, exemplar)
            return
        with store.lock:
            store.cells[series.at] += amount

    return {"inc": inc}


def _quick_gauge(_metric: Any, series: Series) -> dict[str, Callable[..., None]]:
    store = series.store

    def inc(amount: float = 1) -> None:
        with store.lock:
            store.cells[series.at] += amount

    def dec(amount: float = 1) -> None:
        with store.lock:
            store.cells[series.at] -= amount

    def set(value: float) -> None:  # noqa: A001  the client's name
        value = float(value)
        with store.lock:
            store.cells[series.at] = value

    return {"inc": inc, "dec": dec, "set": set}


def _quick_summary(_metric: Any, series: Series) -> dict[str, Callable[..., None]]:
    store = series.store

    def observe(amount: float) -> None:
        with store.lock:
            cells, at = store.cells, series.at
            cells[at + 1] += amount
            cells[at] += 1

    return {"observe": observe}


def _quick_histogram(metric: Any, series: Series) -> dict[str, Callable[..., None]]:
    store, kind, bounds = series.store, cast("Any", type(metric)), metric._upper_bounds
    whole = kind.observe
    last = len(bounds)

    def observe(amount: float, exemplar: dict[str, str] | None = None) -> None:
        if exemplar or amount != amount:
            whole(metric, amount, exemplar)
            return
        place = bisect_left(bounds, amount)
        with store.lock:
            cells, at = store.cells, series.at
            cells[at + last] += amount
            cells[at + place] += 1

    return {"observe": observe}


_QUICK: dict[type, Callable[[Any, Series], dict[str, Callable[..., None]]]] = {
    client.Counter: _quick_counter,
    client.Gauge: _quick_gauge,
    client.Summary: _quick_summary,
    client.Histogram: _quick_histogram,
}
