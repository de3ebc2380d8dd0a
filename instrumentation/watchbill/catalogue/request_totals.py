"""What a request took from behind it, by route: queries, cache calls, round trips, messages, outbound calls."""

from watchbill.catalogue.buckets import COUNTS, HTTP_SECONDS
from watchbill.catalogue.http import ROUTE
from watchbill.catalogue.metric import Histogram
from watchbill.catalogue.unit import Unit

REQUEST_QUERIES = Histogram(
    name="http_request_db_queries",
    help="Database queries of one request; requests without any are left out.",
    labels=(ROUTE,),
    buckets=COUNTS,
)
REQUEST_QUERY_TIME = Histogram(
    name="http_request_db_seconds",
    help="Time one request spent in database queries, those at the same time added up.",
    unit=Unit.SECONDS,
    labels=(ROUTE,),
    buckets=HTTP_SECONDS,
)
REQUEST_CACHE_CALLS = Histogram(
    name="http_request_cache_calls",
    help="Reads of caches in one request; requests without any are left out.",
    labels=(ROUTE,),
    buckets=COUNTS,
)
REQUEST_ROUND_TRIPS = Histogram(
    name="http_request_redis_round_trips",
    help="Redis round trips of one request; requests without any are left out.",
    labels=(ROUTE,),
    buckets=COUNTS,
)
REQUEST_MESSAGES = Histogram(
    name="http_request_queue_messages",
    help="Messages one request put into queues; requests without any are left out.",
    labels=(ROUTE,),
    buckets=COUNTS,
)
REQUEST_OUTBOUND_TIME = Histogram(
    name="http_request_outbound_seconds",
    help="Time one request spent in calls to others, those at the same time added up.",
    unit=Unit.SECONDS,
    labels=(ROUTE,),
    buckets=HTTP_SECONDS,
)
