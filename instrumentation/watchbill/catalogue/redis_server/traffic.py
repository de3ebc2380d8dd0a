"""Traffic of a Redis server."""

from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.unit import Unit

REDIS_COMMANDS = Counter(name="redis_commands_processed_total", help="Commands processed.")
REDIS_NET_INPUT = Counter(name="redis_net_input_bytes_total", help="Bytes received.", unit=Unit.BYTES)
REDIS_NET_OUTPUT = Counter(name="redis_net_output_bytes_total", help="Bytes sent.", unit=Unit.BYTES)
REDIS_NET_REPLICATION_INPUT = Counter(
    name="redis_net_repl_input_bytes_total", help="Bytes received for replication.", unit=Unit.BYTES
)
REDIS_NET_REPLICATION_OUTPUT = Counter(
    name="redis_net_repl_output_bytes_total", help="Bytes sent for replication.", unit=Unit.BYTES
)
REDIS_READS = Counter(name="redis_total_reads_processed", help="Reads from connections.", community_name=True)
REDIS_WRITES = Counter(name="redis_total_writes_processed", help="Writes to connections.", community_name=True)
REDIS_REPLY_BUFFER_SHRINKS = Counter(
    name="redis_reply_buffer_shrinks_total", help="Times an output buffer became smaller."
)
REDIS_REPLY_BUFFER_EXPANDS = Counter(
    name="redis_reply_buffer_expands_total", help="Times an output buffer became larger."
)
REDIS_ERROR_REPLIES = Counter(
    name="redis_total_error_replies", help="Commands answered with an error.", community_name=True
)
REDIS_UNEXPECTED_ERRORS = Counter(
    name="redis_unexpected_error_replies",
    help="Errors on a link where none is expected, such as a replica's.",
    community_name=True,
)
REDIS_DUMP_SANITIZATIONS = Counter(
    name="redis_dump_payload_sanitizations", help="Deep checks of values that came serialized.", community_name=True
)
REDIS_MIGRATE_SOCKETS = Gauge(
    name="redis_migrate_cached_sockets_total",
    help="Connections kept open to servers that keys are moved to.",
    community_name=True,
)
