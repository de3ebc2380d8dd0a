"""Fixtures: real servers on free ports of loopback, stopped by their process id."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugins.postgres_server import PostgresServer, newest_programs
from tests.plugins.rabbitmq_server import RabbitmqServer
from tests.plugins.redis_server import RedisServer


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A running Redis of the test's own, with a password."""
    yield from RedisServer(tmp_path).running()


@pytest.fixture(scope="session")
def started_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One Redis for many tests; ask for `empty_redis`, which brings it into a known state."""
    yield from RedisServer(tmp_path_factory.mktemp("redis")).running()


@pytest.fixture
def empty_redis(started_redis: RedisServer) -> RedisServer:
    """A running Redis without a key, with a password."""
    started_redis.execute("FLUSHALL")
    return started_redis


@pytest.fixture(scope="session")
def rabbitmq_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitmqServer]:
    """One RabbitMQ with its management listener for all tests: it takes seconds to start."""
    found = RabbitmqServer(tmp_path_factory.mktemp("rabbitmq"), management=True)
    try:
        found.start()
        yield found
    finally:
        found.stop()


@pytest.fixture(scope="session")
def postgres_installation() -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests; ask for `postgres_server`, which brings it into a known state."""
    yield from _created()


@pytest.fixture
def postgres_server(postgres_installation: PostgresServer) -> PostgresServer:
    """A running PostgreSQL with the role `watchbill`, which has pg_monitor alone."""
    postgres_installation.restore()
    return postgres_installation


@pytest.fixture(scope="session")
def newest_postgres_installation() -> Iterator[PostgresServer]:
    """One PostgreSQL of the newest version; ask for `newest_postgres`."""
    yield from _created(newest_programs())


@pytest.fixture
def newest_postgres(newest_postgres_installation: PostgresServer) -> PostgresServer:
    """As `postgres_server`, of the newest version."""
    newest_postgres_installation.restore()
    return newest_postgres_installation


@pytest.fixture(params=["postgres_server", "newest_postgres"])
def either_postgres(request: pytest.FixtureRequest) -> PostgresServer:
    """The one of the system, then the newest."""
    server: PostgresServer = request.getfixturevalue(request.param)
    return server


def _created(programs: Path | None = None) -> Iterator[PostgresServer]:
    # Not in pytest's folder, which only its owner may enter: the server runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="watchbill-postgres-"))
    folder.chmod(0o755)
    server = PostgresServer(folder, programs)
    try:
        server.create()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
