"""Each client of a Redis server, with the option `client_list`."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Gauge
from watchbill.catalogue.unit import Unit

MOST_CLIENTS = 1000
"""How many connections are told one by one."""

REDIS_CLIENT_ID = Label(name="id", help="The connection's number.", bound=MOST_CLIENTS)
REDIS_CLIENT_NAME = Label(name="name", help="What the client calls itself.", bound=MOST_CLIENTS)
REDIS_CLIENT_HOST = Label(name="host", help="The client's address without its port.", bound=MOST_CLIENTS)
REDIS_CLIENT_USER = Label(name="user", help="The account the client has signed in with.", bound=100)
REDIS_CLIENT_FLAGS = Label(name="flags", help="What the connection is for, in Redis' letters.", bound=50)
REDIS_CLIENT_DATABASE = Label(name="db", help="The number of the client's database.", bound=64)
REDIS_CLIENT_PROTOCOL = Label(name="resp", help="The version of the wire protocol.", values=("2", "3", ""))
_LABELS = (REDIS_CLIENT_ID, REDIS_CLIENT_NAME)

REDIS_CLIENT_INFO = Gauge(
    name="redis_connected_client_info",
    help="Always 1; its labels describe one connection.",
    unit=Unit.BOOLEAN,
    labels=(
        *_LABELS,
        REDIS_CLIENT_FLAGS,
        REDIS_CLIENT_DATABASE,
        REDIS_CLIENT_HOST,
        REDIS_CLIENT_PROTOCOL,
        REDIS_CLIENT_USER,
    ),
    at_most=MOST_CLIENTS,
)
REDIS_CLIENT_CREATED = Gauge(
    name="redis_connected_client_created_at_timestamp",
    help="When the client connected, as Unix time.",
    unit=Unit.TIMESTAMP,
    labels=_LABELS,
    at_most=MOST_CLIENTS,
    community_name=True,
)
REDIS_CLIENT_IDLE_SINCE = Gauge(
    name="redis_connected_client_idle_since_timestamp",
    help="When the client last sent something, as Unix time.",
    unit=Unit.TIMESTAMP,
    labels=_LABELS,
    at_most=MOST_CLIENTS,
    community_name=True,
)
REDIS_CLIENT_SUBSCRIPTIONS = Gauge(
    name="redis_connected_client_channel_subscriptions_count",
    help="Channels the client listens to.",
    labels=_LABELS,
    at_most=MOST_CLIENTS,
)
REDIS_CLIENT_PATTERNS = Gauge(
    name="redis_connected_client_pattern_matching_subscriptions_count",
    help="Patterns of channels the client listens to.",
    labels=_LABELS,
    at_most=MOST_CLIENTS,
)
REDIS_CLIENT_SHARD_SUBSCRIPTIONS = Gauge(
    name="redis_connected_client_shard_channel_subscriptions_count",
    help="Sharded channels the client listens to.",
    labels=_LABELS,
    at_most=MOST_CLIENTS,
)
REDIS_CLIENT_QUERY_BUFFER = Gauge(
    name="redis_connected_client_query_buffer_length_bytes",
    help="Bytes of the client's commands that wait to be read.",
    unit=Unit.BYTES,
    labels=_LABELS,
    at_most=MOST_CLIENTS,
)
REDIS_CLIENT_QUERY_BUFFER_FREE = Gauge(
    name="redis_connected_client_query_buffer_free_space_bytes",
    help="Bytes of the client's input buffer that are free.",
    unit=Unit.BYTES,
    labels=_LABELS,
    at_most=MOST_CLIENTS,
)
REDIS_CLIENT_OUTPUT_LENGTH = Gauge(
    name="redis_connected_client_output_buffer_length_bytes",
    help="Bytes used of the client's fixed output buffer.",
    unit=Unit.BYTES,
    labels=_LABELS,
    at_most=MOST_CLIENTS,
)
REDIS_CLIENT_OUTPUT_MEMORY = Gauge(
    name="redis_connected_client_output_buffer_memory_usage_bytes",
    help="Memory of the replies that wait for the client.",
    unit=Unit.BYTES,
    labels=_LABELS,
    at_most=MOST_CLIENTS,
)
REDIS_CLIENT_OUTPUT_LIST = Gauge(
    name="redis_connected_client_output_list_length",
    help="Replies that wait for the client beyond its fixed buffer.",
    labels=_LABELS,
    at_most=MOST_CLIENTS,
)
REDIS_CLIENT_MEMORY = Gauge(
    name="redis_connected_client_total_memory_consumed_bytes",
    help="Memory the server spends on the client.",
    unit=Unit.BYTES,
    labels=_LABELS,
    at_most=MOST_CLIENTS,
)
REDIS_CLIENTS_OUTPUT_SUM = Gauge(
    name="redis_clients_output_buffer_memory_sum_bytes",
    help="Memory of the replies that wait, all clients together.",
    unit=Unit.BYTES,
)
REDIS_CLIENTS_OUTPUT_MAX = Gauge(
    name="redis_clients_output_buffer_memory_max_bytes",
    help="Memory of the replies that wait, of the client with the most.",
    unit=Unit.BYTES,
)
