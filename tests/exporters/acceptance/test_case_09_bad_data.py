"""Case 9: names and numbers that nobody expects.

Shortened: 1 200 tables, more than twice what is shown, instead of 5 000.
"""

import subprocess
from collections.abc import Generator
from math import isnan
from pathlib import Path

import pytest

from tests.plugins.exporter_process import Scrape, exporter_process, postgres_options, redis_options
from tests.plugins.ill_server import ill_server, speaking_redis
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.programs import program
from tests.plugins.redis_server import RedisServer, connected
from watchbill.catalogue.exporter import COLLECTOR
from watchbill.catalogue.postgres_server.databases import PG_DATABASE, PG_DATABASE_SIZE
from watchbill.catalogue.postgres_server.probe import PG_COLLECTOR_SUCCESS, PG_UP
from watchbill.catalogue.redis_server.keyspace import REDIS_KEYS
from watchbill.catalogue.redis_server.probe import REDIS_COLLECTOR_SUCCESS, REDIS_UP
from watchbill.catalogue.redis_server.streams import REDIS_GROUP_LAG

STRANGE = 'we"ird\\na\nme % {x="y"} 世 \u2028 🐘'
DATABASE, BYTES = "strange", "bytes"
TABLES = 1_200
INFO = b"""# Server
redis_version:7.0.0
redis_mode:standalone
uptime_in_seconds:nonsense
uptime_in_seconds:12
# Clients
connected_clients:1
connected_clients:1
blocked_clients:\xff\xfe
maxclients:99999999999999999999999999
# Memory
used_memory:nan
used_memory_rss:-1
maxmemory:
# Replication
role:master
slave0:ip=,port=,state=,offset=,lag=
slave0:ip=1.2.3.4,port=1,state=online,offset=1,lag=1
slave0:ip=1.2.3.4,port=1,state=online,offset=1,lag=1
# Commandstats
cmdstat_get:calls=1,usec=2,usec_per_call=2.00,rejected_calls=0,failed_calls=0
cmdstat_get:calls=1,usec=2,usec_per_call=2.00,rejected_calls=0,failed_calls=0
cmdstat_"quo\\ted:calls=x
# Keyspace
db0:keys=1,expires=0,avg_ttl=0
db0:keys=1,expires=0,avg_ttl=0
db1:keys
""".replace(b"\n", b"\r\n")


def faults(scrape: Scrape, *, redis: bool) -> set[str]:
    """Collectors that failed."""
    metric = REDIS_COLLECTOR_SUCCESS if redis else PG_COLLECTOR_SUCCESS
    names = scrape.exposition.values_of(metric, COLLECTOR)
    return {name for name in names if scrape.value(metric, {COLLECTOR: name}) == 0}


def is_read_by_prometheus(scrape: Scrape) -> bool:
    """Whether Prometheus' own parser takes the page, apart from remarks on style, and no series stands twice."""
    command = [program("promtool"), "check", "metrics"]
    checked = subprocess.run(command, input=scrape.text, capture_output=True, text=True, check=False)
    # Only a line feed ends a line: names of this test have other ends of lines within.
    lines = [line.rpartition(" ")[0] for line in scrape.text.split("\n") if not line.startswith("#")]
    return checked.returncode in {0, 3} and "error while" not in checked.stderr and len(lines) == len(set(lines))


@pytest.fixture
def strange_databases(postgres_server: PostgresServer) -> Generator[PostgresServer]:
    """Two databases with names, tables and text that no one should have."""
    quoted = STRANGE.replace('"', '""')
    for name in (DATABASE, quoted, BYTES):
        postgres_server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    postgres_server.execute(f'CREATE DATABASE "{DATABASE}"')
    postgres_server.execute(f'CREATE DATABASE "{quoted}"')
    postgres_server.execute(
        f"CREATE DATABASE {BYTES} ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    with postgres_server.connect(DATABASE) as connection:
        connection.execute(f'CREATE SCHEMA "{quoted}"; CREATE TABLE "{quoted}"."{quoted}" (a int)'.encode())
        connection.execute(f'CREATE INDEX "{quoted} i" ON "{quoted}"."{quoted}" (a)'.encode())
        tables = f"FOR i IN 1..{TABLES} LOOP EXECUTE format('CREATE TABLE t%s ()', i); END LOOP"
        connection.execute(f"DO $$ BEGIN {tables}; END $$".encode())
    with postgres_server.connect(BYTES) as connection:
        connection.execute(b"SET client_encoding = 'SQL_ASCII'")
        connection.execute(b'CREATE TABLE "\xff\xfe" (a int)')
    yield postgres_server
    for name in (DATABASE, quoted, BYTES):
        postgres_server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.parametrize("database", [DATABASE, BYTES])
def test_strange_names_many_tables_and_tables_without_statistics_are_no_error(
    tmp_path: Path, strange_databases: PostgresServer, database: str
) -> None:
    options = {**postgres_options(strange_databases), "database": database}
    with exporter_process(tmp_path, {"orders": options}) as exporter:
        scrapes = [exporter.probe("orders", scrape_timeout=10) for _ in range(2)]
    for scrape in scrapes:
        assert scrape.status == 200
        assert scrape.value(PG_UP) == 1
        assert faults(scrape, redis=False) == set()
        assert is_read_by_prometheus(scrape)
        assert STRANGE in scrape.exposition.values_of(PG_DATABASE_SIZE, PG_DATABASE)


def test_strange_keys_and_a_stream_whose_lag_nobody_knows_are_no_error(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    with connected(redis_server) as client:
        for number in range(5):
            client.xadd("jobs", {"n": number}, id=f"{number + 1}-1")
        client.xgroup_create("jobs", "readers", "2-1")
        client.xdel("jobs", "4-1")
        client.rpush(STRANGE, "x")
    options = redis_options(redis_server, streams=["jobs", "absent"], lists=[STRANGE, "absent"])
    with exporter_process(tmp_path, {"cache": options}) as exporter:
        scrape = exporter.probe("cache")
    lags = [sample.value for sample in scrape.exposition.samples if sample.name == REDIS_GROUP_LAG.name]
    assert scrape.value(REDIS_UP) == 1
    assert faults(scrape, redis=True) == set()
    assert all(map(isnan, lags)), "unknown is absent or NaN, never 0"
    assert is_read_by_prometheus(scrape)


def test_a_server_that_says_nonsense_costs_what_it_says_nonsense_of(tmp_path: Path) -> None:
    with (
        ill_server(speaking_redis(INFO)) as server,
        exporter_process(tmp_path, {"cache": {"kind": "redis", "address": server.address}}) as exporter,
    ):
        scrape = exporter.probe("cache")
    assert scrape.status == 200
    assert scrape.value(REDIS_UP) == 1
    assert is_read_by_prometheus(scrape)
    assert scrape.value(REDIS_KEYS) in {1, None}
