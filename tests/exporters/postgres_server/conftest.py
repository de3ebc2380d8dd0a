"""One furnished database of each version for the tests of tables, indexes and statements."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.exporters.postgres_server.garage import GARAGE, Garage, furnish, seen
from tests.plugins.postgres_server import PostgresServer


@pytest.fixture(scope="session", params=["postgres_installation", "newest_postgres_installation"])
def furnished(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """A server of the system's version, then of the newest, with the database of `garage`."""
    server: PostgresServer = request.getfixturevalue(request.param)
    server.restore()
    furnish(server)
    yield server
    server.execute(f"DROP DATABASE {GARAGE} WITH (FORCE)")
    server.execute("ALTER SYSTEM RESET ALL")
    server.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def garage(furnished: PostgresServer) -> Garage:
    """What one scrape of the furnished database shows; nothing changes there afterwards."""
    furnished.restore()
    return asyncio.run(seen(furnished))
