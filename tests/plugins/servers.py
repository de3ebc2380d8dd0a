"""Fixtures: real servers on free ports of loopback, stopped by their process id."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugins.postgres_server import PostgresServer
from tests.plugins.redis_server import RedisServer


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A running Redis of the test's own, with a password."""
    yield from RedisServer(tmp_path).running()


@pytest.fixture(scope="session")
def postgres_installation() -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests; ask for `postgres_server`, which brings it into a known state."""
    # Not in pytest's folder, which only its owner may enter: the server runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="watchbill-postgres-"))
    folder.chmod(0o755)
    server = PostgresServer(folder)
    try:
        server.create()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_server(postgres_installation: PostgresServer) -> PostgresServer:
    """A running PostgreSQL with the role `watchbill`, which has pg_monitor alone."""
    postgres_installation.restore()
    return postgres_installation
