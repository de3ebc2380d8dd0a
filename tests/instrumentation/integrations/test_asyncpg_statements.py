"""Statements and transactions of asyncpg are measured, and return what they did."""

import asyncio
import io
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from tests.plugins.application import exposed, freed, quiet
from tests.plugins.asyncpg_harbour import AsyncpgHarbour as Harbour
from tests.plugins.postgres_server import PostgresServer
from watchbill import Observability
from watchbill.catalogue.database import (
    BULK_ROWS,
    QUERY_DURATION,
    QUERY_ERRORS,
    QUERY_TYPE,
    ROWS_AFFECTED,
    TABLE,
    TRANSACTION_DURATION,
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
def obs() -> Iterator[Observability]:
    """All of asyncpg is instrumented until the test ends."""
    yield from freed(quiet().asyncpg(), asyncpg)


def queries(obs: Observability, kind: str) -> float:
    """Statements of a kind so far."""
    return exposed(obs).count(QUERY_DURATION, {QUERY_TYPE: kind})


class TestStatements:
    """Each is counted once, with its rows."""

    async def test_of_a_connection_return_what_they_did(self, obs: Observability, harbour: Harbour) -> None:
        connection = await harbour.connect()
        assert await connection.execute("INSERT INTO ships VALUES (1, 'Argo'), (2, NULL)") == "INSERT 0 2"
        assert await connection.execute("UPDATE ships SET name = $1 WHERE id = 2", "Beagle") == "UPDATE 1"
        rows = await connection.fetch("SELECT * FROM ships ORDER BY id")
        assert [tuple(row) for row in rows] == [(1, "Argo"), (2, "Beagle")]
        assert (await connection.fetchrow("SELECT name FROM ships WHERE id = $1", 1))["name"] == "Argo"
        assert await connection.fetchrow("SELECT name FROM ships WHERE id = 9") is None
        assert await connection.fetchval("SELECT count(*) FROM ships") == 2
        await connection.close()
        found = exposed(obs)
        assert found.count(QUERY_DURATION, {QUERY_TYPE: "select", TABLE: "ships"}) == 4
        assert found.value(ROWS_AFFECTED, {QUERY_TYPE: "select"}) == 3
        assert found.value(ROWS_AFFECTED, {QUERY_TYPE: "update"}) == 1
        assert found.value(ROWS_AFFECTED) == 6
        assert found.count(QUERY_DURATION) == 6
        assert found.values_of(QUERY_DURATION, DB) == {harbour.server.database}

    async def test_of_many_parameters_are_bulk_operations(self, obs: Observability, harbour: Harbour) -> None:
        connection = await harbour.connect()
        sets = [(number, "x") for number in range(20)]
        assert await connection.executemany("INSERT INTO ships VALUES ($1, $2)", sets) is None
        returned = await connection.fetchmany("INSERT INTO ships VALUES ($1, $2) RETURNING id", sets[:5])
        assert [row["id"] for row in returned] == [0, 1, 2, 3, 4]
        await connection.executemany("INSERT INTO ships VALUES ($1, $2)", iter(sets))
        await connection.close()
        found = exposed(obs)
        assert found.count(QUERY_DURATION, {QUERY_TYPE: "bulk_insert"}) == 3
        assert found.total(BULK_ROWS) == 25
        assert found.count(QUERY_DURATION) == 3

    async def test_that_are_prepared_count_when_they_run(self, obs: Observability, harbour: Harbour) -> None:
        connection = await harbour.connect()
        prepared = await connection.prepare("SELECT $1::int AS number")
        assert queries(obs, "select") == 0
        assert await prepared.fetchval(7) == 7
        assert (await prepared.fetchrow(8))["number"] == 8
        assert len(await prepared.fetch(9)) == 1
        assert len(await prepared.fetchmany([(1,), (2,)])) == 2
        await prepared.executemany([(1,), (2,)])
        await connection.close()
        assert queries(obs, "select") == 5

    async def test_of_cursors_count_once_however_many_rows_are_fetched(
        self, obs: Observability, harbour: Harbour
    ) -> None:
        connection = await harbour.connect()
        async with connection.transaction():
            seen = [row[0] async for row in connection.cursor("SELECT * FROM generate_series(1, 120)", prefetch=10)]
            assert seen == list(range(1, 121))
            cursor = await connection.cursor("SELECT * FROM generate_series(1, 9)")
            assert len(await cursor.fetch(4)) == 4
            assert await cursor.forward(2) == 2
            assert (await cursor.fetchrow())[0] == 7
        await connection.close()
        assert queries(obs, "select") == exposed(obs).count(QUERY_DURATION) == 2

    async def test_that_copy_count_with_their_rows(self, obs: Observability, harbour: Harbour) -> None:
        connection = await harbour.connect()
        records = [(1, "Argo"), (2, "Beagle")]
        assert await connection.copy_records_to_table("ships", records=records) == "COPY 2"
        out = io.BytesIO()
        assert await connection.copy_from_table("ships", output=out) == "COPY 2"
        assert out.getvalue() == b"1\tArgo\n2\tBeagle\n"
        assert await connection.copy_from_query("SELECT 1 WHERE $1", True, output=io.BytesIO()) == "COPY 1"
        assert await connection.copy_to_table("ships", source=io.BytesIO(b"3\tCutty\n")) == "COPY 1"
        await connection.close()
        found = exposed(obs)
        assert found.count(QUERY_DURATION, {QUERY_TYPE: "copy"}) == 4
        assert found.value(ROWS_AFFECTED, {QUERY_TYPE: "copy"}) == 6

    async def test_take_their_arguments_by_name(self, obs: Observability, harbour: Harbour) -> None:
        connection, out = await harbour.connect(), io.BytesIO()
        await connection.executemany(command="INSERT INTO ships VALUES ($1)", args=[(1,), (2,)])
        assert await connection.copy_records_to_table(table_name="ships", records=[(3, "Argo")]) == "COPY 1"
        assert await connection.copy_from_table(table_name="ships", output=out) == "COPY 3"
        assert await connection.copy_from_query(query="SELECT 1", output=out) == "COPY 1"
        assert await connection.fetchval(query="SELECT 1") == 1
        assert await connection.execute(query="SELECT 1") == "SELECT 1"
        with pytest.raises(TypeError, match="missing"):
            await connection.copy_from_table()
        await connection.close()
        found = exposed(obs)
        assert found.count(QUERY_DURATION, {QUERY_TYPE: "bulk_insert"}) == 1
        assert found.value(ROWS_AFFECTED, {QUERY_TYPE: "copy"}) == 5
        assert queries(obs, "select") == 2

    async def test_that_fail_raise_what_they_did(self, obs: Observability, harbour: Harbour) -> None:
        connection = await harbour.connect()
        with pytest.raises(asyncpg.UndefinedTableError):
            await connection.fetch("SELECT * FROM wrecks")
        with pytest.raises(TimeoutError):
            await connection.execute("SELECT pg_sleep(5)", timeout=0.05)
        with pytest.raises(TypeError):
            await connection.fetch("SELECT 1", nonsense=True)
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()
        found = exposed(obs)
        assert found.value(QUERY_ERRORS, {EXCEPTION: "asyncpg.exceptions.UndefinedTableError"}) == 1
        assert found.value(QUERY_ERRORS, {EXCEPTION: "TimeoutError"}) == 1
        assert found.count(QUERY_DURATION) == 4

    async def test_that_are_cancelled_leave_a_usable_connection(self, obs: Observability, harbour: Harbour) -> None:
        connection = await harbour.connect()
        task = asyncio.ensure_future(connection.execute("SELECT pg_sleep(5)"))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()
        assert queries(obs, "select") == 2

    async def test_of_a_connection_class_of_ones_own_are_measured(self, obs: Observability, harbour: Harbour) -> None:
        class Own(asyncpg.Connection):
            async def fetch(self, query: str, *args: Any, **options: Any) -> Any:
                return await super().fetch(f"{query} LIMIT 1", *args, **options)

        connection = await harbour.connect(connection_class=Own)
        assert len(await connection.fetch("SELECT * FROM generate_series(1, 3)")) == 1
        await connection.close()
        assert queries(obs, "select") == 1

    async def test_become_spans_under_a_parent(self, harbour: Harbour) -> None:
        spans = Spans()
        obs = Observability("shop", tracing=spans.tracing, logging=None).asyncpg(name="main")
        provider = obs.tracer_provider
        assert provider is not None
        connection = await harbour.connect()
        await connection.fetch("SELECT * FROM ships")
        assert not spans.finished
        with provider.get_tracer("test").start_as_current_span("page") as page:
            await connection.fetch("SELECT * FROM ships WHERE name = 'secret'")
        await connection.close()
        obs.uninstrument(asyncpg)
        span = spans.finished[0]
        assert span.parent is not None
        assert span.parent.span_id == page.get_span_context().span_id
        assert span.attributes is not None
        assert span.attributes["db.system.name"] == "postgresql"
        assert span.attributes["db.namespace"] == harbour.server.database
        assert span.attributes["server.port"] == harbour.server.port
        assert "secret" not in str(dict(span.attributes))


class TestTransactions:
    """Outermost ones, whatever way they end."""

    async def test_are_counted_by_their_outcome(self, obs: Observability, harbour: Harbour) -> None:
        connection = await harbour.connect()
        async with connection.transaction():
            await connection.execute("INSERT INTO ships VALUES (1, 'Argo')")
            async with connection.transaction():
                await connection.execute("INSERT INTO ships VALUES (2, 'Beagle')")
        with pytest.raises(KeyError):
            async with connection.transaction():
                raise KeyError
        by_hand = connection.transaction()
        await by_hand.start()
        await by_hand.rollback()
        assert await connection.fetchval("SELECT count(*) FROM ships") == 2
        await connection.close()
        found = exposed(obs)
        assert found.value(TRANSACTIONS, {TRANSACTION_OUTCOME: "committed"}) == 1
        assert found.value(TRANSACTIONS, {TRANSACTION_OUTCOME: "rolled_back"}) == 2
        assert found.count(TRANSACTION_DURATION) == 3
        assert found.count(QUERY_DURATION) == 3

    async def test_fail_when_their_commit_does(self, obs: Observability, harbour: Harbour) -> None:
        connection = await harbour.connect()
        await connection.execute(
            "DROP TABLE IF EXISTS berths; CREATE TABLE berths (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)"
        )
        with pytest.raises(asyncpg.UniqueViolationError):
            async with connection.transaction():
                await connection.executemany("INSERT INTO berths VALUES ($1)", [(1,), (1,)])
        await connection.close()
        assert exposed(obs).value(TRANSACTIONS, {TRANSACTION_OUTCOME: "failed"}) == 1
