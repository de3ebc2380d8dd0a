"""SQLAlchemy over PostgreSQL: psycopg and asyncpg, sync and asyncio."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import psycopg
import pytest
from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    Sequence,
    String,
    Table,
    create_engine,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from tests.plugins.application import exposed, quiet
from tests.plugins.postgres_server import PostgresServer
from watchbill import Observability
from watchbill.catalogue.database import (
    QUERY_DURATION,
    QUERY_ERRORS,
    QUERY_TYPE,
    ROWS_AFFECTED,
    TABLE,
    TRANSACTION_OUTCOME,
    TRANSACTIONS,
)
from watchbill.catalogue.http import EXCEPTION
from watchbill.catalogue.pool import DB
from watchbill.database.settings import Queries
from watchbill.testing import Spans

PARTS = Table("parts", MetaData(), Column("id", Integer, primary_key=True), Column("name", String))


def address(server: PostgresServer, driver: str) -> str:
    """With the superuser's password."""
    return f"postgresql+{driver}://admin:{server.admin_password}@{server.address}/postgres"


@pytest.fixture
def engine(postgres_server: PostgresServer) -> Iterator[Engine]:
    """Over psycopg, with an empty table."""
    made = create_engine(address(postgres_server, "psycopg"))
    PARTS.metadata.create_all(made)
    yield made
    PARTS.metadata.drop_all(made)
    made.dispose()


@pytest.fixture(params=["psycopg", "asyncpg"])
async def async_engine(
    engine: Engine, postgres_server: PostgresServer, request: pytest.FixtureRequest
) -> AsyncIterator[AsyncEngine]:
    """Over asyncio, on the same table."""
    del engine
    made = create_async_engine(address(postgres_server, request.param))
    yield made
    await made.dispose()


def count(observability: Observability, kind: str) -> tuple[float, float]:
    """Statements of a kind on the table, and their rows."""
    scrape = exposed(observability)
    labels = {DB: "stock", QUERY_TYPE: kind, TABLE: "parts"}
    return scrape.count(QUERY_DURATION, labels), scrape.value(ROWS_AFFECTED, labels)


def ended(observability: Observability) -> list[float]:
    """Transactions committed, rolled back and failed."""
    scrape = exposed(observability)
    return [scrape.value(TRANSACTIONS, {TRANSACTION_OUTCOME: one}) for one in TRANSACTION_OUTCOME.values]


async def test_statements_are_counted_with_their_rows(async_engine: AsyncEngine) -> None:
    observability = quiet().sqlalchemy(async_engine, name="stock").asyncpg().psycopg()
    async with async_engine.begin() as connection:
        await connection.execute(insert(PARTS), [{"name": str(number)} for number in range(20)])
        await connection.execute(insert(PARTS).values(name="x").returning(PARTS.c.id))
        await connection.execute(upsert(PARTS).values([{"id": 1}, {"id": 99}]).on_conflict_do_nothing())
        await connection.execute(update(PARTS).values(name="y"))
        assert len((await connection.execute(select(PARTS))).all()) == 22
    async with async_engine.connect() as connection, connection.begin():
        streamed = await connection.stream(select(PARTS))
        assert len([row async for row in streamed]) == 22

    assert count(observability, "bulk_insert") == (1, 20)
    assert count(observability, "insert")[1] + count(observability, "bulk_upsert")[1] == 2
    assert count(observability, "bulk_update") == (1, 22)
    assert count(observability, "select")[0] == 2
    assert exposed(observability).values_of(QUERY_DURATION, DB) == {"stock"}
    assert ended(observability) == [2, 0, 0]
    for part in (async_engine, asyncpg, psycopg):
        observability.uninstrument(part)


def test_a_sequence_that_is_asked_before_a_bulk_insert_is_a_query_by_itself(engine: Engine) -> None:
    numbered = Table(
        "numbered", MetaData(), Column("id", Integer, Sequence("numbers"), primary_key=True), Column("n", Integer)
    )
    numbered.metadata.create_all(engine)
    engine.dialect.insert_executemany_returning = False
    observability = quiet().sqlalchemy(engine, name="stock")
    with engine.begin() as connection:
        connection.execute(insert(numbered).values(id=func.nextval("numbers")), [{"n": 1}, {"n": 2}])
        assert connection.scalar(Sequence("numbers")) == 3

    labels = {QUERY_TYPE: "bulk_insert", TABLE: "numbered"}
    assert exposed(observability).value(ROWS_AFFECTED, labels) == 2
    assert exposed(observability).count(QUERY_DURATION, {QUERY_TYPE: "select"}) == 1
    numbered.metadata.drop_all(engine)


