"""What the exporter reads from a Redis server, under redis_exporter's names."""

from watchbill.catalogue.exporter import collector_duration, collector_success, permission, up_reason
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.unit import Unit

REDIS_DB = Label(name="db", help="The numbered database, as db0.", bound=16)
REDIS_ROLE = Label(name="role", help="The server's role.", values=("master", "slave", "sentinel"))
REDIS_VERSION = Label(name="redis_version", help="The server's version.", bound=5)
REDIS_MODE = Label(name="redis_mode", help="How the server runs.", values=("standalone", "cluster", "sentinel"))
REDIS_POLICY = Label(name="maxmemory_policy", help="What is evicted when memory is full.", bound=10)

REDIS_UP = Gauge(name="redis_up", help="1 when the server answered in time.", unit=Unit.BOOLEAN)
REDIS_UP_REASON = up_reason("redis")
REDIS_PROBE_DURATION = Gauge(
    name="redis_exporter_last_scrape_duration_seconds",
    help="How long the whole probe took.",
    unit=Unit.SECONDS,
)
REDIS_PING = Gauge(
    name="redis_exporter_last_scrape_ping_time_seconds", help="Round trip of one PING.", unit=Unit.SECONDS
)
REDIS_COLLECTOR_SUCCESS = collector_success("redis")
REDIS_COLLECTOR_DURATION = collector_duration("redis")
REDIS_PERMISSION = permission("redis")
REDIS_INSTANCE_INFO = Gauge(
    name="redis_instance_info",
    help="Always 1; its labels say what runs.",
    unit=Unit.BOOLEAN,
    labels=(REDIS_ROLE, REDIS_VERSION, REDIS_MODE, REDIS_POLICY),
)
REDIS_UPTIME = Gauge(name="redis_uptime_in_seconds", help="How long the server has run.", unit=Unit.SECONDS)
REDIS_CLIENTS = Gauge(name="redis_connected_clients", help="Connections from clients.")
REDIS_BLOCKED_CLIENTS = Gauge(name="redis_blocked_clients", help="Clients that wait in a blocking command.")
REDIS_MAX_CLIENTS = Gauge(name="redis_max_clients", help="Connections the server accepts at most.")
REDIS_CONNECTIONS = Counter(name="redis_connections_received_total", help="Connections accepted.")
REDIS_REJECTED = Counter(name="redis_rejected_connections_total", help="Connections refused because all were taken.")
REDIS_COMMANDS = Counter(name="redis_commands_processed_total", help="Commands processed.")
REDIS_MEMORY_USED = Gauge(name="redis_memory_used_bytes", help="Memory the server uses.", unit=Unit.BYTES)
REDIS_MEMORY_RSS = Gauge(name="redis_memory_used_rss_bytes", help="Memory as the system sees it.", unit=Unit.BYTES)
REDIS_MEMORY_MAX = Gauge(
    name="redis_memory_max_bytes", help="Memory the server may use; 0 means no limit.", unit=Unit.BYTES
)
REDIS_HITS = Counter(name="redis_keyspace_hits_total", help="Reads that found their key.")
REDIS_MISSES = Counter(name="redis_keyspace_misses_total", help="Reads that did not find their key.")
REDIS_EVICTED = Counter(name="redis_evicted_keys_total", help="Keys removed to free memory.")
REDIS_EXPIRED = Counter(name="redis_expired_keys_total", help="Keys removed because their time was up.")
REDIS_KEYS = Gauge(name="redis_db_keys", help="Keys in a database.", labels=(REDIS_DB,))
REDIS_KEYS_EXPIRING = Gauge(
    name="redis_db_keys_expiring", help="Keys in a database that have a time to live.", labels=(REDIS_DB,)
)
