"""Measures the statements and transactions of one database, whatever library runs them."""

from collections.abc import Callable
from time import perf_counter
from typing import Any, Literal, Protocol

from opentelemetry.semconv.attributes.db_attributes import (
    DB_COLLECTION_NAME,
    DB_NAMESPACE,
    DB_OPERATION_BATCH_SIZE,
    DB_OPERATION_NAME,
    DB_QUERY_TEXT,
    DB_RESPONSE_STATUS_CODE,
    DB_SYSTEM_NAME,
)
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.server_attributes import SERVER_ADDRESS, SERVER_PORT
from opentelemetry.trace import SpanContext

from watchbill.catalogue.database import NO_TABLE
from watchbill.database.n_plus_one import Repetitions, key_of, marks
from watchbill.database.series import DatabaseSeries, Row
from watchbill.database.settings import Queries
from watchbill.database.slow_query import SlowQueries
from watchbill.database.statement import LONGEST, Statement
from watchbill.ground import Ground
from watchbill.http.failure import exception_name
from watchbill.totals import Totals, totals
from watchbill.traces.calls import CallSpan

COMPONENT = "database"
_MOST_STATEMENTS = 1_000
_BULK = {"insert": "bulk_insert", "update": "bulk_update", "delete": "bulk_delete"}

Outcome = Literal["committed", "rolled_back", "failed"]


class Planner(Protocol):
    """Asks the server how it runs a slow statement."""

    def ask(self, statement: Statement, origin: Any) -> None:
        """Returns at once."""
        ...


class Known:
    """A statement as a meter knows it, with its series once it was run: of single and of bulk executions."""

    __slots__ = ("attributes", "bulk", "bulk_kind", "inserts", "key", "single", "statement", "writes")

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.writes = statement.kind in _BULK
        self.inserts = statement.kind == "insert"
        self.bulk_kind = "bulk_upsert" if statement.upserts else _BULK.get(statement.kind, statement.kind)
        self.single: Row | None = None
        self.bulk: Row | None = None
        self.key: str | None = None
        self.attributes: dict[str, str | int] | None = None


class Meter:
    """Of one database, under the name that metrics call it by.

    `system` is what OpenTelemetry calls the server (`postgresql`, `sqlite`), `namespace` the database's name in it;
    both, and the address, are in spans alone. `is_page` tells, of what was given to `begin` as its origin, whether it
    asked for one page of many. Thread-safe.
    """

    def __init__(
        self,
        ground: Ground,
        db: str,
        queries: Queries,
        *,
        system: str = "other_sql",
        namespace: str = "",
        address: str = "",
        port: int = 0,
        is_page: Callable[[Any], bool] | None = None,
        planner: Planner | None = None,
    ) -> None:
        self.db = db
        self.queries = queries
        self.is_page = is_page
        self.planner = planner
        self.faults = ground.faults
        self.calls = ground.calls
        self.series = DatabaseSeries(ground.emission, db) if ground.emission is not None else None
        self.marks = marks(int(queries.n_plus_one))
        self.slow = queries.slow or float("inf")
        self._system = system
        self._slow_queries = SlowQueries(db)
        self._known: dict[str, Known] = {}
        given: dict[str, str | int] = {
            DB_SYSTEM_NAME: system,
            DB_NAMESPACE: namespace,
            SERVER_ADDRESS: address,
            SERVER_PORT: port,
        }
        self._attributes = {name: value for name, value in given.items() if value}

    def begin(self, text: str, many: int = 1, origin: Any = None) -> "Run | None":
        """Right before a statement is sent, with the number of its parameter sets.

        More than one make it a bulk operation; 0 stands for a further part of one that was counted as a whole. None
        when it cannot be measured. `origin` is given to `is_page` and to the planner.
        """
        try:
            known = self._known.get(text) or self._learn(text)
            calls = self.calls
            span = None if calls is None else calls.begin(known.statement.name)
            return Run(self, known, many, origin, totals(), span)
        except Exception as error:  # noqa: BLE001  never into the application
            self.faults.report(COMPONENT, error)
            return None

    def transaction_ended(self, began: float, outcome: Outcome) -> None:
        """With the `perf_counter` of its begin."""
        try:
            if outcome == "failed":
                account = totals()
                if account is not None and account.statements is not None:
                    account.statements.forget()
            if self.series is not None:
                self.series.end[outcome]()
                self.series.observe_transaction(perf_counter() - began)
        except Exception as error:  # noqa: BLE001  never into the application
            self.faults.report(COMPONENT, error)

    def row(self, known: Known, *, bulk: bool) -> Row | None:
        """The series of a statement, kept with it where they are its table's own."""
        if self.series is None:
            return None
        kind = known.bulk_kind if bulk else known.statement.kind
        row, lasting = self.series.row(kind, known.statement.table)
        if lasting:
            if bulk:
                known.bulk = row
            else:
                known.single = row
        return row

    def key(self, known: Known) -> str:
        """What repetitions of a statement have in common; empty where they are nothing to tell of."""
        if known.key is None:
            known.key = key_of(self.db, known, knows_pages=self.is_page is not None)
        return known.key

    def attributes(self, known: Known) -> dict[str, str | int]:
        """What a statement's span says."""
        if known.attributes is None:
            statement = known.statement
            known.attributes = {
                **self._attributes,
                DB_OPERATION_NAME: statement.kind.upper(),
                DB_QUERY_TEXT: statement.shown,
                **({} if statement.table == NO_TABLE else {DB_COLLECTION_NAME: statement.table}),
            }
        return known.attributes

    def tell_slow(self, run: "Run", seconds: float, rows: int, error: BaseException | None, row: Row | None) -> None:
        """Counts and logs a statement that took too long."""
        if row is not None:
            row.slow()
        statement = run.known.statement
        if self._slow_queries.tell(statement, seconds, rows, error) and self.planner is not None and error is None:
            self.planner.ask(statement, run.origin)

    def _learn(self, text: str) -> Known:
        if len(text) > LONGEST:
            # What follows tells nothing more.
            text = text[: LONGEST + 1]
            found = self._known.get(text)
            if found is not None:
                return found
        known = Known(Statement(text, self._system))
        if len(self._known) >= _MOST_STATEMENTS:
            self._known.clear()
        self._known[text] = known
        return known


