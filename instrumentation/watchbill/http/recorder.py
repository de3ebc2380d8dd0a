"""What becomes of a request: its series, its span, its log line."""

from typing import TYPE_CHECKING, Protocol

from watchbill.fault import Faults
from watchbill.http.afterwards import Afterwards
from watchbill.http.exchange import Exchange
from watchbill.http.route import RouteTable
from watchbill.http.series import HttpSeries
from watchbill.http.totals_series import TotalsSeries
from watchbill.traces.outcome import Answer
from watchbill.traces.server_span import OwnSpan, ServerSpan
from watchbill.traces.span_source import SpanSource

if TYPE_CHECKING:
    from watchbill.totals import Totals


class Line(Protocol):
    """Writes the one log line of a request."""

    def write(self, exchange: Exchange, ids: tuple[int, int]) -> None:
        """With trace id and span id, which are 0 where there is no span."""
        ...


class Recorder:
    """Begins and settles requests of one application; a failure in any part leaves the others and the app alone."""

    def __init__(
        self,
        table: RouteTable,
        faults: Faults,
        *,
        series: HttpSeries | None,
        tracer: SpanSource | None,
        line: Line | None,
        afterwards: Afterwards | None = None,
        totals: TotalsSeries | None = None,
    ) -> None:
        self._template = table.template
        self._faults = faults
        self._enter = series.enter if series is not None else _nothing
        self._count = series.count if series is not None else _nothing
        self._leave = series.leave if series is not None else _nothing
        self._exemplify = series.exemplify if series is not None else _nothing
        self._begin_span = tracer.begin if tracer is not None else None
        self._line = line
        self._totals = totals
        self.afterwards = afterwards

    def begin(self, exchange: Exchange) -> None:
        """Right before the application is called."""
        method = exchange.method
        try:
            self._enter(method)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("http", error)
        if self._begin_span is not None:
            try:
                exchange.span = self._begin_span(exchange.scope, method)
            except Exception as error:  # noqa: BLE001  never into the application
                self._faults.report("traces", error)

    def template(self, exchange: Exchange) -> str:
        """The route as far as the router has found it."""
        return self._template(exchange.routed, exchange.root_path)

    def count(self, exchange: Exchange) -> None:
        """Right before the last byte: whoever has it and asks next finds it counted."""
        try:
            exchange.route = self._template(exchange.routed, exchange.root_path)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("route", error)
        try:
            self._count(exchange)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("http", error)

    def settle(self, exchange: Exchange) -> None:
        """Right after the last byte."""
        if exchange.row:
            try:
                self._leave(exchange)
            except Exception as error:  # noqa: BLE001  never into the application
                self._faults.report("http", error)
        if exchange.totals is not None:
            self._account(exchange.route, exchange.totals)
        span = exchange.span
        if span is not None:
            try:
                # What is not sampled has no exemplar, and nothing to tell.
                if type(span) is OwnSpan:
                    span.settled = True
                else:
                    self._tell(exchange, span)
            except Exception as error:  # noqa: BLE001  never into the application
                self._faults.report("traces", error)
        if self._line is not None:
            try:
                self._line.write(exchange, _ids(span))
            except Exception as error:  # noqa: BLE001  never into the application
                self._faults.report("logs", error)

    def _account(self, route: str, totals: "Totals") -> None:
        try:
            totals.settle(route)
            if self._totals is not None:
                self._totals.observe(route, totals)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("totals", error)

    def _tell(self, exchange: Exchange, span: ServerSpan) -> None:
        if exchange.row:
            self._exemplify(exchange, span.context)
        answer = Answer(exchange.scope, exchange.method, exchange.route, exchange.status, exchange.error)
        span.settle(answer if exchange.totals is None else answer._replace(added=exchange.totals.fields))

    def end(self, exchange: Exchange, error: BaseException | None) -> None:
        """Once the application has returned or raised, background tasks included."""
        span = exchange.span
        if span is not None:
            try:
                span.end(error)
            except Exception as failure:  # noqa: BLE001  never into the application
                self._faults.report("traces", failure)
        if (exchange.background is not None or error is not None) and self.afterwards is not None:
            try:
                self.afterwards.settle(exchange, exchange.route, error)
            except Exception as failure:  # noqa: BLE001  never into the application
                self._faults.report("http", failure)


def _ids(span: ServerSpan | None) -> tuple[int, int]:
    if isinstance(span, OwnSpan):
        return span.ids
    return (span.context.trace_id, span.context.span_id) if span is not None else (0, 0)


def _nothing(*_given: object) -> None:
    """Where no metrics are kept."""
