"""asyncpg: statements, transactions and pools, of one pool or of all connections."""

from typing import Any
from urllib.parse import urlsplit

from watchbill.database.connections import Bound
from watchbill.database.layers import Layers
from watchbill.database.meter import Meter
from watchbill.database.settings import Queries
from watchbill.errors import InvalidDeclaration
from watchbill.extras import required
from watchbill.ground import Ground
from watchbill.integrations.asyncpg_pool import POOLS, AsyncpgPool
from watchbill.integrations.asyncpg_pool_layers import EVERY_POOL, pool_layers
from watchbill.integrations.asyncpg_statements import CONNECTIONS, statement_layers
from watchbill.problem import is_a
from watchbill.report import Entry

KIND = "asyncpg"
_UNNAMED = "postgresql"
_LAYERS = Layers()
# ruff: noqa: SLF001  asyncpg has no public names for what a connection or a pool was made with


class AsyncpgAttachment:
    """Without a pool, all connections and pools, those made later too, each under its database's name.

    Connections that SQLAlchemy opens for an instrumented engine are counted there alone.
    """

    kind = KIND

    def __init__(self, ground: Ground, pool: Any, *, name: str = "", queries: Queries) -> None:
        library = required(KIND, needed_by="obs.asyncpg()")
        if pool is not None and not isinstance(pool, library.pool.Pool):
            raise InvalidDeclaration("asyncpg(pool)", [f"{type(pool).__name__} is no pool of asyncpg; give the pool"])
        self._library = library
        self._given = pool
        self._counted: AsyncpgPool | None = None
        self._subject = KIND if pool is None else f"{KIND} {name or _database_of(pool)}"
        self._ground = ground
        self._name = name
        self._queries = queries
        self._meters: dict[tuple[str, str], Meter] = {}

    @property
    def target(self) -> Any:
        """The pool, as long as somebody else has it; the library for all."""
        if self._counted is not None:
            return self._counted.pool()
        return self._library if self._given is None else self._given

    def attach(self) -> None:
        """Puts it in."""
        _LAYERS.want(self, lambda: [*statement_layers(), *pool_layers()])
        if self._given is not None:
            self._counted = self._count(self._given)
            self._given = None
        elif not EVERY_POOL:
            CONNECTIONS.everywhere = self
            EVERY_POOL.append(self)

    def detach(self) -> None:
        """Takes it out."""
        if self in EVERY_POOL:
            EVERY_POOL.remove(self)
            CONNECTIONS.everywhere = None
        for counted in list(POOLS.values()):
            if counted.owner is self:
                counted.end()
        self._leave()

    def lost(self, pool: AsyncpgPool) -> None:
        """One of its pools has been closed, or nobody has it any more."""
        if pool is self._counted:
            self._leave()

    def entry(self) -> Entry:
        """What the report says of it."""
        if self._counted is None:
            return Entry(self._subject, "on", "every connection and pool")
        return Entry(self._subject, "on", "queries, transactions and the pool")

    def take(self, connection: Any) -> Bound | None:
        """Counts a connection that it sees for the first time."""
        try:
            return CONNECTIONS.bind(connection, self._meter_of(connection), self)
        except Exception as error:  # noqa: BLE001  never into the application
            self._ground.faults.report("database", error)
            return None

    def seen(self, connection: Any) -> None:
        """Counts a connection of one of its pools, unless it does already."""
        if not CONNECTIONS.is_bound(connection, self):
            self.take(connection)

    def meet(self, pool: Any) -> AsyncpgPool | None:
        """Counts a pool that it sees for the first time."""
        try:
            return self._count(pool)
        except Exception as error:  # noqa: BLE001  never into the application
            self._ground.faults.report("pool", error)
            return None

    def _leave(self) -> None:
        CONNECTIONS.release(self)
        _LAYERS.drop(self)

    def _count(self, pool: Any) -> AsyncpgPool:
        present = POOLS.get(id(pool))
        if present is not None:
            # One of its own goes before one of all.
            present.end()
        counted = AsyncpgPool(self._ground, pool, self._name or _database_of(pool), self)
        for holder in pool._holders:
            if holder._con is not None:
                self.take(holder._con)
        return counted

    def _meter_of(self, connection: Any) -> Meter:
        database = str(connection._params.database)
        host, port = _address_of(connection)
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


def _address_of(connection: Any) -> tuple[str, int]:
    """Host and port; a socket's path has none."""
    address = connection._addr
    return (str(address), 0) if is_a(address, str) else (address[0], address[1])


def _database_of(pool: Any) -> str:
    """As the pool's arguments name it."""
    given = pool._connect_kwargs.get("database")
    dsn = next(iter(pool._connect_args), None) or pool._connect_kwargs.get("dsn")
    return str(given or "") or urlsplit(str(dsn or "")).path.strip("/") or _UNNAMED
