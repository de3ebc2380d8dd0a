"""The servers that the exporters are measured on."""

import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.plugins.postgres_server import PostgresServer
from tests.plugins.redis_server import RedisServer, connected

LISTS, STREAMS = 20, 10
LIST_NAMES = tuple(f"list{number}" for number in range(LISTS))
STREAM_NAMES = tuple(f"stream{number}" for number in range(STREAMS))
_SETTINGS = {"max_connections": "100", "track_io_timing": "on", "shared_preload_libraries": "pg_stat_statements"}


@dataclass(frozen=True, slots=True)
class Size:
    """How much the servers hold."""

    keys: int = 100_000
    tables: int = 200


@dataclass(frozen=True, slots=True)
class Targets:
    """The running servers, and a folder for what belongs to them."""

    folder: Path
    redis: RedisServer
    postgres: PostgresServer


@contextmanager
def targets(size: Size) -> Generator[Targets]:
    """A Redis with lists and streams that groups read, and a PostgreSQL with tables of three indexes each."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="watchbill-benchmark-")))
        # PostgreSQL runs as another user.
        folder.chmod(0o755)
        redis = RedisServer(folder)
        redis.start("--enable-debug-command", "local")
        stack.callback(redis.stop)
        _fill_redis(redis, size.keys)
        home = folder / "postgres"
        home.mkdir(mode=0o755)
        postgres = PostgresServer(home)
        stack.callback(postgres.stop)
        postgres.create()
        postgres.stop()
        postgres.start(**_SETTINGS)
        _fill_postgres(postgres, size.tables)
        yield Targets(folder, redis, postgres)


def _fill_redis(redis: RedisServer, keys: int) -> None:
    redis.execute("DEBUG", "POPULATE", str(keys))
    with connected(redis) as client:
        for name in LIST_NAMES:
            client.rpush(name, *map(str, range(100)))
        for name in STREAM_NAMES:
            for number in range(50):
                client.xadd(name, {"number": number})
            for group in ("mail", "audit"):
                client.xgroup_create(name, group, "0")
                client.xreadgroup(group, "reader", {name: ">"}, count=10)


def _fill_postgres(postgres: PostgresServer, tables: int) -> None:
    postgres.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    with postgres.connect() as connection:
        for number in range(tables):
            table = f"t{number}"
            columns = "SELECT n AS id, n AS a, n AS b FROM generate_series(1, 100) n"
            indexes = "; ".join(f"CREATE INDEX ON {table} ({column})" for column in ("a", "b"))
            statements = f"CREATE TABLE {table} AS {columns}; ALTER TABLE {table} ADD PRIMARY KEY (id); {indexes}"
            connection.execute(statements.encode())
        connection.execute(b"ANALYZE")
