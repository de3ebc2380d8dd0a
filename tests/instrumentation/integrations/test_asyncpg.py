"""asyncpg: one pool or everything, beside other libraries, and what is left when it ends."""

import inspect
import sys
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from tests.plugins.application import exposed, freed, quiet
from tests.plugins.asyncpg_harbour import AsyncpgHarbour as Harbour
from tests.plugins.postgres_server import PostgresServer
from watchbill import InvalidDeclaration, MissingExtra, Observability
from watchbill.catalogue.database import (
    QUERY_DURATION,
    TRANSACTIONS,
)
from watchbill.catalogue.pool import (
    CONNECTION_WAIT,
    CONNECTIONS_ACTIVE,
    CONNECTIONS_IDLE,
    CONNECTIONS_MAX,
    DB,
)


@pytest.fixture
def harbour(postgres_server: PostgresServer) -> Harbour:
    """A server with a table."""
    return Harbour(postgres_server)


@pytest.fixture
def obs() -> Iterator[Observability]:
    """All of asyncpg is instrumented until the test ends."""
    yield from freed(quiet().asyncpg(), asyncpg)


def agree(obs: Observability, pool: Any) -> bool:
    """Whether what is shown of a pool is what it says itself."""
    found = exposed(obs)
    shown = tuple(found.value(gauge) for gauge in (CONNECTIONS_ACTIVE, CONNECTIONS_IDLE, CONNECTIONS_MAX))
    idle = pool.get_idle_size()
    assert shown == (pool.get_size() - idle, idle, pool.get_max_size())
    return True


class TestOnePool:
    """Given to the verb."""

    async def test_is_measured_alone_and_under_its_name(self, harbour: Harbour) -> None:
        first, other = await harbour.pool(), await harbour.pool()
        obs = quiet().asyncpg(first, name="orders")
        await first.fetchval("SELECT 1")
        await other.fetchval("SELECT 1")
        async with first.acquire() as connection, connection.transaction():
            await connection.execute("INSERT INTO ships VALUES (1, 'Argo')")
        found = exposed(obs)
        assert found.count(QUERY_DURATION, {DB: "orders"}) == found.count(QUERY_DURATION) == 2
        assert found.value(TRANSACTIONS, {DB: "orders"}) == 1
        assert found.value(CONNECTIONS_MAX, {DB: "orders"}) == found.value(CONNECTIONS_MAX) == 2
        obs.uninstrument(first)
        await first.fetchval("SELECT 1")
        assert exposed(obs).count(QUERY_DURATION) == 2
        assert exposed(obs).value(CONNECTIONS_MAX) == 0
        await first.close()
        await other.close()

    async def test_counts_once_when_all_of_asyncpg_is_instrumented_too(
        self, obs: Observability, harbour: Harbour
    ) -> None:
        pool = await harbour.pool()
        own = quiet().asyncpg(pool, name="orders")
        await pool.fetchval("SELECT 1")
        assert exposed(obs).count(QUERY_DURATION) == 0
        assert exposed(own).count(QUERY_DURATION) == exposed(own).count(CONNECTION_WAIT) == 1
        own.uninstrument(pool)
        await pool.close()

    async def test_may_be_given_before_it_is_opened(self, harbour: Harbour) -> None:
        pool = asyncpg.create_pool(harbour.dsn, min_size=1, max_size=3)
        obs = quiet().asyncpg(pool)
        assert exposed(obs).value(CONNECTIONS_MAX, {DB: harbour.server.database}) == 3
        async with pool:
            assert await pool.fetchval("SELECT 1") == 1
            assert agree(obs, pool)
        assert exposed(obs).count(QUERY_DURATION) == 1
        obs.uninstrument(pool)

    def test_of_another_kind_is_refused(self) -> None:
        with pytest.raises(InvalidDeclaration, match="str is no pool of asyncpg; give the pool"):
            quiet().asyncpg("postgresql://")


class TestBesideOthers:
    """With SQLAlchemy, with another Observability, and after the end."""

    async def test_statements_of_an_instrumented_engine_count_once(self, obs: Observability, harbour: Harbour) -> None:
        engine = create_async_engine(harbour.dsn.replace("postgresql:", "postgresql+asyncpg:"))
        async with engine.connect() as connection:
            await connection.execute(sa.text("SELECT 1"))
        before = exposed(obs).count(QUERY_DURATION)
        assert before >= 1
        obs.sqlalchemy(engine, name="orders")
        async with engine.connect() as connection, engine.connect() as second:
            await connection.execute(sa.text("SELECT 1"))
            await second.execute(sa.text("SELECT 1"))
        found = exposed(obs)
        assert found.count(QUERY_DURATION, {DB: "orders"}) == 2
        assert found.count(QUERY_DURATION) == before + 2
        obs.uninstrument(engine)
        async with engine.connect() as connection:
            await connection.execute(sa.text("SELECT 1"))
        assert exposed(obs).count(QUERY_DURATION) > before + 2
        await engine.dispose()

    async def test_a_second_observability_counts_nothing(self, obs: Observability, harbour: Harbour) -> None:
        second = quiet().asyncpg()
        connection = await harbour.connect()
        await connection.fetchval("SELECT 1")
        await connection.close()
        assert (exposed(obs).count(QUERY_DURATION), exposed(second).count(QUERY_DURATION)) == (1, 0)

    async def test_the_end_leaves_every_method_as_it_was(self, harbour: Harbour) -> None:
        classes = (asyncpg.Connection, asyncpg.pool.Pool, asyncpg.pool.PoolConnectionHolder)
        before = [dict(vars(one)) for one in classes]
        obs = quiet().asyncpg()
        assert inspect.iscoroutinefunction(asyncpg.Connection.fetch)
        assert "query" in inspect.signature(asyncpg.Connection.fetch).parameters
        connection = await harbour.connect()
        obs.uninstrument(asyncpg)
        assert [dict(vars(one)) for one in classes] == before
        await connection.fetchval("SELECT 1")
        await connection.close()
        assert exposed(obs).count(QUERY_DURATION) == 0

    async def test_a_layer_of_somebody_else_stays_and_nothing_counts_twice(self, harbour: Harbour) -> None:
        kind: Any = asyncpg.Connection
        original = kind.fetchval
        obs = quiet().asyncpg()
        ours = kind.fetchval

        async def theirs(self: Any, *args: Any, **options: Any) -> Any:
            return await ours(self, *args, **options)

        kind.fetchval = theirs
        obs.uninstrument(asyncpg)
        connection = await harbour.connect()
        await connection.fetchval("SELECT 1")
        assert exposed(obs).count(QUERY_DURATION) == 0
        obs.asyncpg()
        await connection.fetchval("SELECT 1")
        assert exposed(obs).count(QUERY_DURATION) == 1
        await connection.close()
        kind.fetchval = ours
        obs.uninstrument(asyncpg)
        assert kind.fetchval is original

    def test_a_missing_library_is_one_clear_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "asyncpg", None)
        with pytest.raises(MissingExtra) as raised:
            quiet().asyncpg()
        assert str(raised.value) == (
            'obs.asyncpg() needs asyncpg, which is not installed.\nInstall it with: pip install "watchbill[asyncpg]"'
        )