async def test_errors_count_by_the_drivers_own_class(async_engine: AsyncEngine) -> None:
    observability = quiet().sqlalchemy(async_engine, name="stock")
    async with AsyncSession(async_engine) as session:
        await session.execute(insert(PARTS).values(id=1))
        with pytest.raises(IntegrityError):
            await session.execute(insert(PARTS).values(id=1, name="a secret"))
        await session.rollback()

    (name,) = exposed(observability).values_of(QUERY_ERRORS, EXCEPTION)
    assert name in {"psycopg.errors.UniqueViolation", "asyncpg.exceptions.UniqueViolationError"}
    assert ended(observability) == [0, 1, 0]


async def test_a_cancelled_query_is_ended(async_engine: AsyncEngine) -> None:
    observability = quiet().sqlalchemy(async_engine, name="stock")
    async with async_engine.connect() as connection:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(connection.execute(text("SELECT pg_sleep(30)")), 0.2)

    scrape = exposed(observability)
    assert scrape.value(QUERY_ERRORS, {QUERY_TYPE: "select"}) == 1
    assert sum(ended(observability)) == 1


async def test_parallel_queries_have_times_of_their_own(async_engine: AsyncEngine) -> None:
    observability = quiet().sqlalchemy(async_engine, name="stock")

    async def one(seconds: float) -> None:
        async with async_engine.connect() as connection:
            sleeping = text("SELECT pg_sleep(:seconds) FROM parts RIGHT JOIN (SELECT 1) AS one ON true")
            await connection.execute(sleeping, {"seconds": seconds})

    await asyncio.gather(one(0.3), one(0.02), one(0.02), one(0.02))

    labels = {TABLE: "parts"}
    assert exposed(observability).at_most(QUERY_DURATION, 0.1, labels) == 3
    assert exposed(observability).count(QUERY_DURATION, labels) == 4


def test_a_connection_that_is_lost_is_a_failed_transaction(engine: Engine, postgres_server: PostgresServer) -> None:
    observability = quiet().sqlalchemy(engine, name="stock")
    with engine.connect() as connection:
        number = connection.execute(text("SELECT pg_backend_pid()")).scalar()
        postgres_server.execute(f"SELECT pg_terminate_backend({number})")
        with pytest.raises(DBAPIError):
            connection.execute(select(PARTS))

    assert ended(observability) == [0, 0, 1]


def test_a_transaction_in_two_phases_is_one(postgres_server: PostgresServer) -> None:
    postgres_server.stop()
    postgres_server.start(max_prepared_transactions="5")
    engine = create_engine(address(postgres_server, "psycopg"))
    PARTS.metadata.create_all(engine)
    observability = quiet().sqlalchemy(engine, name="stock")
    with engine.connect() as connection:
        transaction = connection.begin_twophase()
        connection.execute(insert(PARTS).values(name="a"))
        transaction.prepare()
        transaction.commit()
    with engine.connect() as connection:
        connection.begin_twophase()
        connection.execute(insert(PARTS).values(name="b"))
    with engine.connect() as connection:
        assert len(connection.execute(select(PARTS)).all()) == 1

    assert ended(observability) == [1, 2, 0]
    PARTS.metadata.drop_all(engine)
    engine.dispose()


def test_the_span_says_where_and_carries_the_sqlstate(engine: Engine) -> None:
    spans = Spans()
    observability = Observability("shop", tracing=spans.tracing, logging=None).sqlalchemy(engine, name="stock")
    provider = observability.tracer_provider
    assert provider is not None
    with engine.connect() as connection:
        connection.execute(select(1))
        with provider.get_tracer("test").start_as_current_span("page"), pytest.raises(DBAPIError):
            connection.execute(text("SELECT * FROM missing"))

    found: dict[str, Any] = dict(spans.finished[0].attributes or {})
    assert found["server.address"] == "127.0.0.1"
    assert found["server.port"] == engine.url.port
    assert found["db.system.name"] == "postgresql"
    assert found["db.namespace"] == "postgres"
    assert found["db.response.status_code"] == "42P01"
    assert str(engine.url.password) not in spans.finished[0].to_json()


@pytest.mark.parametrize("comments", [False, True])
async def test_comments_are_seen_by_the_server_and_change_no_result(async_engine: AsyncEngine, comments: bool) -> None:
    spans = Spans()
    observability = Observability("shop", tracing=spans.tracing, logging=None)
    observability.sqlalchemy(async_engine, name="stock", queries=Queries(comments=comments))
    provider = observability.tracer_provider
    assert provider is not None
    asked = text("SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid() AND query LIKE :like")
    async with async_engine.connect() as connection:
        await connection.execute(select(1))
        with provider.get_tracer("test").start_as_current_span("page"):
            seen = (await connection.execute(asked, {"like": "%pg_stat%"})).scalar_one()

    ids = f"00-{spans.ids[0]['trace_id']}-{spans.ids[0]['span_id']}-"
    assert (ids in seen) is comments
    assert ("traceparent" in seen) is comments
