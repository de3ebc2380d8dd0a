"""Plans of slow statements of a SQLAlchemy engine, over a connection beside its pool."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import ref

from watchbill.database.plan import Cursor, Explain, Plan, Plans, explain_postgresql, explain_sqlite
from watchbill.database.statement import Statement
from watchbill.fault import Faults

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

_EXPLAIN: dict[str, Explain] = {"postgresql": explain_postgresql, "sqlite": explain_sqlite}


class SqlalchemyPlans:
    """Asks for plans of what an engine executed. The engine may be collected meanwhile."""

    def __init__(self, engine: "Engine", db: str, explain: Explain, faults: Faults) -> None:
        self._engine = ref(engine)
        self._plans = Plans(db, self._connected, explain, faults)

    @classmethod
    def of(cls, engine: "Engine", db: str, faults: Faults) -> "SqlalchemyPlans | None":
        """None for a server whose plans are not understood: they are of PostgreSQL and SQLite."""
        explain = _EXPLAIN.get(engine.dialect.name)
        return None if explain is None else cls(engine, db, explain, faults)

    def ask(self, statement: Statement, origin: Any) -> None:
        """With the execution's context."""
        if origin is None or origin.executemany:
            return
        self._plans.put(statement, origin.statement, origin.parameters[0])

    def _connected(self, use: Callable[[Cursor], Plan]) -> Plan:
        engine = self._engine()
        if engine is None:
            raise LookupError
        if not engine.dialect.is_async:
            return _asked(engine, use)
        from sqlalchemy.util import greenlet_spawn

        return asyncio.run(greenlet_spawn(_asked, engine, use))


def _asked(engine: "Engine", use: Callable[[Cursor], Plan]) -> Plan:
    """The pool's way to open a connection, and what the dialect does to a new one; the pool itself knows nothing."""
    # What `creator=` gave, or the dialect's way.
    create: Any = getattr(engine.pool, "_creator")  # noqa: B009  there is no public name for it
    connection = create()
    try:
        prepare = engine.dialect.on_connect_url(engine.url)
        if prepare is not None:
            prepare(connection)
        cursor = connection.cursor()
        found = use(cursor)
        cursor.close()
        return found
    finally:
        connection.rollback()
        connection.close()
