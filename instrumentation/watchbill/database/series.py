"""The metrics of queries."""

from typing import ClassVar
from weakref import WeakKeyDictionary

import prometheus_client as client

from watchbill.catalogue.database import (
    BULK_ROWS,
    N_PLUS_ONE,
    QUERY_DURATION,
    QUERY_ERRORS,
    ROWS_AFFECTED,
    SLOW_QUERIES,
    TABLE,
    TRANSACTION_DURATION,
    TRANSACTION_OUTCOME,
    TRANSACTIONS,
)
from watchbill.catalogue.http import EXCEPTION, ROUTE
from watchbill.catalogue.pool import DB
from watchbill.emission import Emission
from watchbill.guard import OTHER

_OF_TABLES = (QUERY_DURATION, ROWS_AFFECTED, SLOW_QUERIES)


class QuerySeries:
    """Those of one registry, shared by its databases, so that the bounds hold for all of them."""

    _known: ClassVar["WeakKeyDictionary[Emission, QuerySeries]"] = WeakKeyDictionary()

    def __init__(self, emission: Emission) -> None:
        self.duration = emission.histogram(QUERY_DURATION)
        self.errors = emission.counter(QUERY_ERRORS)
        self.rows = emission.counter(ROWS_AFFECTED)
        self.bulk_rows = emission.histogram(BULK_ROWS)
        self.slow = emission.counter(SLOW_QUERIES)
        self.transactions = emission.counter(TRANSACTIONS)
        self.transaction_duration = emission.histogram(TRANSACTION_DURATION)
        self.n_plus_one = emission.counter(N_PLUS_ONE)
        self.databases = emission.guard(DB, QUERY_DURATION)
        self.tables = emission.guard(TABLE, QUERY_DURATION)
        self.exceptions = emission.guard(EXCEPTION, QUERY_ERRORS)
        self.routes = emission.guard(ROUTE, N_PLUS_ONE)

    @classmethod
    def of(cls, emission: Emission) -> "QuerySeries":
        """The ones of an emission."""
        found = cls._known.get(emission)
        if found is None:
            found = cls._known[emission] = cls(emission)
        return found


class Row:
    """The series of one kind of statement on one table. Times are in seconds."""

    __slots__ = ("_bulk", "observe", "rows", "slow")

    def __init__(self, series: QuerySeries, db: str, kind: str, table: str) -> None:
        labels = (db, kind, table)
        self.observe = series.duration.labels(*labels).observe
        self.rows = series.rows.labels(*labels).inc
        self.slow = series.slow.labels(*labels).inc
        self._bulk = series.bulk_rows.labels(*labels).observe if kind.startswith("bulk_") else None

    def add(self, rows: int) -> None:
        """Rows of one execution."""
        self.rows(rows)
        if self._bulk is not None:
            self._bulk(rows)


class DatabaseSeries:
    """Those of one database."""

    def __init__(self, emission: Emission, db: str) -> None:
        self._series = series = QuerySeries.of(emission)
        self.db = series.databases.admit(db, QUERY_DURATION, TRANSACTIONS)
        self._rows: dict[tuple[str, str], Row] = {}
        self.end = {outcome: series.transactions.labels(self.db, outcome).inc for outcome in TRANSACTION_OUTCOME.values}
        self.observe_transaction = series.transaction_duration.labels(self.db).observe
        self._errors: dict[tuple[str, str], client.Counter] = {}

    def row(self, kind: str, table: str) -> tuple[Row, bool]:
        """And whether the table has series of its own: else it has to be asked for each time, to be counted."""
        found = self._rows.get((kind, table))
        if found is not None:
            return found, True
        admitted = self._series.tables.admit(table, *_OF_TABLES)
        found = self._rows.get((kind, admitted))
        if found is None:
            found = self._rows[kind, admitted] = Row(self._series, self.db, kind, admitted)
        return found, admitted != OTHER

    def fail(self, kind: str, exception: str) -> None:
        """One statement ended by an exception of this class."""
        found = self._errors.get((kind, exception))
        if found is None:
            admitted = self._series.exceptions.admit(exception, QUERY_ERRORS)
            found = self._series.errors.labels(self.db, kind, admitted)
            if admitted == exception:
                self._errors[kind, exception] = found
        found.inc()

    def repeat(self, route: str) -> None:
        """One repeated statement in a request to this route."""
        self._series.n_plus_one.labels(self.db, self._series.routes.admit(route, N_PLUS_ONE)).inc()
