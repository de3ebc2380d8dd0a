"""A PostgreSQL database with a table, and the ways of psycopg to it."""

from typing import Any

import psycopg
import psycopg_pool

from tests.plugins.postgres_server import PostgresServer


class PsycopgHarbour:
    """A server with a table, and the way to its database."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self.dsn = f"postgresql://admin:{server.admin_password}@{server.address}/{server.database}"
        server.execute("DROP TABLE IF EXISTS ships; CREATE TABLE ships (id int, name text)")

    def connect(self, **given: Any) -> Any:
        """Close it."""
        return psycopg.connect(self.dsn, **given)

    async def connect_later(self, **given: Any) -> Any:
        """Close it."""
        return await psycopg.AsyncConnection.connect(self.dsn, **given)

    def pool(self, kind: Any = psycopg_pool.ConnectionPool, **given: Any) -> Any:
        """Close it."""
        return kind(self.dsn, **({"min_size": 1, "max_size": 2, "open": True} | given))

    def kill(self) -> None:
        """Ends every other connection to the server."""
        self.server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
