"""The four golden signals: traffic, errors, latency, saturation."""

from collections.abc import Sequence
from decimal import Decimal

from watchbill.catalogue import INSTANCE
from watchbill.catalogue.http import HTTP_REQUESTS_IN_PROGRESS, HTTP_TIME_TO_FIRST_BYTE, ROUTE
from watchbill.catalogue.process import (
    PROCESS_CPU,
    PROCESS_MAX_FILES,
    PROCESS_OPEN_FILES,
    PROCESS_RESIDENT_MEMORY,
)
from watchbill.expression import Aggregate, Expression, total
from watchbill_dashboards.explore import Link, Sources
from watchbill_dashboards.limits import error_steps, latency_percentile, latency_steps, percentile_text
from watchbill_dashboards.row import Row
from watchbill_dashboards.scope import DRAWN, SERVER_ERROR, Scope
from watchbill_dashboards.steps import PLAIN, Colour, Level, Steps
from watchbill_dashboards.timeseries import TimeSeries
from watchbill_dashboards.top import LEGEND_LIMIT, Top

_STATUS_CLASSES: tuple[tuple[str, str, Colour], ...] = (
    ("2xx", "2..", "green"),
    ("3xx", "3..", "blue"),
    ("4xx", "4..", "orange"),
    ("5xx", SERVER_ERROR, "red"),
)
_PERCENTILES = (Decimal(50), Decimal(95), Decimal(99))
_BUSIEST = f"The {LEGEND_LIMIT} largest are drawn."


def traffic(scope: Scope) -> Row:
    """How much is asked of the service."""
    return Row(
        "Traffic",
        [
            TimeSeries(
                key="requests-by-route",
                title="Requests per second by route",
                description=f"Requests answered per second. {_BUSIEST}",
                targets=[scope.target(Top(scope.requests(DRAWN, ROUTE)), ROUTE)],
                many=True,
                width=12,
            ),
            TimeSeries(
                key="requests-by-status",
                title="Requests per second by status",
                description="Requests answered per second, by the class of the status code the client saw.",
                targets=[
                    scope.target(scope.requests(DRAWN, status=pattern), name) for name, pattern, _ in _STATUS_CLASSES
                ],
                colours={name: colour for name, _, colour in _STATUS_CLASSES},
                stacked=True,
                width=12,
            ),
        ],
    )


def errors(scope: Scope, sources: Sources) -> Row:
    """How much of it fails."""
    service = scope.service.name
    links = [
        *sources.traces_where("Traces with errors", service, "status = error"),
        *sources.logs_where("Log lines with errors", service, "json", 'level="error"'),
    ]
    return Row(
        "Errors",
        [
            TimeSeries(
                key="errors",
                title="Error ratio",
                description=(
                    "Share of requests that ended in a server error (5xx). Dashed: the objective's budget and the"
                    " thresholds of the service."
                ),
                targets=[scope.target(scope.error_ratio(DRAWN), "errors")],
                steps=error_steps(scope.service),
                colours={"errors": "red"},
                links=links,
                width=12,
            ),
            TimeSeries(
                key="errors-by-route",
                title="Server errors per second by route",
                description=f"Requests per second that ended in a server error (5xx). {_BUSIEST}",
                targets=[scope.target(Top(scope.requests(DRAWN, ROUTE, status=SERVER_ERROR)), ROUTE)],
                many=True,
                links=links,
                width=12,
            ),
        ],
    )


def latency(scope: Scope, sources: Sources) -> Row:
    """How long it takes."""
    percentile = latency_percentile(scope.service)
    slow = latency_steps(scope.service).levels
    links = (
        sources.traces_where("Slow traces", scope.service.name, f"duration > {float(slow[0].value):g}s") if slow else []
    )
    return Row(
        "Latency",
        [
            _last_byte(scope, links),
            TimeSeries(
                key="latency-by-route",
                title=f"{percentile_text(percentile)} by route",
                description=f"Time within which {percentile} % of a route's requests were fully answered. {_BUSIEST}",
                targets=[scope.target(Top(scope.latency(percentile / 100, DRAWN, ROUTE)), ROUTE)],
                many=True,
                links=links,
            ),
            _first_byte(scope),
        ],
    )


def _last_byte(scope: Scope, links: Sequence[Link]) -> TimeSeries:
    return TimeSeries(
        key="latency",
        title="Time to the last byte",
        description=(
            "Time from a request's arrival to the last byte of its answer: half, 95 % and 99 % of requests are"
            " faster than the lines. A dot is one request; it leads to its trace. Dashed: the service's limits."
        ),
        targets=[
            scope.target(scope.latency(one / 100, DRAWN), percentile_text(one), exemplar=one == _PERCENTILES[-1])
            for one in _PERCENTILES
        ],
        steps=latency_steps(scope.service),
        links=links,
        width=10,
    )


def _first_byte(scope: Scope) -> TimeSeries:
    return TimeSeries(
        key="first-byte",
        title="Time to the first byte",
        description=(
            "Time from a request's arrival to the start of its answer. Far below the time to the last byte"
            " means that answers are large or streamed, or that clients read slowly."
        ),
        targets=[
            scope.target(scope.latency(one / 100, DRAWN, of=HTTP_TIME_TO_FIRST_BYTE), percentile_text(one))
            for one in _PERCENTILES[:2]
        ],
        width=6,
    )


def saturation(scope: Scope) -> Row:
    """How full it is."""
    in_progress = total(scope.gauge(HTTP_REQUESTS_IN_PROGRESS), INSTANCE)
    cpu = total(scope.counter(PROCESS_CPU).rate(DRAWN), INSTANCE)
    memory = total(scope.gauge(PROCESS_RESIDENT_MEMORY), INSTANCE)
    files = Aggregate("max", scope.gauge(PROCESS_OPEN_FILES) / scope.gauge(PROCESS_MAX_FILES), (INSTANCE,))
    return Row(
        "Saturation",
        [
            _full(scope, "in-progress", "Requests in progress", in_progress, "Requests not answered in full yet."),
            _full(scope, "cpu", "Processor", cpu, "Processor time used; 100 % is one core."),
            _full(scope, "memory", "Memory", memory, "Memory in use (resident set)."),
            _full(
                scope,
                "open-files",
                "Open files",
                files,
                "Open file descriptors, sockets included, as a share of what the process may open.",
                steps=Steps.ceiling(Level(0.8, "orange")),
            ),
        ],
    )


def _full(
    scope: Scope,
    key: str,
    title: str,
    expression: Expression,
    description: str,
    steps: Steps = PLAIN,
) -> TimeSeries:
    return TimeSeries(
        key=key,
        title=title,
        description=f"{description} By instance; the {LEGEND_LIMIT} largest are drawn.",
        targets=[scope.target(Top(expression), INSTANCE)],
        steps=steps,
        width=6,
    )
