"""What becomes of a settled request: its series, its span, its log line."""

from typing import Protocol

from opentelemetry.trace import SpanContext

from watchbill.catalogue.http import UNMATCHED_ROUTE
from watchbill.fault import Faults
from watchbill.http.exchange import Exchange
from watchbill.http.route import RouteTable
from watchbill.http.series import HttpSeries
from watchbill.traces.ids import exemplar
from watchbill.traces.server_span import Tracer


class Line(Protocol):
    """Writes the one log line of a request."""

    def write(self, exchange: Exchange, route: str, context: SpanContext | None) -> None: ...


class Recorder:
    """Begins and settles requests of one application; a failure in any part leaves the others and the app alone."""

    def __init__(
        self, table: RouteTable, faults: Faults, *, series: HttpSeries | None, tracer: Tracer | None, line: Line | None
    ) -> None:
        self._table = table
        self._faults = faults
        self._series = series
        self._tracer = tracer
        self._line = line

    def begin(self, exchange: Exchange) -> None:
        """Right before the application is called."""
        if self._series is not None:
            self._series.enter(exchange.method)
        if self._tracer is not None:
            try:
                exchange.span = self._tracer.begin(exchange.scope, exchange.method)
            except Exception as error:  # noqa: BLE001  never into the application
                self._faults.report("traces", error)

    def settle(self, exchange: Exchange) -> None:
        """Right after the last byte."""
        span = exchange.span
        context = span.context if span is not None else None
        route = UNMATCHED_ROUTE
        try:
            route = self._table.template(exchange.routed, exchange.root_path)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("route", error)
        if self._series is not None:
            try:
                self._series.leave(exchange, route, exemplar(context) if context is not None else None)
            except Exception as error:  # noqa: BLE001  never into the application
                self._faults.report("http", error)
        if span is not None:
            try:
                span.settle(exchange.scope, exchange.method, route, exchange.status, exchange.error)
            except Exception as error:  # noqa: BLE001  never into the application
                self._faults.report("traces", error)
        if self._line is not None:
            try:
                self._line.write(exchange, route, context)
            except Exception as error:  # noqa: BLE001  never into the application
                self._faults.report("logs", error)

    def end(self, exchange: Exchange, error: BaseException | None) -> None:
        """Once the application has returned or raised, background tasks included."""
        if exchange.span is not None:
            try:
                exchange.span.end(error)
            except Exception as failure:  # noqa: BLE001  never into the application
                self._faults.report("traces", failure)
