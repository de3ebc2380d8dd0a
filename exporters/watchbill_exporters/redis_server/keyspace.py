"""Keys by numbered database; hits, expiry and eviction."""

from collections.abc import Iterable, Mapping

from watchbill.catalogue.redis_server.keyspace import (
    REDIS_AVERAGE_TTL,
    REDIS_EVICTED,
    REDIS_EVICTION_EXCEEDED,
    REDIS_EVICTION_EXCEEDED_NOW,
    REDIS_EXPIRE_CPU,
    REDIS_EXPIRED,
    REDIS_EXPIRED_CAP,
    REDIS_EXPIRED_FIELDS,
    REDIS_EXPIRED_STALE,
    REDIS_HITS,
    REDIS_KEYS,
    REDIS_KEYS_EXPIRING,
    REDIS_MISSES,
)
from watchbill_exporters.collector import Measured, column
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.fields import of_info
from watchbill_exporters.redis_server.pairs import pairs
from watchbill_exporters.redis_server.replies import DATABASES, INFO, Replies
from watchbill_exporters.redis_server.request import Request

_EMPTY_SHOWN = 16

CACHE = of_info(
    "cache",
    {
        "keyspace_hits": REDIS_HITS,
        "keyspace_misses": REDIS_MISSES,
        "evicted_keys": REDIS_EVICTED,
        "total_eviction_exceeded_time": REDIS_EVICTION_EXCEEDED,
        "current_eviction_exceeded_time": REDIS_EVICTION_EXCEEDED_NOW,
        "expired_keys": REDIS_EXPIRED,
        "expired_stale_perc": REDIS_EXPIRED_STALE,
        "expired_time_cap_reached_count": REDIS_EXPIRED_CAP,
        "expire_cycle_cpu_milliseconds": REDIS_EXPIRE_CPU,
        "expired_fields": REDIS_EXPIRED_FIELDS,
        "expired_subkeys": REDIS_EXPIRED_FIELDS,
    },
)


def _keyspace(replies: Replies) -> Iterable[Measured]:
    """INFO leaves empty databases out, whose truth is 0."""
    if replies.mode == "sentinel":
        return
    described = replies.section("keyspace")
    found = {name: pairs(value) for name, value in described.items() if name.startswith("db")}
    names = list(dict.fromkeys([*(f"db{number}" for number in range(_databases(replies))), *found]))
    keys = [(name,) for name in names]
    yield Measured(REDIS_KEYS, keys, [_number(found.get(name), "keys") for name in names])
    yield Measured(REDIS_KEYS_EXPIRING, keys, [_number(found.get(name), "expires") for name in names])
    expiring = [name for name in names if _number(found.get(name), "expires")]
    lives = [float(found[name]["avg_ttl"]) / 1000 if "avg_ttl" in found[name] else None for name in expiring]
    yield column(REDIS_AVERAGE_TTL, [(name,) for name in expiring], lives)


def _number(parts: Mapping[str, str] | None, part: str) -> float:
    return float(parts[part]) if parts is not None else 0.0


def _databases(replies: Replies) -> int:
    """How many to show even when they are empty; the first alone where CONFIG is not allowed, or in a cluster."""
    setting = replies.setting(DATABASES)
    if setting is None or not setting.isdecimal() or replies.mode == "cluster":
        return 1
    return min(int(setting), _EMPTY_SHOWN)


def _ask_databases(replies: Replies) -> Iterable[Request]:
    return () if replies.mode == "sentinel" else (DATABASES,)


KEYSPACE = RedisCollector("keyspace", (INFO,), _keyspace, _ask_databases)
