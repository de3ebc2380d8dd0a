"""Asks the Redis of an asyncio client about queues, from a thread and over connections of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redis.asyncio import Redis

_TIMEOUT_SECONDS = 2.0
_WHERE = frozenset({"host", "port", "path", "db", "username", "password", "credential_provider", "protocol"})


class RedisState:
    """Where a client is connected to; nothing is known of one that asks Sentinels first."""

    def __init__(self, kind: Any, settings: Mapping[str, Any]) -> None:
        self._kind = kind
        self._settings = settings

    @classmethod
    def of(cls, pool: Any) -> "RedisState | None":
        """That of a connection pool of redis-py's asyncio."""
        given: Mapping[str, Any] = getattr(pool, "connection_kwargs", {})
        where = {name: value for name, value in given.items() if name in _WHERE or name.startswith("ssl_")}
        return cls(pool.connection_class, where) if "host" in where or "path" in where else None

    @property
    def place(self) -> str:
        """What tells one database from another, without its password."""
        settings = self._settings
        place = settings.get("path") or f"{settings.get('host')}:{settings.get('port', 6379)}"
        return f"{place}/{settings.get('db') or 0}"

    def ask(self, question: "Callable[[Redis], Awaitable[Any]]") -> Any:
        """What the question, which runs in an event loop of its own, returns; TimeoutError after two seconds."""
        return asyncio.run(self._ask(question))

    async def _ask(self, question: "Callable[[Redis], Awaitable[Any]]") -> Any:
        from redis.asyncio import ConnectionPool, Redis

        times = {"socket_timeout": _TIMEOUT_SECONDS, "socket_connect_timeout": _TIMEOUT_SECONDS}
        settings: dict[str, Any] = {**self._settings, **times}
        pool = ConnectionPool(connection_class=self._kind, max_connections=1, **settings)
        try:
            return await asyncio.wait_for(question(Redis(connection_pool=pool)), _TIMEOUT_SECONDS)
        finally:
            await pool.disconnect()
