"""A RabbitMQ cluster, as its management listener describes it."""

from watchbill.catalogue.broker import QUEUE_NAME
from watchbill.catalogue.exporter import (
    collector_age,
    collector_dropped,
    collector_duration,
    collector_success,
    permission,
    scrape_error,
    up_reason,
)
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.unit import Unit

RABBITMQ_UP = Gauge(name="rabbitmq_up", help="1 when the management listener answered in time.", unit=Unit.BOOLEAN)
RABBITMQ_UP_REASON = up_reason("rabbitmq")
RABBITMQ_PROBE_DURATION = Gauge(
    name="rabbitmq_exporter_last_scrape_duration_seconds", help="How long the whole probe took.", unit=Unit.SECONDS
)
RABBITMQ_PING = Gauge(
    name="rabbitmq_exporter_last_scrape_ping_time_seconds",
    help="Time to the first byte of the overview.",
    unit=Unit.SECONDS,
)
RABBITMQ_SCRAPE_ERROR = scrape_error("rabbitmq")
RABBITMQ_COLLECTOR_SUCCESS = collector_success("rabbitmq")
RABBITMQ_COLLECTOR_DURATION = collector_duration("rabbitmq")
RABBITMQ_COLLECTOR_AGE = collector_age("rabbitmq")
RABBITMQ_COLLECTOR_DROPPED = collector_dropped("rabbitmq")
RABBITMQ_PERMISSION = permission("rabbitmq")

MOST_QUEUES = 500
"""Series of each metric of queues for one target."""
RABBITMQ_NODE = Label(name="node", help="The node's Erlang name.", bound=20)
RABBITMQ_ANSWERING_NODE = Label(name="rabbitmq_node", help="The node that answered.", bound=20)
RABBITMQ_CLUSTER = Label(name="rabbitmq_cluster", help="The cluster's name.", bound=2)
RABBITMQ_VERSION = Label(name="rabbitmq_version", help="The server's version.", bound=5)
ERLANG_VERSION = Label(name="erlang_version", help="The version of Erlang it runs on.", bound=5)
RABBITMQ_VHOST = Label(name="vhost", help="The virtual host.", bound=100)
RABBITMQ_QUEUE = Label(name="queue", help="The queue's name.", bound=MOST_QUEUES)
RABBITMQ_STATE = Label(
    name="state",
    help="The queue's state as the server calls it; other for an unknown one.",
    values=("running", "idle", "flow", "down", "crashed", "stopped", "minority", "syncing", "terminated", "other"),
)


def _of_node(name: str, text: str, unit: Unit = Unit.COUNT) -> Gauge:
    return Gauge(name=name, help=text, unit=unit, labels=(RABBITMQ_NODE,), community_name=True)


def _of_queue(name: str, text: str, unit: Unit = Unit.COUNT) -> Gauge:
    return Gauge(
        name=name,
        help=text,
        unit=unit,
        labels=(RABBITMQ_VHOST, RABBITMQ_QUEUE),
        at_most=MOST_QUEUES,
        community_name=True,
    )


def _total_of_queue(name: str, text: str) -> Counter:
    return Counter(name=name, help=text, labels=(RABBITMQ_VHOST, RABBITMQ_QUEUE), at_most=MOST_QUEUES)


RABBITMQ_IDENTITY = Gauge(
    name="rabbitmq_identity_info",
    help="Always 1; its labels say which cluster this is.",
    unit=Unit.BOOLEAN,
    labels=(RABBITMQ_ANSWERING_NODE, RABBITMQ_CLUSTER),
)
RABBITMQ_BUILD = Gauge(
    name="rabbitmq_build_info",
    help="Always 1 for each node that runs; its labels say what runs.",
    unit=Unit.BOOLEAN,
    labels=(RABBITMQ_NODE, RABBITMQ_VERSION, ERLANG_VERSION),
    at_most=20,
)

