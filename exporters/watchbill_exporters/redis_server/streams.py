"""Declared streams, and the oldest entry that each group has not been given."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from watchbill.catalogue import Counter, Gauge
from watchbill.catalogue.redis_server.streams import (
    REDIS_GROUP_OLDEST_UNREAD,
    REDIS_STREAM_ADDED,
    REDIS_STREAM_FIRST,
    REDIS_STREAM_GROUPS,
    REDIS_STREAM_LAST,
    REDIS_STREAM_LAST_GENERATED,
    REDIS_STREAM_MAX_DELETED,
    REDIS_STREAM_OLDEST,
    REDIS_STREAM_TREE_KEYS,
    REDIS_STREAM_TREE_NODES,
)
from watchbill_exporters.collector import Key, Measured, column, series
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.declared import Declared, DeclaredKey
from watchbill_exporters.redis_server.missing import Missing
from watchbill_exporters.redis_server.replies import Refused, Replies
from watchbill_exporters.redis_server.reply import Reply
from watchbill_exporters.redis_server.request import Request
from watchbill_exporters.redis_server.server_clock import age, now
from watchbill_exporters.redis_server.stream_info import (
    Fields,
    Group,
    described,
    describing,
    groups,
    id_time,
    labels,
    listing_groups,
    number,
)

_NUMBERS: Mapping[Gauge | Counter, str] = {
    REDIS_STREAM_TREE_KEYS: "radix-tree-keys",
    REDIS_STREAM_TREE_NODES: "radix-tree-nodes",
    REDIS_STREAM_ADDED: "entries-added",
}
_IDS: Mapping[Gauge, str] = {
    REDIS_STREAM_LAST_GENERATED: "last-generated-id",
    REDIS_STREAM_MAX_DELETED: "max-deleted-entry-id",
}
_ENTRIES: Mapping[Gauge, str] = {REDIS_STREAM_FIRST: "first-entry", REDIS_STREAM_LAST: "last-entry"}


def stream_collectors(declared: Declared) -> Iterator[RedisCollector]:
    """Those whose answers hold whole entries."""
    streams = declared.streams
    if streams:
        yield RedisCollector("streams", tuple(map(describing, streams)), partial(_streams, streams), reads_items=True)
        asked = tuple(map(listing_groups, streams))
        follow = partial(_first_unread, streams)
        measure = partial(_unread, streams)
        yield RedisCollector("stream_unread", asked, measure, follow, foreseen=False, reads_items=True)


def _streams(streams: Sequence[DeclaredKey], replies: Replies) -> Iterable[Measured]:
    missing, at = Missing(), now(replies)
    found = list(described(replies, streams, missing))
    keys: list[Key] = [labels(stream) for stream, _ in found]
    fields = [one for _, one in found]
    # A stream that does not exist has no fields, no entries and no groups.
    yield column(REDIS_STREAM_GROUPS, keys, [number(one.get("groups")) or 0.0 for one in fields])
    for metric, name in _NUMBERS.items():
        yield column(metric, keys, [number(one.get(name)) for one in fields])
    for gauge, name in _IDS.items():
        yield column(gauge, keys, [id_time(one.get(name)) for one in fields])
    for gauge, name in _ENTRIES.items():
        yield column(gauge, keys, [_entry_time(one.get(name)) for one in fields])
    yield column(REDIS_STREAM_OLDEST, keys, [_oldest(one, at) for one in fields])
    missing.tell()


def _entry_time(entry: Reply) -> float | None:
    return id_time(entry[0]) if isinstance(entry, list) and entry else None


def _oldest(fields: Fields, at: float) -> float | None:
    first = _entry_time(fields.get("first-entry"))
    return 0.0 if first is None else age(first, at)


def _next_unread(group: Group) -> Request:
    return group.asks("XRANGE", group.stream.name, f"({group.fields.get('last-delivered-id')}", "+", "COUNT", "1")


def _first_unread(streams: Sequence[DeclaredKey], replies: Replies) -> Iterable[Request]:
    """Asks for the next entry of each group that is behind, or of which the server does not know whether it is."""
    return [_next_unread(group) for group in groups(replies, streams, Missing()) if group.number("lag") != 0]


def _unread(streams: Sequence[DeclaredKey], replies: Replies) -> Iterable[Measured]:
    missing, found, at = Missing(), list[tuple[Key, float]](), now(replies)
    # Faults of XINFO GROUPS are told by the collector of groups.
    for group in groups(replies, streams, Missing()):
        if group.number("lag") == 0:
            found.append((group.key, 0.0))
            continue
        try:
            entries = replies.array(_next_unread(group))
        except Refused as refused:
            missing.add(group.stream.database, group.stream.name, refused)
            continue
        seconds = _oldest({"first-entry": entries[0]} if entries else {}, at)
        if seconds is not None:
            found.append((group.key, seconds))
    yield series(REDIS_GROUP_OLDEST_UNREAD, found)
    missing.tell()
