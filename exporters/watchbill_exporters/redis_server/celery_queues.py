"""Queues of Celery: a list for each step of priorities, and what workers have taken from them."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from watchbill.catalogue.broker import (
    CELERY_QUEUE_LENGTH,
    CELERY_QUEUE_OLDEST,
    CELERY_QUEUE_PRIORITY_LENGTH,
    CELERY_UNACKED,
    CELERY_UNACKED_OLDEST,
    CELERY_WORKER_MAILBOXES,
)
from watchbill.catalogue.queue import QUEUE_DEPTH, QUEUE_OLDEST
from watchbill.queues.source import DEFAULT_PRIORITY
from watchbill_exporters.collector import Key, Measured, series
from watchbill_exporters.redis_server.celery_unacked import unacked_collectors
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.declared import CeleryApplication, Declared
from watchbill_exporters.redis_server.item_time import celery_due
from watchbill_exporters.redis_server.missing import Missing
from watchbill_exporters.redis_server.replies import Refused, Replies
from watchbill_exporters.redis_server.reply import Reply
from watchbill_exporters.redis_server.request import Request
from watchbill_exporters.redis_server.server_clock import now

_MAILBOXES = "_kombu.binding.celery.pidbox"


class _Queue(NamedTuple):
    """A queue as metrics call it, and its lists: the name of each step of priorities, and what is asked of it."""

    application: CeleryApplication
    name: str
    key: Key
    priorities: tuple[str, ...]
    lengths: tuple[Request, ...]
    lasts: tuple[Request, ...]

    @classmethod
    def of(cls, application: CeleryApplication, name: str) -> "_Queue":
        """Kombu keeps the first step in a list of the queue's own name, each other in one of its own."""
        key, database = application.key_prefix + name, application.database
        lists = [f"{key}{application.separator}{step}" if step else key for step in application.priority_steps]
        return cls(
            application,
            key,
            (application.label_prefix + name,),
            tuple(str(step) if step else DEFAULT_PRIORITY for step in application.priority_steps),
            tuple(Request(("LLEN", one), database) for one in lists),
            tuple(Request(("LINDEX", one, "-1"), database) for one in lists),
        )


def celery_collectors(declared: Declared) -> Iterator[RedisCollector]:
    """Those whose answers hold numbers alone."""
    applications = declared.celery
    if applications:
        queues = _queues_of(applications)
        lengths = tuple(request for queue in queues for request in queue.lengths)
        yield RedisCollector("celery_queues", lengths, partial(_lengths, queues))
        # Applications in one database may share what is not of a queue.
        places = {(one.database, one.key_prefix + one.unacked_key): one for one in reversed(applications)}
        sharing = tuple(places.values())
        taken = tuple(request for one in sharing for request in (_unacked(one), _index(one), _mailboxes(one)))
        yield RedisCollector("celery_unacked", taken, partial(_taken, sharing))


def celery_message_collectors(declared: Declared) -> Iterator[RedisCollector]:
    """Those that read messages; they stand last in a flight, so that a huge one costs none of the others."""
    queues = _queues_of(one for one in declared.celery if one.oldest)
    if queues:
        asked = tuple(request for queue in queues for request in queue.lasts)
        yield RedisCollector("celery_ages", asked, partial(_ages, queues), reads_items=True)
    yield from unacked_collectors(declared)


def _queues_of(applications: Iterable[CeleryApplication]) -> tuple[_Queue, ...]:
    return tuple(_Queue.of(application, name) for application in applications for name in application.queues)


def _unacked(application: CeleryApplication) -> Request:
    return Request(("HLEN", application.key_prefix + application.unacked_key), application.database)


def _index(application: CeleryApplication) -> Request:
    name = application.key_prefix + application.unacked_index_key
    return Request(("ZRANGE", name, "0", "0", "WITHSCORES"), application.database)


def _mailboxes(application: CeleryApplication) -> Request:
    return Request(("SCARD", application.key_prefix + _MAILBOXES), application.database)


def _lengths(queues: Sequence[_Queue], replies: Replies) -> Iterable[Measured]:
    missing = Missing()
    totals, steps, depths = list[tuple[Key, float]](), list[tuple[Key, float]](), list[tuple[Key, float]]()
    for queue in queues:
        try:
            lengths = [replies.number(request) for request in queue.lengths]
        except Refused as refused:
            missing.add(queue.application.database, queue.name, refused)
            continue
        by_step = [((*queue.key, step), length) for step, length in zip(queue.priorities, lengths, strict=True)]
        totals.append((queue.key, sum(lengths)))
        steps += by_step
        if queue.application.service_names:
            depths += by_step
    yield series(CELERY_QUEUE_LENGTH, totals)
    yield series(CELERY_QUEUE_PRIORITY_LENGTH, steps)
    yield series(QUEUE_DEPTH, depths)
    missing.tell()


def _ages(queues: Sequence[_Queue], replies: Replies) -> Iterable[Measured]:
    missing, at = Missing(), now(replies)
    found, under_service_names = list[tuple[Key, float]](), list[tuple[Key, float]]()
    for queue in queues:
        try:
            seconds = _age([replies.get(request) for request in queue.lasts], at)
        except Refused as refused:
            missing.add(queue.application.database, queue.name, refused)
            continue
        if seconds is not None:
            found.append((queue.key, seconds))
            if queue.application.service_names:
                under_service_names.append(found[-1])
    yield series(CELERY_QUEUE_OLDEST, found)
    yield series(QUEUE_OLDEST, under_service_names)
    missing.tell()


def _age(lasts: Sequence[Reply], at: float) -> float | None:
    """The oldest of the messages that are taken next, of each list that has one; None when one tells no time."""
    oldest = 0.0
    for message in lasts:
        if isinstance(message, str):
            due = celery_due(message)
            if due is None:
                return None
            oldest = max(oldest, at - due)
    return oldest


def _taken(applications: Sequence[CeleryApplication], replies: Replies) -> Iterable[Measured]:
    missing, at = Missing(), now(replies)
    numbers, ages, mailboxes = list[tuple[Key, float]](), list[tuple[Key, float]](), list[tuple[Key, float]]()
    for application in applications:
        key = (f"db{application.database}", application.key_prefix + application.unacked_key)
        try:
            numbers.append((key, replies.number(_unacked(application))))
            first = replies.array(_index(application))
            ages.append((key, max(at - float(str(first[1])), 0.0) if len(first) == 2 else 0.0))
            mailboxes.append((key, replies.number(_mailboxes(application))))
        except Refused as refused:
            missing.add(application.database, key[1], refused)
    yield series(CELERY_UNACKED, numbers)
    yield series(CELERY_UNACKED_OLDEST, ages)
    yield series(CELERY_WORKER_MAILBOXES, mailboxes)
    missing.tell()
