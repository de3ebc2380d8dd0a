"""The gauges of what waits in queues."""

from threading import Lock
from typing import Any, Protocol
from weakref import WeakSet

import prometheus_client as client

from watchbill.catalogue.queue import (
    QUEUE_DEPTH,
    QUEUE_OLDEST,
    QUEUE_POLL_ERRORS,
    QUEUE_POLLED,
    QUEUE_PREFETCHED,
    QUEUE_SCHEDULED,
    QUEUE_WORKERS,
)
from watchbill.emission import Emission
from watchbill.guard import OTHER
from watchbill.queues.series import QueueSeries
from watchbill.queues.source import QueueReading

Shown = dict[tuple[client.Gauge, tuple[str, ...]], float]
"""Values by gauge and labels."""


class Inside(Protocol):
    """A queue of this process."""

    def forked(self) -> None:
        """This is a child process: what waits in the queue waits in the parent."""
        ...


class Backlog:
    """Shows readings, and takes away what nobody reads any more. Thread-safe."""

    def __init__(self, emission: Emission, series: QueueSeries) -> None:
        self._series = series
        self._depth = emission.gauge(QUEUE_DEPTH)
        self._polled = emission.gauge(QUEUE_POLLED)
        self._errors = emission.counter(QUEUE_POLL_ERRORS)
        self._optional = {
            field: emission.gauge(metric)
            for field, metric in (
                ("oldest", QUEUE_OLDEST),
                ("scheduled", QUEUE_SCHEDULED),
                ("prefetched", QUEUE_PREFETCHED),
                ("workers", QUEUE_WORKERS),
            )
        }
        self._highest = (self._polled, self._optional["oldest"])
        self.inside: WeakSet[Inside] = WeakSet()
        self._lock = Lock()
        self._shown: dict[str, Shown] = {}

    def show(self, source: str, readings: list[QueueReading], now: float) -> None:
        """What a source has read; `now` is Unix time."""
        fresh: Shown = {}
        for reading in readings:
            queue = self._series.queues.admit(reading.queue, QUEUE_DEPTH)
            for priority, number in reading.depth.items():
                key = (self._depth, (queue, self._series.priorities.admit(priority, QUEUE_DEPTH)))
                # Several may have been folded into one.
                fresh[key] = fresh.get(key, 0.0) + number
            for field, gauge in self._optional.items():
                value = getattr(reading, field)
                if value is not None and queue != OTHER:
                    fresh[gauge, (queue,)] = value
            fresh[self._polled, (queue,)] = now
        with self._lock:
            self._replace(source, fresh)

    def withdraw(self, source: str) -> None:
        """What a source had read is too old to be shown."""
        with self._lock:
            self._replace(source, {})

    def waiting(self, queue: str, priority: str) -> tuple[client.Gauge, bool]:
        """The depth of a queue of this process's own, which adds up over processes; and whether it may be kept."""
        admitted = self._series.priorities.admit(priority, QUEUE_DEPTH)
        return self._depth.labels(self._series.queues.admit(queue, QUEUE_DEPTH), admitted), admitted == priority

    def show_oldest(self, source: str, queue: str, seconds: float) -> None:
        """The age of the oldest message in such a queue."""
        admitted = self._series.queues.admit(queue, QUEUE_OLDEST)
        if admitted != OTHER:
            with self._lock:
                self._replace(source, {(self._optional["oldest"], (admitted,)): seconds})

    def failed(self, queue: str) -> None:
        """A queue could not be read."""
        self._errors_of(queue).inc()

    def known(self, queue: str) -> None:
        """Shows the errors of a queue at zero."""
        self._errors_of(queue)

    def forked(self) -> None:
        """In a child process: what is shown, and what waits inside, is the parent's."""
        self._lock = Lock()
        for inside in list(self.inside):
            inside.forked()
        for source in list(self._shown):
            self.withdraw(source)

    def _errors_of(self, queue: str) -> Any:
        return self._errors.labels(self._series.queues.admit(queue, QUEUE_POLL_ERRORS))

    def _replace(self, source: str, fresh: Shown) -> None:
        before, queues = self._shown.pop(source, {}), {labels[0] for _, labels in fresh}
        for key in before.keys() - fresh.keys():
            gauge, labels = key
            if gauge is self._depth and labels[0] in queues:
                # A priority of which nothing waits now.
                fresh[key] = 0.0
        if fresh:
            self._shown[source] = fresh
        for gauge, labels in before.keys() | fresh.keys():
            # Queues of several brokers may have one name.
            values = [shown[gauge, labels] for shown in self._shown.values() if (gauge, labels) in shown]
            if values:
                gauge.labels(*labels).set(max(values) if gauge in self._highest else sum(values))
            else:
                gauge.remove(*labels)
