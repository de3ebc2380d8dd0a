"""Keys of a Redis server."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.unit import Unit

REDIS_DB = Label(name="db", help="The numbered database, as db0.", bound=256)
REDIS_HITS = Counter(name="redis_keyspace_hits_total", help="Reads that found their key.")
REDIS_MISSES = Counter(name="redis_keyspace_misses_total", help="Reads that did not find their key.")
REDIS_EVICTED = Counter(name="redis_evicted_keys_total", help="Keys removed to free memory.")
REDIS_EVICTION_EXCEEDED = Counter(
    name="redis_eviction_exceeded_time_ms_total",
    help="Milliseconds the server has been above its memory limit.",
    community_name=True,
)
REDIS_EVICTION_EXCEEDED_NOW = Gauge(
    name="redis_current_eviction_exceeded_time_ms",
    help="Milliseconds the server has been above its memory limit this time; 0 when it is not.",
    community_name=True,
)
REDIS_EXPIRED = Counter(name="redis_expired_keys_total", help="Keys removed because their time was up.")
REDIS_EXPIRED_STALE = Gauge(
    name="redis_expired_stale_percentage",
    help="Share of keys whose time is up and that are still there, in per cent, as estimated.",
)
REDIS_EXPIRED_CAP = Counter(
    name="redis_expired_time_cap_reached_total", help="Times the removal of expired keys stopped for want of time."
)
REDIS_EXPIRE_CPU = Counter(
    name="redis_expire_cycle_cpu_time_ms_total",
    help="Milliseconds of processor time spent on removing expired keys.",
    community_name=True,
)
REDIS_EXPIRED_FIELDS = Counter(
    name="redis_expired_fields_total",
    help="Fields of hashes removed because their time was up (Redis 7.4 and Valkey 9 on).",
)
REDIS_KEYS = Gauge(name="redis_db_keys", help="Keys in a database.", labels=(REDIS_DB,))
REDIS_KEYS_EXPIRING = Gauge(
    name="redis_db_keys_expiring", help="Keys in a database that have a time to live.", labels=(REDIS_DB,)
)
REDIS_AVERAGE_TTL = Gauge(
    name="redis_db_avg_ttl_seconds",
    help="Mean time to live of the keys that have one, as estimated.",
    unit=Unit.SECONDS,
    labels=(REDIS_DB,),
)
