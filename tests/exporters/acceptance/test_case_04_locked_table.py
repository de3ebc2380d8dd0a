"""Case 4: one table under the strongest lock, as ALTER TABLE takes it."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.plugins.exporter_process import exporter_process, postgres_options
from tests.plugins.postgres_server import PostgresServer
from watchbill.catalogue.postgres_server.probe import PG_UP

SCHEMA, TABLES = "locking", 24
_LOCKED = f"{SCHEMA}.t0"
LIMIT, LOCK_LIMIT, MARGIN = 2.0, 0.2, 0.3


@pytest.fixture
def tables(postgres_server: PostgresServer) -> Generator[PostgresServer]:
    """A server with some tables that have rows and indexes."""
    postgres_server.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}")
    for number in range(TABLES):
        table = f"{SCHEMA}.t{number}"
        rows = "SELECT n AS id, n AS a FROM generate_series(1, 50) n"
        postgres_server.execute(f"CREATE TABLE {table} AS {rows}")
        postgres_server.execute(
            f"ALTER TABLE {table} ADD PRIMARY KEY (id); CREATE INDEX ON {table} (a); ANALYZE {table}"
        )
    yield postgres_server
    postgres_server.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


@contextmanager
def longest_wait(server: PostgresServer) -> Generator[list[float]]:
    """Looks on, and notes how long each session of the exporter waits for a lock, in seconds."""
    query = b"""SELECT extract(epoch FROM clock_timestamp() - a.query_start)::float8
        FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.usename = %s"""
    found: list[float] = []
    ended = threading.Event()

    def watch() -> None:
        with server.connect() as connection:
            while not ended.is_set():
                found.extend(float(str(waited)) for (waited,) in connection.execute(query, (server.user,)).fetchall())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


def test_a_locked_table_costs_its_own_rows_alone_and_no_wait(tmp_path: Path, tables: PostgresServer) -> None:
    targets = {"read-before": postgres_options(tables), "never-read": postgres_options(tables)}
    with exporter_process(tmp_path, targets) as exporter:
        exporter.probe("read-before", scrape_timeout=10)
        healthy = exporter.probe("read-before", scrape_timeout=10)
        with tables.connect() as locker, locker.transaction(), longest_wait(tables) as waits:
            locker.execute(f"LOCK TABLE {_LOCKED} IN ACCESS EXCLUSIVE MODE".encode())
            locked = [exporter.probe(name, scrape_timeout=10) for name in targets]
    assert [scrape.value(PG_UP) for scrape in locked] == [1, 1]
    assert [scrape.seconds for scrape in locked if scrape.seconds >= LIMIT] == []
    assert [len(scrape.series) for scrape in locked if len(scrape.series) < 0.95 * len(healthy.series)] == []
    assert max(waits, default=0.0) < LOCK_LIMIT + MARGIN
