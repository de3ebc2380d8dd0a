"""What one request took from behind it: the account that queries, caches, queues and outbound calls add to."""

from threading import Lock
from typing import Any

from watchbill.http.current import CURRENT

QUERIES = "db.query.count"
QUERY_SECONDS = "db.query.duration"
CACHE_HITS = "cache.hit.count"
CACHE_MISSES = "cache.miss.count"
ROUND_TRIPS = "redis.round_trip.count"
REDIS_SECONDS = "redis.duration"
MESSAGES = "messaging.sent.count"
CALLS = "http.client.call.count"
CALL_SECONDS = "http.client.duration"
_LOCK = Lock()


class Totals:
    """Numbers of one request; seconds of what ran at the same time add up.

    `statements` is for whoever looks for repeated queries.
    """

    __slots__ = (
        "cache_hits",
        "cache_misses",
        "call_seconds",
        "calls",
        "messages",
        "queries",
        "query_seconds",
        "redis_seconds",
        "round_trips",
        "statements",
    )

    def __init__(self) -> None:
        self.queries = self.cache_hits = self.cache_misses = self.round_trips = self.messages = self.calls = 0
        self.query_seconds = self.redis_seconds = self.call_seconds = 0.0
        self.statements: Any = None

    def settle(self, route: str) -> None:
        """The request is over, and this is the template it was answered under."""
        if self.statements is not None:
            self.statements.settle(route)

    @property
    def fields(self) -> dict[str, int | float]:
        """Those above zero, as log lines and spans call them. Seconds, to the microsecond."""
        found = (
            (QUERIES, self.queries),
            (QUERY_SECONDS, round(self.query_seconds, 6)),
            (CACHE_HITS, self.cache_hits),
            (CACHE_MISSES, self.cache_misses),
            (ROUND_TRIPS, self.round_trips),
            (REDIS_SECONDS, round(self.redis_seconds, 6)),
            (MESSAGES, self.messages),
            (CALLS, self.calls),
            (CALL_SECONDS, round(self.call_seconds, 6)),
        )
        return {name: value for name, value in found if value}

    @property
    def json(self) -> str:
        """The same inside a JSON object that has other fields before them, at a third of the cost."""
        text = ""
        if self.queries:
            text = f', "{QUERIES}": {self.queries}, "{QUERY_SECONDS}": {self.query_seconds:.6f}'
        if self.cache_hits:
            text += f', "{CACHE_HITS}": {self.cache_hits}'
        if self.cache_misses:
            text += f', "{CACHE_MISSES}": {self.cache_misses}'
        if self.round_trips:
            text += f', "{ROUND_TRIPS}": {self.round_trips}, "{REDIS_SECONDS}": {self.redis_seconds:.6f}'
        if self.messages:
            text += f', "{MESSAGES}": {self.messages}'
        if self.calls:
            text += f', "{CALLS}": {self.calls}, "{CALL_SECONDS}": {self.call_seconds:.6f}'
        return text


def totals() -> Totals | None:
    """The account of the request that the running code serves; None outside one, and once its answer is complete."""
    exchange = CURRENT.get()
    if exchange is None or exchange.settled:
        return None
    found = exchange.totals
    if found is None:
        # The first two of a request may be threads at the same time.
        with _LOCK:
            found = exchange.totals = exchange.totals or Totals()
    return found
