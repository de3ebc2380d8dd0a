"""What a Celery worker has taken from its queues and not begun: the broker does not know why it waits."""

import os
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from watchbill.catalogue.queue import QUEUE_PREFETCHED, QUEUE_SCHEDULED
from watchbill.integrations.celery_names import name_of
from watchbill.integrations.celery_traffic import CeleryTraffic

_TRIES = 3


class ReservedMessages:
    """Counts one worker's messages that wait for their ETA, and those that wait for a free process.

    It counts in each scrape of the worker's main process: both are in its memory.
    """

    def __init__(self, traffic: CeleryTraffic, worker: Any) -> None:
        self._traffic = traffic
        self._worker = worker
        self._pid = os.getpid()
        emission = traffic.ground.emission
        self._scheduled = emission.gauge(QUEUE_SCHEDULED) if emission is not None else None
        self._prefetched = emission.gauge(QUEUE_PREFETCHED) if emission is not None else None

    def attach(self) -> None:
        """Counts from now on."""
        self._traffic.ground.readings.add(self, self._read)

    def detach(self) -> None:
        """Not any more."""
        self._traffic.ground.readings.remove(self)

    def _read(self) -> None:
        consumer = getattr(self._worker, "consumer", None)
        if self._scheduled is None or self._prefetched is None or consumer is None or os.getpid() != self._pid:
            return
        from celery.worker import state

        scheduled = self._by_queue(lambda: _scheduled(consumer.timer))
        reserved = self._by_queue(lambda: set(state.reserved_requests) - set(state.active_requests))
        for queue in {*self._names(consumer), *scheduled, *reserved}:
            name = self._traffic.admitted(queue)
            self._scheduled.labels(name).set(scheduled[queue])
            self._prefetched.labels(name).set(reserved[queue])

    def _by_queue(self, find: Callable[[], Iterable[Any]]) -> Counter[str]:
        return Counter(self._traffic.names.of(one.app, one.delivery_info) for one in _settled(find))

    def _names(self, consumer: Any) -> list[str]:
        return [name_of(queue) for queue in getattr(consumer.task_consumer, "queues", None) or ()]


def _settled(find: Callable[[], Iterable[Any]]) -> list[Any]:
    """The worker goes on meanwhile, in another thread."""
    for _ in range(_TRIES):
        try:
            return list(find())
        except RuntimeError:
            continue
    return list(find())


def _scheduled(timer: Any) -> list[Any]:
    from celery.worker.request import Request

    found: list[Any] = []
    for waiting in list(timer.schedule.queue):
        args: Any = getattr(waiting.entry, "args", None) or (None,)
        if isinstance(args[0], Request) and not getattr(waiting.entry, "canceled", False):
            found.append(args[0])
    return found
