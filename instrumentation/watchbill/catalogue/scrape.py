"""What Prometheus writes about each scrape of a target."""

from watchbill.catalogue.metric import Gauge
from watchbill.catalogue.unit import Unit

SCRAPE_SECONDS = Gauge(name="scrape_duration_seconds", help="How long the scrape took.", unit=Unit.SECONDS)
SCRAPE_SAMPLES = Gauge(name="scrape_samples_scraped", help="Samples that the target exposed.")
SCRAPE_SAMPLES_KEPT = Gauge(
    name="scrape_samples_post_metric_relabeling", help="Samples that were left after metric relabelling."
)
SCRAPE_SERIES_ADDED = Gauge(name="scrape_series_added", help="Series, about, that the scrape before did not have.")
