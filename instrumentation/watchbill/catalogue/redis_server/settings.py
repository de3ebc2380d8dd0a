"""Settings of a Redis server."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Gauge
from watchbill.catalogue.unit import Unit

REDIS_SETTING = Label(name="key", help="A setting's name.", bound=128)
REDIS_SETTING_VALUE = Label(name="value", help="What it is set to.", bound=128)
REDIS_BUFFER_CLASS = Label(name="class", help="A kind of client.", values=("normal", "slave", "replica", "pubsub"))
REDIS_BUFFER_LIMIT = Label(
    name="limit",
    help="The limit that ends a connection at once, or the one that does so after a time.",
    values=("hard", "soft"),
)
REDIS_CONFIG_MAXMEMORY = Gauge(
    name="redis_config_maxmemory",
    help="Memory the server may use, as configured; 0 means no limit.",
    unit=Unit.BYTES,
    community_name=True,
)
REDIS_CONFIG_MAXCLIENTS = Gauge(
    name="redis_config_maxclients", help="Connections the server accepts at most, as configured."
)
REDIS_CONFIG_IO_THREADS = Gauge(name="redis_config_io_threads", help="Threads that read and write for clients.")
REDIS_CONFIG_BACKLOG = Gauge(
    name="redis_config_repl_backlog_size",
    help="How long the backlog of writes may be, as configured.",
    unit=Unit.BYTES,
    community_name=True,
)
REDIS_CONFIG_BUFFER_LIMIT = Gauge(
    name="redis_config_client_output_buffer_limit_bytes",
    help="Bytes that may wait for a client; 0 means no limit.",
    unit=Unit.BYTES,
    labels=(REDIS_BUFFER_CLASS, REDIS_BUFFER_LIMIT),
)
REDIS_CONFIG_BUFFER_SECONDS = Gauge(
    name="redis_config_client_output_buffer_limit_overcome_seconds",
    help="How long a client may stay above the soft limit.",
    unit=Unit.SECONDS,
    labels=(REDIS_BUFFER_CLASS, REDIS_BUFFER_LIMIT),
)
REDIS_CONFIG_VALUE = Gauge(
    name="redis_config_value", help="A setting that is a number, in the server's own unit.", labels=(REDIS_SETTING,)
)
REDIS_CONFIG_KEY_VALUE = Gauge(
    name="redis_config_key_value",
    help="Always 1; the label says what a setting is set to.",
    unit=Unit.BOOLEAN,
    labels=(REDIS_SETTING, REDIS_SETTING_VALUE),
    at_most=128,
)
