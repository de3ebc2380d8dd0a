"""The connection pools of clients: their own numbers, and what callers wait for and lose."""

from collections.abc import Callable, Iterable, Iterator
from threading import RLock
from typing import Any
from weakref import WeakSet, ref

from watchbill.database.pool import PoolNumbers, PoolPart
from watchbill.ground import Ground

OWNERS = "_watchbill_owners"
"""Where a pool has those who count it; the first one does."""
HOME = "_watchbill_home"
"""Where a connection has its pool."""
_UNLIMITED = 2**31
NOTHING = PoolNumbers(0, 0)
_FULL = frozenset({"Too many connections", "No connection available."})


class PoolOwner:
    """Counts the pools of one client, or those of all clients that have no owner of their own.

    Of a pool that several instrumented clients share, the first one's name stands in the metrics.
    """

    def __init__(self, ground: Ground, name: str, *, is_everywhere: bool = False) -> None:
        self._ground = ground
        self.is_everywhere = is_everywhere
        self._pools: WeakSet[Any] = WeakSet()
        self._only: Callable[[], PoolNumbers] | None = None
        self._cluster: ref[Any] | None = None
        self._marked: ref[Any] | None = None
        self._lock = RLock()
        self.at_once = 0
        self._store: Any = None if ground.emission is None else ground.emission.store
        self._part = PoolPart.of(ground, name, self._numbers)
        self._wait: Any = None if self._part is None else self._part.series.wait

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        return type(None), ()

    def own(self, pool: Any) -> None:
        """Counts a pool from now on."""
        if self._part is None:
            return
        with self._lock:
            owners = owners_of(pool)
            if self not in owners:
                self._pools.add(pool)
                # A client's own name comes before that of all clients.
                at = len(owners) if self.is_everywhere else sum(not one.is_everywhere for one in owners)
                pool.__dict__[OWNERS] = (*owners[:at], self, *owners[at:])
                for connection in connections_of(pool):
                    settle(connection, pool)
            self._remember()

    def own_cluster(self, nodes: Any) -> None:
        """Counts the pools of a sync cluster client's nodes, those met later too."""
        self._marked = ref(nodes)
        nodes.__dict__[OWNERS] = (self,)
        for node in list(nodes.nodes_cache.values()):
            if node.redis_connection is not None:
                self.own(node.redis_connection.connection_pool)

    def own_nodes(self, cluster: Any) -> None:
        """Counts the connections of an asyncio cluster client, which has no pools."""
        self._cluster = ref(cluster)

    def end(self) -> None:
        """Counts nothing any more."""
        with self._lock:
            pools = list(self._pools)
            self._pools.clear()
            self._only = None
        for pool in pools:
            left = tuple(one for one in owners_of(pool) if one is not self)
            if left:
                pool.__dict__[OWNERS] = left
            else:
                pool.__dict__.pop(OWNERS, None)
                for connection in connections_of(pool):
                    unwrapped(connection).__dict__.pop(HOME, None)
        nodes = None if self._marked is None else self._marked()
        if nodes is not None:
            nodes.__dict__.pop(OWNERS, None)
        self._cluster = self._marked = None
        if self._part is not None:
            self._flush()
            self._part.remove()

    def taken(self, seconds: float) -> None:
        """A caller has got a connection."""
        try:
            self._wait.observe(seconds)
            company = self._store.company
            if company is not None and company.is_shared:
                self.moved()
        except Exception as error:  # noqa: BLE001  never into the application
            self._ground.faults.report("redis", error)

    @property
    def is_shared(self) -> bool:
        """Whether other workers show this one's numbers, which they cannot ask for: then `moved` has to be told."""
        company = None if self._store is None else self._store.company
        return company is not None and company.is_shared

    def moved(self) -> None:
        """The pool's numbers are others now."""
        if self._part is not None:
            self._part.moved()

    def refused(self, error: BaseException) -> None:
        """A caller has got none."""
        if self._part is None or not isinstance(error, Exception):
            return
        try:
            counter = self._part.series.timeouts if is_full(error) else self._part.series.errors
            counter.inc()
            self.moved()
        except Exception as fault:  # noqa: BLE001  never into the application
            self._ground.faults.report("redis", fault)

    def opened(self) -> None:
        """A connection has been opened, for the first time or again."""
        try:
            if self._part is not None:
                self._part.series.opened.inc()
        except Exception as error:  # noqa: BLE001  never into the application
            self._ground.faults.report("redis", error)

    def _remember(self) -> None:
        # Most clients have one pool, which is then read without a detour.
        pools = list(self._pools)
        self._only = reader(pools[0], self) if len(pools) == 1 else None

    def _flush(self) -> None:
        # Those who waited for nothing cost an addition each, and are in the histogram from the next scrape on.
        count, self.at_once = self.at_once, 0
        if count:
            self._wait._buckets[0].inc(count)  # noqa: SLF001  prometheus-client cannot observe several at once

    def _numbers(self) -> PoolNumbers:
        self._flush()
        only, cluster = self._only, self._cluster
        if only is not None and cluster is None:
            return only()
        with self._lock:
            pools = list(self._pools)
        found = [numbers_of(pool) for pool in pools if owners_of(pool)[:1] == (self,)]
        client = None if cluster is None else cluster()
        if client is not None:
            found += map(_numbers_of_node, list(client.nodes_manager.nodes_cache.values()))
        return added_up(found)


