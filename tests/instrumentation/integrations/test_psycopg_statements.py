"""Statements of psycopg are measured, and return what they did."""

import asyncio
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.plugins.application import exposed, freed, quiet
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.psycopg_harbour import PsycopgHarbour as Harbour
from watchbill import Observability
from watchbill.catalogue.database import (
    BULK_ROWS,
    QUERY_DURATION,
    QUERY_ERRORS,
    QUERY_TYPE,
    ROWS_AFFECTED,
    TABLE,
    TRANSACTION_OUTCOME,
    TRANSACTIONS,
)
from watchbill.catalogue.http import EXCEPTION
from watchbill.catalogue.pool import (
    DB,
)
from watchbill.testing import Spans


@pytest.fixture
def harbour(postgres_server: PostgresServer) -> Harbour:
    """A server with a table."""
    return Harbour(postgres_server)


@pytest.fixture
def obs(harbour: Harbour) -> Iterator[Observability]:
    """All of psycopg is instrumented until the test ends."""
    assert harbour.server.process is not None
    yield from freed(quiet().psycopg(), psycopg)


def queries(obs: Observability, kind: str) -> float:
    """Statements of a kind so far."""
    return exposed(obs).count(QUERY_DURATION, {QUERY_TYPE: kind})


def ended(obs: Observability, outcome: str) -> float:
    """Transactions that ended so."""
    return exposed(obs).value(TRANSACTIONS, {TRANSACTION_OUTCOME: outcome})


def _fail_in_a_pipeline(connection: Any) -> None:
    with connection.pipeline():
        connection.execute("SELECT * FROM wrecks")
        connection.execute("SELECT 1")


