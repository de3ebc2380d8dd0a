"""Our part in the dialect of one SQLAlchemy engine: what it executes, commits and rolls back goes through here.

Listeners of SQLAlchemy's events would do the same at several times the cost.
"""

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

from watchbill.database.comment import commented
from watchbill.database.meter import COMPONENT, Meter, Outcome, Run

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

_MARK = "_watchbill_queries"
_COUNTED = "_watchbill_counted"
_FORMATS = frozenset({"format", "pyformat"})
_ABSENT = object()

Original = Callable[..., Any]


class DialectLayer:
    """It is taken out by `end`; where another library has wrapped it meanwhile, it only passes on."""

    def __init__(self, dialect: "Dialect", meter: Meter) -> None:
        self.meter: Meter | None = meter
        self._place = vars(dialect)
        self._put: dict[str, tuple[Any, Any]] = {}
        self._open: dict[int, float] = {}
        self._detect = _detection(dialect)
        self._doubles_percent = dialect.paramstyle in _FORMATS

    @classmethod
    def put(cls, dialect: "Dialect", meter: Meter) -> "DialectLayer | None":
        """None where there is one already."""
        if _MARK in vars(dialect):
            return None
        layer = vars(dialect)[_MARK] = cls(dialect, meter)
        for name, wrap in (
            ("do_execute", layer._executing),
            ("do_execute_no_params", layer._executing_without_parameters),
            ("do_executemany", layer._executing_many),
            ("do_begin", layer._beginning),
            ("do_commit", layer._committing),
            ("do_rollback", layer._rolling_back),
            ("do_begin_twophase", layer._beginning_in_two_phases),
            ("do_commit_twophase", layer._committing_in_two_phases),
            ("do_rollback_twophase", layer._rolling_back_in_two_phases),
            ("do_close", layer._closing),
            ("do_terminate", layer._closing),
        ):
            wrapped = wrap(getattr(dialect, name))
            layer._put[name] = (wrapped, vars(dialect).get(name, _ABSENT))
            vars(dialect)[name] = wrapped
        return layer

    @classmethod
    def is_in(cls, dialect: "Dialect") -> bool:
        """Whether one is in place."""
        return _MARK in vars(dialect)

    def end(self) -> None:
        """Takes it out."""
        self.meter = None
        self._place.pop(_MARK, None)
        for name, (wrapped, before) in self._put.items():
            if self._place.get(name) is not wrapped:
                continue
            if before is _ABSENT:
                del self._place[name]
            else:
                self._place[name] = before
        self._open.clear()

    def _executing(self, original: Original) -> Original:
        def do_execute(cursor: Any, statement: str, parameters: Any, context: Any = None) -> Any:
            meter = self.meter
            if meter is None:
                return original(cursor, statement, parameters, context)
            many = 1 if context is None or not context.executemany else _batch(context, statement)
            run = meter.begin(statement, many, context)
            if run is None:
                return original(cursor, statement, parameters, context)
            if meter.queries.comments:
                statement = self._commented(meter, run, statement)
            try:
                result = original(cursor, statement, parameters, context)
            except BaseException as error:
                run.end(-1, of_driver(error))
                raise
            run.end(_rows(cursor) if many == 1 else many)
            return result

        return do_execute

    def _executing_without_parameters(self, original: Original) -> Original:
        def do_execute_no_params(cursor: Any, statement: str, context: Any = None) -> Any:
            meter = self.meter
            run = None if meter is None else meter.begin(statement, 1, context)
            if meter is None or run is None:
                return original(cursor, statement, context)
            if meter.queries.comments:
                statement = self._commented(meter, run, statement, formats=False)
            try:
                result = original(cursor, statement, context)
            except BaseException as error:
                run.end(-1, of_driver(error))
                raise
            run.end(_rows(cursor))
            return result

        return do_execute_no_params

    def _executing_many(self, original: Original) -> Original:
        def do_executemany(cursor: Any, statement: str, parameters: Any, context: Any = None) -> Any:
            meter = self.meter
            run = None if meter is None else meter.begin(statement, len(parameters), context)
            if meter is None or run is None:
                return original(cursor, statement, parameters, context)
            if meter.queries.comments:
                statement = self._commented(meter, run, statement)
            try:
                result = original(cursor, statement, parameters, context)
            except BaseException as error:
                run.end(-1, of_driver(error))
                raise
            rows = _rows(cursor)
            run.end(len(parameters) if rows < 0 and run.known.inserts else rows)
            return result

        return do_executemany

    def _commented(self, meter: Meter, run: Run, statement: str, *, formats: bool = True) -> str:
        try:
            return commented(statement, run.context, doubles_percent=formats and self._doubles_percent)
        except Exception as error:  # noqa: BLE001  never into the application
            meter.faults.report(COMPONENT, error)
            return statement

    def _beginning(self, original: Original) -> Original:
        def do_begin(connection: Any) -> Any:
            result = original(connection)
            if self.meter is not None:
                self._begin(connection)
            return result

        return do_begin

    def _beginning_in_two_phases(self, original: Original) -> Original:
        def do_begin_twophase(connection: Any, xid: Any) -> Any:
            result = original(connection, xid)
            if self.meter is not None:
                self._open[id(_beneath(connection))] = perf_counter()
            return result

        return do_begin_twophase

    def _committing(self, original: Original) -> Original:
        return self._ending(original, "committed", _pooled)

    def _committing_in_two_phases(self, original: Original) -> Original:
        return self._ending(original, "committed", _beneath)

    def _rolling_back(self, original: Original) -> Original:
        return self._ending(original, "rolled_back", _pooled)

    def _rolling_back_in_two_phases(self, original: Original) -> Original:
        return self._ending(original, "rolled_back", _beneath)

    def _closing(self, original: Original) -> Original:
        """A connection that is closed in a transaction has lost it."""
        return self._ending(original, "failed", _itself)

    def _ending(self, original: Original, outcome: Outcome, driven: Callable[[Any], Any]) -> Original:
        """`driven` leads from what SQLAlchemy gives to the driver's connection."""
        opened = self._open

        def ending(connection: Any, *arguments: Any, **named: Any) -> Any:
            meter = self.meter
            began = opened.pop(id(driven(connection)), None) if opened else None
            if began is None or meter is None:
                return original(connection, *arguments, **named)
            try:
                result = original(connection, *arguments, **named)
            except BaseException:
                meter.transaction_ended(began, "failed")
                raise
            meter.transaction_ended(began, outcome)
            return result

        return ending

    def _begin(self, connection: Any) -> None:
        try:
            if not self._detect(connection.dbapi_connection):
                self._open[id(connection.dbapi_connection)] = perf_counter()
        except Exception as error:  # noqa: BLE001  never into the application
            if self.meter is not None:
                self.meter.faults.report(COMPONENT, error)


