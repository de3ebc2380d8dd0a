"""Declared keys: sizes, memory, and the age of the oldest item where it can be told."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from watchbill.catalogue.broker import DEAD_LETTERS
from watchbill.catalogue.redis_server.keys import REDIS_KEY_MEMORY, REDIS_KEY_OLDEST, REDIS_KEY_SIZE
from watchbill_exporters.collector import Key, Measured, series
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.declared import CELERY_TIME, DeadLetters, Declared, DeclaredKey, KeyType
from watchbill_exporters.redis_server.item_time import celery_due, told_time
from watchbill_exporters.redis_server.missing import Missing
from watchbill_exporters.redis_server.replies import Refused, Replies
from watchbill_exporters.redis_server.request import Request
from watchbill_exporters.redis_server.server_clock import age, now

_SIZE: Mapping[KeyType, str] = {
    "list": "LLEN",
    "set": "SCARD",
    "sorted_set": "ZCARD",
    "hash": "HLEN",
    "string": "STRLEN",
    "stream": "XLEN",
}
_INDEX = {"head": "0", "tail": "-1"}


def key_collectors(declared: Declared) -> Iterator[RedisCollector]:
    """Those that the declared keys need; items are read by one of their own."""
    if declared.keys:
        sizes = tuple(map(_size, declared.keys))
        yield RedisCollector("keys", sizes, partial(_sizes, declared.keys))
        if declared.key_memory:
            memory = tuple(map(_memory, declared.keys))
            yield RedisCollector("key_memory", memory, partial(_memories, declared.keys))
    if declared.dead_letters:
        letters = tuple(_size(one.key) for one in declared.dead_letters)
        yield RedisCollector("dead_letters", letters, partial(_letters, declared.dead_letters))


def key_age_collectors(declared: Declared) -> Iterator[RedisCollector]:
    """Those that read whole items; they stand last in a flight, so that a huge one costs none of the others."""
    timed = tuple(key for key in declared.keys if key.time is not None or key.scores is not None)
    if timed:
        yield RedisCollector("key_ages", tuple(map(_first, timed)), partial(_ages, timed), reads_items=True)


def _size(key: DeclaredKey) -> Request:
    return Request((_SIZE[key.type], key.name), key.database)


def _memory(key: DeclaredKey) -> Request:
    return Request(("MEMORY", "USAGE", key.name), key.database)


def _first(key: DeclaredKey) -> Request:
    if key.scores is not None:
        return Request(("ZRANGE", key.name, "0", "0", "WITHSCORES"), key.database)
    return Request(("LINDEX", key.name, _INDEX[key.oldest]), key.database)


def _labels(key: DeclaredKey) -> Key:
    return (f"db{key.database}", key.name)


def _sizes(keys: Sequence[DeclaredKey], replies: Replies) -> Iterable[Measured]:
    missing, found = Missing(), list[tuple[Key, float]]()
    for key in keys:
        try:
            found.append((_labels(key), replies.number(_size(key))))
        except Refused as refused:
            missing.add(key.database, key.name, _cause(key, refused))
    yield series(REDIS_KEY_SIZE, found)
    missing.tell()


def _memories(keys: Sequence[DeclaredKey], replies: Replies) -> Iterable[Measured]:
    missing, found = Missing(), list[tuple[Key, float]]()
    for key in keys:
        try:
            used = replies.get(_memory(key))
        except Refused as refused:
            missing.add(key.database, key.name, refused)
        else:
            found.append((_labels(key), float(used) if isinstance(used, int) else 0.0))
    yield series(REDIS_KEY_MEMORY, found)
    missing.tell()


def _letters(declared: Sequence[DeadLetters], replies: Replies) -> Iterable[Measured]:
    missing, found, unknown = Missing(), dict[Key, float](), set[Key]()
    for queue, key in ((one.queue, one.key) for one in declared):
        try:
            found[queue,] = found.get((queue,), 0.0) + replies.number(_size(key))
        except Refused as refused:
            unknown.add((queue,))
            missing.add(key.database, key.name, _cause(key, refused))
    # A queue may have several; half of them is no number.
    yield series(DEAD_LETTERS, [(key, number) for key, number in found.items() if key not in unknown])
    missing.tell()


def _ages(keys: Sequence[DeclaredKey], replies: Replies) -> Iterable[Measured]:
    missing, found, at = Missing(), list[tuple[Key, float]](), now(replies)
    for key in keys:
        try:
            seconds = _score_age(key, replies, at) if key.scores is not None else _item_age(key, replies, at)
        except Refused as refused:
            missing.add(key.database, key.name, _cause(key, refused))
            continue
        if seconds is None:
            missing.add(key.database, key.name, f"its oldest item tells no time ({key.time or 'as its score'})")
        else:
            found.append((_labels(key), seconds))
    yield series(REDIS_KEY_OLDEST, found)
    missing.tell()


def _item_age(key: DeclaredKey, replies: Replies, at: float) -> float | None:
    item = replies.get(_first(key))
    if not isinstance(item, str):
        return 0.0
    due = celery_due(item) if key.time == CELERY_TIME else told_time(item, key.time or "")
    return None if due is None else max(at - due, 0.0)


def _score_age(key: DeclaredKey, replies: Replies, at: float) -> float | None:
    first = replies.array(_first(key))
    if len(first) != 2:
        return 0.0
    score = float(str(first[1]))
    return age(score * 1000 if key.scores == "seconds" else score, at)


def _cause(key: DeclaredKey, refused: Refused) -> str:
    if str(refused).startswith("WRONGTYPE"):
        return f"it is no {key.type}; correct its type in the configuration"
    return str(refused)
