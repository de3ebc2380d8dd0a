"""What the exporter says about a probe, whatever the target's kind."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.unit import Unit

COLLECTOR = Label(name="collector", help="One subject of the inventory.", bound=40)
REASON = Label(
    name="reason",
    help="Why the target is not up.",
    values=("refused", "timeout", "auth", "tls", "dns", "protocol", "full", "busy", "loading"),
)
PERMISSION = Label(name="name", help="A right the exporter needs on its target.", bound=20)
EXPORTER_PROBES = Counter(name="watchbill_exporter_probes_total", help="Probes answered, whatever they found.")
EXPORTER_PROBES_IN_PROGRESS = Gauge(
    name="watchbill_exporter_probes_in_progress", help="Probes that wait for their target."
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


def up_reason(prefix: str) -> Gauge:
    """1 under the reason the target is down; no series while it is up."""
    return Gauge(
        name=f"{prefix}_up_reason",
        help="1 under the reason the target is down.",
        unit=Unit.BOOLEAN,
        labels=(REASON,),
    )


def permission(prefix: str) -> Gauge:
    """Per right: whether the exporter's account has it on the target."""
    return Gauge(
        name=f"{prefix}_exporter_permission",
        help="1 when the exporter's account has the right, 0 when series are missing for want of it.",
        unit=Unit.BOOLEAN,
        labels=(PERMISSION,),
    )