def of_driver(error: BaseException) -> BaseException:
    """The driver's own exception, where SQLAlchemy's adapter of an asyncio driver raises another in its place."""
    cause = error.__cause__
    return cause if cause is not None and type(error).__module__.startswith("sqlalchemy.") else error


def is_page(context: Any) -> bool:
    """Whether an execution asks for one page of many; SQLite's statements have an OFFSET wherever they have a LIMIT."""
    statement = getattr(getattr(context, "compiled", None), "statement", None)
    if hasattr(statement, "_offset_clause"):
        return getattr(statement, "_offset_clause") is not None  # noqa: B009  SQLAlchemy has no public name for it
    return " OFFSET " in str(getattr(context, "statement", "")).upper()


def _itself(connection: Any) -> Any:
    return connection


def _pooled(connection: Any) -> Any:
    return getattr(connection, "dbapi_connection", connection)


def _beneath(connection: Any) -> Any:
    return getattr(getattr(connection, "connection", None), "dbapi_connection", None)


def _batch(context: Any, statement: str) -> int:
    """Parameter sets of an INSERT that SQLAlchemy sends in several statements: told with the first, then 0.

    What it asks for before, such as a sequence's next value, is a query by itself.
    """
    if statement[:6].upper() == "SELECT":
        return 1
    kept: dict[str, Any] = context.__dict__
    if _COUNTED in kept:
        return 0
    kept[_COUNTED] = True
    return len(context.compiled_parameters)


def _rows(cursor: Any) -> int:
    try:
        rows = cursor.rowcount
    except Exception:  # noqa: BLE001  a driver without it
        return -1
    return rows if isinstance(rows, int) else -1


def _detection(dialect: "Dialect") -> Callable[[Any], bool]:
    """How to see that a connection commits each statement by itself, without asking the server."""
    if dialect.name == "sqlite":
        return _is_sqlite_without_transaction
    detect: Callable[[Any], bool] | None = getattr(dialect, "detect_autocommit_setting", None)
    if detect is None or dialect.name == "postgresql":
        return lambda connection: getattr(connection, "autocommit", False) is True

    def detected(connection: Any) -> bool:
        try:
            return bool(detect(connection))
        except NotImplementedError:  # that is how a dialect says that it cannot tell
            return False

    return detected


def _is_sqlite_without_transaction(connection: Any) -> bool:
    """An application that begins transactions itself has begun it by now."""
    if connection.isolation_level is not None or getattr(connection, "autocommit", -1) is False:
        return False
    driver = getattr(connection, "driver_connection", connection)
    return not getattr(driver, "in_transaction", True)