class Run:
    """One execution of a statement, from `Meter.begin` to `end`."""

    __slots__ = ("_account", "_began", "_many", "_meter", "_span", "known", "origin")

    def __init__(
        self, meter: Meter, known: Known, many: int, origin: Any, account: Totals | None, span: CallSpan | None
    ) -> None:
        self._meter = meter
        self.known = known
        self.origin = origin
        self._many = many
        self._account = account
        self._span = span
        self._began = perf_counter()

    @property
    def context(self) -> SpanContext | None:
        """The ids of its span, where it has one."""
        return None if self._span is None else self._span.context

    def end(self, rows: int = -1, error: BaseException | None = None) -> None:
        """It has been executed, or has failed; rows as the driver says, -1 where it does not. Raises nothing."""
        seconds = perf_counter() - self._began
        try:
            self._count(seconds, rows, error)
        except Exception as failure:  # noqa: BLE001  never into the application
            self._meter.faults.report(COMPONENT, failure)

    def _count(self, seconds: float, rows: int, error: BaseException | None) -> None:
        meter, known, many = self._meter, self.known, self._many
        account = self._account
        if account is not None:
            account.queries += 1
            account.query_seconds += seconds
            if meter.marks:
                self._repeat(account, error)
        if many != 1 or (rows > 1 and known.writes):
            row = known.bulk or meter.row(known, bulk=True)
        else:
            row = known.single or meter.row(known, bulk=False)
        if row is not None:
            row.observe(seconds)
            if rows > 0 and many and error is None:
                row.add(rows)
        if error is not None and meter.series is not None:
            meter.series.fail(known.statement.kind if many == 1 else known.bulk_kind, exception_name(error))
        if self._span is not None:
            attributes = meter.attributes(known)
            self._span.end(attributes if many == 1 and error is None else {**attributes, **_told(many, error)})
        if seconds > meter.slow:
            meter.tell_slow(self, seconds, rows, error, row)

    def _repeat(self, account: Totals, error: BaseException | None) -> None:
        watch: Repetitions | None = account.statements
        if watch is None:
            watch = account.statements = Repetitions()
        if error is not None:
            watch.forget()
        elif self._many == 1:
            known = self.known
            key = known.key
            if key is None:
                key = self._meter.key(known)
            if key:
                watch.note(self._meter, known, key, self.origin)


def _told(many: int, error: BaseException | None) -> dict[str, str | int]:
    """The batch, and the error's class and SQLSTATE: its words repeat the values that the database was given."""
    told: dict[str, str | int] = {DB_OPERATION_BATCH_SIZE: many} if many > 1 else {}
    if error is not None:
        told[ERROR_TYPE] = type(error).__qualname__
    code = getattr(error, "sqlstate", None)
    if isinstance(code, str):
        told[DB_RESPONSE_STATUS_CODE] = code
    return told
