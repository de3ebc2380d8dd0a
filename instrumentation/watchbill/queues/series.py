"""The metrics of messages, by queue and task and by queue and priority."""

from typing import NamedTuple
from weakref import WeakKeyDictionary

import prometheus_client as client

from watchbill.catalogue.queue import (
    MESSAGE_STATUS,
    PRIORITY,
    QUEUE,
    QUEUE_ATTEMPTS,
    QUEUE_BATCH_SIZE,
    QUEUE_CLOCK_SKEW,
    QUEUE_DEAD_LETTERS,
    QUEUE_DURATION,
    QUEUE_MESSAGES,
    QUEUE_PRIORITY_MESSAGES,
    QUEUE_PRIORITY_RUNNING,
    QUEUE_RUNNING,
    QUEUE_WAIT,
    REASON,
    TASK,
)
from watchbill.emission import Emission

_BY_TASK = (QUEUE_MESSAGES, QUEUE_RUNNING, QUEUE_DURATION, QUEUE_WAIT, QUEUE_ATTEMPTS)
_BY_PRIORITY = (QUEUE_PRIORITY_MESSAGES, QUEUE_PRIORITY_RUNNING)
_LONGEST = 200


class Work(NamedTuple):
    """What only a worker has of a queue and task."""

    running: client.Gauge
    duration: client.Histogram
    wait: client.Histogram
    attempts: client.Histogram
    skew: client.Counter


class Track:
    """The series of one queue and task; the counters stand at zero from the start, the rest from the first delivery."""

    __slots__ = ("_series", "_work", "messages", "queue", "task")

    def __init__(self, series: "QueueSeries", queue: str, task: str, messages: dict[str, client.Counter]) -> None:
        self._series = series
        self._work: Work | None = None
        self.queue = queue
        self.task = task
        self.messages = messages

    @property
    def work(self) -> Work:
        """A worker's part."""
        found = self._work
        if found is None:
            found = self._work = self._series.work(self.queue, self.task)
        return found


class Lane(NamedTuple):
    """The series of one queue and priority."""

    messages: dict[str, client.Counter]
    running: client.Gauge


class QueueSeries:
    """Counts messages. Names beyond their number are folded into `_other`. Thread-safe; there is one of an emission."""

    def __init__(self, emission: Emission) -> None:
        self._messages = emission.counter(QUEUE_MESSAGES)
        self._running = emission.gauge(QUEUE_RUNNING)
        self._duration = emission.histogram(QUEUE_DURATION)
        self._wait = emission.histogram(QUEUE_WAIT)
        self._attempts = emission.histogram(QUEUE_ATTEMPTS)
        self._skew = emission.counter(QUEUE_CLOCK_SKEW)
        self._dead = emission.counter(QUEUE_DEAD_LETTERS)
        self._sizes = emission.histogram(QUEUE_BATCH_SIZE)
        self._by_priority = emission.counter(QUEUE_PRIORITY_MESSAGES)
        self._running_by_priority = emission.gauge(QUEUE_PRIORITY_RUNNING)
        self.queues = emission.guard(QUEUE, QUEUE_MESSAGES)
        self.priorities = emission.guard(PRIORITY, QUEUE_PRIORITY_MESSAGES)
        self._tasks = emission.guard(TASK, QUEUE_MESSAGES)
        self._reasons = emission.guard(REASON, QUEUE_DEAD_LETTERS)
        self._tracks: dict[tuple[str, str], Track] = {}
        self._lanes: dict[tuple[str, str], Lane] = {}

    @classmethod
    def of(cls, emission: Emission | None) -> "QueueSeries | None":
        """The one of an emission; None without one."""
        if emission is None:
            return None
        found = _KNOWN.get(emission)
        if found is None:
            found = _KNOWN.setdefault(emission, cls(emission))
        return found

    def track(self, queue: str, task: str) -> Track:
        """The series of a queue and task."""
        return self._tracks.get((queue, task)) or self._new_track(queue, task)

    def lane(self, queue: str, priority: str) -> Lane:
        """The series of a queue and priority."""
        return self._lanes.get((queue, priority)) or self._new_lane(queue, priority)

    def dead_letter(self, track: Track, reason: str) -> None:
        """One more message given up."""
        reason = self._reasons.admit(reason[:_LONGEST], QUEUE_DEAD_LETTERS)
        self._dead.labels(track.queue, track.task, reason).inc()

    def batch(self, queue: str, size: int) -> None:
        """One more batch of so many messages."""
        self._sizes.labels(self.queues.admit(queue, QUEUE_BATCH_SIZE)).observe(size)

    def work(self, queue: str, task: str) -> Work:
        """A worker's part of a track, under names that are admitted."""
        return Work(
            self._running.labels(queue, task),
            self._duration.labels(queue, task),
            self._wait.labels(queue, task),
            self._attempts.labels(queue, task),
            self._skew.labels(queue),
        )

    def _new_track(self, queue: str, task: str) -> Track:
        queue_name = self.queues.admit(queue, *_BY_TASK)
        task_name = self._tasks.admit(task[:_LONGEST], *_BY_TASK)
        # Many names may have been folded into one.
        found = self._tracks.get((queue_name, task_name))
        if found is None:
            statuses = MESSAGE_STATUS.values
            counters = {status: self._messages.labels(queue_name, task_name, status) for status in statuses}
            found = Track(self, queue_name, task_name, counters)
            found = self._tracks.setdefault((queue_name, task_name), found)
        return found

    def _new_lane(self, queue: str, priority: str) -> Lane:
        queue_name = self.queues.admit(queue, *_BY_PRIORITY)
        name = self.priorities.admit(priority[:_LONGEST], *_BY_PRIORITY)
        found = self._lanes.get((queue_name, name))
        if found is None:
            counters = {status: self._by_priority.labels(queue_name, name, status) for status in MESSAGE_STATUS.values}
            found = Lane(counters, self._running_by_priority.labels(queue_name, name))
            found = self._lanes.setdefault((queue_name, name), found)
        return found


_KNOWN: "WeakKeyDictionary[Emission, QueueSeries]" = WeakKeyDictionary()
