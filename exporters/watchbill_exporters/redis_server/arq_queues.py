"""Queues of arq: sorted sets by when each job is due, from which a job goes when it is done."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from watchbill.catalogue import Gauge
from watchbill.catalogue.broker import (
    ARQ_QUEUE_DEFERRED,
    ARQ_QUEUE_DUE,
    ARQ_QUEUE_IN_PROGRESS,
    ARQ_QUEUE_OLDEST,
    ARQ_WORKER_COMPLETE,
    ARQ_WORKER_FAILED,
    ARQ_WORKER_ONGOING,
    ARQ_WORKER_RETRIED,
    ARQ_WORKER_UNTIL,
    ARQ_WORKER_UP,
)
from watchbill.catalogue.queue import QUEUE_DEPTH, QUEUE_OLDEST, QUEUE_SCHEDULED
from watchbill.queues.arq_source import IN_PROGRESS
from watchbill.queues.source import DEFAULT_PRIORITY
from watchbill_exporters.collector import Key, Measured, series
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.declared import ArqApplication, Declared
from watchbill_exporters.redis_server.missing import Missing
from watchbill_exporters.redis_server.replies import Refused, Replies
from watchbill_exporters.redis_server.request import Request
from watchbill_exporters.redis_server.server_clock import now

LOOKED_AT = 500
"""Workers take the jobs that have been due longest, so those they work on are among the first."""
_LOOKED_AT_IN_ALL = 10_000

_HEALTH = ":health-check"
_TOLD: Mapping[str, Gauge] = {
    "j_complete": ARQ_WORKER_COMPLETE,
    "j_failed": ARQ_WORKER_FAILED,
    "j_retried": ARQ_WORKER_RETRIED,
    "j_ongoing": ARQ_WORKER_ONGOING,
}
_PAIR = re.compile(r"(\w+)=(\d+)")


class _Queue(NamedTuple):
    name: str
    application: ArqApplication
    looked_at: int

    @property
    def label(self) -> str:
        return self.application.label_prefix + self.name

    def asks(self, *command: str) -> Request:
        return Request(command, self.application.database)

    @property
    def total(self) -> Request:
        return self.asks("ZCARD", self.name)

    @property
    def first(self) -> Request:
        return self.asks("ZRANGE", self.name, "0", str(self.looked_at - 1), "WITHSCORES")

    @property
    def sign(self) -> Request:
        return self.asks("GET", self.name + _HEALTH)

    @property
    def sign_expires(self) -> Request:
        return self.asks("PTTL", self.name + _HEALTH)


class _Jobs(NamedTuple):
    """What the first answers say of a queue: its jobs in all, and those looked at that are due, oldest first."""

    total: int
    looked_at: int
    due: list[tuple[str, float]]

    @property
    def is_whole(self) -> bool:
        """Whether every job that is due was looked at."""
        return len(self.due) < self.looked_at or self.looked_at == self.total


def arq_collectors(declared: Declared) -> Iterator[RedisCollector]:
    """That of the queues, and that of their workers' signs of life."""
    names = [(name, application) for application in declared.arq for name in application.queues]
    if names:
        looked_at = min(LOOKED_AT, _LOOKED_AT_IN_ALL // len(names))
        queues = [_Queue(name, application, looked_at) for name, application in names]
        asked = tuple(request for queue in queues for request in (queue.total, queue.first))
        yield RedisCollector("arq_queues", asked, partial(_queues, queues), partial(_marks, queues), foreseen=False)
        signs = tuple(request for queue in queues for request in (queue.sign, queue.sign_expires))
        yield RedisCollector("arq_workers", signs, partial(_workers, queues))


def _jobs(queue: _Queue, replies: Replies, now_ms: float) -> _Jobs:
    first = replies.array(queue.first)
    scores = [(str(name), float(str(score))) for name, score in zip(first[::2], first[1::2], strict=True)]
    total = max(int(replies.number(queue.total)), len(scores))
    return _Jobs(total, len(scores), [(name, score) for name, score in scores if score <= now_ms])


def _counting(queue: _Queue, now_ms: float) -> Request:
    return queue.asks("ZCOUNT", queue.name, "-inf", str(int(now_ms)))


def _progress(queue: _Queue, jobs: _Jobs) -> Request:
    return queue.asks("MGET", *(IN_PROGRESS + name for name, _ in jobs.due))


def _marks(queues: Sequence[_Queue], replies: Replies) -> Iterable[Request]:
    """Asks which of the first due jobs are begun, and how many are due where there are more than were looked at."""
    now_ms = now(replies) * 1000
    for queue in queues:
        jobs = _jobs(queue, replies, now_ms)
        if jobs.due:
            yield _progress(queue, jobs)
        if not jobs.is_whole:
            yield _counting(queue, now_ms)


def _queues(queues: Sequence[_Queue], replies: Replies) -> Iterable[Measured]:
    missing, at = Missing(), now(replies)
    found: dict[Gauge, list[tuple[Key, float]]] = {}
    for queue in queues:
        try:
            numbers = _numbers(queue, replies, at)
        except Refused as refused:
            missing.add(queue.application.database, queue.name, refused)
            continue
        for metric, key, value in numbers:
            found.setdefault(metric, []).append((key, value))
    for metric, pairs in found.items():
        yield series(metric, pairs)
    missing.tell()


def _numbers(queue: _Queue, replies: Replies, at: float) -> list[tuple[Gauge, Key, float]]:
    jobs = _jobs(queue, replies, at * 1000)
    due = float(len(jobs.due)) if jobs.is_whole else replies.number(_counting(queue, at * 1000))
    marks = replies.array(_progress(queue, jobs)) if jobs.due else []
    waiting = [score for (_, score), mark in zip(jobs.due, marks, strict=True) if mark is None]
    begun = len(jobs.due) - len(waiting)
    oldest = max(at - waiting[0] / 1000, 0.0) if waiting else 0.0
    label, deferred = (queue.label,), max(jobs.total - due, 0.0)
    numbers: list[tuple[Gauge, Key, float]] = [
        (ARQ_QUEUE_DUE, label, due - begun),
        (ARQ_QUEUE_DEFERRED, label, deferred),
        (ARQ_QUEUE_IN_PROGRESS, label, float(begun)),
        (ARQ_QUEUE_OLDEST, label, oldest),
    ]
    if queue.application.service_names:
        numbers += [
            (QUEUE_DEPTH, (queue.label, DEFAULT_PRIORITY), due - begun),
            (QUEUE_SCHEDULED, label, deferred),
            (QUEUE_OLDEST, label, oldest),
        ]
    return numbers


def _workers(queues: Sequence[_Queue], replies: Replies) -> Iterable[Measured]:
    missing = Missing()
    up, until, told = list[tuple[Key, float]](), list[tuple[Key, float]](), list[tuple[Key, str]]()
    for queue in queues:
        try:
            sign, left = replies.get(queue.sign), replies.number(queue.sign_expires)
        except Refused as refused:
            missing.add(queue.application.database, queue.name + _HEALTH, refused)
            continue
        up.append(((queue.label,), float(isinstance(sign, str))))
        if isinstance(sign, str):
            told.append(((queue.label,), sign))
            until.append(((queue.label,), max(left, 0.0) / 1000))
    yield series(ARQ_WORKER_UP, up)
    yield series(ARQ_WORKER_UNTIL, until)
    pairs = [(key, dict(_PAIR.findall(sign))) for key, sign in told]
    for name, metric in _TOLD.items():
        yield series(metric, [(key, float(numbers[name])) for key, numbers in pairs if name in numbers])
    missing.tell()
