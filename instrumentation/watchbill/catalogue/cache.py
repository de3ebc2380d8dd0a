"""What a service says about its caches, in memory and behind it."""

from watchbill.catalogue.buckets import CALL_SECONDS, OUTBOUND_SECONDS
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge, Histogram
from watchbill.catalogue.unit import Unit

HIT = "hit"
MISS = "miss"
STALE = "stale"
ERROR = "error"
OK = "ok"
READS = (HIT, MISS, STALE, ERROR)
LOADED = "loaded"
FAILED = "failed"
CANCELLED = "cancelled"
COALESCED = "coalesced"
L1 = "l1"
L2 = "l2"
DATABASE = "database"
GET = "get"
GET_OR_LOAD = "get_or_load"
SET = "set"
DELETE = "delete"
DELETE_PATTERN = "delete_pattern"
INCREMENT = "increment"
CLEAR = "clear"
DELETING = frozenset({DELETE, DELETE_PATTERN, CLEAR})
BY_SIZE = "size"
EXPIRED = "expired"
OTHER_REASON = "other"

CACHE = Label(
    name="cache",
    help="The cache's declared name, which says what is kept in it: `profile`, `search`, `embedding`.",
    bound=100,
)
LAYER = Label(
    name="layer",
    help="Where it is kept: l1 in this process, l2 in a store that processes share, database in a table.",
    values=(L1, L2, DATABASE),
)
OPERATION = Label(
    name="operation",
    help="What was asked for; get_or_load covers the whole of a decorated function.",
    values=(GET, GET_OR_LOAD, SET, DELETE, DELETE_PATTERN, INCREMENT, CLEAR),
)
CACHE_STATUS = Label(
    name="status",
    help="Of reads: hit, miss, stale (old, and still given) or error; of writes ok or error. "
    "A read of many keys counts each key.",
    values=(*READS, OK),
)
LOAD_OUTCOME = Label(
    name="outcome",
    help="How loading a missing value ended; coalesced where a call waited for another's load.",
    values=(LOADED, FAILED, CANCELLED, COALESCED),
)
EVICTION_REASON = Label(
    name="reason", help="Why a value left the cache by itself.", values=(BY_SIZE, EXPIRED, OTHER_REASON)
)

CACHE_OPERATIONS = Counter(
    name="cache_operations_total",
    help="Operations on caches, by what they found.",
    labels=(CACHE, LAYER, OPERATION, CACHE_STATUS),
)
CACHE_OPERATION_DURATION = Histogram(
    name="cache_operation_duration_seconds",
    help="Time of an operation on a cache; of get_or_load that of hits alone.",
    unit=Unit.SECONDS,
    labels=(CACHE, LAYER, OPERATION),
    buckets=CALL_SECONDS,
)
CACHE_LOADS = Counter(
    name="cache_loads_total",
    help="Values that a cache did not have and its function was asked for.",
    labels=(CACHE, LAYER, LOAD_OUTCOME),
)
CACHE_LOAD_DURATION = Histogram(
    name="cache_load_duration_seconds",
    help="Time to load a value that the cache did not have.",
    unit=Unit.SECONDS,
    labels=(CACHE, LAYER),
    buckets=OUTBOUND_SECONDS,
)
CACHE_ITEMS = Gauge(name="cache_items", help="Values in the cache.", labels=(CACHE, LAYER))
CACHE_ITEMS_MAX = Gauge(
    name="cache_items_max", help="Values the cache may hold; absent where there is no limit.", labels=(CACHE, LAYER)
)
CACHE_SIZE = Gauge(
    name="cache_size_bytes",
    help="Bytes of the cached values, as far as the cache or the declared way of measuring knows them.",
    unit=Unit.BYTES,
    labels=(CACHE, LAYER),
)
CACHE_EVICTIONS = Counter(
    name="cache_evictions_total",
    help="Values that left the cache without being deleted.",
    labels=(CACHE, LAYER, EVICTION_REASON),
)
CACHE_INVALIDATIONS = Counter(
    name="cache_invalidations_total",
    help="Values deleted on purpose, one by one, by pattern, or all at once.",
    labels=(CACHE, LAYER),
)
CACHE_TTL = Gauge(
    name="cache_ttl_seconds",
    help="How long the cache keeps a value, as declared: its class of lifetime.",
    unit=Unit.SECONDS,
    labels=(CACHE, LAYER),
    latest=True,
)
CACHE_CALLS_SAVED = Counter(
    name="cache_calls_saved_total",
    help="Calls that a hit made unnecessary.",
    labels=(CACHE, LAYER),
)
CACHE_COST_SAVED = Counter(
    name="cache_saved_usd_total",
    help="US dollars those calls would have cost, by the declared price of one.",
    labels=(CACHE, LAYER),
)
