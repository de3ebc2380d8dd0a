"""What a service says about its own metrics page."""

from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Gauge
from watchbill.catalogue.unit import Unit

COLLECTOR_NAME = Label(
    name="collector_name", help="The class of a collector that the application registered.", bound=50
)
COLLECTOR_SUCCESS = Gauge(
    name="watchbill_collector_success",
    help="1 when the collector answered this scrape in time and without an error.",
    unit=Unit.BOOLEAN,
    labels=(COLLECTOR_NAME,),
)
SCRAPE_DURATION = Gauge(
    name="watchbill_scrape_duration_seconds",
    help="How long this process took to write its metrics page the last time, collectors included.",
    unit=Unit.SECONDS,
)
