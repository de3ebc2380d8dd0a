"""How long commands of a Redis server take."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge, Histogram
from watchbill.catalogue.redis_server.commands import REDIS_COMMAND
from watchbill.catalogue.unit import Unit

REDIS_QUANTILE = Label(name="quantile", help="The percentile, as the server is configured to report it.", bound=10)
REDIS_EVENT = Label(name="event_name", help="What was slow.", bound=40)
LATENCY_BOUNDS = (1.0, 4.0, 16.0, 66.0, 264.0, 1_056.0, 4_227.0, 16_908.0, 67_633.0, 270_532.0, 1_082_130.0)
"""Microseconds: every second one of the bounds that LATENCY HISTOGRAM counts by."""

REDIS_LATENCIES = Histogram(
    name="redis_commands_latencies_usec",
    help="How long calls took, in microseconds, by command.",
    labels=(REDIS_COMMAND,),
    buckets=LATENCY_BOUNDS,
)
REDIS_LATENCY_PERCENTILES = Gauge(
    name="redis_latency_percentiles_usec",
    help="How long calls took, in microseconds, by command and percentile, since the server started.",
    labels=(
        REDIS_COMMAND,
        REDIS_QUANTILE,
    ),
    at_most=1200,
)
REDIS_LATENCY_SUM = Counter(
    name="redis_latency_percentiles_usec_sum",
    help="Microseconds that calls took, by command.",
    labels=(REDIS_COMMAND,),
    community_name=True,
)
REDIS_LATENCY_COUNT = Counter(
    name="redis_latency_percentiles_usec_count", help="Calls by command.", labels=(REDIS_COMMAND,), community_name=True
)
REDIS_SPIKE_LAST = Gauge(
    name="redis_latency_spike_last",
    help="When something last took longer than latency-monitor-threshold, as Unix time.",
    unit=Unit.TIMESTAMP,
    labels=(REDIS_EVENT,),
    community_name=True,
)
REDIS_SPIKE_SECONDS = Gauge(
    name="redis_latency_spike_duration_seconds",
    help="How long it took the last time.",
    unit=Unit.SECONDS,
    labels=(REDIS_EVENT,),
)
REDIS_SPIKE_MAX = Gauge(
    name="redis_latency_spike_max_duration_seconds",
    help="How long it took at most.",
    unit=Unit.SECONDS,
    labels=(REDIS_EVENT,),
)
