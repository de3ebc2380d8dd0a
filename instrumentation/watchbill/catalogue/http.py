"""What an HTTP server says about its requests."""

from watchbill.catalogue.buckets import BACKGROUND_SECONDS, BODY_BYTES, HTTP_SECONDS
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Gauge, Histogram
from watchbill.catalogue.unit import Unit

OTHER_METHOD = "_OTHER"
UNMATCHED_ROUTE = "unmatched"
CLIENT_LEFT = 499
"""Status of a request whose client left before the answer was complete (nginx's number)."""

METHOD = Label(
    name="method",
    help="The HTTP method; a made-up one is _OTHER.",
    values=("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE", OTHER_METHOD),
)
ROUTE = Label(
    name="route",
    help="The route's template, never the path; `unmatched` where no route answered.",
    bound=200,
)
STATUS = Label(
    name="status",
    help="The status code the client saw; 499 when it left before the answer was complete.",
    bound=60,
)
EXCEPTION = Label(
    name="exception",
    help="The exception's class with its module, as in `sqlalchemy.exc.OperationalError`; built-in ones without. "
    "A group whose exceptions are all of one class counts as that class.",
    bound=50,
)

HTTP_REQUESTS = Counter(
    name="http_requests_total",
    help="Requests answered, by method, route and status.",
    unit=Unit.REQUESTS,
    labels=(METHOD, ROUTE, STATUS),
)
HTTP_REQUEST_DURATION = Histogram(
    name="http_request_duration_seconds",
    help="Time from the request's arrival to the last byte of the answer.",
    unit=Unit.SECONDS,
    labels=(METHOD, ROUTE),
    buckets=HTTP_SECONDS,
)
HTTP_TIME_TO_FIRST_BYTE = Histogram(
    name="http_response_time_to_first_byte_seconds",
    help="Time from the request's arrival to the start of the answer.",
    unit=Unit.SECONDS,
    labels=(METHOD, ROUTE),
    buckets=HTTP_SECONDS,
)
HTTP_REQUESTS_IN_PROGRESS = Gauge(
    name="http_requests_in_progress",
    help="Requests whose answer is not complete yet.",
    unit=Unit.REQUESTS,
    labels=(METHOD,),
)
HTTP_REQUEST_SIZE = Histogram(
    name="http_request_size_bytes",
    help="Bytes of the request's body as received.",
    unit=Unit.BYTES,
    labels=(METHOD, ROUTE),
    buckets=BODY_BYTES,
)
HTTP_RESPONSE_SIZE = Histogram(
    name="http_response_size_bytes",
    help="Bytes of the answer's body as sent.",
    unit=Unit.BYTES,
    labels=(METHOD, ROUTE),
    buckets=BODY_BYTES,
)
HTTP_EXCEPTIONS = Counter(
    name="http_exceptions_total",
    help="Requests that ended in an exception which the application did not handle, by the exception's class.",
    labels=(METHOD, ROUTE, EXCEPTION),
)
HTTP_BACKGROUND_DURATION = Histogram(
    name="http_background_duration_seconds",
    help="Time from the last byte of the answer to the end of the request's last background task.",
    unit=Unit.SECONDS,
    labels=(METHOD, ROUTE),
    buckets=BACKGROUND_SECONDS,
)
HTTP_TOTAL_DURATION = Histogram(
    name="http_total_duration_seconds",
    help="Time from the request's arrival to the end of its last background task; requests without one are left out.",
    unit=Unit.SECONDS,
    labels=(METHOD, ROUTE),
    buckets=BACKGROUND_SECONDS,
)
