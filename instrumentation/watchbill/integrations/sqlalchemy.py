"""SQLAlchemy: queries, transactions and the pool of an engine, sync or asyncio, or of every engine."""

import gc
from dataclasses import dataclass
from functools import wraps
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from watchbill.database.meter import COMPONENT, Meter
from watchbill.database.settings import Queries
from watchbill.errors import InvalidDeclaration
from watchbill.extras import required
from watchbill.ground import Ground
from watchbill.integrations.sqlalchemy_dialect import DialectLayer, is_page
from watchbill.integrations.sqlalchemy_plan import SqlalchemyPlans
from watchbill.integrations.sqlalchemy_pool import PoolAttachment
from watchbill.report import Entry

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

KIND = "sqlalchemy"
_SYSTEMS = {
    "postgresql": "postgresql",
    "sqlite": "sqlite",
    "mysql": "mysql",
    "mariadb": "mariadb",
    "oracle": "oracle.db",
    "mssql": "microsoft.sql_server",
}
_EVERYWHERE: list["SqlalchemyAttachment"] = []


@dataclass(frozen=True, slots=True)
class _Part:
    layer: DialectLayer
    pool: PoolAttachment

    def end(self) -> None:
        self.pool.detach()
        self.layer.end()


class SqlalchemyAttachment:
    """Without an engine, all engines, those made later too, each under its database's name.

    An engine that is given by itself keeps its own name and settings beside that. Raises MissingExtra without
    SQLAlchemy, InvalidDeclaration for what is no engine.
    """

    kind = KIND

    def __init__(self, ground: Ground, engine: Any, *, name: str, queries: Queries) -> None:
        required("sqlalchemy", needed_by="obs.sqlalchemy()")
        from sqlalchemy.engine import Engine

        found: Any = None if engine is None else getattr(engine, "sync_engine", engine)
        if found is not None and not isinstance(found, Engine):
            raise InvalidDeclaration(
                "sqlalchemy(engine)",
                [f"{type(engine).__name__} is no engine; give what create_engine or create_async_engine returned"],
            )
        self.target: object = Engine if engine is None else engine
        self._engine: Engine | None = found
        self._ground = ground
        self._name = name
        self._queries = queries
        self._parts: WeakKeyDictionary[Engine, _Part] = WeakKeyDictionary()
        self._before: Any = None
        self._put: Any = None

    def attach(self) -> None:
        """Puts it in."""
        if self._engine is not None:
            for everywhere in _EVERYWHERE:
                everywhere.release(self._engine)
            self.take(self._engine)
            return
        _EVERYWHERE.append(self)
        self._follow_new()
        for found in _engines():
            self.take(found)

    def detach(self) -> None:
        """Takes it out of every engine it is in."""
        if self in _EVERYWHERE:
            _EVERYWHERE.remove(self)
            self._leave_new()
        for engine in list(self._parts):
            self.release(engine)
        if self._engine is not None:
            for everywhere in _EVERYWHERE:
                everywhere.take(self._engine)

    def entry(self) -> Entry:
        """What the report says of it."""
        if self._engine is None:
            return Entry(KIND, "on", f"every engine: {len(self._parts)} now, and those made later")
        name = self._name or named(self._engine)
        if self._parts or not self._attached_elsewhere():
            return Entry(f"{KIND} {name}", "on", "queries, transactions and the pool are measured")
        return Entry(f"{KIND} {name}", "off", "its engine is instrumented already")

    def take(self, engine: "Engine") -> None:
        """Puts it into an engine, unless there is something of ours."""
        name = self._name or named(engine)
        url = engine.url
        meter = Meter(
            self._ground,
            name,
            self._queries,
            system=_SYSTEMS.get(engine.dialect.name, "other_sql"),
            namespace=_namespace(engine),
            address=url.host or "",
            port=url.port or 0,
            is_page=is_page if engine.dialect.name == "sqlite" else None,
            planner=SqlalchemyPlans.of(engine, name, self._ground.faults) if self._queries.plans else None,
        )
        layer = DialectLayer.put(engine.dialect, meter)
        if layer is None:
            return
        pool = PoolAttachment(self._ground, engine, name)
        self._parts[engine] = _Part(layer, pool)
        pool.attach()

    def release(self, engine: "Engine") -> None:
        """Takes it out of one engine."""
        part = self._parts.pop(engine, None)
        if part is not None:
            part.end()

    def _attached_elsewhere(self) -> bool:
        return self._engine is not None and DialectLayer.is_in(self._engine.dialect)

    def _follow_new(self) -> None:
        from sqlalchemy.engine import Engine

        before = Engine.__init__
        attachment = self

        @wraps(before)
        def made(engine: "Engine", *arguments: Any, **named: Any) -> None:
            before(engine, *arguments, **named)
            if attachment in _EVERYWHERE:
                try:
                    attachment.take(engine)
                except Exception as error:  # noqa: BLE001  never into the application
                    attachment._ground.faults.report(COMPONENT, error)

        self._before, self._put = before, made
        setattr(Engine, "__init__", made)  # noqa: B010  a type checker takes no assignment to a method

    def _leave_new(self) -> None:
        from sqlalchemy.engine import Engine

        if Engine.__init__ is self._put:
            setattr(Engine, "__init__", self._before)  # noqa: B010  as above


def named(engine: "Engine") -> str:
    """What an engine's database is called where nothing else is given: never a host, never a whole path."""
    database = engine.url.database
    if engine.dialect.name == "sqlite":
        is_file = database and ":" not in database
        return PurePath(str(database)).stem if is_file else "sqlite"
    return str(database or engine.dialect.name)


def _namespace(engine: "Engine") -> str:
    return named(engine) if engine.dialect.name == "sqlite" else str(engine.url.database or "")


def _engines() -> "list[Engine]":
    from sqlalchemy.engine import Engine

    # By type: asking a proxy object for its class may run the application's code.
    found = [each for each in gc.get_objects() if issubclass(type(each), Engine)]
    return [each for each in found if "pool" in vars(each)]
