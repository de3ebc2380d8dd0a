"""The slow log of a Redis server."""

from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.redis_server.commands import REDIS_COMMAND
from watchbill.catalogue.unit import Unit

REDIS_SLOWLOG_LENGTH = Gauge(name="redis_slowlog_length", help="Entries in the slow log.")
REDIS_SLOWLOG_LAST_ID = Gauge(name="redis_slowlog_last_id", help="The number of the newest entry in the slow log.")
REDIS_SLOWLOG_LAST_SECONDS = Gauge(
    name="redis_last_slow_execution_duration_seconds",
    help="How long the newest entry in the slow log took.",
    unit=Unit.SECONDS,
)
REDIS_SLOWLOG_RECORDED = Counter(
    name="redis_slowlog_recorded_total", help="Entries the slow log has taken since the exporter first looked."
)
REDIS_SLOWLOG_ENTRIES = Counter(
    name="redis_slowlog_entries_total", help="Those of them that could be read, by command.", labels=(REDIS_COMMAND,)
)
REDIS_SLOWLOG_SECONDS = Counter(
    name="redis_slowlog_duration_seconds_total",
    help="How long those took together, by command.",
    unit=Unit.SECONDS,
    labels=(REDIS_COMMAND,),
)
REDIS_SLOWLOG_SLOWEST = Gauge(
    name="redis_slowlog_slowest_duration_seconds",
    help="The longest of the entries of the last five minutes; absent when there is none.",
    unit=Unit.SECONDS,
)
