"""What Watchbill and Prometheus say about the watching itself."""

from watchbill.catalogue.label import DEPENDENCY, SERVICE, Label, Origin
from watchbill.catalogue.metric import Counter, Gauge, Synthetic
from watchbill.catalogue.unit import Unit

UP = Gauge(name="up", help="1 when Prometheus' last scrape of the target succeeded.", unit=Unit.BOOLEAN)

COMPONENT = Label(name="component", help="The part of Watchbill the error is from.", bound=20)
INTERNAL_ERRORS = Counter(
    name="watchbill_internal_errors_total",
    help="Errors inside the instrumentation, kept away from the application.",
    labels=(COMPONENT,),
)
METRIC = Label(name="metric", help="The metric whose series limit was reached.", bound=100)
DROPPED_SERIES = Counter(
    name="watchbill_series_dropped_total",
    help="Observations whose label values were folded into _other because the metric reached its series limit.",
    labels=(METRIC,),
)
WORKERS = Gauge(name="watchbill_workers", help="Living worker processes whose numbers this page adds up.")

ALERT_NAME = Label(name="alertname", help="The alert's name.", bound=500, origin=Origin.TARGET)
ALERT_STATE = Label(
    name="alertstate", help="Whether the alert waits or fires.", values=("pending", "firing"), origin=Origin.TARGET
)
SEVERITY = Label(
    name="severity",
    help="Who is told, and when; none is plumbing.",
    values=("critical", "warning", "info", "none"),
    origin=Origin.EXTERNAL,
)
ALERTS = Synthetic(
    name="ALERTS",
    help="1 for every alert that waits or fires.",
    unit=Unit.BOOLEAN,
    labels=(ALERT_NAME, ALERT_STATE, SEVERITY, SERVICE, DEPENDENCY),
)
ALERTS_FOR_STATE = Synthetic(
    name="ALERTS_FOR_STATE",
    help="When each alert that waits or fires began to, as Unix time; Prometheus reads it after a restart.",
    unit=Unit.TIMESTAMP,
    labels=(ALERT_NAME, SEVERITY, SERVICE, DEPENDENCY),
)
