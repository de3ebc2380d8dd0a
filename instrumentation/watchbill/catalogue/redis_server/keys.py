"""Declared keys and prefixes of a Redis server."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Gauge
from watchbill.catalogue.redis_server.keyspace import REDIS_DB
from watchbill.catalogue.unit import Unit

MOST_KEYS = 1_000
MOST_PREFIXES = 100

REDIS_KEY = Label(name="key", help="A key, or a prefix and an asterisk, that the configuration names.", bound=MOST_KEYS)
REDIS_KEY_GROUP = Label(
    name="key_group",
    help="A prefix that the configuration names; unclassified for keys with none of them.",
    bound=MOST_PREFIXES + 1,
)
UNCLASSIFIED = "unclassified"

REDIS_KEY_SIZE = Gauge(
    name="redis_key_size",
    help="Items of a declared key, or bytes of a string; 0 for a key that does not exist.",
    labels=(REDIS_DB, REDIS_KEY),
    at_most=MOST_KEYS,
)
REDIS_KEY_MEMORY = Gauge(
    name="redis_key_memory_usage_bytes",
    help="Memory that a declared key takes, which Redis estimates from some of its items.",
    unit=Unit.BYTES,
    labels=(REDIS_DB, REDIS_KEY),
    at_most=MOST_KEYS,
)
REDIS_KEY_OLDEST = Gauge(
    name="redis_key_oldest_item_seconds",
    help="Age of the oldest item, from the time that the item or its score tells; 0 for an empty key.",
    unit=Unit.SECONDS,
    labels=(REDIS_DB, REDIS_KEY),
    at_most=MOST_KEYS,
)
REDIS_KEYS_COUNT = Gauge(
    name="redis_keys_count",
    help="Keys that begin with a declared prefix.",
    labels=(REDIS_DB, REDIS_KEY),
    at_most=MOST_PREFIXES,
)
REDIS_KEY_GROUP_COUNT = Gauge(
    name="redis_key_group_count",
    help="Keys that begin with a declared prefix, and those with none of them.",
    labels=(REDIS_DB, REDIS_KEY_GROUP),
    at_most=MOST_PREFIXES + 16,
)
REDIS_KEY_GROUP_MEMORY = Gauge(
    name="redis_key_group_memory_usage_bytes",
    help="Memory of the keys of a group, estimated from a sample of them.",
    unit=Unit.BYTES,
    labels=(REDIS_DB, REDIS_KEY_GROUP),
    at_most=MOST_PREFIXES + 16,
)
REDIS_KEY_GROUP_COMPLETE = Gauge(
    name="redis_key_group_complete",
    help="1 when every key of the database was counted, 0 when the groups are extrapolated from a part.",
    unit=Unit.BOOLEAN,
    labels=(REDIS_DB,),
)
REDIS_KEY_GROUP_LOOKED_AT = Gauge(
    name="redis_key_group_looked_at",
    help="Keys of the database whose names were read to count groups.",
    labels=(REDIS_DB,),
)
REDIS_KEY_GROUP_SECONDS = Gauge(
    name="redis_key_group_duration_seconds",
    help="How long the last count of groups took, pauses included.",
    unit=Unit.SECONDS,
    labels=(REDIS_DB,),
)
