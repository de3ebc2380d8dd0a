"""What the health checks of a service found."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Gauge
from watchbill.catalogue.process import WORKER
from watchbill.catalogue.unit import Unit

CHECK = Label(name="check", help="The check's name, as the service registered it.", bound=50)

HEALTH_CHECK_STATUS = Gauge(
    name="health_check_status",
    help="1 when the check passed the last time it ran, 0 when it failed.",
    unit=Unit.BOOLEAN,
    labels=(CHECK, WORKER),
)
HEALTH_CHECK_DURATION = Gauge(
    name="health_check_duration_seconds",
    help="How long the check took the last time it ran.",
    unit=Unit.SECONDS,
    labels=(CHECK, WORKER),
)
HEALTH_CHECK_TIME = Gauge(
    name="health_check_timestamp_seconds",
    help="When the check last ended, as Unix time; checks run every 15 seconds by default, whoever asks.",
    unit=Unit.TIMESTAMP,
    labels=(CHECK, WORKER),
)
