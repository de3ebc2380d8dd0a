"""A CDN, seen from outside: what its cache says about declared resources."""

from watchbill.catalogue.edge import ENCODING, RESOURCE_TYPE
from watchbill.catalogue.exporter import (
    REASON,
    collector_age,
    collector_dropped,
    collector_duration,
    collector_success,
    permission,
    scrape_error,
    up_reason,
)
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge
from watchbill.catalogue.unit import Unit

CDN_UP = Gauge(
    name="cdn_up", help="1 when at least one of the resources answered when it was last asked.", unit=Unit.BOOLEAN
)
CDN_UP_REASON = up_reason("cdn")
CDN_PROBE_DURATION = Gauge(
    name="cdn_exporter_last_scrape_duration_seconds", help="How long the whole probe took.", unit=Unit.SECONDS
)
CDN_PING = Gauge(
    name="cdn_exporter_last_scrape_ping_time_seconds",
    help="The shortest time to a first byte among the resources.",
    unit=Unit.SECONDS,
)
CDN_SCRAPE_ERROR = scrape_error("cdn")
CDN_COLLECTOR_SUCCESS = collector_success("cdn")
CDN_COLLECTOR_DURATION = collector_duration("cdn")
CDN_COLLECTOR_AGE = collector_age("cdn")
CDN_COLLECTOR_DROPPED = collector_dropped("cdn")
CDN_PERMISSION = permission("cdn")

MOST_RESOURCES = 40
CDN_RESOURCE = Label(name="resource", help="The name that the configuration gives to a URL.", bound=MOST_RESOURCES)
CDN_CACHE_STATUS = Label(
    name="cache_status",
    help="What the cache did, read from its headers: dynamic is never kept, unknown where no header tells.",
    values=("hit", "miss", "expired", "stale", "updating", "revalidated", "bypass", "dynamic", "error", "unknown"),
)
_EACH = (CDN_RESOURCE, RESOURCE_TYPE)

CDN_SUCCESS = Gauge(
    name="cdn_probe_success",
    help="1 when the resource answered in time with a status under 400.",
    unit=Unit.BOOLEAN,
    labels=_EACH,
    at_most=MOST_RESOURCES,
)
CDN_FAILURE = Gauge(
    name="cdn_probe_failure_reason",
    help="1 under the reason the resource did not answer.",
    unit=Unit.BOOLEAN,
    labels=(*_EACH, REASON),
    at_most=MOST_RESOURCES,
)
CDN_STATUS = Gauge(
    name="cdn_probe_http_status_code",
    help="The answer's status; a redirect is not followed.",
    labels=_EACH,
    at_most=MOST_RESOURCES,
)
CDN_CACHE = Gauge(
    name="cdn_probe_cache_status",
    help="1 under what the cache did at the last asking.",
    unit=Unit.BOOLEAN,
    labels=(*_EACH, CDN_CACHE_STATUS),
    at_most=MOST_RESOURCES,
)
CDN_RESPONSES = Counter(
    name="cdn_probe_responses_total",
    help="Answers so far by what the cache did.",
    labels=(*_EACH, CDN_CACHE_STATUS),
    at_most=MOST_RESOURCES * len(CDN_CACHE_STATUS.values),
)
CDN_AGE = Gauge(
    name="cdn_probe_age_seconds",
    help="How long the answer had been in a cache, by its Age header.",
    unit=Unit.SECONDS,
    labels=_EACH,
    at_most=MOST_RESOURCES,
)
CDN_FIRST_BYTE = Gauge(
    name="cdn_probe_time_to_first_byte_seconds",
    help="Time from the request, on an open connection, to the first byte of the answer.",
    unit=Unit.SECONDS,
    labels=_EACH,
    at_most=MOST_RESOURCES,
)
CDN_CONNECT = Gauge(
    name="cdn_probe_connect_seconds",
    help="Time to look up the name, to connect and to shake hands.",
    unit=Unit.SECONDS,
    labels=_EACH,
    at_most=MOST_RESOURCES,
)
CDN_BODY_BYTES = Gauge(
    name="cdn_probe_body_bytes",
    help="Bytes of the body, as Content-Length tells or as were received.",
    unit=Unit.BYTES,
    labels=_EACH,
    at_most=MOST_RESOURCES,
)
CDN_ENCODING = Gauge(
    name="cdn_probe_content_encoding",
    help="1 under the encoding of the answer to a request that accepts gzip, br and zstd.",
    unit=Unit.BOOLEAN,
    labels=(*_EACH, ENCODING),
    at_most=MOST_RESOURCES,
)
CDN_CERTIFICATE_EXPIRY = Gauge(
    name="cdn_probe_certificate_expiry_timestamp_seconds",
    help="When the certificate ends.",
    unit=Unit.TIMESTAMP,
    labels=_EACH,
    at_most=MOST_RESOURCES,
)
CDN_CERTIFICATE_LEFT = Gauge(
    name="cdn_probe_certificate_left_seconds",
    help="Time left until the certificate ends.",
    unit=Unit.SECONDS,
    labels=_EACH,
    at_most=MOST_RESOURCES,
)
CDN_INVALIDATIONS = Gauge(
    name="cdn_invalidations_pending", help="Invalidations the CDN has not carried out yet, where it says so."
)
