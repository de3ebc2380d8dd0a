"""The HTTP metrics of a registry, kept in plain numbers: one lock per request instead of one per series.

It is an ordinary collector of prometheus-client, whose own counters and histograms cost a request three times as much.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate
from threading import Lock
from time import time

from prometheus_client import Counter
from prometheus_client import Metric as ClientFamily
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar

from watchbill.catalogue.buckets import bound_text
from watchbill.catalogue.http import (
    HTTP_REQUEST_DURATION,
    HTTP_REQUEST_SIZE,
    HTTP_REQUESTS,
    HTTP_REQUESTS_IN_PROGRESS,
    HTTP_RESPONSE_SIZE,
    HTTP_TIME_TO_FIRST_BYTE,
    ROUTE,
    STATUS,
)
from watchbill.catalogue.metric import Metric
from watchbill.guard import OTHER, Guard
from watchbill.http.exchange import Exchange
from watchbill.names import Names

HISTOGRAMS = (HTTP_REQUEST_DURATION, HTTP_TIME_TO_FIRST_BYTE, HTTP_REQUEST_SIZE, HTTP_RESPONSE_SIZE)
_BY_ROUTE: tuple[Metric, ...] = (HTTP_REQUESTS, *HISTOGRAMS)
_INFINITE = float("inf")
_DURATION, _FIRST, _RECEIVED, _SENT = range(len(HISTOGRAMS))

Bucket = tuple[str, float] | tuple[str, float, Exemplar]


class _Row:
    """The series of one method and route: per histogram its buckets (not cumulative) and its sum."""

    __slots__ = ("buckets", "exemplars", "statuses", "sums")

    def __init__(self, sizes: Sequence[int]) -> None:
        self.statuses: defaultdict[str, int] = defaultdict(int)
        self.buckets = [[0] * (size + 1) for size in sizes]
        self.sums = [0.0] * len(sizes)
        self.exemplars: dict[int, Exemplar] = {}


class HttpSeries(Collector):
    """Counts settled requests. Routes and statuses beyond their limits are folded into `_other`. Thread-safe."""

    def __init__(self, names: Names, latency_bounds: tuple[float, ...], folded: Counter) -> None:
        self._names = names
        self._bounds = (latency_bounds, latency_bounds, HTTP_REQUEST_SIZE.buckets, HTTP_RESPONSE_SIZE.buckets)
        self._folded = folded
        self._routes = Guard(ROUTE)
        self._statuses = Guard(STATUS)
        self._rows: dict[tuple[str, str], _Row] = {}
        self._texts: dict[int, str] = {}
        self._running: defaultdict[str, int] = defaultdict(int)
        self._lock = Lock()

    def enter(self, method: str) -> None:
        """One more request in progress; `method` is one of the catalogue's."""
        with self._lock:
            self._running[method] += 1

    def leave(self, exchange: Exchange, route: str, exemplar: dict[str, str] | None) -> None:
        """One request less in progress, and settled; the exemplar goes to its latency."""
        method, started = exchange.method, exchange.started
        row = self._rows.get((method, route)) or self._row(method, route)
        status = self._texts.get(exchange.status) or self._text(exchange.status)
        latency_bounds, _, received_bounds, sent_bounds = self._bounds
        duration, first = exchange.ended - started, exchange.first - started
        received, sent = exchange.received, exchange.sent
        buckets, sums = row.buckets, row.sums
        place = bisect_left(latency_bounds, duration)
        with self._lock:
            self._running[method] -= 1
            row.statuses[status] += 1
            buckets[_DURATION][place] += 1
            sums[_DURATION] += duration
            buckets[_RECEIVED][bisect_left(received_bounds, received) if received else 0] += 1
            sums[_RECEIVED] += received
            buckets[_SENT][bisect_left(sent_bounds, sent)] += 1
            sums[_SENT] += sent
            if first > 0:
                buckets[_FIRST][bisect_left(latency_bounds, first)] += 1
                sums[_FIRST] += first
        if exemplar is not None:
            row.exemplars[place] = Exemplar(exemplar, duration, time())

    def _row(self, method: str, route: str) -> _Row:
        admitted = self._routes.admit(route)
        if admitted == OTHER:
            for metric in _BY_ROUTE:
                self._folded.labels(self._names.metric(metric)).inc()
        with self._lock:
            return self._rows.setdefault((method, admitted), _Row([len(bounds) for bounds in self._bounds]))

    def _text(self, status: int) -> str:
        text = self._statuses.admit(str(status))
        if text == OTHER:
            self._folded.labels(self._names.metric(HTTP_REQUESTS)).inc()
        else:
            self._texts[status] = text
        return text

    def collect(self) -> Iterator[ClientFamily]:
        """What prometheus-client asks for at a scrape."""
        with self._lock:
            running = dict(self._running)
            rows = [
                (labels, dict(row.statuses), [list(each) for each in row.buckets], list(row.sums), dict(row.exemplars))
                for labels, row in self._rows.items()
            ]
        requests, histograms, in_progress = self._families()
        for labels, statuses, buckets, sums, exemplars in rows:
            for status, count in statuses.items():
                requests.add_metric((*labels, status), count)
            for place, (family, bounds) in enumerate(zip(histograms, self._bounds, strict=True)):
                known = exemplars if place == _DURATION else {}
                family.add_metric(labels, _cumulative(bounds, buckets[place], known), sums[place])
        for method, count in running.items():
            in_progress.add_metric((method,), count)
        yield from (requests, *histograms, in_progress)

    def describe(self) -> Iterator[ClientFamily]:
        """The families without their samples, so that a registry refuses a second owner of a name."""
        requests, histograms, in_progress = self._families()
        yield from (requests, *histograms, in_progress)

    def _families(self) -> tuple[CounterMetricFamily, list[HistogramMetricFamily], GaugeMetricFamily]:
        name, label = self._names.metric, self._names.label
        requests = CounterMetricFamily(
            name(HTTP_REQUESTS), HTTP_REQUESTS.help, labels=[label(one) for one in HTTP_REQUESTS.labels]
        )
        histograms = [
            HistogramMetricFamily(name(metric), metric.help, labels=[label(one) for one in metric.labels])
            for metric in HISTOGRAMS
        ]
        running = HTTP_REQUESTS_IN_PROGRESS
        in_progress = GaugeMetricFamily(name(running), running.help, labels=[label(one) for one in running.labels])
        return requests, histograms, in_progress


def _cumulative(bounds: Sequence[float], counts: Sequence[int], exemplars: dict[int, Exemplar]) -> list[Bucket]:
    found: list[Bucket] = []
    for place, (bound, total) in enumerate(zip((*bounds, _INFINITE), accumulate(counts), strict=True)):
        exemplar = exemplars.get(place)
        text = bound_text(bound)
        found.append((text, total) if exemplar is None else (text, total, exemplar))
    return found
