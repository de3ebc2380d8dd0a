"""psycopg 3 and psycopg_pool: statements, transactions and pools, of one pool or of all connections."""

from typing import Any
from weakref import WeakSet, finalize, ref

from watchbill.database.connections import Bound
from watchbill.database.layers import Layers
from watchbill.database.meter import Meter
from watchbill.database.settings import Queries
from watchbill.errors import InvalidDeclaration
from watchbill.extras import required
from watchbill.ground import Ground
from watchbill.integrations.psycopg_pool import PsycopgPool
from watchbill.integrations.psycopg_pool_layers import EVERY_POOL, pool_layers
from watchbill.integrations.psycopg_statements import CONNECTIONS, statement_layers
from watchbill.integrations.psycopg_transactions import transaction_layers
from watchbill.problem import is_a
from watchbill.report import Entry

KIND = "psycopg"
_UNNAMED = "postgresql"
_LAYERS = Layers()


class PsycopgAttachment:
    """Without a pool, all connections and pools, those made later too, each under its database's name.

    Connections that SQLAlchemy opens for an instrumented engine are counted there alone.
    """

    kind = KIND

    def __init__(self, ground: Ground, pool: Any, *, name: str = "", queries: Queries) -> None:
        library = required(KIND, needed_by="obs.psycopg()")
        if pool is not None:
            pools = required("psycopg_pool", needed_by="obs.psycopg()", extra=KIND)
            if not isinstance(pool, pools.ConnectionPool | pools.AsyncConnectionPool):
                kind = type(pool).__name__
                raise InvalidDeclaration("psycopg(pool)", [f"{kind} is no pool of psycopg_pool; give the pool"])
        self._library = library
        self._pool: ref[Any] | None = None if pool is None else ref(pool)
        self._ended: finalize[..., Any] | None = None
        self._subject = KIND if pool is None else f"{KIND} {name or _database_of(pool)}"
        self._ground = ground
        self._name = name
        self._queries = queries
        self._meters: dict[tuple[str, str], Meter] = {}
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

    def entry(self) -> Entry:
        """What the report says of it."""
        if self._pool is None:
            return Entry(self._subject, "on", "every connection and pool")
        return Entry(self._subject, "on", "queries, transactions and the pool")

    def take(self, connection: Any) -> Bound | None:
        """Counts a connection, whatever counted it before."""
        try:
            return CONNECTIONS.bind(connection, self._meter_of(connection), self)
        except Exception as error:  # noqa: BLE001  never into the application
            self._ground.faults.report("database", error)
            return None

    def seen(self, connection: Any) -> None:
        """Counts a connection of one of its pools, unless it does already."""
        if not CONNECTIONS.is_bound(connection, self):
            self.take(connection)

    def meet(self, pool: Any) -> PsycopgPool | None:
        """Counts a pool that it sees for the first time."""
        try:
            return self._count(pool)
        except Exception as error:  # noqa: BLE001  never into the application
            self._ground.faults.report("pool", error)
            return None

    def _count(self, pool: Any) -> PsycopgPool:
        present = PsycopgPool.of(pool)
        if present is not None:
            # One of its own goes before one of all.
            present.end()
        counted = PsycopgPool(self._ground, pool, self._name or _database_of(pool), self)
        self._pools.add(counted)
        return counted

    def _meter_of(self, connection: Any) -> Meter:
        info = connection.info
        database, host, port = info.dbname, info.host, info.port
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


def _database_of(pool: Any) -> str:
    """As the pool's arguments name it; one that they are asked for in time is not asked."""
    from psycopg.conninfo import conninfo_to_dict

    given = pool.kwargs.get("dbname") if is_a(pool.kwargs, dict) else None
    told = conninfo_to_dict(pool.conninfo).get("dbname") if is_a(pool.conninfo, str) else None
    return str(given or told or "") or _UNNAMED
