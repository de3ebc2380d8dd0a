"""What binds the connections of a PostgreSQL driver to meters, and its pools to what counts them."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, TypeVar

from watchbill.database.connections import Bound, Connections
from watchbill.database.meter import Meter
from watchbill.database.settings import Queries
from watchbill.ground import Ground
from watchbill.report import Entry

UNNAMED = "postgresql"
"""The name of a database that nothing names."""

Counted = TypeVar("Counted")


class Binder(ABC, Generic[Counted]):
    """Of one pool, or of all of a library's connections and pools, each under its database's name."""

    kind: ClassVar[str]
    _connections: ClassVar[Connections]

    def __init__(self, ground: Ground, name: str, queries: Queries, of_pool: str) -> None:
        self._ground = ground
        self._name = name
        self._queries = queries
        self._entry = (
            Entry(f"{self.kind} {of_pool}", "on", "queries, transactions and the pool")
            if of_pool
            else Entry(self.kind, "on", "every connection and pool")
        )
        self._meters: dict[tuple[str, str], Meter] = {}

    def entry(self) -> Entry:
        """What the report says of it."""
        return self._entry

    def take(self, connection: Any) -> Bound | None:
        """Counts a connection, whatever counted it before."""
        try:
            database, host, port = self._place_of(connection)
            return self._connections.bind(connection, self._meter(database, host, port), self)
        except Exception as error:  # noqa: BLE001  never into the application
            self._ground.faults.report("database", error)
            return None

    def seen(self, connection: Any) -> None:
        """Counts a connection of one of its pools, unless it does already."""
        if not self._connections.is_bound(connection, self):
            self.take(connection)

    def meet(self, pool: Any) -> Counted | None:
        """Counts a pool that it sees for the first time."""
        try:
            return self._count(pool)
        except Exception as error:  # noqa: BLE001  never into the application
            self._ground.faults.report("pool", error)
            return None

    @abstractmethod
    def _count(self, pool: Any) -> Counted: ...

    @abstractmethod
    def _place_of(self, connection: Any) -> tuple[str, str, int]:
        """Database, host and port."""

    def _meter(self, database: str, host: str, port: int) -> Meter:
        found = self._meters.get((database, host))
        if found is None:
            found = self._meters[database, host] = Meter(
                self._ground,
                self._name or database,
                self._queries,
                system="postgresql",
                namespace=database,
                address=host,
                port=port,
            )
        return found
