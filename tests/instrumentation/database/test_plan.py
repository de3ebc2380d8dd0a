"""The plan of a slow statement is asked for afterwards, on a connection of its own."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import QueuePool

from tests.plugins.application import quiet, until
from tests.plugins.postgres_server import PostgresServer
from watchbill.database.settings import Queries

ROWS = 20_000
ASKED = text("SELECT name FROM parts WHERE maker = :maker AND price > :price ORDER BY name")
GIVEN = {"maker": "a secret", "price": 5}
SETTINGS = Queries(slow=0.0000001, plans=True)

FORKING = """
import logging, os, sys, time
from sqlalchemy import create_engine, text
from watchbill import Observability, Queries

told = []
class Kept(logging.Handler):
    def emit(self, record):
        if "plan of a slow" in record.getMessage():
            told.append(record)
logging.getLogger("watchbill.database").addHandler(Kept())
engine = create_engine("sqlite:///" + sys.argv[1])
Observability(service="shop").sqlalchemy(engine, queries=Queries(slow=0.0000001, plans=True))

def ask(who, statement):
    told.clear()
    with engine.connect() as connection:
        connection.execute(text(statement)).all()
    until = time.monotonic() + 5
    while not told and time.monotonic() < until:
        time.sleep(0.01)
    print(who if told else "nothing", flush=True)

ask("parent", "SELECT name FROM parts WHERE maker = 'm' LIMIT 1")
child = os.fork()
if not child:
    ask("child", "SELECT name FROM parts WHERE price = 2 LIMIT 1")
    os._exit(0)
os.waitpid(child, 0)
"""


def plans(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """The fields of the plans that were told."""
    return [vars(record) for record in caplog.records if "plan of a slow statement" in record.message]


def of_table(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Those of the statement above."""
    return [line for line in plans(caplog) if "maker" in line["db.query.text"]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database with a large table that has no index."""
    path = tmp_path / "stock.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE parts (id integer primary key, name text, maker text, price int)"))
        connection.exec_driver_sql(
            "INSERT INTO parts (name, maker, price) VALUES (?, ?, ?)", [("n", "m", 1) for _ in range(ROWS)]
        )
    engine.dispose()
    return path


@pytest.fixture
def server(postgres_server: PostgresServer) -> Iterator[str]:
    """The same in PostgreSQL: the address without a driver."""
    postgres_server.execute(
        "CREATE TABLE parts AS SELECT 'n' AS name, 'm' AS maker, 1 AS price "  # noqa: S608  a number of ours
        f"FROM generate_series(1, {ROWS}); ANALYZE parts"
    )
    yield f"admin:{postgres_server.admin_password}@{postgres_server.address}/postgres"
    postgres_server.execute("DROP TABLE parts")


def run(engine: Engine, caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    """Runs the statement twice; what was told of its plan."""
    observability = quiet().sqlalchemy(engine, name="stock", queries=SETTINGS)
    with caplog.at_level(logging.WARNING, "watchbill.database"), engine.connect() as connection:
        for _ in range(2):
            connection.execute(ASKED, GIVEN).all()
        until(lambda: of_table(caplog))
    observability.uninstrument(engine)
    (told,) = of_table(caplog)
    assert "secret" not in caplog.text
    return told


def test_sqlite_tells_of_a_scan_and_the_index_that_would_help(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    engine = create_engine(f"sqlite:///{file}")

    told = run(engine, caplog)

    assert told["db.query.plan"] == "SCAN parts; USE TEMP B-TREE FOR ORDER BY"
    assert told["db.query.index_hint"] == f"an index on parts (maker, price) may save reading {ROWS} rows"
    engine.dispose()


def test_postgresql_tells_of_a_scan_and_the_index_that_would_help(
    server: str, caplog: pytest.LogCaptureFixture
) -> None:
    engine = create_engine(f"postgresql+psycopg://{server}", poolclass=QueuePool, pool_size=1, max_overflow=0)

    told = run(engine, caplog)

    assert "Seq Scan on parts where" in told["db.query.plan"]
    assert told["db.query.index_hint"] == f"an index on parts (price, maker) may save reading {ROWS} rows"
    engine.dispose()


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg", "aiosqlite"])
async def test_over_asyncio_too(server: str, file: Path, driver: str, caplog: pytest.LogCaptureFixture) -> None:
    sqlite = driver == "aiosqlite"
    engine = create_async_engine(f"sqlite+aiosqlite:///{file}" if sqlite else f"postgresql+{driver}://{server}")
    observability = quiet().sqlalchemy(engine, name="stock", queries=SETTINGS)
    with caplog.at_level(logging.WARNING, "watchbill.database"):
        async with engine.connect() as connection:
            await connection.execute(ASKED, GIVEN)
            until(lambda: of_table(caplog))
    observability.uninstrument(engine)

    assert "parts" in of_table(caplog)[0]["db.query.index_hint"]
    assert "secret" not in caplog.text
    await engine.dispose()


def test_a_statement_that_cannot_be_explained_costs_a_line_at_most(caplog: pytest.LogCaptureFixture) -> None:
    engine = create_engine("sqlite://")
    observability = quiet().sqlalchemy(engine, name="stock", queries=SETTINGS)
    with caplog.at_level(logging.INFO, "watchbill.database"), engine.begin() as connection:
        connection.execute(text("CREATE TABLE here (id int)"))
        connection.execute(text("SELECT * FROM here")).all()
        until(lambda: any("tells no plan" in record.message for record in caplog.records))
    observability.uninstrument(engine)

    assert "watchbill_internal_errors_total{" not in observability.exposition()
    engine.dispose()


def test_what_follows_a_statement_is_not_run_again(
    server: str, postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    postgres_server.execute("CREATE TABLE runs (n int)")
    engine = create_engine(f"postgresql+psycopg://{server}")
    observability = quiet().sqlalchemy(engine, name="stock", queries=SETTINGS)
    with caplog.at_level(logging.WARNING, "watchbill.database"), engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1; INSERT INTO runs VALUES (1); COMMIT")
        connection.execute(ASKED, GIVEN).all()
        until(lambda: of_table(caplog))
        assert connection.execute(text("SELECT count(*) FROM runs")).scalar_one() == 1
    observability.uninstrument(engine)
    engine.dispose()
    postgres_server.execute("DROP TABLE runs")


def test_a_forked_child_asks_by_itself(file: Path, tmp_path: Path) -> None:
    script = tmp_path / "forking.py"
    script.write_text(FORKING)

    command = [sys.executable, str(script), str(file)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)

    assert ended.stdout.splitlines() == ["parent", "child"], ended.stderr
