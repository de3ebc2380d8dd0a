"""What comes of a request besides its answer: work in the background, and an exception that nobody handled."""

from watchbill.background.work import Background
from watchbill.catalogue.http import (
    CLIENT_LEFT,
    EXCEPTION,
    HTTP_BACKGROUND_DURATION,
    HTTP_EXCEPTIONS,
    HTTP_TOTAL_DURATION,
    ROUTE,
)
from watchbill.emission import Emission
from watchbill.http.exchange import Exchange
from watchbill.http.failure import exception_name, is_departure, leaves


class Work:
    """The background work of one request: when its last task ended (`perf_counter`), and the id of what it raised."""

    __slots__ = ("ended", "failed_with")

    def __init__(self) -> None:
        self.ended = 0.0
        self.failed_with = 0


class AfterwardsSeries:
    """Background and total durations, and exceptions. Values beyond a label's bound are folded into `_other`."""

    def __init__(self, emission: Emission) -> None:
        self._background = emission.histogram(HTTP_BACKGROUND_DURATION)
        self._total = emission.histogram(HTTP_TOTAL_DURATION)
        self._exceptions = emission.counter(HTTP_EXCEPTIONS)
        self._routes = emission.guard(ROUTE, HTTP_TOTAL_DURATION)
        self._classes = emission.guard(EXCEPTION, HTTP_EXCEPTIONS)

    def work(self, exchange: Exchange, work: Work, route: str) -> None:
        """A request's background tasks are over."""
        route = self._routes.admit(route, HTTP_BACKGROUND_DURATION, HTTP_TOTAL_DURATION)
        # With a middleware that holds back the last byte, the work may be over before it.
        self._background.labels(exchange.method, route).observe(max(0.0, work.ended - exchange.ended))
        self._total.labels(exchange.method, route).observe(max(work.ended, exchange.ended) - exchange.started)

    def exception(self, exchange: Exchange, error: Exception, route: str) -> None:
        """A request has ended in an exception."""
        route = self._routes.admit(route, HTTP_EXCEPTIONS)
        name = self._classes.admit(exception_name(error), HTTP_EXCEPTIONS)
        self._exceptions.labels(exchange.method, route, name).inc()


class Afterwards:
    """Settles, once the application has returned or raised, what most requests do not have."""

    def __init__(self, background: Background, emission: Emission | None) -> None:
        self.background = background
        self._series = None if emission is None else AfterwardsSeries(emission)

    def settle(self, exchange: Exchange, route: str, error: BaseException | None) -> None:
        """For a request with background work or an error. What a background task raised is the task's failure."""
        work = exchange.background
        if self._series is None:
            return
        if work is not None:
            self._series.work(exchange, work, route)
        if not isinstance(error, Exception) or (exchange.status == CLIENT_LEFT and is_departure(error)):
            return
        if work is None or work.failed_with not in {id(error), *map(id, leaves(error))}:
            self._series.exception(exchange, error, route)