class TestStatements:
    """Each is counted once, with its rows."""

    def test_return_what_they_did(self, obs: Observability, harbour: Harbour) -> None:
        with harbour.connect(autocommit=True) as connection:
            cursor = connection.cursor()
            assert cursor.execute("INSERT INTO ships VALUES (%s, 'Argo'), (2, 'Beagle')", (1,)) is cursor
            assert cursor.rowcount == 2
            assert connection.execute(b"SELECT id FROM ships ORDER BY id").fetchall() == [(1,), (2,)]
            statement = sql.SQL("SELECT {} FROM ships WHERE id = %s").format(sql.Identifier("name"))
            assert connection.execute(statement, [1]).fetchone() == ("Argo",)
            assert connection.execute("").fetchall is not None
            with pytest.raises(psycopg.errors.UndefinedTable):
                connection.execute("SELECT * FROM wrecks")
        found = exposed(obs)
        assert found.count(QUERY_DURATION, {TABLE: "ships", QUERY_TYPE: "select"}) == 2
        assert found.value(ROWS_AFFECTED, {TABLE: "ships"}) == 5
        assert found.value(QUERY_ERRORS, {EXCEPTION: "psycopg.errors.UndefinedTable"}) == 1
        assert found.count(QUERY_DURATION) == 4
        assert found.values_of(QUERY_DURATION, DB) == {harbour.server.database}
        assert found.value(TRANSACTIONS) == 0

    def test_of_many_parameters_are_bulk_operations(self, obs: Observability, harbour: Harbour) -> None:
        with harbour.connect() as connection, connection.cursor() as cursor:
            cursor.executemany("INSERT INTO ships VALUES (%s, 'x')", [(number,) for number in range(20)])
            cursor.executemany("INSERT INTO ships VALUES (%s, 'x')", ((number,) for number in range(5)))
            assert cursor.rowcount == 5
        assert queries(obs, "bulk_insert") == exposed(obs).count(QUERY_DURATION) == 2
        assert exposed(obs).total(BULK_ROWS) == 25

    def test_that_stream_count_once(self, obs: Observability, harbour: Harbour) -> None:
        with harbour.connect() as connection:
            assert [row[0] for row in connection.cursor().stream("SELECT generate_series(1, 50)")] == list(range(1, 51))
            rows = connection.cursor().stream("SELECT generate_series(1, 50)")
            assert next(rows) == (1,)
            rows.close()
            assert list(connection.cursor().stream("SELECT 1 WHERE false")) == []
            with pytest.raises(psycopg.errors.UndefinedTable):
                next(connection.cursor().stream("SELECT * FROM wrecks"))
        assert queries(obs, "select") == exposed(obs).count(QUERY_DURATION) == 4
        assert exposed(obs).value(QUERY_ERRORS) == 1

    def test_that_copy_count_with_their_rows(self, obs: Observability, harbour: Harbour) -> None:
        with harbour.connect() as connection, connection.cursor() as cursor:
            with cursor.copy("COPY ships FROM STDIN") as copy:
                copy.write_row((1, "Argo"))
                copy.write_row((2, "Beagle"))
            with cursor.copy("COPY ships TO STDOUT") as copy:
                assert b"".join(copy) == b"1\tArgo\n2\tBeagle\n"
            with pytest.raises(KeyError), cursor.copy("COPY ships FROM STDIN"):
                raise KeyError
        found = exposed(obs)
        assert found.count(QUERY_DURATION, {QUERY_TYPE: "copy", TABLE: "ships"}) == 3
        assert found.value(ROWS_AFFECTED, {QUERY_TYPE: "copy"}) == 4
        assert found.value(QUERY_ERRORS, {EXCEPTION: "KeyError"}) == 1

    def test_of_server_side_cursors_count_once(self, obs: Observability, harbour: Harbour) -> None:
        with harbour.connect() as connection, connection.cursor("large") as cursor:
            cursor.execute("SELECT generate_series(1, 250)")
            assert len(cursor.fetchmany(10)) == 10
            assert sum(1 for _ in cursor) == 240
        assert queries(obs, "select") == exposed(obs).count(QUERY_DURATION) == 1

    def test_in_a_pipeline_end_with_their_results(self, obs: Observability, harbour: Harbour) -> None:
        with harbour.connect(autocommit=True) as connection, connection.pipeline() as pipeline:
            first, second = connection.cursor(), connection.cursor()
            first.execute("INSERT INTO ships VALUES (1, 'Argo'), (2, 'Beagle')")
            second.execute("SELECT pg_sleep(0.05)")
            second.executemany("INSERT INTO ships VALUES (%s, 'x')", [(3,), (4,)])
            assert exposed(obs).count(QUERY_DURATION) == 0
            pipeline.sync()
            assert exposed(obs).count(QUERY_DURATION) == 3
        found = exposed(obs)
        assert found.total(QUERY_DURATION, {QUERY_TYPE: "select"}) >= 0.05
        assert found.value(ROWS_AFFECTED) >= 3

    def test_that_fail_in_a_pipeline_are_errors(self, obs: Observability, harbour: Harbour) -> None:
        with harbour.connect(autocommit=True) as connection:
            with pytest.raises(psycopg.errors.UndefinedTable):
                _fail_in_a_pipeline(connection)
            assert connection.execute("SELECT 1").fetchone() == (1,)
        found = exposed(obs)
        # The error may come before the second statement is sent.
        assert found.count(QUERY_DURATION) in {2, 3}
        assert found.value(QUERY_ERRORS, {EXCEPTION: "psycopg.errors.UndefinedTable"}) >= 1

    async def test_of_asyncio_are_the_same(self, obs: Observability, harbour: Harbour) -> None:
        async with await harbour.connect_later() as connection:
            cursor = await connection.execute("INSERT INTO ships VALUES (1, 'Argo')")
            await cursor.executemany("INSERT INTO ships VALUES (%s, 'x')", [(2,), (3,)])
            async with cursor.copy("COPY ships TO STDOUT") as copy:
                assert len([line async for line in copy]) == 3
            assert [row async for row in cursor.stream("SELECT id FROM ships")] == [(1,), (2,), (3,)]
            async with connection.cursor("large") as large:
                await large.execute("SELECT id FROM ships")
                assert len(await large.fetchall()) == 3
            async with connection.pipeline():
                await connection.execute("SELECT 1")
            with pytest.raises(psycopg.errors.QueryCanceled):
                await connection.execute("SET statement_timeout = 20; SELECT pg_sleep(5)")
        found = exposed(obs)
        assert found.count(QUERY_DURATION, {QUERY_TYPE: "select"}) == 3
        assert found.count(QUERY_DURATION) == 7
        assert found.value(QUERY_ERRORS) == 1
        assert ended(obs, "rolled_back") == 1

    async def test_that_are_cancelled_leave_a_usable_connection(self, obs: Observability, harbour: Harbour) -> None:
        async with await harbour.connect_later(autocommit=True) as connection:
            task = asyncio.ensure_future(connection.execute("SELECT pg_sleep(5)"))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await (await connection.execute("SELECT 1")).fetchone() == (1,)
        assert queries(obs, "select") == 2

    def test_become_spans_under_a_parent(self, harbour: Harbour) -> None:
        spans = Spans()
        obs = Observability("shop", tracing=spans.tracing, logging=None).psycopg(name="main")
        provider = obs.tracer_provider
        assert provider is not None
        with harbour.connect() as connection:
            connection.execute("SELECT * FROM ships")
            assert not spans.finished
            with provider.get_tracer("test").start_as_current_span("page"):
                connection.execute("SELECT * FROM ships WHERE name = 'secret'")
        obs.uninstrument(psycopg)
        attributes = spans.finished[0].attributes
        assert attributes is not None
        assert attributes["db.system.name"] == "postgresql"
        assert attributes["server.port"] == harbour.server.port
        assert "secret" not in str(dict(attributes))
