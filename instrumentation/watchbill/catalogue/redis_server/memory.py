"""Memory of a Redis server."""

from watchbill.catalogue.metric import Gauge
from watchbill.catalogue.unit import Unit

REDIS_MEMORY_USED = Gauge(name="redis_memory_used_bytes", help="Memory the server uses.", unit=Unit.BYTES)
REDIS_MEMORY_RSS = Gauge(name="redis_memory_used_rss_bytes", help="Memory as the system sees it.", unit=Unit.BYTES)
REDIS_MEMORY_MAX = Gauge(
    name="redis_memory_max_bytes", help="Memory the server may use; 0 means no limit.", unit=Unit.BYTES
)
REDIS_MEMORY_PEAK = Gauge(
    name="redis_memory_used_peak_bytes", help="The most memory the server has used.", unit=Unit.BYTES
)
REDIS_MEMORY_OVERHEAD = Gauge(
    name="redis_memory_used_overhead_bytes",
    help="Memory for what is no data: buffers, tables, the server itself.",
    unit=Unit.BYTES,
)
REDIS_MEMORY_STARTUP = Gauge(
    name="redis_memory_used_startup_bytes", help="Memory the server used when it had started.", unit=Unit.BYTES
)
REDIS_MEMORY_DATASET = Gauge(
    name="redis_memory_used_dataset_bytes", help="Memory for keys and values.", unit=Unit.BYTES
)
REDIS_MEMORY_LUA = Gauge(
    name="redis_memory_used_lua_bytes", help="Memory of the engine that runs scripts.", unit=Unit.BYTES
)
REDIS_MEMORY_SCRIPTS = Gauge(
    name="redis_memory_used_scripts_bytes",
    help="Memory for scripts and functions beside their engines.",
    unit=Unit.BYTES,
)
REDIS_MEMORY_SCRIPTS_EVAL = Gauge(
    name="redis_memory_used_scripts_eval_bytes", help="Memory for scripts of EVAL beside their engine.", unit=Unit.BYTES
)
REDIS_MEMORY_FUNCTIONS = Gauge(
    name="redis_memory_used_functions_bytes", help="Memory for functions beside their engine.", unit=Unit.BYTES
)
REDIS_MEMORY_VM_EVAL = Gauge(
    name="redis_memory_used_vm_eval_bytes", help="Memory of the engine that runs scripts of EVAL.", unit=Unit.BYTES
)
REDIS_MEMORY_VM_FUNCTIONS = Gauge(
    name="redis_memory_used_vm_functions_bytes", help="Memory of the engine that runs functions.", unit=Unit.BYTES
)
REDIS_MEMORY_VM_TOTAL = Gauge(
    name="redis_memory_used_vm_total",
    help="Memory of all engines that run scripts.",
    unit=Unit.BYTES,
    community_name=True,
)
REDIS_SYSTEM_MEMORY = Gauge(name="redis_total_system_memory_bytes", help="Memory of the machine.", unit=Unit.BYTES)
REDIS_CACHED_SCRIPTS = Gauge(name="redis_number_of_cached_scripts", help="Scripts of EVAL that the server keeps.")
REDIS_FUNCTIONS = Gauge(name="redis_number_of_functions", help="Functions that the server keeps.")
REDIS_LIBRARIES = Gauge(name="redis_number_of_libraries", help="Libraries of functions that the server keeps.")
REDIS_ALLOCATOR_ACTIVE = Gauge(
    name="redis_allocator_active_bytes", help="Memory in pages that hold data.", unit=Unit.BYTES
)
REDIS_ALLOCATOR_ALLOCATED = Gauge(
    name="redis_allocator_allocated_bytes", help="Memory the allocator has given out.", unit=Unit.BYTES
)
REDIS_ALLOCATOR_RESIDENT = Gauge(
    name="redis_allocator_resident_bytes", help="Memory the allocator holds of the system.", unit=Unit.BYTES
)
REDIS_ALLOCATOR_FRAG_BYTES = Gauge(
    name="redis_allocator_frag_bytes", help="Memory lost between pieces that are in use.", unit=Unit.BYTES
)
REDIS_ALLOCATOR_FRAG_RATIO = Gauge(
    name="redis_allocator_frag_ratio", help="Memory in pages that hold data over what was given out.", unit=Unit.RATIO
)
REDIS_ALLOCATOR_RSS_BYTES = Gauge(
    name="redis_allocator_rss_bytes", help="Memory the allocator could give back to the system.", unit=Unit.BYTES
)
REDIS_ALLOCATOR_RSS_RATIO = Gauge(
    name="redis_allocator_rss_ratio",
    help="Memory held of the system over that in pages that hold data.",
    unit=Unit.RATIO,
)
REDIS_FRAGMENTATION_RATIO = Gauge(
    name="redis_mem_fragmentation_ratio",
    help="Memory as the system sees it over what the server uses.",
    unit=Unit.RATIO,
)
REDIS_FRAGMENTATION_RATIO_ALIAS = Gauge(
    name="redis_memory_fragmentation_ratio",
    help="The same as redis_mem_fragmentation_ratio, under the name that a community dashboard asks for.",
    unit=Unit.RATIO,
)
REDIS_FRAGMENTATION_BYTES = Gauge(
    name="redis_mem_fragmentation_bytes",
    help="Memory as the system sees it beyond what the server uses.",
    unit=Unit.BYTES,
)
REDIS_NOT_COUNTED_FOR_EVICTION = Gauge(
    name="redis_mem_not_counted_for_eviction_bytes",
    help="Memory of buffers that the limit does not count.",
    unit=Unit.BYTES,
)
REDIS_MEMORY_CLIENTS = Gauge(
    name="redis_mem_clients_normal",
    help="Memory of the buffers of ordinary clients.",
    unit=Unit.BYTES,
    community_name=True,
)
REDIS_MEMORY_REPLICAS = Gauge(
    name="redis_mem_clients_slaves", help="Memory of the buffers of replicas.", unit=Unit.BYTES, community_name=True
)
REDIS_MEMORY_BACKLOG = Gauge(
    name="redis_mem_replication_backlog_bytes", help="Memory of the replication backlog.", unit=Unit.BYTES
)
REDIS_MEMORY_REPLICATION = Gauge(
    name="redis_mem_total_replication_buffers_bytes",
    help="Memory of the backlog and of what replicas have not fetched.",
    unit=Unit.BYTES,
)
REDIS_MEMORY_CLUSTER_LINKS = Gauge(
    name="redis_mem_cluster_links_bytes", help="Memory of the links among the nodes of a cluster.", unit=Unit.BYTES
)
REDIS_MEMORY_AOF = Gauge(
    name="redis_mem_aof_buffer_bytes", help="Memory of buffers for the append-only file.", unit=Unit.BYTES
)
REDIS_LAZYFREE_PENDING = Gauge(name="redis_lazyfree_pending_objects", help="Values whose memory waits to be freed.")
REDIS_LAZYFREED = Gauge(name="redis_lazyfreed_objects", help="Values whose memory was freed in the background.")
REDIS_DEFRAG_RUNNING = Gauge(
    name="redis_active_defrag_running",
    help="Share of processor time that defragmentation takes, in per cent; 0 while it rests.",
)
REDIS_DEFRAG_HITS = Gauge(name="redis_defrag_hits", help="Values that defragmentation moved.")
REDIS_DEFRAG_MISSES = Gauge(name="redis_defrag_misses", help="Values that defragmentation looked at and left.")
REDIS_DEFRAG_KEY_HITS = Gauge(name="redis_defrag_key_hits", help="Keys of which defragmentation moved something.")
REDIS_DEFRAG_KEY_MISSES = Gauge(name="redis_defrag_key_misses", help="Keys that defragmentation looked at and left.")
REDIS_HEADROOM = Gauge(
    name="redis_memory_headroom_bytes",
    help="Memory left under the server's limit, or of the machine where there is no limit.",
    unit=Unit.BYTES,
)
REDIS_TIME_TO_FULL = Gauge(
    name="redis_memory_time_to_full_seconds",
    help="When the headroom is used up at the pace of the last minutes; absent while memory does not grow.",
    unit=Unit.SECONDS,
)
