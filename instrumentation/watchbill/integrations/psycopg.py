"""psycopg 3 and psycopg_pool: statements, transactions and pools, of one pool or of all connections."""

from typing import Any
from weakref import WeakSet, finalize, ref

from watchbill.database.binder import UNNAMED, Binder
from watchbill.database.layers import Layers
from watchbill.database.settings import Queries
from watchbill.errors import InvalidDeclaration
from watchbill.extras import required
from watchbill.ground import Ground
from watchbill.integrations.psycopg_pool import PsycopgPool
from watchbill.integrations.psycopg_pool_layers import EVERY_POOL, pool_layers
from watchbill.integrations.psycopg_statements import CONNECTIONS, statement_layers
from watchbill.integrations.psycopg_transactions import transaction_layers
from watchbill.problem import is_a

KIND = "psycopg"
_LAYERS = Layers()


class PsycopgAttachment(Binder[PsycopgPool]):
    """Without a pool, all connections and pools, those made later too, each under its database's name.

    Connections that SQLAlchemy opens for an instrumented engine are counted there alone.
    """

    kind = KIND
    _connections = CONNECTIONS

    def __init__(self, ground: Ground, pool: Any, *, name: str = "", queries: Queries) -> None:
        library = required(KIND, needed_by="obs.psycopg()")
        if pool is not None:
            pools = required("psycopg_pool", needed_by="obs.psycopg()", extra=KIND)
            if not isinstance(pool, pools.ConnectionPool | pools.AsyncConnectionPool):
                kind = type(pool).__name__
                raise InvalidDeclaration("psycopg(pool)", [f"{kind} is no pool of psycopg_pool; give the pool"])
        super().__init__(ground, name, queries, "" if pool is None else name or _database_of(pool))
        self._library = library
        self._pool: ref[Any] | None = None if pool is None else ref(pool)
        self._ended: finalize[..., Any] | None = None
        self._pools: WeakSet[PsycopgPool] = WeakSet()

    @property
    def target(self) -> Any:
        """The pool, as long as somebody else has it; the library for all."""
        return self._library if self._pool is None else self._pool()

    def attach(self) -> None:
        """Puts it in."""
        pool = self.target
        _LAYERS.want(self, lambda: [*statement_layers(), *transaction_layers(), *pool_layers()])
        if self._pool is not None:
            self._count(pool)
            self._ended = finalize(pool, self.detach)
            self._ended.atexit = False
        elif not EVERY_POOL:
            CONNECTIONS.everywhere = self
            EVERY_POOL.append(self)

    def detach(self) -> None:
        """Takes it out."""
        if self._ended is not None:
            self._ended.detach()
        if self in EVERY_POOL:
            EVERY_POOL.remove(self)
            CONNECTIONS.everywhere = None
        for counted in list(self._pools):
            counted.end()
        self._pools.clear()
        CONNECTIONS.release(self)
        _LAYERS.drop(self)

    def _count(self, pool: Any) -> PsycopgPool:
        present = PsycopgPool.of(pool)
        if present is not None:
            # One of its own goes before one of all.
            present.end()
        counted = PsycopgPool(self._ground, pool, self._name or _database_of(pool), self)
        self._pools.add(counted)
        return counted

    def _place_of(self, connection: Any) -> tuple[str, str, int]:
        info = connection.info
        return info.dbname, info.host, info.port


def _database_of(pool: Any) -> str:
    """As the pool's arguments name it; one that they are asked for in time is not asked."""
    from psycopg.conninfo import conninfo_to_dict

    given = pool.kwargs.get("dbname") if is_a(pool.kwargs, dict) else None
    told = conninfo_to_dict(pool.conninfo).get("dbname") if is_a(pool.conninfo, str) else None
    return str(given or told or "") or UNNAMED
