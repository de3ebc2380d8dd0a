"""psycopg: one pool or everything, beside other libraries, and what is left when it ends."""

import inspect
import sys
from collections.abc import Iterator

import psycopg
import psycopg_pool
import pytest
import sqlalchemy as sa

from tests.plugins.application import exposed, freed, quiet
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.psycopg_harbour import PsycopgHarbour as Harbour
from watchbill import InvalidDeclaration, MissingExtra, Observability
from watchbill.catalogue.database import (
    QUERY_DURATION,
    TRANSACTIONS,
)
from watchbill.catalogue.pool import (
    CONNECTION_WAIT,
    CONNECTIONS_MAX,
    DB,
)


@pytest.fixture
def harbour(postgres_server: PostgresServer) -> Harbour:
    """A server with a table."""
    return Harbour(postgres_server)


@pytest.fixture
def obs(harbour: Harbour) -> Iterator[Observability]:
    """All of psycopg is instrumented until the test ends."""
    assert harbour.server.process is not None
    yield from freed(quiet().psycopg(), psycopg)


class TestOnePool:
    """Given to the verb."""

    def test_is_measured_alone_and_under_its_name(self, harbour: Harbour) -> None:
        with harbour.pool() as first, harbour.pool() as other:
            first.wait()
            obs = quiet().psycopg(first, name="orders")
            for pool in (first, other):
                with pool.connection() as connection:
                    connection.execute("SELECT 1")
            found = exposed(obs)
            assert found.count(QUERY_DURATION, {DB: "orders"}) == found.count(QUERY_DURATION) == 1
            assert found.value(TRANSACTIONS, {DB: "orders"}) == 1
            assert found.value(CONNECTIONS_MAX, {DB: "orders"}) == found.value(CONNECTIONS_MAX) == 2
            obs.uninstrument(first)
            with first.connection() as connection:
                connection.execute("SELECT 1")
            assert exposed(obs).count(QUERY_DURATION) == 1
            assert exposed(obs).value(CONNECTIONS_MAX) == 0

    def test_counts_once_when_all_of_psycopg_is_instrumented_too(self, obs: Observability, harbour: Harbour) -> None:
        with harbour.pool() as pool:
            pool.wait()
            own = quiet().psycopg(pool, name="orders")
            with pool.connection() as connection:
                connection.execute("SELECT 1")
            assert exposed(obs).count(QUERY_DURATION) == 0
            assert exposed(own).count(QUERY_DURATION) == exposed(own).count(CONNECTION_WAIT) == 1
            own.uninstrument(pool)

    def test_of_another_kind_is_refused(self) -> None:
        with pytest.raises(InvalidDeclaration, match="str is no pool of psycopg_pool; give the pool"):
            quiet().psycopg("postgresql://")


class TestBesideOthers:
    """With SQLAlchemy, with another Observability, and after the end."""

    def test_statements_of_an_instrumented_engine_count_once(self, obs: Observability, harbour: Harbour) -> None:
        engine = sa.create_engine(harbour.dsn.replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
        before = exposed(obs).count(QUERY_DURATION)
        assert before >= 1
        obs.sqlalchemy(engine, name="orders")
        with engine.connect() as connection, engine.connect() as second:
            connection.execute(sa.text("SELECT 1"))
            second.execute(sa.text("SELECT 1"))
        found = exposed(obs)
        assert found.count(QUERY_DURATION, {DB: "orders"}) == 2
        assert found.count(QUERY_DURATION) == before + 2
        obs.uninstrument(engine)
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
        assert exposed(obs).count(QUERY_DURATION) == before + 3
        engine.dispose()

    def test_a_second_observability_counts_nothing(self, obs: Observability, harbour: Harbour) -> None:
        second = quiet().psycopg()
        with harbour.connect() as connection:
            connection.execute("SELECT 1")
        assert (exposed(obs).count(QUERY_DURATION), exposed(second).count(QUERY_DURATION)) == (1, 0)

    def test_the_end_leaves_every_method_as_it_was(self, harbour: Harbour) -> None:
        classes = (
            psycopg.Cursor,
            psycopg.AsyncCursor,
            psycopg.Connection,
            psycopg.Transaction,
            psycopg_pool.ConnectionPool,
            psycopg_pool.NullConnectionPool,
        )
        before = [dict(vars(one)) for one in classes]
        obs = quiet().psycopg()
        assert "params" in inspect.signature(psycopg.Cursor.execute).parameters
        with harbour.connect() as connection:
            obs.uninstrument(psycopg)
            assert [dict(vars(one)) for one in classes] == before
            connection.execute("SELECT 1")
        assert exposed(obs).count(QUERY_DURATION) == 0

    def test_a_missing_library_is_one_clear_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "psycopg", None)
        with pytest.raises(MissingExtra) as raised:
            quiet().psycopg()
        assert str(raised.value) == (
            'obs.psycopg() needs psycopg, which is not installed.\nInstall it with: pip install "watchbill[psycopg]"'
        )

    def test_a_missing_pool_library_is_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "psycopg_pool", None)
        with pytest.raises(MissingExtra, match="needs psycopg_pool, which is not installed"):
            quiet().psycopg(object())