RABBITMQ_CONNECTIONS = Gauge(name="rabbitmq_connections", help="Connections of clients.")
RABBITMQ_CHANNELS = Gauge(name="rabbitmq_channels", help="Channels open on connections.")
RABBITMQ_CONSUMERS = Gauge(name="rabbitmq_consumers", help="Consumers of queues.")
RABBITMQ_QUEUES = Gauge(name="rabbitmq_queues", help="Queues of the whole cluster, shown here or not.")
RABBITMQ_EXCHANGES = Gauge(name="rabbitmq_exchanges", help="Exchanges of the whole cluster.")
RABBITMQ_ALL_MESSAGES = Gauge(name="rabbitmq_queue_messages_global", help="Messages in all queues of the cluster.")
RABBITMQ_ALL_READY = Gauge(
    name="rabbitmq_queue_messages_ready_global", help="Messages that wait for a consumer in all queues."
)
RABBITMQ_ALL_UNACKED = Gauge(
    name="rabbitmq_queue_messages_unacknowledged_global",
    help="Messages of all queues that consumers hold and have not acknowledged.",
)
RABBITMQ_QUEUES_OMITTED = Gauge(
    name="rabbitmq_exporter_queues_omitted",
    help="Queues asked for that are not shown, because others hold more messages.",
)

RABBITMQ_CONNECTIONS_OPENED = Counter(name="rabbitmq_connections_opened_total", help="Connections opened.")
RABBITMQ_CONNECTIONS_CLOSED = Counter(name="rabbitmq_connections_closed_total", help="Connections closed.")
RABBITMQ_CHANNELS_OPENED = Counter(name="rabbitmq_channels_opened_total", help="Channels opened.")
RABBITMQ_CHANNELS_CLOSED = Counter(name="rabbitmq_channels_closed_total", help="Channels closed.")
RABBITMQ_QUEUES_DECLARED = Counter(name="rabbitmq_queues_declared_total", help="Declarations of queues.")
RABBITMQ_QUEUES_CREATED = Counter(name="rabbitmq_queues_created_total", help="Queues created.")
RABBITMQ_QUEUES_DELETED = Counter(name="rabbitmq_queues_deleted_total", help="Queues deleted.")

RABBITMQ_RECEIVED = Counter(name="rabbitmq_global_messages_received_total", help="Messages published.")
RABBITMQ_CONFIRMED = Counter(
    name="rabbitmq_global_messages_confirmed_total", help="Messages whose receipt publishers were told."
)
RABBITMQ_DELIVERED = Counter(
    name="rabbitmq_global_messages_delivered_total", help="Messages delivered or fetched, whatever the acknowledgement."
)
RABBITMQ_DELIVERED_ACK = Counter(
    name="rabbitmq_global_messages_delivered_consume_manual_ack_total",
    help="Messages delivered to consumers that acknowledge.",
)
RABBITMQ_DELIVERED_NO_ACK = Counter(
    name="rabbitmq_global_messages_delivered_consume_auto_ack_total",
    help="Messages delivered to consumers that do not acknowledge.",
)
RABBITMQ_GOT_ACK = Counter(
    name="rabbitmq_global_messages_delivered_get_manual_ack_total", help="Messages fetched one by one, to acknowledge."
)
RABBITMQ_GOT_NO_ACK = Counter(
    name="rabbitmq_global_messages_delivered_get_auto_ack_total",
    help="Messages fetched one by one, without acknowledgement.",
)
RABBITMQ_GOT_NOTHING = Counter(
    name="rabbitmq_global_messages_get_empty_total", help="Fetches that found an empty queue."
)
RABBITMQ_REDELIVERED = Counter(
    name="rabbitmq_global_messages_redelivered_total", help="Messages delivered once more, after a first consumer."
)
RABBITMQ_ACKNOWLEDGED = Counter(name="rabbitmq_global_messages_acknowledged_total", help="Messages acknowledged.")
RABBITMQ_RETURNED = Counter(
    name="rabbitmq_global_messages_unroutable_returned_total",
    help="Messages that no queue takes, returned to their publisher.",
)
RABBITMQ_DROPPED = Counter(
    name="rabbitmq_global_messages_unroutable_dropped_total", help="Messages that no queue takes, thrown away."
)
RABBITMQ_CHANNEL_PUBLISHED = Counter(
    name="rabbitmq_channel_messages_published_total", help="The same messages published, under an older name."
)
RABBITMQ_CHANNEL_ACKED = Counter(
    name="rabbitmq_channel_messages_acked_total", help="The same messages acknowledged, under an older name."
)
RABBITMQ_CHANNEL_DELIVERED_ACK = Counter(
    name="rabbitmq_channel_messages_delivered_ack_total",
    help="The same messages delivered to consumers that acknowledge, under an older name.",
)
RABBITMQ_CHANNEL_DELIVERED = Counter(
    name="rabbitmq_channel_messages_delivered_total",
    help="The same messages delivered to consumers that do not acknowledge, under an older name.",
)
RABBITMQ_CHANNEL_REDELIVERED = Counter(
    name="rabbitmq_channel_messages_redelivered_total", help="The same messages redelivered, under an older name."
)
RABBITMQ_CHANNEL_RETURNED = Counter(
    name="rabbitmq_channel_messages_unroutable_returned_total",
    help="The same messages returned as unroutable, under an older name.",
)
RABBITMQ_CHANNEL_DROPPED = Counter(
    name="rabbitmq_channel_messages_unroutable_dropped_total",
    help="The same messages dropped as unroutable, under an older name.",
)

