"""Streams of a Redis server."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.redis_server.keyspace import REDIS_DB
from watchbill.catalogue.unit import Unit

MOST_STREAMS = 200
MOST_GROUPS = 1_000
MOST_CONSUMERS = 4_000

REDIS_STREAM = Label(name="stream", help="A stream that the configuration names.", bound=MOST_STREAMS)
REDIS_GROUP = Label(name="group", help="A stream's group of consumers.", bound=MOST_GROUPS)
REDIS_CONSUMER = Label(name="consumer", help="A consumer of a stream's group.", bound=MOST_CONSUMERS)

_STREAM = (REDIS_DB, REDIS_STREAM)
_GROUP = (REDIS_DB, REDIS_STREAM, REDIS_GROUP)
_CONSUMER = (REDIS_DB, REDIS_STREAM, REDIS_GROUP, REDIS_CONSUMER)


def _of_stream(name: str, text: str, unit: Unit = Unit.COUNT) -> Gauge:
    return Gauge(name=f"redis_stream_{name}", help=text, unit=unit, labels=_STREAM, at_most=MOST_STREAMS)


def _of_group(name: str, text: str, unit: Unit = Unit.COUNT) -> Gauge:
    return Gauge(name=f"redis_stream_group_{name}", help=text, unit=unit, labels=_GROUP, at_most=MOST_GROUPS)


def _of_consumer(name: str, text: str, unit: Unit = Unit.COUNT) -> Gauge:
    name = f"redis_stream_group_consumer_{name}"
    return Gauge(name=name, help=text, unit=unit, labels=_CONSUMER, at_most=MOST_CONSUMERS)


REDIS_STREAM_LENGTH = _of_stream("length", "Entries of the stream; 0 for one that does not exist.")
REDIS_STREAM_GROUPS = _of_stream("groups", "Groups of consumers of the stream.")
REDIS_STREAM_TREE_KEYS = _of_stream("radix_tree_keys", "Keys of the tree in which the stream is kept.")
REDIS_STREAM_TREE_NODES = _of_stream("radix_tree_nodes", "Nodes of the tree in which the stream is kept.")
REDIS_STREAM_FIRST = _of_stream("first_entry_id", "Time part of the first entry's id, in milliseconds.")
REDIS_STREAM_LAST = _of_stream("last_entry_id", "Time part of the last entry's id, in milliseconds.")
REDIS_STREAM_LAST_GENERATED = _of_stream(
    "last_generated_id", "Time part of the id that was given last, in milliseconds."
)
REDIS_STREAM_MAX_DELETED = _of_stream(
    "max_deleted_entry_id", "Time part of the highest id that was deleted, in milliseconds; 0 when none was."
)
REDIS_STREAM_ADDED = Counter(
    name="redis_stream_entries_added_total",
    help="Entries added since the stream was made.",
    labels=_STREAM,
    at_most=MOST_STREAMS,
)
REDIS_STREAM_OLDEST = _of_stream(
    "oldest_entry_seconds", "Age of the first entry by its id; 0 for an empty stream.", Unit.SECONDS
)

REDIS_GROUP_CONSUMERS = _of_group("consumers", "Consumers of the group.")
REDIS_GROUP_PENDING = _of_group("messages_pending", "Entries that consumers were given and have not acknowledged.")
REDIS_GROUP_LAG = _of_group("lag", "Entries that no consumer was given yet; absent where the server does not know it.")
REDIS_GROUP_READ = _of_group(
    "entries_read", "Entries that the group was given so far; absent where the server does not know it."
)
REDIS_GROUP_LAST_DELIVERED = _of_group(
    "last_delivered_id", "Time part of the id that the group was given last, in milliseconds."
)
REDIS_GROUP_OLDEST_UNREAD = _of_group(
    "oldest_unread_seconds",
    "Age of the first entry that no consumer was given yet, by its id; 0 when there is none.",
    Unit.SECONDS,
)
REDIS_GROUP_OLDEST_PENDING = _of_group(
    "oldest_pending_seconds",
    "Age of the first entry that is pending, by its id; 0 when there is none.",
    Unit.SECONDS,
)
REDIS_GROUP_OLDEST_PENDING_DELIVERIES = _of_group(
    "oldest_pending_deliveries",
    "How often the first entry that is pending was delivered; 0 when there is none.",
)

REDIS_CONSUMER_IDLE = _of_consumer(
    "idle_seconds", "Time since the consumer last tried to read, claim or acknowledge.", Unit.SECONDS
)
REDIS_CONSUMER_INACTIVE = _of_consumer(
    "inactive_seconds",
    "Time since the consumer last got or acknowledged an entry; absent for one that never did, and before Redis 7.2.",
    Unit.SECONDS,
)
REDIS_CONSUMER_PENDING = _of_consumer(
    "messages_pending", "Entries that the consumer was given and has not acknowledged."
)
