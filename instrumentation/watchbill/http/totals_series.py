"""The metrics of what requests took from behind them, by route, in cells of the store: one lock for all of them."""

from bisect import bisect_left

from watchbill.catalogue.http import ROUTE
from watchbill.catalogue.request_totals import (
    REQUEST_CACHE_CALLS,
    REQUEST_MESSAGES,
    REQUEST_OUTBOUND_TIME,
    REQUEST_QUERIES,
    REQUEST_QUERY_TIME,
    REQUEST_ROUND_TRIPS,
)
from watchbill.emission import Emission
from watchbill.errors import InvalidDeclaration
from watchbill.store.collector import StoreCollector
from watchbill.store.schema import schema_of
from watchbill.totals import Totals

_METRICS = (
    REQUEST_QUERIES,
    REQUEST_QUERY_TIME,
    REQUEST_CACHE_CALLS,
    REQUEST_ROUND_TRIPS,
    REQUEST_MESSAGES,
    REQUEST_OUTBOUND_TIME,
)
_BOUNDS = tuple(metric.buckets for metric in _METRICS)
# A histogram's cells: one for each bound, one beyond them, and the sum.
_SUMS = tuple(len(bounds) + 1 for bounds in _BOUNDS)
_QUERIES, _QUERY_SECONDS, _CACHE_CALLS, _ROUND_TRIPS, _MESSAGES, _CALL_SECONDS = range(len(_METRICS))


class TotalsSeries:
    """Observes the totals of each request that has any. A route has the series of what its requests use. Thread-safe.

    Raises InvalidDeclaration when the registry has one of the metrics with other labels or buckets.
    """

    def __init__(self, emission: Emission) -> None:
        names = emission.names
        schemas = [schema_of(metric, names) for metric in _METRICS]
        try:
            made = StoreCollector(emission.store, schemas)
        except ValueError as error:
            fault = "this registry has it with other labels or buckets, or from elsewhere; rename it with Names"
            raise InvalidDeclaration(f"metric {schemas[0].name!r}", [fault]) from error
        emission.collector(made, name=schemas[0].name, labels=(names.label(ROUTE),))
        self._store = emission.store
        self._families = [emission.store.family(schema) for schema in schemas]
        self._routes = emission.guard(ROUTE, REQUEST_QUERIES)
        self._rows: dict[str, list[int]] = {}

    def observe(self, route: str, totals: Totals) -> None:
        """One settled request."""
        seen: list[tuple[int, float]] = []
        if totals.queries:
            seen += ((_QUERIES, totals.queries), (_QUERY_SECONDS, totals.query_seconds))
        if totals.cache_hits or totals.cache_misses:
            seen.append((_CACHE_CALLS, totals.cache_hits + totals.cache_misses))
        if totals.round_trips:
            seen.append((_ROUND_TRIPS, totals.round_trips))
        if totals.messages:
            seen.append((_MESSAGES, totals.messages))
        if totals.calls:
            seen.append((_CALL_SECONDS, totals.call_seconds))
        if seen:
            self._add(route, self._rows.get(route) or self._row(route, seen), seen)

    def _add(self, route: str, row: list[int], seen: list[tuple[int, float]]) -> None:
        for part, _ in seen:
            if not row[part]:
                row[part] = self._store.series(self._families[part], (self._routes.admit(route),))
        store = self._store
        lock = store.lock
        lock.acquire()
        try:
            cells = store.cells
            for part, value in seen:
                at = row[part]
                cells[at + bisect_left(_BOUNDS[part], value)] += 1.0
                cells[at + _SUMS[part]] += value
        finally:
            lock.release()

    def _row(self, route: str, seen: list[tuple[int, float]]) -> list[int]:
        """By metric the first cell of the route's series, 0 where it has none yet."""
        admitted = self._routes.admit(route, *(_METRICS[part] for part, _ in seen))
        row = self._rows.get(admitted)
        if row is None:
            row = self._rows[admitted] = [0] * len(_METRICS)
        return row
