"""asyncpg: statements, transactions and pools, of one pool or of all connections."""

from typing import Any
from urllib.parse import urlsplit

from watchbill.database.binder import UNNAMED, Binder
from watchbill.database.layers import Layers
from watchbill.database.settings import Queries
from watchbill.errors import InvalidDeclaration
from watchbill.extras import required
from watchbill.ground import Ground
from watchbill.integrations.asyncpg_pool import POOLS, AsyncpgPool
from watchbill.integrations.asyncpg_pool_layers import EVERY_POOL, pool_layers
from watchbill.integrations.asyncpg_statements import CONNECTIONS, statement_layers
from watchbill.problem import is_a

KIND = "asyncpg"
_LAYERS = Layers()
# ruff: noqa: SLF001  asyncpg has no public names for what a connection or a pool was made with


class AsyncpgAttachment(Binder[AsyncpgPool]):
    """Without a pool, all connections and pools, those made later too, each under its database's name.

    Connections that SQLAlchemy opens for an instrumented engine are counted there alone.
    """

    kind = KIND
    _connections = CONNECTIONS

    def __init__(self, ground: Ground, pool: Any, *, name: str = "", queries: Queries) -> None:
        library = required(KIND, needed_by="obs.asyncpg()")
        if pool is not None and not isinstance(pool, library.pool.Pool):
            raise InvalidDeclaration("asyncpg(pool)", [f"{type(pool).__name__} is no pool of asyncpg; give the pool"])
        super().__init__(ground, name, queries, "" if pool is None else name or _database_of(pool))
        self._library = library
        self._given = pool
        self._counted: AsyncpgPool | None = None

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

    def _place_of(self, connection: Any) -> tuple[str, str, int]:
        return (str(connection._params.database), *_address_of(connection))


def _address_of(connection: Any) -> tuple[str, int]:
    """Host and port; a socket's path has none."""
    address = connection._addr
    return (str(address), 0) if is_a(address, str) else (address[0], address[1])


def _database_of(pool: Any) -> str:
    """As the pool's arguments name it."""
    given = pool._connect_kwargs.get("database")
    dsn = next(iter(pool._connect_args), None) or pool._connect_kwargs.get("dsn")
    return str(given or "") or urlsplit(str(dsn or "")).path.strip("/") or UNNAMED
