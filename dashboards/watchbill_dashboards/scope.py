"""The series that a service's dashboard reads: narrowed by its variables, spelled in its names."""

from dataclasses import dataclass
from decimal import Decimal

from watchbill.catalogue import ENV, INSTANCE, SERVICE, Counter, Gauge, Histogram, Label, Matcher
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, ROUTE, STATUS
from watchbill.expression import (
    CounterSelector,
    Expression,
    GaugeSelector,
    HistogramSelector,
    Quantile,
    Raw,
    or_zero,
    ratio,
    select,
    total,
)
from watchbill.problem import Place
from watchbill.service import Service
from watchbill_dashboards.target import Mode, Target

RECENT = "5m"
"""The window behind every ratio and quantile of now: the short window of the fastest page.

A rate over it would be too low during a process's first 5 minutes, where ratios are right.
"""

DRAWN = "$__rate_interval"
"""The window behind a line: as fine as the scrapes and the screen allow."""

SERVER_ERROR = "5.."
NOTHING = Raw("vector(0)", ())


@dataclass(frozen=True, slots=True)
class Scope:
    """A service's series: all of them, or (`narrowed`) those of the instances and routes the reader chose."""

    service: Service
    narrowed: bool = True

    @property
    def whole(self) -> "Scope":
        """The same service, whatever instances and routes are chosen."""
        return Scope(self.service, narrowed=False)

    @property
    def matchers(self) -> tuple[Matcher, ...]:
        """Conditions on the target."""
        own = (SERVICE.equals(self.service.name), ENV.equals(f"${ENV.name}"))
        return (*own, INSTANCE.matches(f"${INSTANCE.name}")) if self.narrowed else own

    def gauge(self, metric: Gauge) -> GaugeSelector:
        """A gauge of the service's processes."""
        return select(metric, *self.matchers)

    def counter(self, metric: Counter, *conditions: Matcher) -> CounterSelector:
        """A counter of the service, of the chosen routes where it has them."""
        return select(metric, *self.matchers, *self._routes(metric), *conditions)

    def histogram(self, metric: Histogram) -> HistogramSelector:
        """A histogram of the service, of the chosen routes where it has them."""
        return select(metric, *self.matchers, *self._routes(metric))

    def requests(self, window: str, *by: Label, status: str | None = None) -> Expression:
        """Requests per second; with a pattern of `status`, those with it, 0 where there are none."""
        whole = total(self.counter(HTTP_REQUESTS).rate(window), *by)
        if status is None:
            return whole
        part = total(self.counter(HTTP_REQUESTS, STATUS.matches(status)).rate(window), *by)
        return or_zero(part, whole)

    def error_ratio(self, window: str, *by: Label) -> Expression:
        """The share of requests that ended in a server error."""
        return ratio(self.requests(window, *by, status=SERVER_ERROR), self.requests(window, *by))

    def latency(self, quantile: Decimal, window: str, *by: Label, of: Histogram = HTTP_REQUEST_DURATION) -> Expression:
        """A quantile of a time, in seconds."""
        return Quantile(quantile, self.histogram(of), window, by)

    def target(self, expression: Expression, legend: str | Label = "", *, exemplar: bool = False) -> Target:
        """A query in the service's names."""
        return self._target(expression, legend, "range", Place.of_call(), exemplar=exemplar)

    def now(self, expression: Expression, legend: str | Label = "") -> Target:
        """A query for the value now."""
        return self._target(expression, legend, "instant", Place.of_call())

    def cell(self, expression: Expression) -> Target:
        """A query for a column of a table."""
        return self._target(expression, "", "table", Place.of_call())

    def _target(
        self, expression: Expression, legend: str | Label, mode: Mode, place: Place, *, exemplar: bool = False
    ) -> Target:
        names = self.service.names
        return Target(expression=expression, names=names, legend=legend, mode=mode, exemplar=exemplar, place=place)

    def _routes(self, metric: Counter | Histogram) -> tuple[Matcher, ...]:
        return (ROUTE.matches(f"${ROUTE.name}"),) if self.narrowed and ROUTE in metric.labels else ()
