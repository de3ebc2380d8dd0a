"""Memory, what is left of it, and for how long."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from time import monotonic

from watchbill.catalogue.redis_server.memory import (
    REDIS_ALLOCATOR_ACTIVE,
    REDIS_ALLOCATOR_ALLOCATED,
    REDIS_ALLOCATOR_FRAG_BYTES,
    REDIS_ALLOCATOR_FRAG_RATIO,
    REDIS_ALLOCATOR_RESIDENT,
    REDIS_ALLOCATOR_RSS_BYTES,
    REDIS_ALLOCATOR_RSS_RATIO,
    REDIS_CACHED_SCRIPTS,
    REDIS_DEFRAG_HITS,
    REDIS_DEFRAG_KEY_HITS,
    REDIS_DEFRAG_KEY_MISSES,
    REDIS_DEFRAG_MISSES,
    REDIS_DEFRAG_RUNNING,
    REDIS_FRAGMENTATION_BYTES,
    REDIS_FRAGMENTATION_RATIO,
    REDIS_FRAGMENTATION_RATIO_ALIAS,
    REDIS_FUNCTIONS,
    REDIS_HEADROOM,
    REDIS_LAZYFREE_PENDING,
    REDIS_LAZYFREED,
    REDIS_LIBRARIES,
    REDIS_MEMORY_AOF,
    REDIS_MEMORY_BACKLOG,
    REDIS_MEMORY_CLIENTS,
    REDIS_MEMORY_CLUSTER_LINKS,
    REDIS_MEMORY_DATASET,
    REDIS_MEMORY_FUNCTIONS,
    REDIS_MEMORY_LUA,
    REDIS_MEMORY_MAX,
    REDIS_MEMORY_OVERHEAD,
    REDIS_MEMORY_PEAK,
    REDIS_MEMORY_REPLICAS,
    REDIS_MEMORY_REPLICATION,
    REDIS_MEMORY_RSS,
    REDIS_MEMORY_SCRIPTS,
    REDIS_MEMORY_SCRIPTS_EVAL,
    REDIS_MEMORY_STARTUP,
    REDIS_MEMORY_USED,
    REDIS_MEMORY_VM_EVAL,
    REDIS_MEMORY_VM_FUNCTIONS,
    REDIS_MEMORY_VM_TOTAL,
    REDIS_NOT_COUNTED_FOR_EVICTION,
    REDIS_SYSTEM_MEMORY,
    REDIS_TIME_TO_FULL,
)
from watchbill_exporters.collector import Measured, single
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.fields import Fields, measured
from watchbill_exporters.redis_server.replies import INFO, Replies

GROWTH_SECONDS = 600.0
"""How far back the growth of memory is looked at."""
SHORTEST_GROWTH = 60.0
"""Less than this says nothing of a trend."""
_MOST_SAMPLES = 240
_LONGEST_FORECAST = 365 * 86_400.0

_FIELDS: Fields = {
    "used_memory": REDIS_MEMORY_USED,
    "used_memory_rss": REDIS_MEMORY_RSS,
    "used_memory_peak": REDIS_MEMORY_PEAK,
    "used_memory_overhead": REDIS_MEMORY_OVERHEAD,
    "used_memory_startup": REDIS_MEMORY_STARTUP,
    "used_memory_dataset": REDIS_MEMORY_DATASET,
    "used_memory_lua": REDIS_MEMORY_LUA,
    "used_memory_scripts": REDIS_MEMORY_SCRIPTS,
    "used_memory_scripts_eval": REDIS_MEMORY_SCRIPTS_EVAL,
    "used_memory_functions": REDIS_MEMORY_FUNCTIONS,
    "used_memory_vm_eval": REDIS_MEMORY_VM_EVAL,
    "used_memory_vm_functions": REDIS_MEMORY_VM_FUNCTIONS,
    "used_memory_vm_total": REDIS_MEMORY_VM_TOTAL,
    "maxmemory": REDIS_MEMORY_MAX,
    "total_system_memory": REDIS_SYSTEM_MEMORY,
    "number_of_cached_scripts": REDIS_CACHED_SCRIPTS,
    "number_of_functions": REDIS_FUNCTIONS,
    "number_of_libraries": REDIS_LIBRARIES,
    "allocator_active": REDIS_ALLOCATOR_ACTIVE,
    "allocator_allocated": REDIS_ALLOCATOR_ALLOCATED,
    "allocator_resident": REDIS_ALLOCATOR_RESIDENT,
    "allocator_frag_bytes": REDIS_ALLOCATOR_FRAG_BYTES,
    "allocator_frag_ratio": REDIS_ALLOCATOR_FRAG_RATIO,
    "allocator_rss_bytes": REDIS_ALLOCATOR_RSS_BYTES,
    "allocator_rss_ratio": REDIS_ALLOCATOR_RSS_RATIO,
    "mem_fragmentation_ratio": REDIS_FRAGMENTATION_RATIO,
    "mem_fragmentation_bytes": REDIS_FRAGMENTATION_BYTES,
    "mem_not_counted_for_evict": REDIS_NOT_COUNTED_FOR_EVICTION,
    "mem_clients_normal": REDIS_MEMORY_CLIENTS,
    "mem_clients_slaves": REDIS_MEMORY_REPLICAS,
    "mem_replication_backlog": REDIS_MEMORY_BACKLOG,
    "mem_total_replication_buffers": REDIS_MEMORY_REPLICATION,
    "mem_cluster_links": REDIS_MEMORY_CLUSTER_LINKS,
    "mem_aof_buffer": REDIS_MEMORY_AOF,
    "lazyfree_pending_objects": REDIS_LAZYFREE_PENDING,
    "lazyfreed_objects": REDIS_LAZYFREED,
    "active_defrag_running": REDIS_DEFRAG_RUNNING,
    "active_defrag_hits": REDIS_DEFRAG_HITS,
    "active_defrag_misses": REDIS_DEFRAG_MISSES,
    "active_defrag_key_hits": REDIS_DEFRAG_KEY_HITS,
    "active_defrag_key_misses": REDIS_DEFRAG_KEY_MISSES,
}
_ALIASES: Fields = {"mem_fragmentation_ratio": REDIS_FRAGMENTATION_RATIO_ALIAS}


def _memory(replies: Replies) -> Iterable[Measured]:
    yield from measured(_FIELDS, replies.info)
    yield from measured(_ALIASES, replies.info)


MEMORY = RedisCollector("memory", (INFO,), _memory)


class Headroom:
    """Memory left, and when it is used up if it goes on growing as in the last minutes; `clock` tells seconds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._samples: deque[tuple[float, float]] = deque(maxlen=_MOST_SAMPLES)
        self._run = ""
        self.collector = RedisCollector("headroom", (INFO,), self._measure)

    def _measure(self, replies: Replies) -> Iterable[Measured]:
        info = replies.info
        left = _left(info)
        if left is None:
            return
        if info.get("run_id", "") != self._run:
            self._samples.clear()
            self._run = info.get("run_id", "")
        self._remember(float(info["used_memory"]))
        yield single(REDIS_HEADROOM, left)
        pace = self._pace()
        if pace > 0 and left / pace < _LONGEST_FORECAST:
            yield single(REDIS_TIME_TO_FULL, left / pace)

    def _remember(self, used: float) -> None:
        now = self._clock()
        # Many scrapers must not push the older samples out.
        if len(self._samples) > 1 and now - self._samples[-2][0] < GROWTH_SECONDS / _MOST_SAMPLES:
            self._samples.pop()
        self._samples.append((now, used))
        while now - self._samples[0][0] > GROWTH_SECONDS:
            self._samples.popleft()

    def _pace(self) -> float:
        """Bytes per second, the slope of the line nearest to all samples; 0 where they span too short a time."""
        if self._samples[-1][0] - self._samples[0][0] < SHORTEST_GROWTH:
            return 0.0
        number = len(self._samples)
        mean_time = sum(time for time, _ in self._samples) / number
        mean_used = sum(used for _, used in self._samples) / number
        spread = sum((time - mean_time) ** 2 for time, _ in self._samples)
        return sum((time - mean_time) * (used - mean_used) for time, used in self._samples) / spread


def _left(info: Mapping[str, str]) -> float | None:
    """None where the server tells neither a limit nor the machine's memory, as a Sentinel does not."""
    limit, system = float(info.get("maxmemory", 0)), float(info.get("total_system_memory", 0))
    if limit:
        # Eviction begins by what is used less what the limit does not count.
        return max(0.0, limit - float(info["used_memory"]) + float(info.get("mem_not_counted_for_evict", 0)))
    return max(0.0, system - float(info["used_memory_rss"])) if system else None
