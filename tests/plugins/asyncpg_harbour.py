"""A PostgreSQL database with a table, and the ways of asyncpg to it."""

from typing import Any

import asyncpg

from tests.plugins.postgres_server import PostgresServer


class AsyncpgHarbour:
    """A server with a table, and one way to its database."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self.dsn = f"postgresql://admin:{server.admin_password}@{server.address}/{server.database}"
        server.execute("DROP TABLE IF EXISTS ships; CREATE TABLE ships (id int, name text)")

    async def pool(self, **given: Any) -> Any:
        """Close it."""
        settings: dict[str, Any] = {"min_size": 1, "max_size": 2} | given
        return await asyncpg.create_pool(self.dsn, **settings)

    async def connect(self, **given: Any) -> Any:
        """Close it."""
        return await asyncpg.connect(self.dsn, **given)

    def kill(self) -> None:
        """Ends every other connection to the server."""
        self.server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
