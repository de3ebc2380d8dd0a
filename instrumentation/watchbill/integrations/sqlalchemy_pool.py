"""SQLAlchemy's pools: their own numbers, and what callers wait for, hold and lose."""

from typing import TYPE_CHECKING, Any
from weakref import WeakSet, finalize, ref

from watchbill.database.pool import NOTHING, PoolNumbers, PoolPart
from watchbill.errors import InvalidDeclaration
from watchbill.ground import Ground
from watchbill.integrations.sqlalchemy_pool_layers import MARK, FollowedPool

if TYPE_CHECKING:
    from sqlalchemy.pool import Pool


class PoolAttachment:
    """Our part in the pool of an engine, sync or asyncio, or in a pool alone.

    The pools that `dispose()` replaces it with are followed. A pool that is followed already is left alone. It keeps
    neither the engine nor the pool: their numbers end with them.
    """

    def __init__(self, ground: Ground, engine_or_pool: Any, name: str) -> None:
        from sqlalchemy.pool import Pool

        owner = getattr(engine_or_pool, "sync_engine", engine_or_pool)
        # An engine with options of its own has its pool from another.
        owner = getattr(owner, "_proxied", owner)
        self._is_pool = isinstance(owner, Pool)
        if not self._is_pool and not isinstance(getattr(owner, "pool", None), Pool):
            kind = type(engine_or_pool).__name__
            raise InvalidDeclaration("sqlalchemy", [f"{kind} has no pool of SQLAlchemy; give an engine or a pool"])
        self.ground = ground
        self.part: PoolPart | None = None
        self.held: dict[int, None] = {}
        self._name = name
        self._owner: ref[Any] = ref(owner)
        self._replacement: Pool | None = None
        self._followed: WeakSet[FollowedPool] = WeakSet()
        self._ended: finalize[..., Any] | None = None

    @property
    def pool(self) -> "Pool | None":
        """The pool of now; None when nobody has it any more."""
        owner = self._owner()
        return owner if owner is None or self._is_pool else owner.pool

    def attach(self) -> None:
        """Puts it in."""
        pool = self.pool
        if pool is None or not FollowedPool.is_free(pool):
            return
        followed = self.follow(pool)
        self.part = followed.part = PoolPart.of(self.ground, self._name, self._read)
        if self.part is not None:
            self._ended = finalize(self._owner(), self.part.remove)
            self._ended.atexit = False

    def detach(self) -> None:
        """Takes it out of every pool it is in."""
        for followed in list(self._followed):
            followed.end()
        self._followed.clear()
        part, self.part = self.part, None
        if part is not None:
            part.remove()
        if self._ended is not None:
            self._ended.detach()

    def follow(self, pool: "Pool") -> FollowedPool:
        """Puts it into one more pool, which takes the place of one that it is in."""
        followed = FollowedPool.of(pool)
        if followed is None:
            followed = FollowedPool(self, pool)
            self._followed.add(followed)
        return followed

    def replaced(self, by: "Pool") -> None:
        """Shows the numbers of the pool that is about to take the place."""
        self._replacement = by
        try:
            self.refresh()
        finally:
            self._replacement = None

    def count(self) -> PoolNumbers:
        """What is checked out of pools that have no numbers of their own."""
        return PoolNumbers(len(self.held), 0)

    def refresh(self) -> None:
        """Reads the pool's numbers again."""
        if self.part is not None:
            self.part.refresh()

    def _read(self) -> PoolNumbers:
        owner = self._owner()
        if owner is None:
            return NOTHING
        pool = self._replacement or (owner if self._is_pool else owner.pool)
        # One that another library put in place is first seen here.
        return (pool.__dict__.get(MARK) or self.follow(pool)).numbers()