RABBITMQ_RUNNING = _of_node("rabbitmq_running", "1 when the node runs.", Unit.BOOLEAN)
RABBITMQ_PARTITIONS = _of_node("rabbitmq_partitions", "Nodes that this node is cut off from.")
RABBITMQ_MEMORY = _of_node("rabbitmq_process_resident_memory_bytes", "Memory the node uses.", Unit.BYTES)
RABBITMQ_MEMORY_LIMIT = _of_node(
    "rabbitmq_resident_memory_limit_bytes", "Memory at which the node stops publishers.", Unit.BYTES
)
RABBITMQ_DISK_FREE = _of_node("rabbitmq_disk_space_available_bytes", "Disk left for the node's data.", Unit.BYTES)
RABBITMQ_DISK_LIMIT = _of_node(
    "rabbitmq_disk_space_available_limit_bytes", "Free disk at which the node stops publishers.", Unit.BYTES
)
RABBITMQ_MEMORY_ALARM = _of_node(
    "rabbitmq_alarms_memory_used_watermark", "1 while publishers are stopped for want of memory.", Unit.BOOLEAN
)
RABBITMQ_DISK_ALARM = _of_node(
    "rabbitmq_alarms_free_disk_space_watermark", "1 while publishers are stopped for want of disk.", Unit.BOOLEAN
)
RABBITMQ_FDS = _of_node("rabbitmq_process_open_fds", "File descriptors in use.")
RABBITMQ_FDS_LIMIT = _of_node("rabbitmq_process_max_fds", "File descriptors the node may use.")
RABBITMQ_SOCKETS = _of_node("rabbitmq_process_open_tcp_sockets", "Sockets in use.")
RABBITMQ_SOCKETS_LIMIT = _of_node("rabbitmq_process_max_tcp_sockets", "Sockets the node may use.")
RABBITMQ_PROCESSES = _of_node("rabbitmq_erlang_processes_used", "Erlang processes.")
RABBITMQ_PROCESSES_LIMIT = _of_node("rabbitmq_erlang_processes_limit", "Erlang processes the node may have.")
RABBITMQ_RUN_QUEUE = _of_node("rabbitmq_erlang_scheduler_run_queue", "Erlang processes that wait for a processor.")
RABBITMQ_UPTIME = _of_node("rabbitmq_erlang_uptime_seconds", "How long the node has run.", Unit.SECONDS)

