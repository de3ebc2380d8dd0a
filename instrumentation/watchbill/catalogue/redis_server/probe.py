"""The exporter's probe of a Redis server."""

from watchbill.catalogue.exporter import (
    collector_age,
    collector_dropped,
    collector_duration,
    collector_success,
    permission,
    scrape_error,
    up_reason,
)
from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.unit import Unit

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
REDIS_COLLECTOR_AGE = collector_age("redis")
REDIS_COLLECTOR_DROPPED = collector_dropped("redis")
REDIS_SCRAPE_ERROR = scrape_error("redis")
REDIS_PERMISSION = permission("redis")
REDIS_CONNECT_TIME = Gauge(
    name="redis_exporter_last_scrape_connect_time_seconds",
    help="How long connecting and signing in took for the connection that is in use.",
    unit=Unit.SECONDS,
)
REDIS_PROBES = Counter(name="redis_exporter_scrapes_total", help="Probes that the server answered.")
REDIS_PROBE_SECONDS_SUM = Counter(
    name="redis_exporter_scrape_duration_seconds_sum",
    help="Time those probes took to read the server.",
    unit=Unit.SECONDS,
    community_name=True,
)
REDIS_PROBE_SECONDS_COUNT = Counter(
    name="redis_exporter_scrape_duration_seconds_count", help="Probes whose time is summed.", community_name=True
)
