"""The gauges of what waits in queues."""

from contextlib import suppress
from threading import Lock
from typing import Any

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
        self._lock = Lock()
        self._shown: dict[str, dict[tuple[client.Gauge, tuple[str, ...]], float]] = {}

    def show(self, source: str, readings: list[QueueReading], now: float) -> None:
        """What a source has read; `now` is Unix time."""
        fresh: dict[tuple[client.Gauge, tuple[str, ...]], float] = {}
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
            self._shown.pop(source, None)

    def waiting(self, queue: str, priority: str) -> tuple[client.Gauge, bool]:
        """The depth of a queue of this process's own, which adds up over processes; and whether it may be kept."""
        admitted = self._series.priorities.admit(priority, QUEUE_DEPTH)
        return self._depth.labels(self._series.queues.admit(queue, QUEUE_DEPTH), admitted), admitted == priority

    def set_oldest(self, queue: str, seconds: float | None) -> None:
        """The age of the oldest message in such a queue; None takes it away."""
        admitted = self._series.queues.admit(queue, QUEUE_OLDEST)
        if seconds is None:
            with suppress(KeyError):
                self._optional["oldest"].remove(admitted)
        else:
            self._optional["oldest"].labels(admitted).set(seconds)

    def failed(self, queue: str) -> None:
        """A queue could not be read."""
        self._errors_of(queue).inc()

    def known(self, queue: str) -> None:
        """Shows the errors of a queue at zero."""
        self._errors_of(queue)

    def forked(self) -> None:
        """In a child process: what is shown is the parent's reading."""
        self._lock = Lock()
        for source in list(self._shown):
            self.withdraw(source)

    def _errors_of(self, queue: str) -> Any:
        return self._errors.labels(self._series.queues.admit(queue, QUEUE_POLL_ERRORS))

    def _replace(self, source: str, fresh: dict[tuple[client.Gauge, tuple[str, ...]], float]) -> None:
        queues = {labels[0] for _, labels in fresh}
        for key in self._shown.get(source, {}).keys() - fresh.keys():
            gauge, labels = key
            if gauge is self._depth and labels[0] in queues:
                # A priority of which nothing waits now.
                fresh[key] = 0.0
            else:
                gauge.remove(*labels)
        for (gauge, labels), value in fresh.items():
            gauge.labels(*labels).set(value)
        self._shown[source] = fresh