def owners_of(pool: Any) -> tuple[PoolOwner, ...]:
    """Those who count a pool."""
    return pool.__dict__.get(OWNERS) or ()


def settle(connection: Any, pool: Any) -> None:
    """Tells a connection which pool it is of; one with a cache of its own wraps another."""
    unwrapped(connection).__dict__[HOME] = ref(pool)


def unwrapped(connection: Any) -> Any:
    """The connection itself."""
    return getattr(connection, "_conn", connection)


def owner_of_connection(connection: Any) -> PoolOwner | None:
    """Who counts a connection's pool."""
    home = connection.__dict__.get(HOME)
    pool = None if home is None else home()
    return next(iter(owners_of(pool)), None) if pool is not None else None


def connections_of(pool: Any) -> Iterator[Any]:
    """Those a pool has already."""
    for name in ("_connections", "_available_connections", "_in_use_connections"):
        found: Iterable[Any] = list(getattr(pool, name, ()))
        yield from found


def reader(pool: Any, owner: PoolOwner) -> Callable[[], PoolNumbers]:
    """Reads one pool as long as it is there and this owner is its first."""
    home, read = ref(pool), _kind_of(pool)

    def found() -> PoolNumbers:
        there = home()
        return read(there) if there is not None and owners_of(there)[:1] == (owner,) else NOTHING

    return found


def is_ready(pool: Any) -> bool:
    """Whether an asyncio pool has an open connection that nobody uses, and that its server has not closed."""
    try:
        # The libraries have no other names for these fields.
        free = pool._available_connections  # noqa: SLF001  as above
        stream = free[-1]._reader if free else None  # noqa: SLF001  as above
        return stream is not None and not stream.at_eof()
    except Exception:  # noqa: BLE001  a pool of another make is asked by waiting for it
        return False


def numbers_of(pool: Any) -> PoolNumbers:
    """From the pool's own fields."""
    return _kind_of(pool)(pool)


def _kind_of(pool: Any) -> Callable[[Any], PoolNumbers]:
    if hasattr(pool, "pool"):
        return _queued
    return _condition if hasattr(pool, "_condition") else _plain


def _plain(pool: Any) -> PoolNumbers:
    limit = pool.max_connections
    # The libraries have no other name for these fields.
    return PoolNumbers(
        len(pool._in_use_connections),  # noqa: SLF001  as above
        len(pool._available_connections),  # noqa: SLF001  as above
        None if limit >= _UNLIMITED else limit,
    )


def _condition(pool: Any) -> PoolNumbers:
    return _plain(pool)._replace(waiting=len(pool._condition._waiters))  # noqa: SLF001  as above


def _queued(pool: Any) -> PoolNumbers:
    # Free places are in the queue, whether a connection is in them or not.
    active = pool.max_connections - pool.pool.qsize()
    idle = max(len(pool._connections) - active, 0)  # noqa: SLF001  as above
    return PoolNumbers(active, idle, pool.max_connections, waiting=len(pool.pool.not_empty._waiters))  # noqa: SLF001  as above


def added_up(found: list[PoolNumbers]) -> PoolNumbers:
    """Several pools as one. There is no limit where one of them has none."""
    limits = [one.maximum for one in found]
    known = [limit for limit in limits if limit is not None]
    waiting = [one.waiting for one in found if one.waiting is not None]
    return PoolNumbers(
        sum(one.active for one in found),
        sum(one.idle for one in found),
        sum(known) if known and len(known) == len(limits) else None,
        waiting=sum(waiting) if waiting else None,
    )


def is_full(error: Exception) -> bool:
    """Whether a pool had no connection to give."""
    return type(error).__name__ == "MaxConnectionsError" or (bool(error.args) and error.args[0] in _FULL)


def _numbers_of_node(node: Any) -> PoolNumbers:
    made, free = len(node._connections), len(node._free)  # noqa: SLF001  the libraries have no other name for it
    limit = node.max_connections
    return PoolNumbers(made - free, free, None if limit >= _UNLIMITED else limit)
