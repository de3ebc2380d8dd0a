"""What goes in and out."""

from watchbill.catalogue.redis_server.traffic import (
    REDIS_COMMANDS,
    REDIS_DUMP_SANITIZATIONS,
    REDIS_ERROR_REPLIES,
    REDIS_MIGRATE_SOCKETS,
    REDIS_NET_INPUT,
    REDIS_NET_OUTPUT,
    REDIS_NET_REPLICATION_INPUT,
    REDIS_NET_REPLICATION_OUTPUT,
    REDIS_READS,
    REDIS_REPLY_BUFFER_EXPANDS,
    REDIS_REPLY_BUFFER_SHRINKS,
    REDIS_UNEXPECTED_ERRORS,
    REDIS_WRITES,
)
from watchbill_exporters.redis_server.fields import of_info

TRAFFIC = of_info(
    "traffic",
    {
        "total_commands_processed": REDIS_COMMANDS,
        "total_net_input_bytes": REDIS_NET_INPUT,
        "total_net_output_bytes": REDIS_NET_OUTPUT,
        "total_net_repl_input_bytes": REDIS_NET_REPLICATION_INPUT,
        "total_net_repl_output_bytes": REDIS_NET_REPLICATION_OUTPUT,
        "total_reads_processed": REDIS_READS,
        "total_writes_processed": REDIS_WRITES,
        "reply_buffer_shrinks": REDIS_REPLY_BUFFER_SHRINKS,
        "reply_buffer_expands": REDIS_REPLY_BUFFER_EXPANDS,
        "total_error_replies": REDIS_ERROR_REPLIES,
        "unexpected_error_replies": REDIS_UNEXPECTED_ERRORS,
        "dump_payload_sanitizations": REDIS_DUMP_SANITIZATIONS,
        "migrate_cached_sockets": REDIS_MIGRATE_SOCKETS,
    },
)
