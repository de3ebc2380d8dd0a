"""Pools of psycopg show their own numbers, and what their callers wait for."""

import asyncio
import gc
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import ref

import psycopg
import psycopg_pool
import pytest

from tests.plugins.application import exposed, freed, quiet, until
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.psycopg_harbour import PsycopgHarbour as Harbour
from tests.plugins.watched_pool import told
from watchbill import Observability
from watchbill.catalogue.database import (
    QUERY_DURATION,
    TRANSACTION_OUTCOME,
    TRANSACTIONS,
)
from watchbill.catalogue.pool import (
    AGE,
    BROKEN,
    CONNECTION_ERRORS,
    CONNECTION_HOLD,
    CONNECTION_TIMEOUTS,
    CONNECTION_WAIT,
    CONNECTIONS_ACTIVE,
    CONNECTIONS_IDLE,
    CONNECTIONS_MAX,
    CONNECTIONS_OPENED,
    CONNECTIONS_RECYCLED,
    CONNECTIONS_WAITING,
    RECYCLE_REASON,
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


def agree(obs: Observability, pool: Any) -> bool:
    """Whether what is shown of a pool, all of whose connections are open, is what it says itself."""
    found, own = exposed(obs), pool.get_stats()
    shown = tuple(found.value(gauge) for gauge in (CONNECTIONS_ACTIVE, CONNECTIONS_IDLE, CONNECTIONS_MAX))
    assert shown == (own["pool_size"] - own["pool_available"], own["pool_available"], own["pool_max"])
    return True


def ended(obs: Observability, outcome: str) -> float:
    """Transactions that ended so."""
    return exposed(obs).value(TRANSACTIONS, {TRANSACTION_OUTCOME: outcome})


def recycled(obs: Observability, reason: str) -> float:
    """Connections that were, for a reason."""
    return exposed(obs).value(CONNECTIONS_RECYCLED, {RECYCLE_REASON: reason})


def _lose_a_connection(pool: Any, harbour: Harbour) -> None:
    with pool.connection() as connection:
        harbour.kill()
        connection.execute("SELECT 1")


class TestPools:
    """Their own numbers, and callers' waits."""

    @pytest.mark.parametrize("shown_by", ["events", "scrape"])
    def test_show_their_own_numbers_at_every_step(self, harbour: Harbour, tmp_path: Path, shown_by: str) -> None:
        obs = (told(tmp_path) if shown_by == "events" else quiet()).psycopg()
        with harbour.pool() as pool:
            pool.wait()
            assert agree(obs, pool)
            first = pool.getconn()
            assert agree(obs, pool)
            with pool.connection() as second:
                second.execute("SELECT 1")
                assert agree(obs, pool)
                assert exposed(obs).value(CONNECTIONS_ACTIVE) == 2
            assert agree(obs, pool)
            with pytest.raises(ValueError, match="can't return connection"):
                pool.putconn(second)
            pool.putconn(first)
            assert agree(obs, pool)
            stats = pool.pop_stats()
            assert (stats["requests_num"], stats["pool_size"]) == (2, 2)
        found = exposed(obs)
        assert found.value(CONNECTIONS_IDLE) == found.value(CONNECTIONS_ACTIVE) == found.value(CONNECTIONS_MAX) == 0
        assert found.count(CONNECTION_WAIT) == found.count(CONNECTION_HOLD) == 2
        assert found.value(CONNECTIONS_OPENED) == 2
        assert found.value(CONNECTIONS_RECYCLED) == 0
        obs.uninstrument(psycopg)

    def test_show_who_waits_and_who_gave_up(self, harbour: Harbour, tmp_path: Path) -> None:
        obs = told(tmp_path).psycopg()
        with harbour.pool(max_size=1) as pool:
            pool.wait()

            def work() -> None:
                with pool.connection():
                    pass

            threads = [threading.Thread(target=work) for _ in range(2)]
            with pool.connection():
                for thread in threads:
                    thread.start()
                until(lambda: exposed(obs).value(CONNECTIONS_WAITING) == 2)
                with pytest.raises(psycopg_pool.PoolTimeout):
                    pool.getconn(timeout=0.02)
            for thread in threads:
                thread.join()
            found = exposed(obs)
            assert found.value(CONNECTIONS_WAITING) == 0
            assert found.value(CONNECTION_TIMEOUTS) == 1
            assert (found.count(CONNECTION_WAIT), found.count(CONNECTION_HOLD)) == (4, 3)
            assert agree(obs, pool)
        obs.uninstrument(psycopg)

    def test_recycle_by_age_and_breakage(self, obs: Observability, harbour: Harbour) -> None:
        with harbour.pool(max_lifetime=0.01) as pool, pool.connection() as connection:
            connection.execute("SELECT pg_sleep(0.02)")
        assert (recycled(obs, AGE), recycled(obs, BROKEN)) == (1, 0)
        with harbour.pool(check=psycopg_pool.ConnectionPool.check_connection) as pool:
            pool.wait()
            harbour.kill()
            with pool.connection() as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
            assert recycled(obs, BROKEN) == 1
            with pytest.raises(psycopg.OperationalError):
                _lose_a_connection(pool, harbour)
            assert recycled(obs, BROKEN) == 2
            until(lambda: pool.get_stats()["pool_available"] >= 1)
            harbour.kill()
            pool.check()
            until(lambda: pool.get_stats()["pool_available"] == pool.get_stats()["pool_size"])
            assert recycled(obs, BROKEN) >= 3
            until(lambda: exposed(obs).value(CONNECTIONS_IDLE) == pool.get_stats()["pool_available"])
        assert recycled(obs, AGE) == 1

    def test_count_connections_that_cannot_be_opened(self, obs: Observability, harbour: Harbour) -> None:
        harbour.server.stop()
        with harbour.pool(min_size=1) as pool, pytest.raises(psycopg_pool.PoolTimeout):
            pool.getconn(timeout=0.2)
        assert exposed(obs).value(CONNECTION_ERRORS) >= 1
        harbour.server.start()

    def test_of_no_lasting_connections_show_those_that_are_out(self, obs: Observability, harbour: Harbour) -> None:
        with harbour.pool(psycopg_pool.NullConnectionPool, min_size=0, max_size=0) as pool:
            with pool.connection(), pool.connection():
                assert exposed(obs).value(CONNECTIONS_ACTIVE) == 2
            found = exposed(obs)
            assert (found.value(CONNECTIONS_ACTIVE), found.value(CONNECTIONS_IDLE)) == (0, 0)
            assert found.series(CONNECTIONS_MAX) == 0
            assert found.value(CONNECTIONS_OPENED) == found.count(CONNECTION_HOLD) == 2
            assert found.value(CONNECTIONS_RECYCLED) == 0

    async def test_of_asyncio_are_the_same(self, harbour: Harbour, tmp_path: Path) -> None:
        obs = told(tmp_path).psycopg()
        pool = psycopg_pool.AsyncConnectionPool(harbour.dsn, min_size=1, max_size=1, open=False)
        async with pool:
            await pool.wait()
            async with pool.connection() as connection:
                await connection.execute("SELECT 1")
                assert agree(obs, pool)
                waiting = asyncio.ensure_future(pool.getconn())
                await asyncio.to_thread(until, lambda: exposed(obs).value(CONNECTIONS_WAITING) >= 1)
                waiting.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await waiting
            assert agree(obs, pool)
        found = exposed(obs)
        assert found.value(CONNECTIONS_WAITING) == 0
        assert (found.count(CONNECTION_WAIT), found.count(CONNECTION_HOLD)) == (2, 1)
        assert found.count(QUERY_DURATION) == 1
        assert ended(obs, "committed") == 1
        obs.uninstrument(psycopg)

    @pytest.mark.parametrize("alone", [False, True])
    def test_that_nobody_has_any_more_are_forgotten(self, obs: Observability, harbour: Harbour, *, alone: bool) -> None:
        pool: Any = harbour.pool()
        pool.wait()
        own = quiet().psycopg(pool, name="orders") if alone else obs
        assert exposed(own).value(CONNECTIONS_MAX) == 2
        pool.close()
        known = ref(pool)
        del pool
        gc.collect()
        assert exposed(own).value(CONNECTIONS_MAX) == 0
        assert known() is None
