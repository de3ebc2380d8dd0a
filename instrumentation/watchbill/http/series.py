"""The HTTP metrics of a registry, kept in cells of its store: one lock for what one request has to say."""

from bisect import bisect_left
from dataclasses import replace
from time import time

from opentelemetry.trace import SpanContext
from prometheus_client.samples import Exemplar

from watchbill.catalogue.http import (
    HTTP_REQUEST_DURATION,
    HTTP_REQUEST_SIZE,
    HTTP_REQUESTS,
    HTTP_REQUESTS_IN_PROGRESS,
    HTTP_RESPONSE_SIZE,
    HTTP_TIME_TO_FIRST_BYTE,
    METHOD,
    ROUTE,
    STATUS,
)
from watchbill.catalogue.metric import Metric
from watchbill.emission import Emission
from watchbill.errors import InvalidDeclaration
from watchbill.guard import OTHER
from watchbill.http.exchange import Exchange
from watchbill.names import Names
from watchbill.store.collector import StoreCollector
from watchbill.store.schema import Schema, schema_of
from watchbill.store.store import EXEMPLAR_CELLS
from watchbill.traces.ids import SPAN_ID, TRACE_ID, ids

_TIMED: tuple[Metric, ...] = (HTTP_REQUEST_DURATION, HTTP_TIME_TO_FIRST_BYTE)
_BY_ROUTE: tuple[Metric, ...] = (HTTP_REQUESTS, *_TIMED, HTTP_REQUEST_SIZE, HTTP_RESPONSE_SIZE)
_METRICS: tuple[Metric, ...] = (*_BY_ROUTE, HTTP_REQUESTS_IN_PROGRESS)
_REQUEST_SIZES, _ANSWER_SIZES = HTTP_REQUEST_SIZE.buckets, HTTP_RESPONSE_SIZE.buckets
_LOWEST_SIZE = _ANSWER_SIZES[0]
_EXEMPLAR_SECONDS = 0.1

Row = tuple[dict[int, int], tuple[int, ...]]
"""The series of one method and route: by status the counter's cell; then the cell of the method's requests in progress,
and the first cell and the sum's of each histogram."""


class HttpSeries(StoreCollector):
    """Counts requests. Routes and statuses beyond their limits are folded into `_other`. Thread-safe.

    Raises InvalidDeclaration when the store has one of the metrics with other labels or buckets.
    """

    def __init__(self, emission: Emission, latency_bounds: tuple[float, ...]) -> None:
        schemas = [_schema(metric, emission.names, latency_bounds) for metric in _METRICS]
        try:
            super().__init__(emission.store, schemas)
        except ValueError as error:
            fault = "this registry has it with other labels or buckets, or from elsewhere; rename it with Names"
            raise InvalidDeclaration(f"metric {schemas[0].name!r}", [fault]) from error
        self._requests, *self._histograms, self._in_progress = self._families
        self._latency = self._histograms[0]
        self._routes = emission.guard(ROUTE, HTTP_REQUESTS)
        self._statuses = emission.guard(STATUS, HTTP_REQUESTS)
        self._rows: dict[tuple[str, str], Row] = {}
        self._running = dict.fromkeys(METHOD.values, 0)
        self._bounds = latency_bounds
        self._lowest = latency_bounds[0]

    def enter(self, method: str) -> None:
        """One more request in progress; `method` is one of the catalogue's."""
        at = self._running[method] or self._run(method)
        store = self.store
        lock = store.lock
        lock.acquire()
        try:
            store.cells[at] += 1.0
        finally:
            lock.release()

    def count(self, exchange: Exchange) -> None:
        """One more request answered; its route and its status are known."""
        key = (exchange.method, exchange.route)
        statuses, exchange.row = self._rows.get(key) or self._row(key)
        at = statuses.get(exchange.status) or self._status(key, statuses, exchange.status)
        store = self.store
        lock = store.lock
        lock.acquire()
        try:
            store.cells[at] += 1.0
        finally:
            lock.release()

    def leave(self, exchange: Exchange) -> None:
        """One request less in progress, which has been counted: its times and sizes."""
        running, latency, seconds, first, first_seconds, received, received_bytes, sent, sent_bytes = exchange.row
        lowest, began, started, size = self._lowest, exchange.first, exchange.started, exchange.sent
        duration = exchange.ended - started
        # Most are in the first bucket, and looking is cheaper than searching.
        if duration > lowest:
            latency += bisect_left(self._bounds, duration)
        if size > _LOWEST_SIZE:
            sent += bisect_left(_ANSWER_SIZES, size)
        store = self.store
        lock = store.lock
        lock.acquire()
        try:
            cells = store.cells
            cells[running] -= 1.0
            cells[latency] += 1.0
            cells[seconds] += duration
            cells[sent] += 1.0
            cells[sent_bytes] += size
            if began:
                began -= started
                if began > lowest:
                    first += bisect_left(self._bounds, began)
                cells[first] += 1.0
                cells[first_seconds] += began
            if exchange.received:
                received += bisect_left(_REQUEST_SIZES, exchange.received)
                cells[received_bytes] += exchange.received
            cells[received] += 1.0
        finally:
            lock.release()

    def exemplify(self, exchange: Exchange, context: SpanContext) -> None:
        """Puts the ids of a sampled span to the latency of its request; the last one in a bucket for a while."""
        if not context.trace_flags.sampled:
            return
        duration, at, now = exchange.ended - exchange.started, exchange.row[1], time()
        place = bisect_left(self._bounds, duration)
        area = self._latency.exemplars.get(at)
        if area is None:
            self.store.mark(self._latency, at, place, Exemplar(ids(context), duration, now))
            return
        cell = area + place * EXEMPLAR_CELLS
        if not 0 <= now - self.store.cells[cell] < _EXEMPLAR_SECONDS:
            text = f'{{"{TRACE_ID}":"{context.trace_id:032x}","{SPAN_ID}":"{context.span_id:016x}"}}'
            self.store.write_exemplar(cell, now, duration, text.encode())

    def _run(self, method: str) -> int:
        at = self._running[method] = self.store.series(self._in_progress, (method,))
        return at

    def _row(self, key: tuple[str, str]) -> Row:
        method, route = key
        admitted = self._routes.admit(route, *_BY_ROUTE)
        row = self._rows.get((method, admitted))
        if row is None:
            cells = [self._running[method] or self._run(method)]
            for family in self._histograms:
                at = self.store.series(family, (method, admitted))
                cells += [at, at + family.schema.width - 1]
            row = self._rows.setdefault((method, admitted), ({}, tuple(cells)))
        return row

    def _status(self, key: tuple[str, str], statuses: dict[int, int], status: int) -> int:
        text = self._statuses.admit(str(status), HTTP_REQUESTS)
        at = self.store.series(self._requests, (key[0], self._routes.admit(key[1]), text))
        if text != OTHER:
            statuses[status] = at
        return at


def _schema(metric: Metric, names: Names, latency_bounds: tuple[float, ...]) -> Schema:
    schema = schema_of(metric, names)
    return replace(schema, bounds=latency_bounds) if metric in _TIMED else schema
