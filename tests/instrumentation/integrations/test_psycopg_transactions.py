"""Transactions of psycopg are counted by how they end."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.plugins.application import exposed, freed, quiet
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.psycopg_harbour import PsycopgHarbour as Harbour
from watchbill import Observability
from watchbill.catalogue.database import (
    TRANSACTION_DURATION,
    TRANSACTION_OUTCOME,
    TRANSACTIONS,
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


def ended(obs: Observability, outcome: str) -> float:
    """Transactions that ended so."""
    return exposed(obs).value(TRANSACTIONS, {TRANSACTION_OUTCOME: outcome})


def _raise(error: Exception) -> None:
    raise error


class TestTransactions:
    """Outermost ones, whatever way they end."""

    def test_that_begin_with_a_statement_are_counted_by_their_outcome(
        self, obs: Observability, harbour: Harbour
    ) -> None:
        with harbour.connect() as connection:
            connection.commit()
            connection.execute("INSERT INTO ships VALUES (1, 'Argo')")
            connection.commit()
            connection.execute("SELECT 1")
            connection.rollback()
            with pytest.raises(psycopg.errors.UndefinedTable):
                connection.execute("SELECT * FROM wrecks")
            connection.commit()
            connection.execute("SELECT 1")
        assert (ended(obs, "committed"), ended(obs, "rolled_back"), ended(obs, "failed")) == (2, 2, 0)
        assert exposed(obs).count(TRANSACTION_DURATION) == 4

    def test_of_blocks_are_counted_without_their_savepoints(self, obs: Observability, harbour: Harbour) -> None:
        with harbour.connect(autocommit=True) as connection:
            with connection.transaction(), connection.transaction():
                connection.execute("INSERT INTO ships VALUES (1, 'Argo')")
            with pytest.raises(KeyError), connection.transaction():
                _raise(KeyError())
            with connection.transaction(force_rollback=True):
                connection.execute("INSERT INTO ships VALUES (2, 'Beagle')")
            with connection.transaction():
                _raise(psycopg.Rollback())
            assert connection.execute("SELECT count(*) FROM ships").fetchone() == (1,)
        assert (ended(obs, "committed"), ended(obs, "rolled_back"), ended(obs, "failed")) == (1, 3, 0)

    async def test_of_asyncio_are_the_same(self, obs: Observability, harbour: Harbour) -> None:
        async with await harbour.connect_later() as connection:
            async with connection.transaction():
                await connection.execute("INSERT INTO ships VALUES (1, 'Argo')")
            await connection.execute("SELECT 1")
            await connection.rollback()
        assert (ended(obs, "committed"), ended(obs, "rolled_back")) == (1, 1)

    def test_fail_when_their_commit_does(self, obs: Observability, harbour: Harbour) -> None:
        harbour.server.execute(
            "DROP TABLE IF EXISTS berths; CREATE TABLE berths (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)"
        )
        with harbour.connect() as connection:
            connection.execute("INSERT INTO berths VALUES (1), (1)")
            with pytest.raises(psycopg.errors.UniqueViolation):
                connection.commit()
        assert (ended(obs, "committed"), ended(obs, "failed")) == (0, 1)

    def test_of_two_phases_end_when_they_are_finished(self, obs: Observability, harbour: Harbour) -> None:
        with harbour.connect() as connection:
            connection.tpc_begin("voyage")
            connection.execute("INSERT INTO ships VALUES (1, 'Argo')")
            connection.tpc_rollback()
        assert (ended(obs, "committed"), ended(obs, "rolled_back")) == (0, 1)
