"""Statements that took too long: one log line each, and no more than one in ten seconds of the same kind."""

import logging
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from opentelemetry.semconv.attributes.code_attributes import CODE_FILE_PATH, CODE_FUNCTION_NAME, CODE_LINE_NUMBER
from opentelemetry.semconv.attributes.db_attributes import DB_COLLECTION_NAME, DB_OPERATION_NAME, DB_QUERY_TEXT
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.http_attributes import HTTP_ROUTE
from opentelemetry.semconv.metrics.db_metrics import DB_CLIENT_OPERATION_DURATION

from watchbill.database.n_plus_one import DATABASE, FINGERPRINT
from watchbill.database.place import here
from watchbill.http.current import CURRENT

if TYPE_CHECKING:
    from watchbill.database.statement import Statement

ROWS = "db.response.returned_rows"
LEFT_OUT = "db.slow_query.left_out"
EVERY_SECONDS = 10.0
_LOG = logging.getLogger("watchbill.database")
_MOST_KINDS = 1_000


class SlowQueries:
    """Those of one database. All are counted; of those with one fingerprint, the first in ten seconds is told.

    The line after that says how many were left out.
    """

    def __init__(self, db: str) -> None:
        self._db = db
        self._told: dict[str, tuple[float, int]] = {}
        self._lock = Lock()

    def tell(self, statement: "Statement", seconds: float, rows: int, error: BaseException | None) -> bool:
        """Whether it was told of."""
        left_out = self._left_out(statement.fingerprint)
        if left_out is None:
            return False
        place, exchange = here(), CURRENT.get()
        route = "" if exchange is None or exchange.settled else exchange.matched
        fields: dict[str, str | int | float] = {
            DATABASE: self._db,
            DB_CLIENT_OPERATION_DURATION: round(seconds, 6),
            DB_QUERY_TEXT: statement.shown,
            FINGERPRINT: statement.fingerprint,
            DB_OPERATION_NAME: statement.kind.upper(),
            DB_COLLECTION_NAME: statement.table,
            CODE_FILE_PATH: place.file,
            CODE_LINE_NUMBER: place.line,
            CODE_FUNCTION_NAME: place.function,
        }
        if route:
            fields[HTTP_ROUTE] = route
        if rows >= 0:
            fields[ROWS] = rows
        if left_out:
            fields[LEFT_OUT] = left_out
        if error is not None:
            fields[ERROR_TYPE] = type(error).__qualname__
        text = "watchbill: a statement on %s took %.3f s, from %s: %s"
        _LOG.warning(text, self._db, seconds, place, statement.shown, extra=fields)
        return True

    def _left_out(self, fingerprint: str) -> int | None:
        """How many lines were left out since the last one; None where this is one more."""
        now = monotonic()
        with self._lock:
            since, left_out = self._told.get(fingerprint, (0.0, 0))
            if since and now - since < EVERY_SECONDS:
                self._told[fingerprint] = (since, left_out + 1)
                return None
            if len(self._told) >= _MOST_KINDS:
                self._told.clear()
            self._told[fingerprint] = (now, 0)
            return left_out