RABBITMQ_MESSAGES = _of_queue("rabbitmq_queue_messages", "Messages in the queue, ready and unacknowledged.")
RABBITMQ_READY = _of_queue("rabbitmq_queue_messages_ready", "Messages that wait for a consumer.")
RABBITMQ_UNACKED = _of_queue(
    "rabbitmq_queue_messages_unacked", "Messages that consumers hold and have not acknowledged."
)
RABBITMQ_QUEUE_CONSUMERS = _of_queue("rabbitmq_queue_consumers", "Consumers of the queue.")
RABBITMQ_UTILISATION = _of_queue(
    "rabbitmq_queue_consumer_utilisation",
    "Share of the time in which the queue could deliver at once.",
    Unit.RATIO,
)
RABBITMQ_QUEUE_MEMORY = _of_queue("rabbitmq_queue_process_memory_bytes", "Memory of the queue's process.", Unit.BYTES)
RABBITMQ_BYTES = _of_queue("rabbitmq_queue_messages_bytes", "Bytes of all message bodies in the queue.", Unit.BYTES)
RABBITMQ_READY_BYTES = _of_queue(
    "rabbitmq_queue_messages_ready_bytes", "Bytes of the bodies that wait for a consumer.", Unit.BYTES
)
RABBITMQ_UNACKED_BYTES = _of_queue(
    "rabbitmq_queue_messages_unacked_bytes", "Bytes of the bodies that consumers hold.", Unit.BYTES
)
RABBITMQ_HEAD_TIMESTAMP = _of_queue(
    "rabbitmq_queue_head_message_timestamp",
    "The timestamp of the first message, where its publisher set one.",
    Unit.TIMESTAMP,
)
RABBITMQ_HEAD_AGE = _of_queue(
    "rabbitmq_queue_head_message_age_seconds",
    "Age of the first message; 0 in an empty queue, absent where its publisher set no timestamp.",
    Unit.SECONDS,
)
RABBITMQ_DEAD_LETTERS = _of_queue(
    "rabbitmq_queue_dead_letter_messages",
    "Messages in a queue that takes what other queues gave up; a queue that takes nothing of others has no series.",
)
RABBITMQ_QUEUE_STATE = Gauge(
    name="rabbitmq_queue_state",
    help="1 when the queue is running or idle, 0 in any other state.",
    unit=Unit.BOOLEAN,
    labels=(RABBITMQ_VHOST, RABBITMQ_QUEUE, RABBITMQ_STATE),
    at_most=MOST_QUEUES,
)
RABBITMQ_QUEUE_PUBLISHED = _total_of_queue("rabbitmq_queue_messages_published_total", "Messages put into the queue.")
RABBITMQ_QUEUE_DELIVERED_ACK = _total_of_queue(
    "rabbitmq_queue_messages_delivered_ack_total", "Messages delivered to consumers that acknowledge."
)
RABBITMQ_QUEUE_DELIVERED = _total_of_queue(
    "rabbitmq_queue_messages_delivered_total", "Messages delivered to consumers that do not acknowledge."
)
RABBITMQ_QUEUE_GOT_ACK = _total_of_queue("rabbitmq_queue_get_ack_total", "Messages fetched one by one, to acknowledge.")
RABBITMQ_QUEUE_GOT = _total_of_queue(
    "rabbitmq_queue_get_total", "Messages fetched one by one, without acknowledgement."
)
RABBITMQ_QUEUE_GOT_NOTHING = _total_of_queue("rabbitmq_queue_get_empty_total", "Fetches that found the queue empty.")
RABBITMQ_QUEUE_REDELIVERED = _total_of_queue(
    "rabbitmq_queue_messages_redelivered_total", "Messages delivered once more, after a first consumer."
)
RABBITMQ_QUEUE_ACKED = _total_of_queue("rabbitmq_queue_messages_acked_total", "Messages acknowledged.")
CELERY_CONSUMERS = Gauge(
    name="celery_active_consumer_count",
    help="Consumers of a Celery queue in RabbitMQ; 0 for a queue that does not exist.",
    labels=(QUEUE_NAME,),
)
