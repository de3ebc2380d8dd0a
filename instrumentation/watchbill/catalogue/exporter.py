"""What the exporter says about a probe, whatever the target's kind."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.unit import Unit

COLLECTOR = Label(name="collector", help="One subject of the inventory.", bound=60)
REASON = Label(
    name="reason",
    help="Why the target is not up.",
    values=("refused", "timeout", "auth", "tls", "dns", "protocol", "full", "busy", "loading"),
)
PERMISSION = Label(name="name", help="A right the exporter needs on its target.", bound=40)
EXPORTER_PROBES = Counter(name="watchbill_exporter_probes_total", help="Probes answered, whatever they found.")
EXPORTER_PROBES_IN_PROGRESS = Gauge(
    name="watchbill_exporter_probes_in_progress", help="Probes that wait for their target."
)
TARGET = Label(name="target", help="The name of a target that /metrics shows.", bound=500)
REFUSAL = Label(
    name="reason",
    help="Why a request was not served: its form, a target nobody allows, no sign-in, or too many at once.",
    values=("malformed", "unknown", "unauthorized", "full"),
)
ORIGIN = Label(
    name="origin",
    help="Whether the configuration names the target, or a module admits its address.",
    values=("configured", "address"),
)
EXPORTER_REFUSED = Counter(
    name="watchbill_exporter_refused_requests_total", help="Requests that were not served.", labels=(REFUSAL,)
)
EXPORTER_TARGETS = Gauge(
    name="watchbill_exporter_targets", help="Targets that the exporter keeps ready.", labels=(ORIGIN,)
)
EXPORTER_TARGETS_DOWN = Gauge(
    name="watchbill_exporter_targets_down", help="Targets that were down when last probed.", labels=(ORIGIN,)
)
EXPORTER_CONNECTIONS = Gauge(name="watchbill_exporter_connections", help="Connections to targets that are open.")
EXPORTER_DROPPED = Counter(
    name="watchbill_exporter_dropped_series_total", help="Series left out: one too many, or the same a second time."
)
EXPORTER_SLOW_READINGS = Counter(
    name="watchbill_exporter_slow_readings_total",
    help="Readings by collectors that have a clock of their own, failed ones among them.",
)
EXPORTER_SLOW_FAILURES = Counter(
    name="watchbill_exporter_slow_reading_failures_total",
    help="Readings by collectors that have a clock of their own that brought nothing.",
)
EXPORTER_SLOW_IN_PROGRESS = Gauge(
    name="watchbill_exporter_slow_readings_in_progress",
    help="Connections over which a collector with a clock of its own reads now.",
)
EXPORTER_SLOW_WAITING = Gauge(
    name="watchbill_exporter_slow_readings_waiting",
    help="Targets whose collectors with a clock of their own wait for one of the connections there may be at once.",
)

DISCOVERY_FILE = Label(name="file", help="Path of a discovery file.", bound=1000)
DISCOVERY_SUCCESS = Gauge(
    name="watchbill_exporter_discovery_success",
    help="1 when what the discovery file says now is in use.",
    unit=Unit.BOOLEAN,
    labels=(DISCOVERY_FILE,),
)
DISCOVERY_TARGETS = Gauge(
    name="watchbill_exporter_discovery_targets",
    help="Targets of the discovery file that may be probed.",
    labels=(DISCOVERY_FILE,),
)


def collector_success(prefix: str) -> Gauge:
    """Per collector: whether it read its subject in time (`redis` or `pg`)."""
    return Gauge(
        name=f"{prefix}_scrape_collector_success",
        help="1 when the collector read its subject in time.",
        unit=Unit.BOOLEAN,
        labels=(COLLECTOR,),
    )


def collector_duration(prefix: str) -> Gauge:
    """Per collector: how long it took."""
    return Gauge(
        name=f"{prefix}_scrape_collector_duration_seconds",
        help="How long the collector took.",
        unit=Unit.SECONDS,
        labels=(COLLECTOR,),
    )


def collector_age(prefix: str) -> Gauge:
    """Per collector: how old what it read is."""
    return Gauge(
        name=f"{prefix}_scrape_collector_age_seconds",
        help="Seconds since the collector read what is shown; 0 for one that reads at each scrape.",
        unit=Unit.SECONDS,
        labels=(COLLECTOR,),
    )


def collector_dropped(prefix: str) -> Gauge:
    """Per collector: how much of what it read is not shown."""
    return Gauge(
        name=f"{prefix}_scrape_collector_dropped_series",
        help="Series the collector read and left out: one too many, or the same a second time.",
        labels=(COLLECTOR,),
    )


def scrape_error(prefix: str) -> Gauge:
    """Whether the last probe lacked something; the peers' name."""
    return Gauge(
        name=f"{prefix}_exporter_last_scrape_error",
        help="1 when the target was down or a collector failed.",
        unit=Unit.BOOLEAN,
    )


def up_reason(prefix: str) -> Gauge:
    """1 under the reason the target is down; no series while it is up."""
    return Gauge(
        name=f"{prefix}_up_reason",
        help="1 under the reason the target is down.",
        unit=Unit.BOOLEAN,
        labels=(REASON,),
    )


def connect_time(prefix: str) -> Gauge:
    """How long opening the connection took; the peers' name."""
    return Gauge(
        name=f"{prefix}_exporter_last_scrape_connect_time_seconds",
        help="How long it took to connect and sign in when the connection in use was opened.",
        unit=Unit.SECONDS,
    )


def scrapes(prefix: str) -> Counter:
    """How often the target was probed; the peers' name."""
    return Counter(name=f"{prefix}_exporter_scrapes_total", help="Probes of this target since the exporter began it.")


def permission(prefix: str) -> Gauge:
    """Per right: whether the exporter's account has it on the target."""
    return Gauge(
        name=f"{prefix}_exporter_permission",
        help="1 when the exporter's account has the right, 0 when series are missing for want of it.",
        unit=Unit.BOOLEAN,
        labels=(PERMISSION,),
    )
