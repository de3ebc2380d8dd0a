"""Groups of declared streams and their consumers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from watchbill.catalogue import Gauge
from watchbill.catalogue.redis_server.streams import (
    MOST_CONSUMERS,
    REDIS_CONSUMER_IDLE,
    REDIS_CONSUMER_INACTIVE,
    REDIS_CONSUMER_PENDING,
    REDIS_GROUP_CONSUMERS,
    REDIS_GROUP_LAG,
    REDIS_GROUP_LAST_DELIVERED,
    REDIS_GROUP_OLDEST_PENDING,
    REDIS_GROUP_OLDEST_PENDING_DELIVERIES,
    REDIS_GROUP_PENDING,
    REDIS_GROUP_READ,
    REDIS_STREAM_LENGTH,
)
from watchbill_exporters.collector import Key, Measured, column, series
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.declared import Declared, DeclaredKey
from watchbill_exporters.redis_server.missing import Missing
from watchbill_exporters.redis_server.replies import Refused, Replies
from watchbill_exporters.redis_server.request import Request
from watchbill_exporters.redis_server.server_clock import age, now
from watchbill_exporters.redis_server.stream_info import (
    Fields,
    Group,
    cause_of,
    fields_of,
    groups,
    id_time,
    labels,
    listing_groups,
    number,
)

MOST_CONSUMERS_OF_A_GROUP = 1_000

_GROUP: Mapping[Gauge, str] = {
    REDIS_GROUP_CONSUMERS: "consumers",
    REDIS_GROUP_PENDING: "pending",
    REDIS_GROUP_LAG: "lag",
    REDIS_GROUP_READ: "entries-read",
}


def group_collectors(declared: Declared) -> Iterator[RedisCollector]:
    """Those of lengths, of groups and of consumers, whose answers hold no entries."""
    streams = declared.streams
    if streams:
        yield RedisCollector("stream_lengths", tuple(map(_length, streams)), partial(_lengths, streams))
        asked = tuple(map(listing_groups, streams))
        yield RedisCollector("stream_groups", asked, partial(_groups, streams), follow=partial(_pending, streams))
        yield RedisCollector(
            "stream_consumers", asked, partial(_consumers, streams), follow=partial(_listing_consumers, streams)
        )


def _length(stream: DeclaredKey) -> Request:
    return Request(("XLEN", stream.name), stream.database)


def _lengths(streams: Sequence[DeclaredKey], replies: Replies) -> Iterable[Measured]:
    missing, found = Missing(), list[tuple[Key, float]]()
    for stream in streams:
        try:
            found.append((labels(stream), replies.number(_length(stream))))
        except Refused as refused:
            missing.add(stream.database, stream.name, cause_of(refused))
    yield series(REDIS_STREAM_LENGTH, found)
    missing.tell()


def _first_pending(group: Group) -> Request:
    return group.asks("XPENDING", group.stream.name, group.name, "-", "+", "1")


def _pending(streams: Sequence[DeclaredKey], replies: Replies) -> Iterable[Request]:
    return [_first_pending(group) for group in groups(replies, streams, Missing()) if _has_pending(group)]


def _has_pending(group: Group) -> bool:
    return bool(group.number("pending")) and group.can_be_asked


def _groups(streams: Sequence[DeclaredKey], replies: Replies) -> Iterable[Measured]:
    missing = Missing()
    found = list(groups(replies, streams, missing))
    keys: list[Key] = [group.key for group in found]
    for metric, name in _GROUP.items():
        yield column(metric, keys, [group.number(name) for group in found])
    delivered = [id_time(group.fields.get("last-delivered-id")) for group in found]
    yield column(REDIS_GROUP_LAST_DELIVERED, keys, delivered)
    yield from _oldest_pending(found, replies, missing)
    missing.tell()


def _oldest_pending(found: Sequence[Group], replies: Replies, missing: Missing) -> Iterable[Measured]:
    seconds, deliveries, at = list[tuple[Key, float]](), list[tuple[Key, float]](), now(replies)
    for group in found:
        if not group.can_be_asked:
            continue
        try:
            first = replies.array(_first_pending(group)) if _has_pending(group) else []
        except Refused as refused:
            missing.add(group.stream.database, group.stream.name, refused)
            continue
        # Without one: acknowledged between the two answers.
        entry = first[0] if first else None
        entry_id, _, _, times = entry if isinstance(entry, list) else (None, None, None, 0)
        since = id_time(entry_id)
        old = 0.0 if since is None else age(since, at)
        if old is not None:
            seconds.append((group.key, old))
        deliveries.append((group.key, number(times) or 0.0))
    yield series(REDIS_GROUP_OLDEST_PENDING, seconds)
    yield series(REDIS_GROUP_OLDEST_PENDING_DELIVERIES, deliveries)


def _listing(group: Group) -> Request:
    return group.asks("XINFO", "CONSUMERS", group.stream.name, group.name)


def _readable(found: Iterable[Group], missing: Missing) -> Iterator[Group]:
    """Groups whose consumers are few enough: those that nobody deletes grow to many thousands."""
    left = float(MOST_CONSUMERS)
    for group in found:
        many = group.number("consumers") or 0.0
        if not many or not group.can_be_asked:
            continue
        if many > min(left, MOST_CONSUMERS_OF_A_GROUP):
            remedy = "delete those that are gone with XGROUP DELCONSUMER"
            cause = f"the {many:g} consumers of group {group.name!r} are left out as too many; {remedy}"
            missing.add(group.stream.database, group.stream.name, cause)
            continue
        left -= many
        yield group


def _listing_consumers(streams: Sequence[DeclaredKey], replies: Replies) -> Iterable[Request]:
    return [_listing(group) for group in _readable(groups(replies, streams, Missing()), Missing())]


def _consumers(streams: Sequence[DeclaredKey], replies: Replies) -> Iterable[Measured]:
    missing, keys, found = Missing(), list[Key](), list[Fields]()
    for group in _readable(groups(replies, streams, Missing()), missing):
        try:
            consumers = replies.array(_listing(group))
        except Refused as refused:
            missing.add(group.stream.database, group.stream.name, refused)
            continue
        found += map(fields_of, consumers)
        keys += [(*group.key, str(fields_of(one).get("name"))) for one in consumers]
    yield column(REDIS_CONSUMER_PENDING, keys, [number(one.get("pending")) for one in found])
    yield column(REDIS_CONSUMER_IDLE, keys, [_seconds(one.get("idle")) for one in found])
    yield column(REDIS_CONSUMER_INACTIVE, keys, [_seconds(one.get("inactive")) for one in found])
    missing.tell()


def _seconds(milliseconds: object) -> float | None:
    # -1 for a consumer that never was active.
    return milliseconds / 1000 if isinstance(milliseconds, int) and milliseconds >= 0 else None
