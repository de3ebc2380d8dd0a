"""Celery messages that workers have taken, by queue: known only while there are few enough to be read."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple, cast

from watchbill.catalogue.broker import CELERY_QUEUE_SCHEDULED, CELERY_QUEUE_UNACKED
from watchbill.catalogue.queue import QUEUE_SCHEDULED
from watchbill_exporters.collector import Key, Measured, series
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.declared import CeleryApplication, Declared
from watchbill_exporters.redis_server.item_time import time_of
from watchbill_exporters.redis_server.missing import Missing
from watchbill_exporters.redis_server.replies import Refused, Replies
from watchbill_exporters.redis_server.request import Request
from watchbill_exporters.redis_server.server_clock import now

UNKNOWN = "unknown"
"""The queue of a message whose routing leads to none that is declared."""


class _Taken(NamedTuple):
    queue: str
    eta: float | None


def unacked_collectors(declared: Declared) -> Iterator[RedisCollector]:
    """One, where an application allows its messages to be read."""
    places = _places(one for one in declared.celery if one.read_unacked)
    if places:
        lengths, follow = tuple(place.length for place in places), partial(_few_messages, places)
        yield RedisCollector(
            "celery_unacked_queues", lengths, partial(_by_queue, places), follow=follow, reads_items=True
        )


class _Place(NamedTuple):
    """Where applications keep what was taken: several in one database may do so in the same hash."""

    database: int
    key: str
    applications: tuple[CeleryApplication, ...]

    @property
    def most(self) -> int:
        """Messages that all of its applications allow to be read."""
        return min(one.read_unacked for one in self.applications)

    @property
    def length(self) -> Request:
        return Request(("HLEN", self.key), self.database)

    @property
    def messages(self) -> Request:
        """So many at most, whatever has come since they were counted."""
        return Request(("HRANDFIELD", self.key, str(self.most), "WITHVALUES"), self.database)


def _places(applications: Iterable[CeleryApplication]) -> tuple[_Place, ...]:
    found: dict[tuple[int, str], list[CeleryApplication]] = {}
    for one in applications:
        found.setdefault((one.database, one.key_prefix + one.unacked_key), []).append(one)
    return tuple(_Place(database, key, tuple(sharing)) for (database, key), sharing in found.items())


def _is_few(place: _Place, replies: Replies) -> bool:
    length = replies.raw(place.length)
    return isinstance(length, int) and length <= place.most


def _few_messages(places: Sequence[_Place], replies: Replies) -> Iterable[Request]:
    """Asks for messages where they are few; none are transferred that nobody counts."""
    return [place.messages for place in places if _is_few(place, replies)]


def _by_queue(places: Sequence[_Place], replies: Replies) -> Iterable[Measured]:
    missing, at = Missing(), now(replies)
    # Messages that lead nowhere are those of all places.
    unacked, scheduled, under_service_names = (dict[Key, float]() for _ in range(3))
    for place in places:
        try:
            if replies.number(place.length) > place.most:
                continue
            values = replies.array(place.messages)[1::2]
        except Refused as refused:
            missing.add(place.database, place.key, refused)
            continue
        queues = [queue for one in place.applications for queue in one.queues]
        taken = [_read(value, queues) for value in values]
        waiting = Counter(one.queue for one in taken if one.eta is not None and one.eta > at)
        numbers = Counter(one.queue for one in taken)
        for application in place.applications:
            for queue in application.queues:
                key = (application.label_prefix + queue,)
                unacked[key], scheduled[key] = float(numbers[queue]), float(waiting[queue])
                if application.service_names:
                    under_service_names[key] = scheduled[key]
        if UNKNOWN in numbers:
            unacked[UNKNOWN,] = unacked.get((UNKNOWN,), 0.0) + numbers[UNKNOWN]
            scheduled[UNKNOWN,] = scheduled.get((UNKNOWN,), 0.0) + waiting[UNKNOWN]
    yield series(CELERY_QUEUE_UNACKED, unacked.items())
    yield series(CELERY_QUEUE_SCHEDULED, scheduled.items())
    yield series(QUEUE_SCHEDULED, under_service_names.items())
    missing.tell()


def _read(value: object, queues: Sequence[str]) -> _Taken:
    """What kombu keeps of a message that was taken: the message, its exchange and its routing key."""
    try:
        message, exchange, routing_key = cast("list[object]", json.loads(str(value)))
    except (ValueError, TypeError, RecursionError):
        return _Taken(UNKNOWN, None)
    queue = next((name for name in (routing_key, exchange) if name in queues), UNKNOWN)
    return _Taken(str(queue), time_of(_headers(message).get("eta")))


def _headers(message: object) -> Mapping[str, object]:
    headers = cast("dict[str, object]", message).get("headers") if isinstance(message, dict) else None
    return cast("dict[str, object]", headers) if isinstance(headers, dict) else {}
