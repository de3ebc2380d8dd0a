"""The one log line of a request, with field names of OpenTelemetry's semantic conventions."""

import logging
from datetime import UTC, datetime
from json import JSONEncoder
from json.encoder import encode_basestring_ascii as quoted
from time import time
from typing import Any

import structlog
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.http_attributes import (
    HTTP_REQUEST_METHOD,
    HTTP_RESPONSE_STATUS_CODE,
    HTTP_ROUTE,
)
from opentelemetry.semconv.attributes.url_attributes import URL_PATH
from opentelemetry.semconv.metrics.http_metrics import HTTP_SERVER_REQUEST_DURATION

from watchbill.http.exchange import Exchange
from watchbill.logs.pipeline import in_place
from watchbill.logs.scrubbing import scrub
from watchbill.logs.secrets import redact_path
from watchbill.traces.ids import SPAN_ID, TRACE_ID

REQUEST_BODY_SIZE = "http.request.body.size"
RESPONSE_BODY_SIZE = "http.response.body.size"
EVENT = "request"
LOGGER = "watchbill.http"
_SERVER_ERROR = 500
_LONGEST_PATH = 1_000
_MOST_FORMS = 4_096
_MILLION = 1_000_000
# structlog's own list of names: while it is empty, nothing is bound anywhere, and looking costs a request 2 µs.
_EVER_BOUND = vars(structlog.contextvars).get("_CONTEXT_VARS", True)
_STAMP = "%s.%06dZ"
_IDS = f', "{TRACE_ID}": "%032x", "{SPAN_ID}": "%016x"'
_Kind = tuple[str, str, str, int, bool]


class RequestLine:
    """Writes the line of a settled request: an error when the server failed, else at the configured level."""

    def __init__(self, level: str) -> None:
        self._level = level.lower()
        numbers = logging.getLevelNamesMapping()
        self._numbers = {name: numbers[name.upper()] for name in ("error", self._level)}
        self._logger = structlog.get_logger(LOGGER)
        self._encode = JSONEncoder(default=repr).encode
        self._forms: dict[_Kind, str] = {}
        self._second = (0, "")

    def write(self, exchange: Exchange, ids: tuple[int, int]) -> None:
        """Writes it, with what the application has bound in structlog's context variables. Seconds and bytes.

        Trace id and span id are 0 where there is no span.
        """
        level = "error" if exchange.status >= _SERVER_ERROR else self._level
        pipeline = in_place()
        if pipeline is None or not pipeline.takes_json:
            getattr(self._logger, level)(EVENT, **_fields(exchange, ids))
            return
        if self._numbers[level] < pipeline.threshold:
            return
        bound = structlog.contextvars.get_contextvars() if _EVER_BOUND else None
        if bound or exchange.error is not None:
            line: dict[str, Any] = {"timestamp": _STAMP % self._now(), "level": level, "event": EVENT, "logger": LOGGER}
            line = {**line, **(scrub(None, level, bound) if bound else {}), **line, **_fields(exchange, ids)}
            pipeline.output.write(self._encode(line))
        else:
            pipeline.output.write(self._text(exchange, level, ids))

    def _text(self, exchange: Exchange, level: str, ids: tuple[int, int]) -> str:
        """The same line, formatted at once, at a third of the cost: nothing in it but the path has to be encoded."""
        traced = ids[0] != 0
        kind = (level, exchange.method, exchange.route, exchange.status, traced)
        micros = int((exchange.ended - exchange.started) * 1e6 + 0.5)
        path = quoted(redact_path(exchange.scope["path"][:_LONGEST_PATH]))
        form = self._forms.get(kind) or self._form(kind)
        second, rest = self._now()
        values = (second, rest, micros // _MILLION, micros % _MILLION, exchange.received, exchange.sent, path)
        text = form % (values + ids if traced else values)
        return text if exchange.totals is None else f"{text[:-1]}{exchange.totals.json}}}"

    def _form(self, kind: _Kind) -> str:
        """Of the lines of one route and status, with ids or without."""
        if len(self._forms) >= _MOST_FORMS:
            self._forms.clear()
        level, method, route = (quoted(part).replace("%", "%%") for part in kind[:3])
        text = self._forms[kind] = (
            f'{{"timestamp": "{_STAMP}", "level": {level}, "event": {quoted(EVENT)}, "logger": {quoted(LOGGER)}'
            f', "{HTTP_REQUEST_METHOD}": {method}, "{HTTP_ROUTE}": {route}, "{HTTP_RESPONSE_STATUS_CODE}": {kind[3]}'
            f', "{HTTP_SERVER_REQUEST_DURATION}": %d.%06d, "{REQUEST_BODY_SIZE}": %d, "{RESPONSE_BODY_SIZE}": %d'
            f', "{URL_PATH}": %s{_IDS if kind[4] else ""}}}'
        )
        return text

    def _now(self) -> tuple[str, int]:
        """The second in words, and the microseconds after it."""
        now = time()
        whole = int(now)
        second, text = self._second
        if whole != second:
            text = f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}"
            self._second = (whole, text)
        return text, int((now - whole) * 1e6)


def _fields(exchange: Exchange, ids: tuple[int, int]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        HTTP_REQUEST_METHOD: exchange.method,
        HTTP_ROUTE: exchange.route,
        HTTP_RESPONSE_STATUS_CODE: exchange.status,
        HTTP_SERVER_REQUEST_DURATION: round(exchange.ended - exchange.started, 6),
        REQUEST_BODY_SIZE: exchange.received,
        RESPONSE_BODY_SIZE: exchange.sent,
        URL_PATH: redact_path(exchange.scope["path"][:_LONGEST_PATH]),
    }
    if ids[0]:
        fields |= {TRACE_ID: f"{ids[0]:032x}", SPAN_ID: f"{ids[1]:016x}"}
    if exchange.totals is not None:
        fields |= exchange.totals.fields
    if exchange.error is not None:
        fields[ERROR_TYPE] = type(exchange.error).__qualname__
    return fields
