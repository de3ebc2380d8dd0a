"""An nginx server: its access log by resource type and cache status, and its connections."""

from watchbill.catalogue.buckets import HTTP_SECONDS
from watchbill.catalogue.edge import CACHE_STATUS, ENCODING, RESOURCE_TYPE
from watchbill.catalogue.exporter import (
    collector_age,
    collector_dropped,
    collector_duration,
    collector_success,
    permission,
    scrape_error,
    up_reason,
)
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge, Histogram
from watchbill.catalogue.unit import Unit

NGINX_UP = Gauge(
    name="nginx_up", help="1 when the status page answered in time, or the log can be read.", unit=Unit.BOOLEAN
)
NGINX_UP_REASON = up_reason("nginx")
NGINX_PROBE_DURATION = Gauge(
    name="nginx_exporter_last_scrape_duration_seconds", help="How long the whole probe took.", unit=Unit.SECONDS
)
NGINX_PING = Gauge(
    name="nginx_exporter_last_scrape_ping_time_seconds",
    help="Time to the first byte of the status page; 0 where only a log is read.",
    unit=Unit.SECONDS,
)
NGINX_SCRAPE_ERROR = scrape_error("nginx")
NGINX_COLLECTOR_SUCCESS = collector_success("nginx")
NGINX_COLLECTOR_DURATION = collector_duration("nginx")
NGINX_COLLECTOR_AGE = collector_age("nginx")
NGINX_COLLECTOR_DROPPED = collector_dropped("nginx")
NGINX_PERMISSION = permission("nginx")

NGINX_CONNECTIONS_ACTIVE = Gauge(
    name="nginx_connections_active", help="Connections of clients that are open, idle ones included."
)
NGINX_CONNECTIONS_READING = Gauge(
    name="nginx_connections_reading", help="Connections on which a request's head is being read."
)
NGINX_CONNECTIONS_WRITING = Gauge(
    name="nginx_connections_writing", help="Connections on which a response is being prepared or sent."
)
NGINX_CONNECTIONS_WAITING = Gauge(name="nginx_connections_waiting", help="Idle connections kept for a next request.")
NGINX_CONNECTIONS_ACCEPTED = Counter(
    name="nginx_connections_accepted", help="Connections accepted.", community_name=True
)
NGINX_CONNECTIONS_HANDLED = Counter(
    name="nginx_connections_handled",
    help="Connections handled; fewer than accepted when a limit such as worker_connections was reached.",
    community_name=True,
)
NGINX_REQUESTS = Counter(name="nginx_http_requests_total", help="Requests, as the server's own status page counts.")

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "other")
NGINX_METHOD = Label(name="method", help="The request's method; other for an unknown or a broken one.", values=METHODS)
NGINX_STATUS = Label(name="status", help="The response's status code; other for one that is not registered.", bound=90)
NGINX_RESPONSES = Counter(
    name="nginx_http_response_count_total",
    help="Responses in the access log.",
    labels=(NGINX_METHOD, NGINX_STATUS),
)
NGINX_RESPONSE_BYTES = Counter(
    name="nginx_http_response_size_bytes",
    help="Bytes of response bodies sent.",
    unit=Unit.BYTES,
    labels=(NGINX_METHOD, NGINX_STATUS),
    community_name=True,
)
NGINX_RESPONSE_SECONDS = Histogram(
    name="nginx_http_response_time_seconds",
    help="Time from a request's first byte to the log line after its response's last.",
    unit=Unit.SECONDS,
    labels=(RESOURCE_TYPE,),
    buckets=HTTP_SECONDS,
)
NGINX_UPSTREAM_SECONDS = Histogram(
    name="nginx_http_upstream_time_seconds",
    help="Time spent on upstream servers, all tries of a request together.",
    unit=Unit.SECONDS,
    labels=(RESOURCE_TYPE,),
    buckets=HTTP_SECONDS,
)
NGINX_CACHE_RESPONSES = Counter(
    name="nginx_http_cache_responses_total",
    help="Responses by resource type and what the cache did.",
    labels=(RESOURCE_TYPE, CACHE_STATUS),
)
NGINX_CACHE_BYTES = Counter(
    name="nginx_http_cache_response_bytes_total",
    help="Bytes of response bodies sent, by resource type and what the cache did.",
    unit=Unit.BYTES,
    labels=(RESOURCE_TYPE, CACHE_STATUS),
)
NGINX_ENCODED_RESPONSES = Counter(
    name="nginx_http_encoded_responses_total",
    help="Responses by resource type and content encoding.",
    labels=(RESOURCE_TYPE, ENCODING),
)
NGINX_ENCODED_BYTES = Counter(
    name="nginx_http_encoded_response_bytes_total",
    help="Bytes of response bodies sent, by resource type and content encoding.",
    unit=Unit.BYTES,
    labels=(RESOURCE_TYPE, ENCODING),
)
NGINX_COMPRESSION_INPUT = Counter(
    name="nginx_http_compression_input_bytes_total",
    help="Bytes before compression of the responses that nginx itself compressed.",
    unit=Unit.BYTES,
    labels=(RESOURCE_TYPE,),
)
NGINX_COMPRESSION_OUTPUT = Counter(
    name="nginx_http_compression_output_bytes_total",
    help="Bytes after compression of the same responses.",
    unit=Unit.BYTES,
    labels=(RESOURCE_TYPE,),
)

NGINX_LOG_LINES = Counter(name="nginx_log_lines_total", help="Lines read of the access log, broken ones included.")
NGINX_PARSE_ERRORS = Counter(
    name="nginx_parse_errors_total", help="Lines of the access log that are no JSON, lack a status, or are too long."
)
NGINX_LOG_READ_BYTES = Counter(name="nginx_log_read_bytes_total", help="Bytes read of the log.", unit=Unit.BYTES)
NGINX_LOG_BEHIND = Gauge(
    name="nginx_log_behind_bytes", help="Bytes of the log that are written and not yet read.", unit=Unit.BYTES
)
NGINX_LOG_ROTATIONS = Counter(
    name="nginx_log_rotations_total", help="Times the log was replaced by a new file, or cut to nothing."
)
NGINX_LOG_LAST_LINE = Gauge(
    name="nginx_log_last_line_timestamp_seconds",
    help="The time in the newest line that has one.",
    unit=Unit.TIMESTAMP,
)
